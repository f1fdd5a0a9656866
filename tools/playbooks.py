"""What the playbooks say: cited passages for a question, or one whole play."""

import re
from typing import Any

from pydantic import Field

from tools.contract import Evidence, Fact, Playbook, Provenance, ToolArgs, ToolContext, ToolResult
from tools.errors import RetryableToolError
from tools.playbook_answers import (
    book_facts,
    book_suggestions,
    book_summary,
    cite,
    evidence_of,
    passage_table,
    search_summary,
    step_table,
)
from tools.wording import join_words

__all__ = ["GetPlaybookArgs", "SearchPlaybooksArgs", "get_playbook", "search_playbooks"]

_FOUND = "Passages of the playbook library found by meaning and by words."
_WHOLE = "One playbook as written; its effect is the change of the 90-day retention rate."


class SearchPlaybooksArgs(ToolArgs):
    """Arguments of `search_playbooks`."""

    query: str = Field(
        min_length=1, max_length=500, description="The situation in the user's own words."
    )
    segment: str | None = Field(
        default=None, description="Only plays for this segment, e.g. SMB; plays for all count too."
    )
    driver: str | None = Field(
        default=None,
        description="Only plays against this churn driver, a feature such as tickets_30d.",
    )
    limit: int = Field(default=3, ge=1, le=10, description="How many passages.")


class GetPlaybookArgs(ToolArgs):
    """Arguments of `get_playbook`."""

    playbook_id: str = Field(
        min_length=1, max_length=200, description="Id or title of a playbook, e.g. win-back."
    )


def search_playbooks(args: SearchPlaybooksArgs, context: ToolContext) -> ToolResult:
    """Find what the retention playbooks say about a situation, with the passages to cite.

    Use it for "what do we do when…", "is there a play for…", guidance, scripts, templates and
    offer limits. Not for figures about clients, and not for a play that is already named:
    `get_playbook` opens it.
    """
    library = context.playbooks
    driver = _resolve_driver(args.driver, context)
    segment = _resolve_segment(args.segment, context)
    query = args.query.strip()
    passages = library.search(query, segment=segment, driver=driver, limit=args.limit)
    resolved: dict[str, Any] = {"query": query, "limit": args.limit}
    if segment:
        resolved["segment"] = segment
    if driver:
        resolved["driver"] = driver
    if not passages:
        return _nothing_found(resolved, context)
    titles = {passage.playbook_id: passage.title for passage in passages}
    return ToolResult(
        summary=search_summary(passages),
        args=resolved,
        facts=[
            Fact(name="passages", value=len(passages), unit="count"),
            Fact(name="playbooks", value=len(titles), unit="count"),
        ],
        table=passage_table(passages),
        citations=[cite(p.playbook_id, p.title, p.heading, p.text, p.reviewed) for p in passages],
        provenance=[_provenance("search_playbooks", len(passages), _FOUND, "assumed")],
        suggestions=[f'Open "{title}" in full' for title in list(titles.values())[:2]],
    )


def get_playbook(args: GetPlaybookArgs, context: ToolContext) -> ToolResult:
    """Open one whole playbook: trigger, steps, talk track, template, limits, cost and effect.

    Use it when a play is named or chosen ("show me the win-back playbook"). A title or a typo is
    fine. Not for a question to which several plays may apply: `search_playbooks`.
    """
    book, caveats = _resolve_playbook(args.playbook_id, context)
    matter = book.front_matter
    return ToolResult(
        summary=book_summary(book),
        args={"playbook_id": book.playbook_id},
        facts=book_facts(book),
        table=step_table(book),
        citations=[
            cite(book.playbook_id, book.title, heading, text, book.reviewed)
            for heading, text in book.sections
        ],
        provenance=[_provenance("get_playbook", len(book.sections), _WHOLE, evidence_of(matter))],
        caveats=caveats,
        suggestions=book_suggestions(matter),
    )


def _resolve_driver(driver: str | None, context: ToolContext) -> str | None:
    if driver is None:
        return None
    known = sorted(
        {name for book in _books(context) for name in book.front_matter.get("drivers", ())}
    )
    wanted = re.sub(r"\W+", "_", driver.strip().casefold())
    if wanted in known:
        return wanted
    near = [name for name in known if wanted and (wanted in name or name.startswith(wanted[:5]))]
    rest = [name for name in known if name not in near]
    raise RetryableToolError(f"No playbook has the driver {driver!r}.", [*near, *rest])


def _resolve_segment(segment: str | None, context: ToolContext) -> str | None:
    """The playbooks' own spelling; a segment that none names still gets the plays for all."""
    if segment is None or not segment.strip():
        return None
    named = {name for book in _books(context) for name in book.front_matter.get("segments", ())}
    return next(
        (name for name in sorted(named) if _letters(name) == _letters(segment)), segment.strip()
    )


def _resolve_playbook(text: str, context: ToolContext) -> tuple[Playbook, list[str]]:
    library = context.playbooks
    book = library.get(text.strip())
    if book is not None:
        return book, []
    meant = library.match(text)
    if len(meant) > 1:
        raise RetryableToolError(f"{text!r} may mean several playbooks.", meant)
    if meant and (book := library.get(meant[0])) is not None:
        return book, []
    nearest = library.search(text, segment=None, driver=None, limit=1)
    if nearest and (book := library.get(nearest[0].playbook_id)) is not None:
        return book, [f'No playbook is called "{text}"; this is the nearest, "{book.title}".']
    raise RetryableToolError(f"There is no playbook {text!r}.", library.ids())


def _nothing_found(resolved: dict[str, Any], context: ToolContext) -> ToolResult:
    titles = [book.title for book in _books(context)]
    covered = f" The library covers: {'; '.join(titles)}." if titles else " The library is empty."
    only = [resolved[name] for name in ("segment", "driver") if name in resolved]
    within = f" within {join_words(only)}" if only else ""
    return ToolResult(
        summary=f"No playbook{within} answers this.{covered}",
        args=resolved,
        facts=[Fact(name="passages", value=0, unit="count")],
        provenance=[_provenance("search_playbooks", 0, _FOUND, "assumed")],
        suggestions=[f'Open "{title}" in full' for title in titles[:3]],
    )


def _provenance(tool: str, rows: int, definition: str, evidence: Evidence) -> Provenance:
    return Provenance(
        tool=tool,
        table="playbooks",
        as_of=None,
        rows=rows,
        definition=definition,
        evidence=evidence,
    )


def _books(context: ToolContext) -> list[Playbook]:
    found = (context.playbooks.get(playbook_id) for playbook_id in context.playbooks.ids())
    return [book for book in found if book is not None]


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
