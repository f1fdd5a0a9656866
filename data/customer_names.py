"""Finds the client a person means: by id, by name, by a part of it, with typos."""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from rapidfuzz import fuzz

from data.semantic_model import normalised

__all__ = ["CustomerMatch", "CustomerNames"]

_SAME_WORD = 75
_WORDS_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class CustomerMatch:
    """A candidate with its likeness (0-100); `exact` is the id or the whole name."""

    customer_id: str
    name: str
    score: float
    exact: bool


class CustomerNames:
    """An index over the names a user may see.

    Args:
        names: Name by customer id.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self._plain = {key: plain(name) for key, name in names.items()}
        self._ids = {key.casefold(): key for key in names}
        self._words = {key: name.split() for key, name in self._plain.items()}
        self._frequency = Counter(word for words in self._words.values() for word in set(words))

    def find(self, text: str, limit: int = 5) -> list[CustomerMatch]:
        """Candidates, best first; ties by name."""
        asked = plain(text)
        if not asked:
            return []
        by_id = self._ids.get(text.strip().casefold())
        if by_id is not None:
            return [CustomerMatch(by_id, self._names[by_id], 100.0, exact=True)]
        matches = [
            CustomerMatch(
                key, name, round(self._likeness(asked, key), 1), self._plain[key] == asked
            )
            for key, name in self._names.items()
        ]
        matches.sort(key=lambda match: (not match.exact, -match.score, match.name))
        return matches[:limit]

    def _likeness(self, asked: str, key: str) -> float:
        whole = fuzz.ratio(asked, self._plain[key])
        if whole < 30:
            return whole
        wanted, has = asked.split(), self._words[key]
        weights = [self._weight(word) for word in wanted]
        hits = [max((fuzz.ratio(word, other) for other in has), default=0.0) for word in wanted]
        kept = [hit if hit >= _SAME_WORD else 0.0 for hit in hits]
        words = sum(w * hit for w, hit in zip(weights, kept, strict=True)) / sum(weights)
        return max(whole, _WORDS_SHARE * words + (1 - _WORDS_SHARE) * whole)

    def _weight(self, word: str) -> float:
        return 1 / (1 + log(max(self._frequency[word], 1)))


def plain(name: str) -> str:
    """Normalised and without accents: "Café-Noir" is "cafe noir"."""
    decomposed = unicodedata.normalize("NFKD", name)
    return normalised("".join(char for char in decomposed if not unicodedata.combining(char)))
