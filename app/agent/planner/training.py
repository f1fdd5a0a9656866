"""Learns the weights of the ranker and of its second opinion from `utterances.yml`.

Run `python -m app.agent.planner.training` after a change of the utterances, the language file
or the features; it rewrites `weights.json` and `meaning.json` and logs the accuracy on utterances
left out. The sentence encoder is the one that `aura prepare` exported.
"""

import logging
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from app.agent.planner.building import sample_lexicon
from app.agent.planner.clause import whole
from app.agent.planner.conversation import Conversation, Exchange, Frame
from app.agent.planner.features import features
from app.agent.planner.language import HERE, language
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.meaning import PROBE, Embed, Head, masked, save_head, surroundings
from app.agent.planner.ranker import Ranker, save_weights
from app.agent.planner.spans.recognise import read
from app.settings import Settings
from knowledge.embedder import Embedder

SEED: Final = 7
COPIES: Final = 4
"""How often each utterance is filled with other names and wrappings."""

DIGITS: Final = 2
SPREAD: Final = 4.0
"""Scale of the vectors in the fit: regularises them less than their surroundings."""

Shares = NDArray[np.float64]
_SLOT: Final = re.compile(r"\{(\w+)\}")
_AFTER: Final = frozenset({"refine"})
_log = logging.getLogger(__name__)


def labelled() -> Mapping[str, list[str]]:
    """The labelled utterances by intent."""
    raw: dict[str, list[Any]] = yaml.safe_load((HERE / "utterances.yml").read_text("utf-8"))
    return {intent: [str(line) for line in lines] for intent, lines in raw.items()}


def slot_values(lexicon: Lexicon) -> dict[str, list[str]]:
    """What may stand in each slot of an utterance."""
    words = language()
    metrics = [m for m in words.measures.values() if m.metric and m.phrases]
    said = [phrase for measure in metrics for phrase in measure.phrases[:4]]
    segments = ["SMB", "Mid-Market", "Enterprise", "enterprise", "smb", "mid-market"]
    regions = [str(value) for value in lexicon.dimensions["region"]]
    strategies = [words.strategies[name][0] for name in lexicon.strategies]
    return {
        "clients": ["clients", "customers", "accounts"],
        "client_noun": ["client", "customer", "account"],
        "client": list(lexicon.customers.values()),
        "metric": said,
        "segment": segments,
        "segment2": ["Mid-Market", "SMB"],
        "region": regions,
        "industry": [str(value) for value in lexicon.dimensions["industry"]],
        "plan": [str(value) for value in lexicon.dimensions["plan"]],
        "dimension": ["segment", "region", "industry", "plan", "account manager", "country"],
        "dimensions": ["segments", "regions", "industries", "plans", "account managers"],
        "manager": [str(value) for value in lexicon.dimensions["account_manager"]],
        "past": ["last month", "last quarter", "this year", "in Q2", "since May", "in March",
                 "over the last 6 months", "this month", "last year", "in the last 30 days"],
        "month": ["May", "January", "July"],
        "strategy": [*strategies, "success call", "training", "executive sponsor"],
        "strategy2": ["contract upgrade", "onboarding help"],
        "forecastable": ["MRR", "revenue", "tickets", "active customers", "ticket volume"],
    }  # fmt: skip


def fill(template: str, values: Mapping[str, list[str]], rng: random.Random) -> str:
    """Put a random value into every slot."""
    return _SLOT.sub(lambda match: rng.choice(values[match[1]]), template)


@dataclass(frozen=True)
class Example:
    """A filled utterance: its features, masked words and surroundings, its intent and seed."""

    found: dict[str, float]
    words: str
    around: tuple[str, ...]
    intent: str
    group: int


def examples(lexicon: Lexicon) -> Iterator[Example]:
    """Yield every utterance, filled several times."""
    rng = random.Random(SEED)  # noqa: S311 - training data, not a secret
    values = slot_values(lexicon)
    group = 0
    for intent, lines in labelled().items():
        for line in lines:
            group += 1
            for copy in range(COPIES):
                text = _wrapped(fill(line, values, rng), copy, intent, rng)
                past = _past(intent, rng)
                clause = whole(read(text, lexicon))
                found = features(clause, past, lexicon)
                yield Example(found, masked(clause), surroundings(clause, past), intent, group)


def _wrapped(text: str, copy: int, intent: str, rng: random.Random) -> str:
    if copy == 1:
        text = text.lower().rstrip("?.")
    if copy == 2 and intent not in {"refine", "thanks", "help"}:
        text = (
            rng.choice(["Please ", "Can you ", "could you tell me ", "hey, ", "I'd like to know "])
            + text
        )
    return text


