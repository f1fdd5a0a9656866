"""The lexical half of the search: BM25 over word stems.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, with the
inverse document frequency of Lucene. Scores are taken at the question, from counts: what a text
is worth depends on all the others, so scores kept in advance would go stale at each edit.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
_SATURATION = 1.5
_LENGTH_WEIGHT = 0.75
"""k1 and b, at their usual values."""
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


Vocabulary = dict[str, int]
"""{stem: number}; it only grows, so that counts made earlier stay valid."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each stem occurs in some texts; made once, whatever becomes of other texts.

    Attributes:
        stems: Numbers of the distinct stems, text after text.
        occurrences: How often each of them occurs in its text.
        distinct: How many of them belong to each text.
        lengths: Stems of each text, repeated ones included.
    """

    stems: NDArray[np.int32]
    occurrences: NDArray[np.float32]
    distinct: NDArray[np.int64]
    lengths: NDArray[np.int64]


def count(texts: Iterable[Iterable[str]], vocabulary: Vocabulary) -> Counts:
    """Count the stems of each text.

    Args:
        texts: Each as `stems` gave it.
        vocabulary: Numbers of the stems; new ones are added.
    """
    counted = [Counter(text) for text in texts]
    numbers = [vocabulary.setdefault(stem, len(vocabulary)) for text in counted for stem in text]
    return Counts(
        stems=np.array(numbers, dtype=np.int32),
        occurrences=np.array([n for text in counted for n in text.values()], dtype=np.float32),
        distinct=np.array([len(text) for text in counted], dtype=np.int64),
        lengths=np.array([text.total() for text in counted], dtype=np.int64),
    )


class WordIndex:
    """BM25 over a fixed list of texts; built in milliseconds, never stored.

    Args:
        parts: The texts' counts, in the order the scores will have.
        vocabulary: With which they were counted.
    """

    def __init__(self, parts: Sequence[Counts], vocabulary: Vocabulary) -> None:
        from scipy.sparse import csr_array  # noqa: PLC0415 - only who searches pays for the import

        nothing = count([], {})
        parts = [nothing, *parts]  # an empty library is an index too
        lengths = np.concatenate([part.lengths for part in parts])
        starts = np.concatenate([[0], np.cumsum(np.concatenate([part.distinct for part in parts]))])
        by_text = csr_array(
            (
                np.concatenate([part.occurrences for part in parts]),
                np.concatenate([part.stems for part in parts]),
                starts,
            ),
            shape=(len(lengths), len(vocabulary)),
        )
        self._by_stem = by_text.tocsc()
        self._vocabulary = dict(vocabulary)
        mean = lengths.sum() / max(1, len(lengths)) or 1.0
        self._penalties = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * lengths / mean)

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every text; all zero when no word is known.

        Returns:
            Array (text,), float32, at least 0.
        """
        size = len(self._penalties)
        total = np.zeros(size, dtype=np.float32)
        for number in (self._vocabulary.get(stem) for stem in stems(query)):
            if number is None:
                continue
            column = slice(*self._by_stem.indptr[number : number + 2])
            texts, occurrences = self._by_stem.indices[column], self._by_stem.data[column]
            rarity = math.log(1 + (size - len(texts) + 0.5) / (len(texts) + 0.5))
            worth = np.float32(rarity) * (occurrences / (self._penalties[texts] + occurrences))
            total[texts] += worth.astype(np.float32)
        return total
