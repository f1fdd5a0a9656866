from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.store.serving_churn import ServingChurn
from data.semantic_model import load_semantic_model
from tools.models.rules import RuleBook
from tools.models.scoring import (
    HEALTH_COLUMNS,
    HISTORY_COLUMNS,
    ScoreBook,
    in_chunks,
    score_book,
)
from tools.models.trained import TrainedChurn

HEALTH: Mapping[str, Any] = load_semantic_model().scores["health"]


@pytest.fixture(scope="module")
def scored(
    model: TrainedChurn, book: RuleBook, features: pd.DataFrame, latest: pd.DataFrame
) -> ScoreBook:
    """Every client's scores."""
    return score_book(ServingChurn(model), book, HEALTH, latest=latest, history=features)


def test_one_row_a_client(scored: ScoreBook, latest: pd.DataFrame) -> None:
    """Columns and grain are those gold expects."""
    assert list(scored.health.columns) == list(HEALTH_COLUMNS)
    assert scored.health["customer_id"].tolist() == latest["customer_id"].tolist()
    assert scored.health.notna().to_numpy().all()


def test_one_row_a_client_and_month_end(scored: ScoreBook, features: pd.DataFrame) -> None:
    """The snapshot of today, within a month, is no month end."""
    assert list(scored.history.columns) == list(HISTORY_COLUMNS)
    assert len(scored.history) == features["snapshot_date"].dt.is_month_end.sum()
    assert not scored.history.duplicated(["customer_id", "month_end"]).any()


def test_bands_follow_the_probabilities(scored: ScoreBook, book: RuleBook) -> None:
    """The risk shown is the band of the probability shown."""
    for frame in scored:
        expected = [book.bands.churn_risk.of(p) for p in frame["churn_prob_90d"]]
        assert frame["churn_risk"].tolist() == expected


@pytest.mark.parametrize("rows", [1_000_000, 37, 1])
def test_pieces_score_as_the_whole(model: TrainedChurn, latest: pd.DataFrame, rows: int) -> None:
    """However many at a time: same figures, order and index; horizons stay in order."""
    clients = latest.head(80)
    scored = in_chunks(model.predict, clients, rows)
    pd.testing.assert_frame_equal(scored, model.predict(clients))
    horizons = scored[["churn_prob_30d", "churn_prob_60d", "churn_prob_90d"]].to_numpy()
    assert (np.diff(horizons, axis=1) >= 0).all()
