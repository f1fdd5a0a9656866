"""What stands around every page: the menu, the state of the data, who asks, and the widget."""

from dataclasses import dataclass
from typing import Any

from app.governance.identity import Asker
from app.wiring import Parts

PAGES = (("/", "Overview"), ("/data", "Data"), ("/chat", "Chat"))
TOKEN_SECONDS = 3_600
_STATES = {
    "queued": " · rebuilding",
    "building": " · rebuilding",
    "failed": " · the last rebuild failed",
}


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the menu."""

    path: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Widget:
    """The chat in the corner.

    Attributes:
        token: Signed, short-lived; carries the asker's role and scope.
        page: What the page shows: `page`, `segment`, `customer_id`.
        starters: Questions to begin with.
    """

    token: str
    page: dict[str, Any]
    starters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The surroundings of one page.

    Attributes:
        status: How fresh the data is, in words.
        asker: Who is signed in, "" where nobody needs to be.
    """

    links: tuple[Link, ...]
    status: str
    asker: str
    widget: Widget | None = None


def frame_of(parts: Parts, asker: Asker | None, path: str, widget: Widget | None = None) -> Frame:
    """Make the surroundings of the page at `path`; nothing about the data without an asker."""
    links = tuple(Link(address, label, address == path) for address, label in PAGES)
    if asker is None:
        return Frame(links, "", "")
    is_open = parts.identity.is_open
    return Frame(links, _status(parts), "" if is_open else asker.name, widget)


def widget_for(
    parts: Parts, asker: Asker, page: dict[str, Any], starters: tuple[str, ...]
) -> Widget:
    """Sign the asker in to the chat of a page."""
    token = parts.tokens.issue(asker, TOKEN_SECONDS)
    return Widget(token, {name: value for name, value in page.items() if value}, starters)


def _status(parts: Parts) -> str:
    day = parts.gold.as_of
    state = _STATES.get(parts.refresher.status.state, "")
    return f"Data as of {day.day} {day:%b %Y}{state}"
