"""The page around the widget: what it shows, by its address or by its own word."""

from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import parse_qs, unquote, urlsplit

from app.agent.context import PageContext
from data.gold import Gold
from data.query import Scope

CUSTOMER_PATH: Final = "/customers/"
PAGE_FUNCTION: Final = "aura_page"
"""What a page answers: `chainlit-call-fn` events of this name."""
_SHOWN: Final = ("customer_id", "segment", "page")
_NOTED: Final = (*_SHOWN, "quiet")
_LONGEST: Final = 200
_ABOUT_CLIENT: Final = (
    "Why is this client at risk?",
    "What should I do about this client?",
    "Draft an email to this client",
)
_ABOUT_ALL: Final = (
    "Which clients are at risk, and how much ARR is that?",
    "What drives churn?",
    "Which clients renew in the next 60 days?",
)


def read_note(told: object) -> dict[str, str]:
    """What a page says it shows; anything else it says is left out."""
    if not isinstance(told, Mapping):
        return {}
    entries = cast("Mapping[object, object]", told)
    return {
        name: value
        for name in _NOTED
        if isinstance(value := entries.get(name), str) and 0 < len(value) <= _LONGEST
    }


def page_of(location: str, note: Mapping[str, str], own_host: str) -> PageContext:
    """What the page shows: its address where it is one of ours, else its note.

    Args:
        location: The page's address as the browser says it.
        note: The latest note of the page.
        own_host: Host and port that this server is reached at.
    """
    address = urlsplit(location)
    if address.netloc != own_host:
        return PageContext(**{name: note[name] for name in _SHOWN if name in note})
    if address.path.startswith(CUSTOMER_PATH):
        customer_id = unquote(address.path.removeprefix(CUSTOMER_PATH))[:_LONGEST]
        return PageContext(page=address.path, customer_id=customer_id)
    segment = next(iter(parse_qs(address.query).get("segment", ())), None)
    return PageContext(page=address.path, segment=segment)


def within_sight(page: PageContext, gold: Gold, scope: Scope) -> PageContext:
    """Keep of a page what exists among the clients in scope, spelled as in the data."""
    known = {name.casefold(): name for name in gold.values("segment", scope)}
    segment = known.get((page.segment or "").casefold())
    client = page.customer_id
    seen = client is not None and client in gold.names(scope)
    return page.model_copy(update={"segment": segment, "customer_id": client if seen else None})


def greeting(page: PageContext, gold: Gold, scope: Scope) -> tuple[str, tuple[str, ...]]:
    """The first words of the widget on a page, and questions that suit it."""
    if page.customer_id is not None:
        name = gold.names(scope).get(page.customer_id)
        if name is not None:
            return f"You are looking at **{name}**. Ask me anything about them.", _ABOUT_CLIENT
    if page.segment:
        words = f"The page is filtered to **{page.segment}**, and so are my answers."
        return f"{words} Name another segment to leave it.", _ABOUT_ALL
    return "Ask me about your clients.", _ABOUT_ALL
