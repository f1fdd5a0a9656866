"""Nobody who was named is lost in silence: a group that no call is about is added to one, or said."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.agent.planner.assemble import Draft
from app.agent.planner.clause import Clause
from app.agent.planner.frames import frame_specs
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.need import Need
from app.agent.planner.selection import named_groups
from app.agent.planner.spans.span import Span
from data.query import Filter
from tools.wording import join_words

NOT_NARROWED: Final = (
    "This covers everybody, not {names} alone: such a question cannot be narrowed like that."
)
ONE_CLIENT: Final = "This is about the client itself, not about {names}."
_FREE_TEXT: Final = frozenset({"query", "note", "topic", "playbook_id"})
"""Arguments in the person's own words, where a name is heard without being read."""


def heed(whole: Clause, drafts: Sequence[Draft], said: Sequence[Clause], lexicon: Lexicon) -> str:
    """Give a call each group that none is about.

    Args:
        whole: The message.
        drafts: The calls that answer it.
        said: Clauses that were answered in words alone, or only set the scene.
        lexicon: Names of the clients.

    Returns:
        What the person must be told; "" when every group was heard.
    """
    if any(_FREE_TEXT & draft.args.keys() for draft in drafts):
        return ""
    lost = [
        (span, asked)
        for span, asked in _named(whole, drafts)
        if not any(_is_about(draft.args, asked.dimension, _value(span)) for draft in drafts)
        and not any(_covers(clause, span) for clause in said)
        and not any(_takes_back(draft, asked, span) for draft in drafts)
    ]
    left: list[str] = []
    for span, asked in lost:
        takers = [draft for draft in _takers(span, drafts) if _takes(draft, asked)]
        for draft in takers:
            draft.args["filters"] = [*draft.args.get("filters", []), asked.model_dump(mode="json")]
        left += [] if takers else _words(asked, lexicon)
    said_so = ONE_CLIENT if any("customer" in draft.args for draft in drafts) else NOT_NARROWED
    return said_so.format(names=join_words(list(dict.fromkeys(left)))) if left else ""


def _named(whole: Clause, drafts: Sequence[Draft]) -> Iterator[tuple[Span, Filter]]:
    """Every group named, with the filter for it and its like."""
    need = Need(whole, drafts[0].need.lexicon, drafts[0].need.past)
    for asked in named_groups(need):
        values = asked.value if isinstance(asked.value, list) else [asked.value]
        for span in whole.spans:
            if span.kind in {"value", "manager", "client"} and _value(span) in values:
                yield span, asked


def _value(span: Span) -> Any:
    if span.kind == "client":
        return span.value
    return span.value[-1] if len(span.value) == (2 if span.kind == "value" else 1) else None


def _is_about(args: Mapping[str, Any], dimension: str, value: Any) -> bool:
    """Whether a call is narrowed to a value or split by its dimension."""
    if args.get("by") == dimension or dimension in args.get("dimensions", ()):
        return True
    if value in {args.get("customer"), args.get("segment"), args.get("group")}:
        return True
    held = [item["value"] for item in args.get("filters", ()) if item["dimension"] == dimension]
    return any(value in one if isinstance(one, list) else value == one for one in held)


def _takes_back(draft: Draft, asked: Filter, span: Span) -> bool:
    """“ARR for SMB? No, Enterprise.”: another group of the kind was put in its place."""
    dimensions = {item["dimension"] for item in draft.args.get("filters", ())}
    later = draft.need.clause.start >= span.end
    return draft.intent == "refine" and later and asked.dimension in dimensions


def _covers(clause: Clause, span: Span) -> bool:
    return clause.start <= span.start < clause.end


def _takers(span: Span, drafts: Sequence[Draft]) -> Sequence[Draft]:
    """The calls a group belongs to: those of its own clause, else all that follow it, else all."""
    own = [draft for draft in drafts if _covers(draft.need.clause, span)]
    after = [draft for draft in drafts if draft.need.clause.start > span.start]
    return own or after or drafts


def _takes(draft: Draft, asked: Filter) -> bool:
    spec = frame_specs()[draft.tool]
    taken = {str(item["dimension"]) for item in draft.args.get("filters", ())}
    alone = {"customer", *spec.alone} & draft.args.keys()
    return "filters" in spec.slots and asked.dimension not in taken and not alone


def _words(asked: Filter, lexicon: Lexicon) -> list[str]:
    values = asked.value if isinstance(asked.value, list) else [asked.value]
    return [lexicon.customers.get(str(value), str(value)) for value in values]
