"""Finds meanings that several words make together: "has not logged in", "20 % off"."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.agent.planner.normalise import Token
from app.agent.planner.spans.figures import Figure
from app.agent.planner.spans.span import Span

_NOBODY: Final = frozenset(
    {"not", "no", "nobody", "none", "never", "without", "hardly", "barely", "stopped", "nothing"}
)
_BETWEEN: Final = frozenset(
    {"been", "the", "a", "an", "any", "has", "have", "had", "one", "of", "them", "really", "even",
     "made", "placed", "to", "seen", "actually", "longer", "single", "client", "customer", "who"}
)  # fmt: skip
_FIXED: Final = frozenset({"resolve", "resolving", "close", "fix", "solve", "resolved", "solved"})
_SPENT: Final = frozenset({"hours", "long", "time", "fast", "quickly", "quick", "days"})
_PROBLEM: Final = frozenset({"a", "the", "our", "one", "support", "customer", "ticket", "case"})
_REACH: Final = 4
_ABSENCES: Final = (("activity", "silent"), ("buying", "not_buying"))
_LEVELS: Final = {"high": "at_risk", "medium": "medium_risk", "low": "low_risk"}
_OFF: Final = frozenset({"off", "cheaper", "reduction", "rebate", "discount"})


def find_composed(
    tokens: Sequence[Token], hints: Sequence[Span], solid: Sequence[Span]
) -> Iterator[Span]:
    """Yield conditions and strategies that no single phrase names.

    Args:
        tokens: Spelling mended.
        hints: Cue words.
        solid: Phrases and numbers found.
    """
    for cue, condition in _ABSENCES:
        for hint in hints:
            if hint.value == cue:
                yield from _absence(tokens, hint, condition)
    yield from _fixing(tokens)
    for span in solid:
        if span.kind == "condition" and span.value in _LEVELS.values():
            yield from _other_level(tokens, span)
        figure = span.value
        after = tokens[span.end].text if span.end < len(tokens) else ""
        if isinstance(figure, Figure) and figure.unit == "pct" and after in _OFF:
            yield Span(span.end, span.end + 1, "strategy", "discount")


def _fixing(tokens: Sequence[Token]) -> Iterator[Span]:
    """“How many hours did it take us to resolve a ticket”: the time it takes, not the tickets."""
    for i, token in enumerate(tokens):
        if token.stem in _FIXED and _SPENT & {other.text for other in tokens[max(i - 8, 0) : i]}:
            end = i + 1
            while end < len(tokens) and tokens[end].stem in _PROBLEM:
                end += 1
            yield Span(i, end, "measure", "avg_resolution_hours")


def _other_level(tokens: Sequence[Token], span: Span) -> Iterator[Span]:
    """“High and medium risk”: the first level leaves out the word that the second one has."""
    joined = span.start > 1 and tokens[span.start - 1].text in {"and", "or", "to", ","}
    level = _LEVELS.get(tokens[span.start - 2].text) if joined else None
    if level:
        yield Span(span.start - 2, span.start - 1, "condition", level)


def _absence(tokens: Sequence[Token], hint: Span, condition: str) -> Iterator[Span]:
    """A word of activity that is denied just before."""
    for i in range(hint.start - 1, max(hint.start - _REACH, 0) - 1, -1):
        if tokens[i].text in _NOBODY:
            yield Span(i, hint.end, "condition", condition)
            return
        if tokens[i].stem not in _BETWEEN:
            return
