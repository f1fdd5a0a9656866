"""Which strategy is meant: by its own name, or by a playbook that uses it."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from data.gold_interventions import read_strategies
from tools.contract import Playbook, ToolContext
from tools.errors import RetryableToolError
from tools.resolve import mendable_errors

__all__ = [
    "Named",
    "known_strategies",
    "playbook_note",
    "playbooks_of",
    "resolve_strategy",
    "spoken",
]


@dataclass(frozen=True, slots=True)
class Named:
    """A strategy as it was named.

    Attributes:
        playbook: The playbook it was named by, if it was.
    """

    strategy: str
    playbook: Playbook | None = None


def spoken(strategy: str) -> str:
    """A strategy's name as people say it."""
    return strategy.replace("_", " ")


def known_strategies(context: ToolContext) -> list[str]:
    """Strategies that were tried here or that a playbook names, sorted."""
    with mendable_errors():
        tried = read_strategies(context.gold)
    named = {str(book.front_matter.get("strategy") or "") for book in _books(context)}
    return sorted({*tried, *named} - {""})


def resolve_strategy(text: str, context: ToolContext) -> Named:
    """The strategy that `text` means, by its name or by a playbook's id or title.

    Raises:
        RetryableToolError: Neither; the strategies are listed.
    """
    known = known_strategies(context)
    wanted = _plain(text)
    if wanted in known:
        return Named(wanted)
    by_id = {_plain(book.playbook_id): book for book in _books(context)}
    by_id.update({_plain(book.title): book for book in _books(context)})
    found = by_id.get(wanted) or _matched(text, context)
    if found is not None and found.front_matter.get("strategy"):
        return Named(str(found.front_matter["strategy"]), found)
    near = get_close_matches(wanted, known, n=3, cutoff=0.6)
    if near and get_close_matches(wanted, known, n=1, cutoff=0.85):
        return Named(near[0])
    raise RetryableToolError(
        f"There is no strategy {text!r}.", [*near, *(name for name in known if name not in near)]
    )


def playbooks_of(strategy: str, context: ToolContext) -> tuple[Playbook, ...]:
    """The playbooks that name a strategy."""
    return tuple(b for b in _books(context) if b.front_matter.get("strategy") == strategy)


def playbook_note(named: Named) -> list[str]:
    """What the playbook by which a strategy was named adds to it: its own offer and its limits."""
    if named.playbook is None:
        return []
    sections = dict(named.playbook.sections)
    limits = " ".join(sections.get("Offer limits", "").split())
    first = re.split(r"(?<=[.!?])\s+", limits, maxsplit=1)[0]
    said = f" Its offer limits: {first}" if first else ""
    note = (
        f'The playbook "{named.playbook.title}" is a {spoken(named.strategy)}; effect and cost are '
        f"those of that strategy.{said}"
    )
    return [note]


def _matched(text: str, context: ToolContext) -> Playbook | None:
    meant = context.playbooks.match(text)
    return context.playbooks.get(meant[0]) if len(meant) == 1 else None


def _books(context: ToolContext) -> list[Playbook]:
    found = (context.playbooks.get(key) for key in context.playbooks.ids())
    return [book for book in found if book is not None]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.strip().casefold()).strip("_")
