"""Learns the ranker's weights from `utterances.yml`.

Run `python -m app.agent.planner.training` after a change of the utterances, the language file
or the features; it rewrites `weights.json` and logs the accuracy on utterances left out.
"""

import logging
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from app.agent.planner.building import sample_lexicon
from app.agent.planner.clause import whole
from app.agent.planner.conversation import Conversation, Exchange, Frame
from app.agent.planner.features import features
from app.agent.planner.language import HERE, language
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.ranker import Ranker, save_weights
from app.agent.planner.spans.recognise import read

SEED: Final = 7
COPIES: Final = 4
"""How often each utterance is filled with other names and wrappings."""

DIGITS: Final = 2
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


def examples(lexicon: Lexicon) -> Iterator[tuple[dict[str, float], str, int]]:
    """Yield features, intent and the number of the utterance they come from."""
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
                yield features(clause, past, lexicon), intent, group


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


def train(lexicon: Lexicon) -> tuple[Ranker, float]:
    """Fit the ranker.

    Returns:
        The ranker and its accuracy on utterances (not copies) that were left out.
    """
    rows = list(examples(lexicon))
    vectorizer = DictVectorizer()
    matrix = csr_matrix(vectorizer.fit_transform([row[0] for row in rows]))
    labels = np.array([row[1] for row in rows])
    groups = np.array([row[2] for row in rows])
    names = vectorizer.get_feature_names_out()
    counts = np.asarray((matrix > 0).sum(axis=0)).ravel()
    keep = counts >= 3
    model = LogisticRegression(C=2.0, max_iter=400)
    folds = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=SEED)
    guessed = np.asarray(cross_val_predict(model, matrix[:, keep], labels, groups=groups, cv=folds))
    _report(labels, guessed, groups)
    model.fit(matrix[:, keep], labels)
    weights = {
        str(name): tuple(round(float(w), DIGITS) for w in model.coef_[:, i])
        for i, name in enumerate(names[keep])
    }
    offsets = np.asarray(model.intercept_).tolist()
    base = weights.get("bias", (0.0,) * len(model.classes_))
    weights["bias"] = tuple(round(b + float(w), DIGITS) for b, w in zip(base, offsets, strict=True))
    return Ranker(tuple(str(c) for c in model.classes_), weights), float(np.mean(guessed == labels))


def _report(labels: np.ndarray, guessed: np.ndarray, groups: np.ndarray) -> None:
    lines = [line for lines in labelled().values() for line in lines]
    wrong = {}
    for label, guess, group in zip(labels, guessed, groups, strict=True):
        if label != guess:
            wrong[group] = (label, guess)
    for group, (label, guess) in wrong.items():
        _log.info("left out: %r is %s, read as %s", lines[group - 1], label, guess)


def main() -> None:
    """Train, write the weights, log the accuracy."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    ranker, accuracy = train(sample_lexicon())
    save_weights(ranker)
    _log.info(
        "%d features, %.3f of the utterances left out read right", len(ranker.weights), accuracy
    )


if __name__ == "__main__":
    main()
