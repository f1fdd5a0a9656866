"""Ranks what a clause may want by its meaning: a linear head on a sentence embedding.

It is a second opinion beside the ranker's, for words that no utterance of the training used.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.agent.planner.clause import Clause
from app.agent.planner.conversation import Conversation
from app.agent.planner.features import state_of, target_of
from app.agent.planner.language import HERE

HEAD_FILE: Final = HERE / "meaning.json"
PROBE: Final = "Which clients are likely to leave us, and why?"
"""Its vector is kept with the head, to tell whether another encoder is in use."""

_SAME: Final = 0.98
_KEPT: Final = 2048
_STAND_INS: Final = {
    "client": "Acme", "clients": "Acme", "unknown_name": "Acme", "manager": "Smith",
    "value": "enterprise", "number": "10",
}  # fmt: skip

Vectors = NDArray[np.float32]
Embed = Callable[[list[str]], Vectors]
"""Texts to rows of length 1."""


def masked(clause: Clause) -> str:
    """The clause with stand-ins for the names, values and numbers in it."""
    words: list[str] = []
    i = clause.start
    while i < clause.end:
        span = clause.span_at(i)
        if span is not None and span.kind in _STAND_INS:
            words.append(_STAND_INS[span.kind])
            i = span.end
        else:
            words.append(clause.word(i))
            i += 1
    return " ".join(words)


def surroundings(clause: Clause, past: Conversation) -> tuple[str, str]:
    """What the words alone do not tell: whether a talk is under way, and what is pointed at."""
    return f"state:{state_of(past)}", f"target:{target_of(clause)}"


@dataclass(frozen=True)
class Head:
    """Multinomial logistic regression on a vector and its surroundings.

    Attributes:
        intents: Labels, in the order of the weights.
        probe: The vector of `PROBE` by the encoder of the training.
        weights: One row a label, one column a dimension.
        around: Weights by surroundings, "bias" among them.
    """

    intents: tuple[str, ...]
    probe: Sequence[float]
    weights: Sequence[Sequence[float]]
    around: dict[str, Sequence[float]]

    @cached_property
    def _matrix(self) -> NDArray[np.float64]:
        return np.array(self.weights)

    def rank(self, vector: Vectors, around: Sequence[str]) -> dict[str, float]:
        """The probability of each label."""
        scores = self._matrix @ vector.astype(np.float64)
        for name in ("bias", *around):
            scores = scores + np.array(self.around.get(name, np.zeros(len(self.intents))))
        odds = np.exp(scores - scores.max())
        shares = odds / odds.sum()
        return dict(zip(self.intents, (float(share) for share in shares), strict=True))


class Meaning:
    """The second opinion; safe to share between threads.

    Args:
        embed: The sentence encoder; one that the head was not trained on is left unused.
        head: Weights; the shipped ones when absent.
    """

    def __init__(self, embed: Embed, head: Head | None = None) -> None:
        self._embed = embed
        self._head = head or load_head()
        self._vectors: dict[str, Vectors] = {}
        self._lock = Lock()

    @cached_property
    def fits(self) -> bool:
        """Whether the encoder is the one of the training."""
        vector = self._embed([PROBE])[0]
        probe = np.array(self._head.probe)
        return vector.shape == probe.shape and float(vector @ probe) > _SAME

    def rank(self, clause: Clause, past: Conversation) -> dict[str, float]:
        """The probability of each label, empty when the encoder is another."""
        if not self.fits:
            return {}
        return self._head.rank(self._vector(masked(clause)), surroundings(clause, past))

    def _vector(self, text: str) -> Vectors:
        with self._lock:
            found = self._vectors.get(text)
            if found is None:
                if len(self._vectors) >= _KEPT:
                    self._vectors.clear()
                found = self._vectors[text] = self._embed([text])[0]
            return found


def save_head(head: Head, path: Path = HEAD_FILE) -> None:
    """Write the weights, one label a line."""
    rows = ",\n".join(f"  {json.dumps(list(row))}" for row in head.weights)
    around = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(list(row))}" for name, row in head.around.items()
    )
    path.write_text(
        f'{{"intents": {json.dumps(list(head.intents))},\n'
        f'"probe": {json.dumps(list(head.probe))},\n'
        f'"weights": [\n{rows}\n],\n"around": {{\n{around}\n}}}}\n',
        encoding="utf-8",
    )


@lru_cache(maxsize=1)
def load_head(path: Path = HEAD_FILE) -> Head:
    """Read the shipped weights, once a process."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Head(tuple(raw["intents"]), raw["probe"], raw["weights"], raw["around"])
