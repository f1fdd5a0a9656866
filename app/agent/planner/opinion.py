"""What a clause may want: the ranker's view of its words, weighed with that of its meaning."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.conversation import Conversation
from app.agent.planner.features import features
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.meaning import Meaning
from app.agent.planner.ranker import load_ranker

WORDS: Final = 0.7
MEANING: Final = 0.7
"""Weights of the two views; both right, the sum is surer than either."""

_LEANING: Final = (0.3, 1.1)
"""The weights where the words tell little."""

_UNSURE: Final = 0.5
_SURE: Final = 0.6
_NOTHING: Final = frozenset({"help", "thanks", "offtopic", "made_up", "model", "unsafe"})
_LEAST: Final = 1e-4

Ranking = list[tuple[str, float]]


def opinion(
    clause: Clause, past: Conversation, lexicon: Lexicon, meaning: Meaning | None
) -> Ranking:
    """Intents with their probabilities, the likeliest first; words alone without `meaning`."""
    lexical = load_ranker().rank(features(clause, past, lexicon))
    second = meaning.rank(clause, past) if meaning else {}
    return weighed(lexical, second) if second else lexical


def weighed(lexical: Sequence[tuple[str, float]], second: Mapping[str, float]) -> Ranking:
    """Both views as one; the meaning counts for more where the words say little."""
    words, sense = _LEANING if _tells_little(lexical, second) else (WORDS, MEANING)
    scores = {
        intent: words * math.log(max(prob, _LEAST))
        + sense * math.log(max(second.get(intent, 0.0), _LEAST))
        for intent, prob in lexical
    }
    top = max(scores.values())
    odds = {intent: math.exp(score - top) for intent, score in scores.items()}
    total = sum(odds.values())
    shares = [(intent, odd / total) for intent, odd in odds.items()]
    return sorted(shares, key=lambda pair: (-pair[1], pair[0]))


def _tells_little(lexical: Sequence[tuple[str, float]], second: Mapping[str, float]) -> bool:
    """Whether the views differ and the words are unsure, or find nothing where sense does."""
    first, prob = lexical[0]
    other = max(second, key=lambda intent: second[intent])
    if first == other or other in _NOTHING:
        return False
    nothing = first in _NOTHING - {"unsafe"} and second[other] > _SURE
    return nothing or (prob < _UNSURE and second[other] > prob)
