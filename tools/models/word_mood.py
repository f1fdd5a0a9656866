"""The mood of words: a lexicon that people rated, and what sentences that they rated taught.

The lexicon and its rules for negation are VADER's (Hutto & Gilbert 2014, package
vaderSentiment); the rest was fitted to the sentences that its source distribution carries.
"""

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["WordMood", "lexicon_moods", "load_word_mood", "terms_of"]

_TOKEN: Final = re.compile(r"\w[\w']*|[!?]")
_FILE: Final = "word_mood.json"


@dataclass(frozen=True, slots=True)
class WordMood:
    """Scores texts by their words: around −1 (angry) to 1 (delighted).

    Attributes:
        terms: Weight by word or pair of neighbouring words.
        lexicon: Weight of the lexicon's own score.
        direction: (dimensions,) weights of the sentence embedding.
        bias: The score of a text of which nothing is known.
    """

    terms: Mapping[str, float]
    lexicon: float
    direction: NDArray[np.float64]
    bias: float

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read fitted weights."""
        raw = json.loads(text)
        direction = np.array(raw["direction"], dtype=np.float64)
        return cls(raw["terms"], raw["lexicon"], direction, raw["bias"])

    def scores(self, texts: Sequence[str], X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score texts: (texts,).

        Args:
            texts: What is scored.
            X: (texts, dimensions) their embeddings; those of another size are left aside.
        """
        learned = np.array([self._learned(text) for text in texts], dtype=np.float64)
        scores = learned + self.lexicon * lexicon_moods(texts) + self.bias
        return scores + X @ self.direction if X.shape[1] == self.direction.size else scores

    def _learned(self, text: str) -> float:
        terms = terms_of(text)
        known = sum(self.terms.get(term, 0.0) for term in terms)
        return known / len(terms) ** 0.5 if terms else 0.0


def terms_of(text: str) -> set[str]:
    """Words and pairs of neighbouring words, lower case."""
    tokens = _TOKEN.findall(text.replace("’", "'").lower())
    return {*tokens, *(f"{a} {b}" for a, b in itertools.pairwise(tokens))}


def lexicon_moods(texts: Sequence[str]) -> NDArray[np.float64]:
    """What the lexicon and its rules say of each text: (texts,) from −1 to 1."""
    analyser = _analyser()
    scores = [float(analyser.polarity_scores(text)["compound"]) for text in texts]
    return np.array(scores, dtype=np.float64)


@cache
def load_word_mood() -> WordMood:
    """Read the weights that are part of the package."""
    return WordMood.from_json(files("tools.models").joinpath(_FILE).read_text("utf-8"))


@cache
def _analyser() -> Any:
    from vaderSentiment.vaderSentiment import (  # noqa: PLC0415 - reads its lexicon on import
        SentimentIntensityAnalyzer,
    )

    return SentimentIntensityAnalyzer()
