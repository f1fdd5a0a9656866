"""Names out and in again."""

from dataclasses import dataclass

import pytest
from hypothesis import assume, given, strategies as st

from app.governance.consent import Consent
from app.governance.identifiers import Register
from app.governance.pseudonyms import LEFT_OUT, StreamRestorer, Vault


@dataclass(frozen=True)
class _One:
    customer_id: str
    name: str
    account_manager: str | None = None
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None


EVERYBODY = (
    _One("C001", "Northwind Diagnostics", "Leila Haddad", "Emily Keller", "e.keller@northwind.example"),
    _One("C002", "Côté Labs", "Tom Whitaker", "Søren Wood", "s.wood@cote-labs.example", "+34 334 555 0131"),
    _One("C003", "Harbor & Finch", "Leila Haddad"),
    _One("C004", "Harbor & Finch Foods", "Leila Haddad"),
    _One("C005", "Summit"),
    _One("C006", "Greydale Shipping", "Tom Whitaker", "Ann Poe"),
    _One("0013-SMEOE", "Zenorix Media"),
)  # fmt: skip
COMMON = frozenset({"summit", "shipping", "media", "labs", "foods", "diagnostics", "wood"})
AGREED = Consent(frozenset(one.customer_id for one in EVERYBODY) - {"C006"})
REGISTER = Register(EVERYBODY, COMMON, ["We would leave at once if it were up to our field team."])
NAMES = [
    text
    for one in EVERYBODY
    if one.customer_id != "C006"
    for text in (one.customer_id, one.name, one.contact_name, one.email, one.phone)
    if text and text != "Summit"
]


def _vault(key: str = "s") -> Vault:
    return Vault(key, REGISTER, AGREED)


_PLAIN = st.text(alphabet="abeno ,.;:()!?*-\n1290$%éß", max_size=12)
_TEXTS = st.lists(st.one_of(_PLAIN, st.sampled_from(NAMES)), max_size=12).map(" ".join)


@given(_TEXTS)
def test_what_went_out_comes_back(text: str) -> None:
    """Restoring undoes hiding, whatever stands around the names."""
    vault = _vault()
    assert vault.restore(vault.hide(text)) == text


@given(_TEXTS)
def test_nothing_is_left_to_hide(text: str) -> None:
    """Hiding twice is hiding once, and no name is found in what goes out."""
    vault = _vault()
    hidden = vault.hide(text)
    assert vault.hide(hidden) == hidden
    assert REGISTER.find(hidden) == []


@given(_TEXTS, st.lists(st.integers(1, 9), max_size=60))
def test_chunks_do_not_matter(text: str, sizes: list[int]) -> None:
    """However a stream is cut, the same words come out, and never half a token."""
    vault = _vault()
    hidden = vault.hide(text)
    restorer = StreamRestorer(vault.restore)
    pieces: list[str] = []
    place = 0
    for size in sizes:
        pieces.append(restorer.push(hidden[place : place + size]))
        place += size
    assert not any("CLIENT_" in piece or "PERSON_" in piece for piece in pieces)
    assert "".join([*pieces, restorer.push(hidden[place:]), restorer.rest()]) == text


@pytest.mark.parametrize(
    "dressed",
    [
        "{t}", "**{t}**", "_{t}_", "`{t}`", "{t}'s", "({t}),", '"{t}"', "|{t}|",
        "{lower}", "{title}", "{escaped}", "{spaced}", "{dashed}", "**{escaped}**'s",
    ],
)  # fmt: skip
def test_a_dressed_up_token_is_known(dressed: str) -> None:
    """Models change case, escape underscores, embolden and add possessives."""
    vault = _vault()
    token = vault.hide("Côté Labs")
    said = dressed.format(
        t=token,
        lower=token.lower(),
        title=token.title(),
        escaped=token.replace("_", "\\_"),
        spaced=token.replace("_", " "),
        dashed=token.replace("_", "-"),
    )
    assert "Côté Labs" in vault.restore(said)
    assert "CLIENT" not in vault.restore(said).upper()


@pytest.mark.parametrize("token", ["CLIENT_BCDFGH", "CLIENT_7F3A", "PERSON_QQQQQQ", "EMAIL_ZZZZZZ"])
def test_an_invented_token_is_not_shown(token: str) -> None:
    """A model that makes one up names nobody."""
    assert token not in _vault().restore(f"Ask {token} today")
    assert token not in str(_vault().restore_value({"customer": token}))


def test_a_token_of_another_turn_names_nobody() -> None:
    """Only what went out in this turn comes back."""
    assert "Northwind" not in _vault().restore(_vault().hide("Northwind Diagnostics"))


def test_tokens_are_stable_and_not_guessable() -> None:
    """The same in every conversation of an installation, another in every other."""
    assert _vault().hide("Côté Labs") == _vault().hide("cote labs")
    assert _vault().hide("Côté Labs") != _vault("other").hide("Côté Labs")


def test_arguments_get_ids_for_clients_and_names_inside_sentences() -> None:
    """A tool is called with what it can resolve."""
    vault = _vault()
    token = vault.hide("Northwind Diagnostics")
    given_args = {"customer": token, "notes": [f"call {token}"], "limit": 3, "tone": "warm"}
    wanted = {
        "customer": "C001",
        "notes": ["call Northwind Diagnostics"],
        "limit": 3,
        "tone": "warm",
    }
    assert vault.restore_value(given_args) == wanted


@pytest.mark.parametrize(
    "said", ["Greydale Shipping", "greydale", "C006", "Ann Poe", "GREYDALE-SHIPPING"]
)
def test_without_consent_there_is_no_token(said: str) -> None:
    """Such a client is not even pseudonymised."""
    assert _vault().hide(f"Why did {said} call?") == f"Why did {LEFT_OUT} call?"


@given(st.text(max_size=40))
def test_any_text_survives(text: str) -> None:
    """Text without names or tokens is not touched."""
    vault = _vault()
    assume(not REGISTER.find(text))
    assert vault.hide(text) == text


def test_a_client_out_of_scope_is_not_completed() -> None:
    """Whoever types half a name of a client they may not see gets that half back."""
    vault = Vault("s", REGISTER, AGREED, visible=frozenset({"C001"}))
    for said in ("zenorix", "0013-smeoe", "whitaker", "greydale", "Côté Labs"):
        hidden = vault.hide(f"About {said}?")
        assert said not in hidden
        assert vault.restore(hidden) == f"About {said}?"
        assert vault.restore_value(hidden) == f"About {said}?"
    assert vault.withheld(["C006"]) == frozenset()
    assert vault.restore(vault.hide("northwind")) == "Northwind Diagnostics"
