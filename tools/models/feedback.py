"""What clients say: mood and topics, read on this machine clause by clause.

The mood is a ridge regression on −1, 0, 1 over a sentence embedding and the mood of the words; the
topics are one such regression each, helped by the topic's own words. Both are fitted in the build
to the sentences of `feedback.yml`, or to a file of the user's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from tools.models.clauses import clauses_of
from tools.models.feedback_examples import Examples, load_default, pattern_of
from tools.models.word_mood import WordMood, load_word_mood

__all__ = ["COLUMNS", "MAX_TOPICS", "Reader", "score_texts"]

Floats = NDArray[np.float64]
Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts → (texts, dimensions) normalised vectors."""

COLUMNS: Final = ("source", "source_id", "sentiment", "topics", "topic_sentiments")
BATCH: Final = 256
MAX_TOPICS: Final = 4
_MOOD_RIDGE: Final = 4.0
_TOPIC_RIDGE: Final = 1.0
_STRETCH: Final = 1.6
_ABOUT: Final = 0.5
"""From this score a clause is about a topic; an example of it has 1, of another 0."""
_NEAR_BEST: Final = 0.2
"""Further topics of a clause may score this much less than its best one."""
_NAMED: Final = 0.35
"""What a word of the topic adds."""
_OWN_SHARE: Final = 0.5
"""The few sentences of a topic weigh half as much together as all the others."""


@dataclass(frozen=True, slots=True)
class _Head:
    weights: Floats
    bias: float

    @classmethod
    def fit(cls, X: Floats, target: Floats, penalty: float, weights: Floats | None = None) -> Self:
        model = Ridge(alpha=penalty).fit(X, target, sample_weight=weights)
        return cls(np.asarray(model.coef_, dtype=np.float64), float(model.intercept_))

    def scores(self, X: Floats) -> Floats:
        return X @ self.weights + self.bias


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads clauses.

    Attributes:
        mood: Head on the embedding and, last, the mood of the words.
        topics: Head by topic, on the embedding.
    """

    examples: Examples
    embed: Embed
    words: WordMood
    mood: _Head
    topics: dict[str, _Head]

    @classmethod
    def fit(cls, examples: Examples, embed: Embed, words: WordMood | None = None) -> Self:
        """Fit the heads to the examples."""
        words = words or load_word_mood()
        rows = examples.rows()
        X = np.asarray(embed([row.text for row in rows]), dtype=np.float64)
        target = np.array([row.mood for row in rows], dtype=np.float64)
        known = np.column_stack([X, words.scores([row.text for row in rows], X)])
        heads: dict[str, _Head] = {}
        for topic in examples.topics:
            own = np.array([row.topic == topic for row in rows])
            weights = np.where(own, _OWN_SHARE * (~own).sum() / own.sum(), 1.0)
            heads[topic] = _Head.fit(X, own.astype(np.float64), _TOPIC_RIDGE, weights)
        return cls(examples, embed, words, _Head.fit(known, target, _MOOD_RIDGE), heads)

    def read(self, clauses: Sequence[str]) -> tuple[Floats, list[dict[str, float]]]:
        """Mood of each clause, unbounded around −1 to 1, and its topics with their scores."""
        moods = np.zeros(len(clauses))
        scores = np.zeros((len(clauses), len(self.topics)))
        for start in range(0, len(clauses), BATCH):
            batch = list(clauses[start : start + BATCH])
            X = np.asarray(self.embed(batch), dtype=np.float64)
            here = slice(start, start + len(batch))
            moods[here] = self.mood.scores(np.column_stack([X, self.words.scores(batch, X)]))
            scores[here] = self._topic_scores(X, batch)
        return moods, [_about(row, list(self.topics)) for row in scores]

    def _topic_scores(self, X: Floats, clauses: Sequence[str]) -> Floats:
        patterns = [pattern_of(self.examples.topics[name].words) for name in self.topics]
        named = [[bool(each and each.search(clause)) for each in patterns] for clause in clauses]
        scores = np.column_stack([head.scores(X) for head in self.topics.values()])
        return scores + _NAMED * np.array(named, dtype=np.float64)


class _Heard(NamedTuple):
    mood: float
    topics: dict[str, float]


def score_texts(
    texts: pd.DataFrame, embed: Embed, examples: Examples | None = None
) -> pd.DataFrame:
    """Read the feedback of all clients; equal texts and equal clauses are read once.

    Args:
        texts: `source`, `source_id` and `text`.
        embed: Makes normalised vectors of texts.
        examples: Sentences to learn from, by default those of the package.

    Returns:
        One row a text with `COLUMNS`; `topic_sentiments` beside `topics`, all from −1 to 1.
    """
    keys, position = np.unique(texts["text"].astype(str).to_numpy(str), return_inverse=True)
    split = [(str(text), clauses_of(str(text))) for text in keys]
    said = list(dict.fromkeys(part for text, parts in split for part in (text, *parts)))
    moods, topics = Reader.fit(examples or load_default(), embed).read(said)
    heard = {
        part: _Heard(*each)
        for part, each in zip(said, zip(moods, topics, strict=True), strict=True)
    }
    read = [
        (_bounded([heard[text]]), _by_topic([heard[part] for part in parts]))
        for text, parts in split
    ]
    return pd.DataFrame(
        {
            "source": texts["source"].to_numpy(),
            "source_id": texts["source_id"].to_numpy(),
            "sentiment": np.array([each[0] for each in read], dtype=np.float64)[position],
            "topics": [list(read[index][1]) for index in position],
            "topic_sentiments": [list(read[index][1].values()) for index in position],
        },
        columns=list(COLUMNS),
    )


def _by_topic(parts: Sequence[_Heard]) -> dict[str, float]:
    """By topic the mood of the clauses about it, the clearest topic first."""
    best: dict[str, float] = {}
    for part in parts:
        for topic, score in part.topics.items():
            best[topic] = max(score, best.get(topic, score))
    chosen = sorted(best, key=lambda topic: -best[topic])[:MAX_TOPICS]
    return {topic: _bounded([part for part in parts if topic in part.topics]) for topic in chosen}


def _bounded(parts: Sequence[_Heard]) -> float:
    """From −1 to 1."""
    return round(float(np.tanh(_STRETCH * np.mean([part.mood for part in parts]))), 3)


def _about(scores: Floats, names: Sequence[str]) -> dict[str, float]:
    floor = max(_ABOUT, float(scores.max()) - _NEAR_BEST)
    found = zip(names, scores.tolist(), strict=True)
    return {name: score for name, score in found if score >= floor}
