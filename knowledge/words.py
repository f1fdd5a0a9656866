"""The lexical half of the search: BM25 over word stems."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[a-z0-9]+")
_ENDINGS = "ations ation ments ment ings ing ied ies ed es ers er als al ly s e y"
_SUFFIXES = tuple(_ENDINGS.split())
_STOP_WORDS = """
a about account accounts after all also am an and any anything are as at be been before being but by
can client clients could customer customers did do does doing down even ever for from get gets
getting give go going had has have he her here him his how i if in into is it its just like may me
might more most my no not now of off on one only or other our out over own people play playbook
playbooks plays please say says she should show so some somebody someone something still such tell
than that the their them then there they this those to too up us use very want wants was we well
were what when where which while who whom why will with would you your
"""
_STOPPED = frozenset(_STOP_WORDS.split())
"""Words without content; everybody in the library is a client."""


def stems(text: str) -> list[str]:
    """Content words of a text without their endings; order and repetition kept."""
    words = _WORD.findall(text.casefold().replace("'", "").replace("’", ""))
    return [_stem(word) for word in words if word not in _STOPPED]


def _stem(word: str) -> str:
    """Cut one ending; crude, and the same for the text and the question."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


class WordIndex:
    """BM25 over a fixed list of texts; built in milliseconds, never stored.

    Args:
        texts: The passages, in the order the scores will have.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s  # noqa: PLC0415 - only who searches pays for the import

        documents = [stems(text) for text in texts]
        self._size = len(documents)
        self._vocabulary = {stem for document in documents for stem in document}
        self._bm25 = bm25s.BM25()
        if self._vocabulary:
            self._bm25.index(documents, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every text; all zero when no word is known.

        Returns:
            Array (text,), float32, at least 0.
        """
        known = [stem for stem in stems(query) if stem in self._vocabulary]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)
