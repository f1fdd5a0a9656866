from typing import Any

import pytest

from app.agent.context import PageContext
from app.chat_page import page_of, read_note

HOST = "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("address", "customer_id", "segment"),
    [
        (f"http://{HOST}/customers/C00032", "C00032", None),
        (f"http://{HOST}/customers/C%2F1?segment=SMB", "C/1", None),
        (f"http://{HOST}/?segment=SMB&region=EMEA", None, "SMB"),
        (f"http://{HOST}/", None, None),
        ("", None, None),
    ],
)
def test_our_own_pages_are_known_by_their_address(
    address: str, customer_id: str | None, segment: str | None
) -> None:
    """The widget follows the page, whatever it was told before."""
    page = page_of(address, {}, HOST)
    assert (page.customer_id, page.segment) == (customer_id, segment)


def test_a_foreign_address_says_nothing() -> None:
    """Another site's paths mean something else; its own word counts."""
    address = "https://crm.example.com/customers/C00032?segment=SMB"
    assert page_of(address, {}, HOST) == PageContext()
    assert page_of(address, {"customer_id": "C7", "quiet": "yes"}, HOST).customer_id == "C7"


@pytest.mark.parametrize("told", [None, "text", 7, ["customer_id"], {"customer_id": 7}, {"x": "y"}])
def test_a_page_may_say_anything(told: Any) -> None:
    """What is no note says nothing."""
    assert read_note(told) == {}


def test_a_note_keeps_short_texts_of_known_names() -> None:
    """Neither a role nor an endless text comes through."""
    told = {"customer_id": "C1", "user_role": "admin", "segment": "x" * 1_000, "page": ""}
    assert read_note(told) == {"customer_id": "C1"}
