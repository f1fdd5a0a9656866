"""What clients say: sentiment and topics, read locally by likeness to example sentences.

A head on sentence embeddings, fitted to the examples of `feedback.yml`: a ridge regression on
−1, 0, 1 for the sentiment, the nearest examples for the topics.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Self

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts → (texts, dimensions) normalised vectors."""

COLUMNS: Final = ("source", "source_id", "sentiment", "topics")
BATCH: Final = 256
MAX_TOPICS: Final = 3
_RIDGE: Final = 1.0
_STRETCH: Final = 1.6
_LIKE: Final = 0.36
"""Cosine likeness to an example from which a text is about its topic."""
_NEAR_BEST: Final = 0.1
"""Further topics may be this much less alike than the best one."""


class _Sentiments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    positive: tuple[str, ...] = Field(min_length=1)
    negative: tuple[str, ...] = Field(min_length=1)
    neutral: tuple[str, ...] = Field(min_length=1)


class Examples(BaseModel):
    """Sentences by sentiment and by topic."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentiment: _Sentiments
    topics: Mapping[str, tuple[str, ...]] = Field(min_length=1)

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Read the examples."""
        return cls.model_validate(yaml.safe_load(text))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads embedded texts.

    Attributes:
        weights: (dimensions,) sentiment head; `bias` is its constant.
        examples: (sentences, dimensions) of all topics; `topic_of` names each row's topic.
    """

    weights: NDArray[np.float64]
    bias: float
    examples: NDArray[np.float64]
    topic_of: tuple[str, ...]

    @classmethod
    def fit(cls, examples: Examples, embed: Embed) -> Self:
        """Fit the head to the examples."""
        classes = ((1.0, examples.sentiment.positive), (-1.0, examples.sentiment.negative))
        classes += ((0.0, examples.sentiment.neutral),)
        texts = [text for _, group in classes for text in group]
        target = np.array([value for value, group in classes for _ in group])
        X = np.asarray(embed(texts), dtype=np.float64)
        center, level = X.mean(axis=0), float(target.mean())
        gram = (X - center) @ (X - center).T + _RIDGE * np.eye(len(texts))
        weights = (X - center).T @ np.linalg.solve(gram, target - level)
        topic_of = tuple(topic for topic, group in examples.topics.items() for _ in group)
        sentences = [text for group in examples.topics.values() for text in group]
        topics = np.asarray(embed(sentences), dtype=np.float64)
        return cls(weights, level - float(center @ weights), topics, topic_of)

    def sentiments(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score texts: (texts,) from −1 (angry) to 1 (delighted)."""
        scores = np.tanh(_STRETCH * (vectors @ self.weights + self.bias))
        return np.round(scores, 3).astype(np.float64)

    def topics(self, vectors: NDArray[np.float64]) -> list[list[str]]:
        """Name what each text is about, most alike first; empty when it is like no example."""
        names = list(dict.fromkeys(self.topic_of))
        likeness = vectors @ self.examples.T
        columns = [[t == name for t in self.topic_of] for name in names]
        best = np.stack([likeness[:, column].max(axis=1) for column in columns], axis=1)
        return [_pick(row, names) for row in best]


def score_texts(
    texts: pd.DataFrame, embed: Embed, examples: Examples | None = None
) -> pd.DataFrame:
    """Read the feedback of all clients; equal texts are embedded once.

    Args:
        texts: `source`, `source_id` and `text`.
        embed: Makes normalised vectors of texts.
        examples: Sentences to compare with, by default those of the package.

    Returns:
        One row a text with `COLUMNS`.
    """
    reader = Reader.fit(examples or load_default(), embed)
    keys, position = np.unique(texts["text"].astype(str).to_numpy(str), return_inverse=True)
    sentiments = np.zeros(keys.size)
    topics: list[list[str]] = []
    for start in range(0, keys.size, BATCH):
        batch = keys[start : start + BATCH].tolist()
        vectors = np.asarray(embed(batch), dtype=np.float64)
        sentiments[start : start + BATCH] = reader.sentiments(vectors)
        topics += reader.topics(vectors)
    return pd.DataFrame(
        {
            "source": texts["source"].to_numpy(),
            "source_id": texts["source_id"].to_numpy(),
            "sentiment": sentiments[position],
            "topics": [topics[index] for index in position],
        },
        columns=list(COLUMNS),
    )


@cache
def load_default() -> Examples:
    """Read the examples that are part of the package."""
    return Examples.from_yaml(files("tools.models").joinpath("feedback.yml").read_text("utf-8"))


def _pick(likeness: NDArray[np.float64], names: list[str]) -> list[str]:
    order = np.argsort(-likeness, kind="stable")[:MAX_TOPICS]
    floor = max(_LIKE, float(likeness[order[0]]) - _NEAR_BEST)
    return [names[index] for index in order if likeness[index] >= floor]
