"""What is found in a text, and what is left alone."""

from dataclasses import dataclass

import pytest

from app.governance.consent import Consent
from app.governance.contact_patterns import find_contacts
from app.governance.identifiers import Register


@dataclass(frozen=True)
class _One:
    customer_id: str
    name: str
    account_manager: str | None = None
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None


COMMON = frozenset(
    {"summit", "metals", "first", "quarter", "the", "in", "is", "our", "best", "brooks"}
)
REGISTER = Register(
    (
        _One("C1", "Brightshore Metals", "Grace Brooks", "Emily Keller", "e@brightshore.example"),
        _One("C2", "Brightshore Metals Group", None, None, None, "+34 800 555 0114"),
        _One("C3", "Summit"),
        _One("C4", "First Quarter"),
        _One("13213", "13213"),
        _One("A-0e966d", "Company_493"),
    ),
    COMMON,
    ["The new dashboard is so slow that our whole team gave up on it last week.", "Love it here now"],
)  # fmt: skip


def _found(text: str) -> list[tuple[str, str]]:
    return [(m.entity.kind, text[m.start : m.end]) for m in REGISTER.find(text)]


def test_the_longest_name_wins() -> None:
    """A name inside a longer one is not taken for itself."""
    assert _found("Is Brightshore Metals Group late?") == [("CLIENT", "Brightshore Metals Group")]


@pytest.mark.parametrize(
    "said",
    ["brightshore metals", "BRIGHTSHORE METALS", "Brightshore  Metals", "brightshore-metals",
     "Brightshore_Metals", "Ｂrightshore Metals", "Bright\u200bshore Metals", "brightshoremetals"],
)  # fmt: skip
def test_spelling_does_not_hide_a_name(said: str) -> None:
    """Case, width, invisible signs and joints make no difference."""
    assert _found(f"about {said}, please") == [("CLIENT", said)]


def test_a_telling_word_stands_for_those_who_share_it() -> None:
    """Half a name is found too, and says of whom it may be half."""
    (mention,) = REGISTER.find("how is brightshore doing")
    assert mention.entity.clients == {"C1", "C2"}


@pytest.mark.parametrize("text", ["we reached the summit", "in the first quarter", "Summit. Next."])
def test_everyday_words_are_no_names(text: str) -> None:
    """A client called like a common word is not seen everywhere."""
    assert _found(text) == []


@pytest.mark.parametrize(
    "text", ["why is Summit at risk", "the client summit", "is First Quarter ok"]
)
def test_everyday_words_written_like_names_are(text: str) -> None:
    """A capital inside a sentence or the word "client" before it makes the difference."""
    assert [kind for kind, _ in _found(text)] == ["CLIENT"]


def test_a_text_known_to_be_about_a_client_names_it_at_once() -> None:
    """A tool's own sentence may begin with such a name."""
    (mention,) = REGISTER.find("Summit is an active client.", sure=["C3"])
    assert mention.entity.clients == {"C3"}


def test_bare_numbers_are_figures() -> None:
    """Ids of digits alone count where somebody says that they are ids."""
    assert _found("ARR is 13213 and $13,213") == []
    assert _found("tell me about 13213") == [("ID", "13213")]


def test_ids_with_signs_are_found() -> None:
    """Whatever signs an id holds."""
    assert _found("a-0E966D or Company_493") == [("ID", "a-0E966D"), ("CLIENT", "Company_493")]


def test_people_and_addresses_are_found() -> None:
    """Contacts, managers, addresses, domains, numbers and links."""
    text = (
        "Emily Keller, Grace Brooks, e@brightshore.example, brightshore.example, +34-800-555-0114"
    )
    assert [kind for kind, _ in _found(text)] == ["PERSON", "PERSON", "EMAIL", "LINK", "PHONE"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("x.y@nowhere.org", "EMAIL"), ("0049 170 1234567", "PHONE"), ("(030) 1234-5678", "PHONE"),
     ("https://nowhere.org/a?b=1", "LINK"), ("www.nowhere.org", "LINK"), ("nowhere.com", "LINK")],
)  # fmt: skip
def test_contact_data_of_strangers_is_found(text: str, kind: str) -> None:
    """Nobody needs to be known for their address to stay here."""
    found = find_contacts(f"use {text} now", {"none"}.__contains__)
    assert [(item.kind, item.text) for item in found][:1] == [(kind, text)]


@pytest.mark.parametrize(
    "text",
    [
        "since 2026-07-26 to 2026-08-01",
        "$1,203,400",
        "12 345 678",
        "1203400.25",
        "3.4 %",
        "90 days",
    ],
)
def test_figures_and_dates_are_no_phone_numbers(text: str) -> None:
    """Numbers stay as they are."""
    assert find_contacts(text, {"none"}.__contains__) == []


@pytest.mark.parametrize(
    "text",
    ["They said: “The new dashboard is so slow that our whole team gave up on it last week.”",
     "so slow that our whole team gave up on it last week and more", "love it here NOW"],
)  # fmt: skip
def test_clients_own_words_are_found(text: str) -> None:
    """A quote, a part of one, a short one."""
    assert [kind for kind, _ in _found(text)] == ["WORDS"]


def test_consent_is_given_or_it_is_not() -> None:
    """Unknown clients gave none; small groups tell of their members."""
    consent = Consent(frozenset({"C1", "C2", "C3", "C4", "C5"}))
    assert consent.withheld(["C1", "C9"]) == {"C9"}
    assert consent.singles_out(["C1", "C9"])
    assert not consent.singles_out(["C1", "C2"])
    assert not consent.singles_out(["C1", "C2", "C3", "C4", "C9"])