def _past(intent: str, rng: random.Random) -> Conversation:
    """A conversation before the utterance: always for a follow-up, at times for the others."""
    if intent not in _AFTER and rng.random() < 0.7:
        return Conversation()
    frame = Frame("query_metrics", {"metrics": ["mrr"]})
    kind = "question" if rng.random() < 0.15 else "answer"
    return Conversation([Exchange("What is our MRR?", [frame], kind=kind)])


def fit_words(rows: Sequence[Example]) -> tuple[Ranker, Shares]:
    """Fit the ranker.

    Returns:
        The ranker, and for each row the probabilities when its utterance is left out.
    """
    vectorizer = DictVectorizer()
    matrix = csr_matrix(vectorizer.fit_transform([row.found for row in rows]))
    names = vectorizer.get_feature_names_out()
    keep = np.asarray((matrix > 0).sum(axis=0)).ravel() > COPIES
    model = LogisticRegression(C=2.0, max_iter=400)
    shares = _left_out(model, matrix[:, keep], rows)
    model.fit(matrix[:, keep], [row.intent for row in rows])
    weights = {
        str(name): tuple(round(float(w), DIGITS) for w in model.coef_[:, i])
        for i, name in enumerate(names[keep])
    }
    offsets = np.asarray(model.intercept_).tolist()
    base = weights.get("bias", (0.0,) * len(model.classes_))
    weights["bias"] = tuple(round(b + float(w), DIGITS) for b, w in zip(base, offsets, strict=True))
    return Ranker(tuple(str(c) for c in model.classes_), weights), shares


def fit_meaning(rows: Sequence[Example], embed: Embed) -> tuple[Head, Shares]:
    """Fit the head on sentence vectors; as `fit_words`."""
    texts = sorted({row.words for row in rows})
    place = {text: i for i, text in enumerate(texts)}
    vectors = embed(texts)[[place[row.words] for row in rows]] * SPREAD
    vectorizer = DictVectorizer()
    around = vectorizer.fit_transform([dict.fromkeys(row.around, 1.0) for row in rows])
    matrix = csr_matrix(hstack([csr_matrix(vectors), around]))
    model = LogisticRegression(C=1.0, max_iter=400)
    shares = _left_out(model, matrix, rows)
    model.fit(matrix, [row.intent for row in rows])
    coefficients, width = np.asarray(model.coef_), vectors.shape[1]
    names = [str(name) for name in vectorizer.get_feature_names_out()]
    sides = {name: coefficients[:, width + i] for i, name in enumerate(names)}
    head = Head(
        tuple(str(c) for c in model.classes_),
        _rounded(embed([PROBE])[0]),
        [_rounded(row) for row in coefficients[:, :width] * SPREAD],
        {
            name: _rounded(row)
            for name, row in {"bias": np.asarray(model.intercept_), **sides}.items()
        },
    )
    return head, shares


def _rounded(row: Any) -> list[float]:
    return [round(float(weight), 3) for weight in row]


def _left_out(model: LogisticRegression, matrix: csr_matrix, rows: Sequence[Example]) -> Shares:
    """Probabilities of each row by a model that saw no copy of its utterance."""
    labels = np.array([row.intent for row in rows])
    groups = np.array([row.group for row in rows])
    folds = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=SEED)
    guessed = cross_val_predict(
        model, matrix, labels, groups=groups, cv=folds, method="predict_proba"
    )
    return np.asarray(guessed)


def _report(rows: Sequence[Example], intents: Sequence[str], views: Sequence[Shares]) -> None:
    """Log how many utterances left out are read right by each view and by all, and which not."""
    labels = np.array([row.intent for row in rows])
    together = [np.log(view + 1e-4) for view in views]
    names = np.array(intents)
    for view in (*views, sum(together)):
        right = names[np.asarray(view).argmax(axis=1)] == labels
        _log.info("%.3f of the utterances left out read right", float(np.mean(right)))
    guessed = names[np.asarray(sum(together)).argmax(axis=1)]
    missed = {(row.words, row.intent, str(guess)) for row, guess in zip(rows, guessed, strict=True)}
    for words, intent, guess in sorted(missed):
        if intent != guess:
            _log.info("left out: %r is %s, read as %s", words, intent, guess)


def main() -> None:
    """Train, write the weights, log the accuracy by words, by meaning and by both."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rows = list(examples(sample_lexicon()))
    embedder = Embedder(Settings().home / "embedder")
    ranker, by_words = fit_words(rows)
    head, by_meaning = fit_meaning(rows, embedder.embed)
    save_weights(ranker)
    save_head(head)
    _report(rows, ranker.intents, [by_words, by_meaning])


if __name__ == "__main__":
    main()
