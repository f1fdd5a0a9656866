import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from tools.models.masking import first_names, mask_people

LABELLED = Path(__file__).parents[3] / "eval" / "masking.yml"
MARKED = re.compile(r"<(\w+):([^>]*)>")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to jane.doe+x@mail.example.co.uk today", "Write to [e-mail] today"),
        ("Call me at +49 (0)30 1234-5678.", "Call me at [phone]."),
        ("Our number is 555 010 9999 now", "Our number is [phone] now"),
        ("See https://x.example/u?id=4 for it", "See [link] for it"),
        ("Maria Lopez never called back", "[name] never called back"),
        ("We asked maria lopez twice", "We asked [name] twice"),
        ("Lopez is great", "[name] is great"),
        (
            "Hi Peter Smith, it is slow. Regards, Anna-Lena",
            "Hi [name], it is slow. Regards, [name]",
        ),
        ("Thanks Aura, Hello Support", "Thanks Aura, Hello Support"),
        ("Prices rose 20 % to 12,500 in 2026", "Prices rose 20 % to 12,500 in 2026"),
    ],
)
def test_people_are_taken_out(text: str, masked: str) -> None:
    """Addresses, phones, known and introduced names go; figures and products stay."""
    assert mask_people(text, ["Maria Lopez"]) == masked


@given(st.text(max_size=80))
def test_masking_twice_changes_nothing(text: str) -> None:
    """What is masked is free of what would be masked."""
    once = mask_people(text, ["Maria Lopez"])
    assert mask_people(once, ["Maria Lopez"]) == once


@given(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.(com|org)", fullmatch=True))
def test_no_address_survives(address: str) -> None:
    """Whatever stands around it."""
    assert address not in mask_people(f"mail ({address}), please")


def _rows() -> list[dict[str, Any]]:
    return yaml.safe_load(LABELLED.read_text("utf-8"))


def _leaks(row: dict[str, Any]) -> list[str]:
    """Marked words that are still there after masking."""
    masked = mask_people(MARKED.sub(r"\2", row["text"]), row.get("known", ()))
    found: list[str] = []
    for kind, said in MARKED.findall(row["text"]):
        parts = re.findall(r"\w{2,}", said) if kind == "name" else [said]
        found += [part for part in parts if re.search(rf"(?<!\w){re.escape(part)}(?!\w)", masked)]
    return found


def test_labelled_lines_lose_every_person() -> None:
    """Names, mails, phones, links, accounts and addresses; the other half was never tuned on."""
    assert [leak for row in _rows() for leak in _leaks(row)] == []


def test_lines_without_a_person_stay_as_they_are() -> None:
    """Dates, amounts, ticket numbers, products, cities and months are no people."""
    plain = [row["text"] for row in _rows() if not MARKED.search(row["text"])]
    assert len(plain) >= 14
    assert [text for text in plain if mask_people(text) != text] == []


def test_words_are_not_taken_for_names() -> None:
    """The list holds no ordinary word, month or city that a sentence may begin with."""
    words = "Will May Mark Grace Rose Price Long April June August Paris Berlin Excel Support Early"
    assert first_names().isdisjoint(words.split())
    assert {"Sarah", "José", "Dmitri", "Priya", "Jean-Luc"} <= first_names()


def test_a_rare_name_that_nothing_introduces_stays() -> None:
    """What the patterns cannot know; the contact's own name is known from the data."""
    assert mask_people("Quixworth is slow") == "Quixworth is slow"
    assert mask_people("Quixworth is slow", ["Ada Quixworth"]) == "[name] is slow"


@given(st.integers(10**11, 10**15 - 1))
def test_no_card_survives(stem: int) -> None:
    """Any number with a right check digit, with or without spaces."""
    digits = [int(sign) for sign in f"{stem}0"]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    check = -(sum(doubled) + sum(digits[-1::-2])) % 10
    number = f"{stem}{check}"
    spaced = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    assert mask_people(f"The card {number}, twice") == "The card [account], twice"
    assert mask_people(f"The card {spaced}, twice") == "The card [account], twice"


@given(st.from_regex(r"[0-9]{10,18}", fullmatch=True))
def test_no_account_survives(account: str) -> None:
    """Any IBAN with right check digits."""
    check = 98 - int(f"{account}131400") % 97
    assert mask_people(f"to DE{check:02}{account}.") == "to [account]."


@given(st.sampled_from(["+44", "+1", "0049", "(0)"]), st.integers(10**8, 10**9 - 1))
def test_no_international_phone_survives(prefix: str, number: int) -> None:
    """However it is grouped."""
    said = f"{prefix} {str(number)[:3]}-{str(number)[3:6]} {str(number)[6:]}"
    masked = mask_people(f"Ring {said} today")
    assert not re.search(r"\d{3}", masked)
