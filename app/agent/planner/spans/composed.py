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
     "made", "placed", "to", "there", "here", "seen", "actually", "longer", "single", "client", "customer", "who"}
)  # fmt: skip
_FIXED: Final = frozenset({"resolve", "resolving", "close", "fix", "solve", "resolved", "solved"})
_SPENT: Final = frozenset({"hours", "long", "time", "fast", "quickly", "quick", "days"})
_PROBLEM: Final = frozenset({"a", "the", "our", "one", "support", "customer", "ticket", "case"})
_REACH: Final = 4
_ABSENCES: Final = (("activity", "silent"), ("buying", "not_buying"))
_LEVELS: Final = {"high": "at_risk", "medium": "medium_risk", "low": "low_risk"}
_LEVEL_JOINS: Final = frozenset({"and", "or", "to", ",", "/", "&", "versus", "vs"})
_MOVES: Final = {
    "new": "new_mrr", "expansion": "expansion_mrr", "upsell": "expansion_mrr",
    "upgrade": "expansion_mrr", "contraction": "contraction_mrr", "downgrade": "contraction_mrr",
    "downsell": "contraction_mrr", "churn": "churned_mrr", "churned": "churned_mrr",
    "lost": "churned_mrr", "reactivation": "reactivation_mrr", "reactivated": "reactivation_mrr",
}  # fmt: skip
_MOVES_ONLY: Final = frozenset(
    {"expansion", "upsell", "upgrade", "contraction", "downgrade", "downsell"}
)
_COUNTED: Final = frozenset({"customer", "client", "account", "logo"})
_LISTING: Final = frozenset({",", "and", "&", "plus", "or", "/", "+", "versus", "vs", "mrr"})
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
    yield from _movements(tokens)
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


def _movements(tokens: Sequence[Token]) -> Iterator[Span]:
    """“New, expansion, contraction and churn”: in a list of what moves MRR each word is a part."""
    i = 0
    while i < len(tokens):
        listed = _listed_moves(tokens, i)
        apart = listed[-1:] > listed[:1] and listed[-1] - listed[0] >= len(listed)
        if {tokens[place].stem for place in listed} & _MOVES_ONLY and (apart or len(listed) > 2):
            for place in listed:
                joined = place > listed[0] and tokens[place - 1].text in _LISTING - {"mrr"}
                named = [token.text for token in tokens[place + 1 : place + 2]] == ["mrr"]
                yield Span(place - joined, place + 1 + named, "measure", _MOVES[tokens[place].stem])
        i = listed[-1] + 1 if listed else i + 1


def _listed_moves(tokens: Sequence[Token], start: int) -> list[int]:
    """Places of the words for moves of MRR that follow on each other."""
    listed: list[int] = []
    while start < len(tokens):
        after = tokens[start + 1].stem if start + 1 < len(tokens) else ""
        if tokens[start].stem in _MOVES and after not in _COUNTED:
            listed.append(start)
        elif not listed or tokens[start].text not in _LISTING:
            break
        start += 1
    return listed


def _other_level(tokens: Sequence[Token], span: Span) -> Iterator[Span]:
    """“Low, medium and high risk”: only the last level has the word that all of them mean."""
    place = span.start
    while True:
        while place and tokens[place - 1].text in _LEVEL_JOINS:
            place -= 1
        level = _LEVELS.get(tokens[place - 1].text) if place else None
        if level is None:
            return
        place -= 1
        yield Span(place, place + 1, "condition", level)


def _absence(tokens: Sequence[Token], hint: Span, condition: str) -> Iterator[Span]:
    """A word of activity that is denied just before."""
    for i in range(hint.start - 1, max(hint.start - _REACH, 0) - 1, -1):
        if tokens[i].text in _NOBODY:
            yield Span(i, hint.end, "condition", condition)
            return
        if tokens[i].stem not in _BETWEEN:
            return
