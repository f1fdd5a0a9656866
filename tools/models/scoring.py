"""The score book: every active client's scores today, and the scores of every month end."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, Protocol

import pandas as pd

from tools.models.frames import column, days, numbers, rows_where
from tools.models.health import health_bands, health_scores
from tools.models.rules import RuleBook

HEALTH_COLUMNS: Final = (
    "customer_id",
    "health_score",
    "health_band",
    "churn_prob_30d",
    "churn_prob_60d",
    "churn_prob_90d",
    "churn_prob_90d_low",
    "churn_prob_90d_high",
    "churn_risk",
    "rule_score",
    "rule_risk",
    "rules_fired",
    "model_version",
)
HISTORY_COLUMNS: Final = (
    "customer_id",
    "month_end",
    "health_score",
    "churn_prob_90d",
    "churn_risk",
)
CHUNK_ROWS: Final = 50_000
"""Rows scored at a time: what scoring needs beside its result does not grow with the clients."""
_WORKERS: Final = 2


class Scorer(Protocol):
    """What the score book needs of a churn model."""

    @property
    def version(self) -> str:
        """Version of the model."""
        ...

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """Score rows as they are known today."""
        ...

    def predict_past(self, features: pd.DataFrame) -> pd.DataFrame:
        """Score past rows without hindsight."""
        ...


class ScoreBook(NamedTuple):
    """The frames handed to gold: `scored_health` and `scored_history`."""

    health: pd.DataFrame
    history: pd.DataFrame


def score_book(
    model: Scorer,
    rules: RuleBook,
    health: Mapping[str, Any],
    *,
    latest: pd.DataFrame,
    history: pd.DataFrame,
) -> ScoreBook:
    """Score every active client.

    Args:
        model: The serving churn model.
        rules: The risk rules with their bands.
        health: `scores.health` of the semantic model.
        latest: Features at the last snapshot, one row a client.
        history: Features at all snapshots.
    """
    return ScoreBook(
        score_clients(model, rules, health, latest),
        score_past(model, rules, health, history),
    )


def score_clients(
    model: Scorer, rules: RuleBook, health: Mapping[str, Any], latest: pd.DataFrame
) -> pd.DataFrame:
    """Score today's clients: one row each, `HEALTH_COLUMNS`."""
    latest = latest.reset_index(drop=True)
    scored = pd.concat([in_chunks(model.predict, latest), rules.evaluate_frame(latest)], axis=1)
    health_score = health_scores(latest, health)
    scored["health_score"] = health_score
    scored["health_band"] = health_bands(health_score, health)
    scored["churn_risk"] = rules.bands.churn_risk.of_all(numbers(scored, "churn_prob_90d"))
    scored["model_version"] = model.version
    return scored.reindex(columns=list(HEALTH_COLUMNS))


def in_chunks(
    score: Callable[[pd.DataFrame], pd.DataFrame],
    features: pd.DataFrame,
    rows: int = CHUNK_ROWS,
) -> pd.DataFrame:
    """Score rows that do not depend on each other, some at a time.

    Args:
        score: Gives one row for each it is handed, with its index.
        features: All rows.
        rows: How many at a time.
    """
    if len(features) <= rows:
        return score(features)
    parts = (features.iloc[start : start + rows] for start in range(0, len(features), rows))
    with ThreadPoolExecutor(_WORKERS) as pool:
        return pd.concat(list(pool.map(score, parts)))


def score_past(
    model: Scorer, rules: RuleBook, health: Mapping[str, Any], history: pd.DataFrame
) -> pd.DataFrame:
    """Score the month ends: one row a client and month end, `HISTORY_COLUMNS`."""
    is_month_end = pd.DatetimeIndex(days(history, "snapshot_date")).is_month_end
    months = rows_where(history, is_month_end)
    probability = numbers(in_chunks(model.predict_past, months), "churn_prob_90d")
    values = (
        column(months, "customer_id"),
        days(months, "snapshot_date").tolist(),
        health_scores(months, health),
        probability,
        rules.bands.churn_risk.of_all(probability),
    )
    return pd.DataFrame(dict(zip(HISTORY_COLUMNS, values, strict=True)))
