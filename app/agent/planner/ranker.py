"""Ranks what a clause may want: a linear model over its features, learned offline."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from app.agent.planner.language import HERE

WEIGHTS_FILE: Final = HERE / "weights.json"


@dataclass(frozen=True)
class Ranker:
    """Multinomial logistic regression.

    Attributes:
        intents: Labels, in the order of the weights.
        weights: Weights by feature, one a label; unknown features weigh nothing.
    """

    intents: tuple[str, ...]
    weights: Mapping[str, tuple[float, ...]]

    @property
    def words(self) -> frozenset[str]:
        """Words that weigh something: they are known, and worth mending towards."""
        names = (name.removeprefix("word:") for name in self.weights if name.startswith("word:"))
        return frozenset(name for name in names if name.isalpha())

    def rank(self, found: Mapping[str, float]) -> list[tuple[str, float]]:
        """Labels with their probabilities, the likeliest first."""
        scores = [0.0] * len(self.intents)
        for name, value in found.items():
            row = self.weights.get(name)
            if row is not None:
                for i, weight in enumerate(row):
                    scores[i] += weight * value
        top = max(scores)
        odds = [math.exp(score - top) for score in scores]
        total = sum(odds)
        ranked = [(name, odd / total) for name, odd in zip(self.intents, odds, strict=True)]
        return sorted(ranked, key=lambda pair: (-pair[1], pair[0]))


def save_weights(ranker: Ranker, path: Path = WEIGHTS_FILE) -> None:
    """Write the weights, one feature a line so that a change reads well."""
    lines = [
        f"  {json.dumps(name)}: {json.dumps(list(row))}"
        for name, row in sorted(ranker.weights.items())
    ]
    intents = json.dumps(list(ranker.intents))
    body = ",\n".join(lines)
    path.write_text(f'{{"intents": {intents},\n"weights": {{\n{body}\n}}}}\n', encoding="utf-8")


@lru_cache(maxsize=1)
def load_ranker(path: Path = WEIGHTS_FILE) -> Ranker:
    """Read the shipped weights, once a process."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    weights = {name: tuple(row) for name, row in raw["weights"].items()}
    return Ranker(tuple(raw["intents"]), weights)
