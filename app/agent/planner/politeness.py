"""Courtesies around a question: "Hey Aura, could you … please, thanks" are no part of it."""

from collections.abc import Sequence
from functools import lru_cache

from app.agent.planner.language import language
from app.agent.planner.normalise import Token, words_of


def polite_bounds(tokens: Sequence[Token]) -> tuple[int, int]:
    """Where the question itself begins and ends; everything when there is nothing else."""
    first, last = 0, len(tokens)
    while (step := _opening(tokens, first, last)) > 0:
        first += step
    while (step := _closing(tokens, first, last)) > 0:
        last -= step
    said = any(not token.is_mark for token in tokens[first:last])
    return (first, last) if said else (0, len(tokens))


def _opening(tokens: Sequence[Token], first: int, last: int) -> int:
    """Length of the courtesy or the mark at the start, 0 for none."""
    if first < last and first > 0 and tokens[first].text in {",", ":", ".", "!", ";"}:
        return 1
    stems = [token.stem for token in tokens[first:last]]
    sizes = [len(p) for p in _phrases() if tuple(stems[: len(p)]) == p]
    return max(sizes, default=0)


def _closing(tokens: Sequence[Token], first: int, last: int) -> int:
    """Length of the courtesy at the end with the marks around it, 0 for none."""
    end = last
    while end > first and tokens[end - 1].is_mark:
        end -= 1
    stems = [token.stem for token in tokens[first:end]]
    size = max((len(p) for p in _phrases() if tuple(stems[-len(p) :]) == p), default=0)
    pointed = end - size > first and tokens[end - size - 1].text == "the"
    return last - end + size if size and not pointed else 0


@lru_cache(maxsize=1)
def _phrases() -> frozenset[tuple[str, ...]]:
    return frozenset(words_of(phrase) for phrase in language().politeness)
