"""A typed piece of an utterance, as one recogniser proposes it."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal[
    "measure", "dimension", "value", "client", "clients", "unknown_name", "condition", "strategy",
    "rank", "period", "number", "operator", "negation", "compare", "grain", "ordinal", "manager",
    "cue", "pronoun", "playbook", "format", "channel", "tone",
]  # fmt: skip

HINTS: Final = frozenset({"cue", "pronoun", "playbook", "format", "channel", "tone"})
"""Kinds that may overlap with others: they say what is wanted, not what it is about."""

WEIGHTS: Final[dict[str, float]] = {
    "client": 4.0, "clients": 3.0, "manager": 2.6, "unknown_name": 2.5, "period": 2.2,
    "value": 2.2, "measure": 2.0, "condition": 1.9, "strategy": 1.9, "rank": 1.8,
    "compare": 2.3, "grain": 1.9, "dimension": 1.7, "operator": 1.5, "ordinal": 1.5,
    "negation": 1.2, "number": 1.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens `start` to `end` (exclusive) read as `value` of a kind.

    Attributes:
        sure: 0-1; below 1 for a guess (a typo, a partial name).
    """

    start: int
    end: int
    kind: Kind
    value: Any
    sure: float = 1.0

    @property
    def size(self) -> int:
        """Number of tokens."""
        return self.end - self.start

    @property
    def weight(self) -> float:
        """How much this reading explains: longer spans and surer kinds more."""
        return WEIGHTS.get(self.kind, 1.0) * self.size**1.25 * self.sure

    def overlaps(self, other: "Span") -> bool:
        """Whether two spans share a token."""
        return self.start < other.end and other.start < self.end


def choose(spans: list[Span], length: int) -> list[Span]:
    """Pick the set of spans without overlap that explains most (weighted intervals)."""
    by_end: dict[int, list[Span]] = {}
    for span in spans:
        by_end.setdefault(span.end, []).append(span)
    best: list[tuple[float, Span | None]] = [(0.0, None)] * (length + 1)
    for end in range(1, length + 1):
        best[end] = (best[end - 1][0], None)
        for span in by_end.get(end, ()):
            total = best[span.start][0] + span.weight
            if total > best[end][0]:
                best[end] = (total, span)
    chosen: list[Span] = []
    position = length
    while position > 0:
        span = best[position][1]
        if span is None:
            position -= 1
        else:
            chosen.append(span)
            position = span.start
    return chosen[::-1]
