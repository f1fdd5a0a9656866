"""Recognises what clients wrote, wherever it turns up: in a quote, in a draft, in a pasted line."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from app.governance.folded import Word, words_of

_RUN: Final = 6
"""Words in a row by which a text is recognised."""
_SHORTEST: Final = 4
"""Fewer words are what anybody says."""


class FreeText:
    """An index over the words of many texts.

    Every text is cut into runs of six words, and its last six words are one more run, so that a
    whole text is found from its first word to its last, and any twelve words of it are found too.

    Args:
        texts: What clients wrote.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs: set[int] = set()
        self._short: set[int] = set()
        for text in texts:
            words = [word.text for word in words_of(text)]
            if _SHORTEST <= len(words) < _RUN:
                self._short.add(hash(tuple(words)))
            for start in {*range(0, len(words) - _RUN + 1, _RUN), max(len(words) - _RUN, 0)}:
                if start + _RUN <= len(words):
                    self._runs.add(hash(tuple(words[start : start + _RUN])))

    def find(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """Where a text holds what a client wrote, as places in it; runs that touch are one."""
        if not self._runs and not self._short:
            return
        texts = [word.text for word in words]
        spans = [*self._spans(texts, (_RUN,), self._runs)]
        spans += self._spans(texts, (_SHORTEST, _RUN - 1), self._short)
        begin = end = -1
        for first, after in sorted(spans):
            if first > end:
                if begin >= 0:
                    yield words[begin].start, words[end - 1].end
                begin = first
                end = after
            end = max(end, after)
        if begin >= 0:
            yield words[begin].start, words[end - 1].end

    def _spans(
        self, texts: Sequence[str], sizes: Sequence[int], known: set[int]
    ) -> Iterator[tuple[int, int]]:
        for size in sizes:
            for start in range(len(texts) - size + 1):
                if hash(tuple(texts[start : start + size])) in known:
                    yield start, start + size
