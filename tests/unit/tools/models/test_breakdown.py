"""Where a score holds: by segment, and by what it predicted."""

import numpy as np
import pandas as pd
import pytest

from tools.models.breakdown import by_segment, reliability
from tools.models.frames import numbers
from tools.models.labels import Labelled, labelled
from tools.models.trained import TrainedChurn


@pytest.fixture(scope="module")
def known(features: pd.DataFrame) -> Labelled:
    """Rows whose outcome is known."""
    return labelled(features, 7)


def test_each_segment_is_judged_on_its_own_rows(known: Labelled, model: TrainedChurn) -> None:
    """A score that is right in one segment only shows it."""
    score = numbers(model.predict(known.frame), "churn_prob_90d")
    spoiled = np.where(known.frame["segment"] == "SMB", 1 - score, score)
    fair, odd = by_segment(known, score, 7), by_segment(known, spoiled, 7)
    assert set(fair) == {"SMB", "Mid-Market", "Enterprise"}
    assert fair["Enterprise"] == odd["Enterprise"]
    assert fair["SMB"].auc.value == pytest.approx(1 - (odd["SMB"].auc.value or 0))


def test_a_segment_with_hardly_any_churn_is_left_out(known: Labelled) -> None:
    """Few losses say nothing of a segment; without segments there is nothing to say."""
    score = np.full(known.clients.size, 0.1)
    kept = (known.frame["segment"] != "SMB").to_numpy() | (known.y[90] == 0)
    assert "SMB" not in by_segment(known.take(kept), score[kept], 7)
    bare = Labelled(known.frame.drop(columns=["segment"]), known.y, known.clients)
    assert by_segment(bare, score, 7) == {}


def test_tenths_add_up_to_all_rows() -> None:
    """Bins hold every row once, rise in what was predicted, and keep both means."""
    rng = np.random.default_rng(1)
    score = rng.random(205)
    y = (rng.random(205) < score).astype(float)
    bins = reliability(y, score)
    rows = np.array([own.rows for own in bins])
    assert rows.sum() == 205
    assert [own.predicted for own in bins] == sorted(own.predicted for own in bins)
    assert np.average([own.churned for own in bins], weights=rows) == pytest.approx(y.mean())
    assert np.average([own.predicted for own in bins], weights=rows) == pytest.approx(score.mean())
