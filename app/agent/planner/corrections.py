"""Self-corrections inside a message: "MRR, I mean ARR" asks for ARR alone."""

from collections.abc import Sequence
from typing import Final

from app.agent.planner.normalise import Token
from app.agent.planner.spans.span import Span

_MEANT: Final = (
    ("i", "mean"),
    ("i", "meant"),
    ("or", "rather"),
    ("no", "wait"),
    ("scratch", "that"),
)
_STOPS: Final = frozenset({"?", "!", ".", ";"})
_ASKING: Final = frozenset({"what", "which", "how", "who", "whose", "where"})
_TAKEN_BACK: Final = frozenset({"condition", "rank", "cue"})
"""What a question asked anew no longer says; who and what it is about stays."""


def correction_at(tokens: Sequence[Token], i: int) -> int:
    """Length of the words that take something back at a place, 0 for none."""
    return next(
        (
            len(phrase) for phrase in _MEANT
            if tuple(token.text for token in tokens[i : i + len(phrase)]) == phrase
        ),
        0,
    )  # fmt: skip


def belongs_before(tokens: Sequence[Token], start: int) -> bool:
    """Whether a sentence corrects or explains the one before: "I mean …", "… I mean"."""
    end = next((i for i in range(start, len(tokens)) if tokens[i].text in _STOPS), len(tokens))
    closing = any(correction_at(tokens, end - size) == size for size in (2,) if end - size > start)
    return bool(correction_at(tokens, start)) or (closing and end == len(tokens))


def corrected(tokens: Sequence[Token], spans: Sequence[Span]) -> list[Span]:
    """The spans without those that were taken back."""
    kept = list(spans)
    for i in range(1, len(tokens)):
        size = correction_at(tokens, i)
        after = [span for span in spans if span.start >= i + size]
        if size and after:
            anew = any(token.text in _ASKING for token in tokens[i + size : i + size + 3])
            kept = [
                span for span in kept if span.start >= i or not _retracted(span, after, anew=anew)
            ]
    return kept


def _retracted(span: Span, after: Sequence[Span], *, anew: bool) -> bool:
    if anew and span.kind in _TAKEN_BACK:
        return True
    first = after[0]
    alike = first.kind == span.kind and span.kind not in {"cue", "pronoun"}
    return alike and (span.kind != "value" or span.value[0] == first.value[0])
