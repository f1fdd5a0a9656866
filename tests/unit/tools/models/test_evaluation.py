import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from tools.models.evaluation import HeldOut, auc, average_precision, brier, ece, lift, recall

RNG = np.random.default_rng(4)
Y = (RNG.random(400) < 0.3).astype(float)
SCORE = np.round(RNG.random(400) * 0.6 + 0.3 * Y, 2)
WEIGHT = RNG.integers(0, 4, 400).astype(float)
CLIENTS = np.array([f"C{i // 4}" for i in range(400)], dtype=object)


def test_auc_agrees_with_scikit_learn() -> None:
    """Ties and weights count as in the reference."""
    assert auc(Y, SCORE)(WEIGHT) == pytest.approx(roc_auc_score(Y, SCORE, sample_weight=WEIGHT))


def test_average_precision_agrees_with_scikit_learn() -> None:
    """Ties and weights count as in the reference."""
    expected = average_precision_score(Y, SCORE, sample_weight=WEIGHT)
    assert average_precision(Y, SCORE)(WEIGHT) == pytest.approx(expected)


def test_auc_within_snapshots_ignores_a_drifting_rate() -> None:
    """Scores that only know the month have no skill, though the pooled AUC looks good."""
    dates = np.repeat(np.arange(4), 100)
    y = (np.random.default_rng(2).random(400) < 0.1 + 0.2 * dates).astype(float)
    assert auc(y, dates.astype(float))(np.ones(400)) > 0.6
    assert auc(y, dates.astype(float), dates)(np.ones(400)) == pytest.approx(0.5)


def test_auc_within_snapshots_is_the_pairwise_mean() -> None:
    """Equal to counting concordant pairs by hand, month by month."""
    dates = np.arange(400) % 5
    won = pairs = 0.0
    for date in range(5):
        lost, kept = SCORE[(dates == date) & (Y == 1)], SCORE[(dates == date) & (Y == 0)]
        difference = lost[:, None] - kept[None, :]
        won += (difference > 0).sum() + (difference == 0).sum() / 2
        pairs += difference.size
    assert auc(Y, SCORE, dates)(np.ones(400)) == pytest.approx(won / pairs)


def test_calibration_error_of_a_constant_lie() -> None:
    """Predicting 0.5 for a rate of 0.3 is off by 0.2."""
    y = np.tile([1.0, 0, 0, 1, 0, 0, 1, 0, 0, 0], 10)
    assert ece(y, np.full(100, 0.5))(np.ones(100)) == pytest.approx(0.2)
    assert brier(y, np.full(100, 0.5))(np.ones(100)) == pytest.approx(0.25)


def test_lift_and_recall_of_a_perfect_score() -> None:
    """Ten churners in a hundred, all on top: ten times the average, all found."""
    y = np.zeros(100)
    y[:10] = 1
    assert lift(y, y)(np.ones(100)) == pytest.approx(10)
    assert recall(y, y)(np.ones(100)) == pytest.approx(1)


def test_nothing_to_measure_is_none() -> None:
    """One class only: no value is better than a made-up one."""
    assert HeldOut(np.zeros(400), CLIENTS, 1).judge(auc, SCORE).value is None


def test_gain_over_itself_is_nothing() -> None:
    """Two equal scores meet the same draws, so the gain has no width."""
    gain = HeldOut(Y, CLIENTS, 1).gain(auc, SCORE, SCORE)
    assert (gain.value, gain.low, gain.high) == (0, 0, 0)


def test_interval_holds_the_value() -> None:
    """The bootstrap interval surrounds the estimate."""
    area = HeldOut(Y, CLIENTS, 1).judge(auc, SCORE)
    assert area.low is not None
    assert area.value is not None
    assert area.high is not None
    assert area.low < area.value < area.high
