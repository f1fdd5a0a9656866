"""Sentences that ask nothing: "I have my 1:1 in ten minutes." is context for what is asked next."""

from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.deeds import tells_of_a_deed
from app.agent.planner.narration import narrates
from app.agent.planner.spans.span import Span

_PEOPLE: Final = frozenset({"client", "clients", "unknown_name"})
_GROUPS: Final = frozenset({"value", "condition", "manager", "dimension"})
_WHEN_POINTED_AT: Final = frozenset({"strategy", "condition", "number"})
_REACH: Final = 3


def sets_scene(before: Clause, after: Clause) -> bool:
    """Whether a clause only tells what the next one, which asks something, is about."""
    if tells_of_a_deed(before) and not after.has("log") and after.words[-1:] == ["?"]:
        return True
    if before.words[-1:] == ["?"] or not narrates(before.words) or narrates(after.words):
        return False
    return not before.all("measure") or bool(after.all("measure"))


def with_scene(before: Clause, after: Clause) -> Clause:
    """The question with what was told before it and is not said again."""
    told = [span for span in before.spans if _still_holds(span, before, after)]
    return Clause(after.tokens, [*told, *after.spans], after.hints, after.start, after.end)


def _still_holds(span: Span, before: Clause, after: Clause) -> bool:
    own = {other.kind for other in after.spans}
    pointed = any(hint.value in {"one", "many", "that"} for hint in after.hinted("pronoun"))
    if span.kind in _PEOPLE:
        free = not own & _GROUPS and not after.has("client", "whole")
        return not own & _PEOPLE and (pointed or (free and span.kind != "unknown_name"))
    if own & _PEOPLE or span.kind in own - {"value"} or _denied(span, before):
        return False
    if span.kind == "value":
        named = {other.value[0] for other in after.all("value")}
        split = {other.value for other in after.all("dimension")}
        return span.value[0] not in named | split and not after.has("whole")
    if span.kind == "manager":
        return "dimension" not in own and not after.has("whole")
    return span.kind in _WHEN_POINTED_AT and pointed


def _denied(span: Span, clause: Clause) -> bool:
    return any(0 <= span.start - other.end < _REACH for other in clause.all("negation"))
