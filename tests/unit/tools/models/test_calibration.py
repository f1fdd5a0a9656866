import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from tools.models.calibration import (
    Calibrator,
    base_rate,
    fit_calibrator,
    flat_calibrator,
    resample,
    sigmoid,
)

RNG = np.random.default_rng(0)
N = 6000
MARGIN = RNG.normal(-1.5, 1.2, N)
CLIENTS = np.array([f"C{i // 3}" for i in range(N)], dtype=object)


def _outcomes(slope: float, level: float) -> np.ndarray:
    chance = sigmoid(slope * MARGIN + level)
    return (np.random.default_rng(1).random(N) < chance).astype(float)


CURVE = fit_calibrator(MARGIN, _outcomes(1.0, 0.0), CLIENTS, seed=1)


def test_recovers_a_distorted_margin() -> None:
    """Margins that are twice too bold and shifted come back to the true probabilities."""
    curve = fit_calibrator(MARGIN, _outcomes(0.5, -0.3), CLIENTS, seed=1)
    truth = sigmoid(0.5 * MARGIN - 0.3)
    assert np.abs(curve.probability(MARGIN) - truth).mean() < 0.02


def test_never_turns_the_ranking_round() -> None:
    """A margin that falls with the risk is not flipped but flattened."""
    curve = fit_calibrator(MARGIN, _outcomes(-0.5, -2), CLIENTS, seed=1)
    assert curve.kind == "flat"
    assert np.all(np.diff(curve.probability(np.sort(MARGIN))) >= 0)


def test_flat_curve_keeps_the_rate_and_the_order() -> None:
    """Without signal everybody gets the base rate, give or take a hair that keeps the order."""
    y = _outcomes(0.0, -2)
    curve = flat_calibrator(MARGIN, y, CLIENTS, seed=1)
    served = curve.probability(np.sort(MARGIN))
    assert served.mean() == pytest.approx(base_rate(y), rel=0.01)
    assert np.all(np.diff(served) > 0)
    assert served.std() < 0.01


@settings(deadline=None)
@given(arrays(float, 20, elements=st.floats(-12, 12)), st.floats(0, 3))
def test_interval_holds_the_probability(margin: np.ndarray, spread: float) -> None:
    """Low ≤ probability ≤ high within [0, 1], and more spread never narrows it."""
    low, high = CURVE.interval(margin, np.full(20, spread))
    middle = CURVE.probability(margin)
    assert np.all((low >= 0) & (low <= middle) & (middle <= high) & (high <= 1))
    wider_low, wider_high = CURVE.interval(margin, np.full(20, spread + 1))
    assert np.all(wider_high - wider_low >= high - low - 1e-12)


def test_fewer_clients_mean_more_doubt() -> None:
    """The same rows from fewer clients give a wider interval: rows of one client are alike."""
    y = _outcomes(1.0, 0.0)
    few = np.array([f"C{i % 60}" for i in range(300)], dtype=object)
    many = fit_calibrator(MARGIN, y, CLIENTS, seed=1)
    small = fit_calibrator(MARGIN[:300], y[:300], few, seed=1)
    point, none = np.array([-1.0]), np.array([0.0])
    width = [np.ptp(np.stack(curve.interval(point, none))) for curve in (many, small)]
    assert width[1] > 2 * width[0]


def test_resampling_draws_whole_clients() -> None:
    """All rows of a client are drawn equally often."""
    counts = resample(CLIENTS[:30], seed=3, times=50)
    assert np.all(counts.reshape(50, 10, 3) == counts.reshape(50, 10, 3)[:, :, :1])
    assert np.all(counts.sum(axis=1) == 30)


def test_the_level_of_a_single_quarter_is_only_partly_believed() -> None:
    """A bad quarter moves the level less than it would alone, and leaves more doubt."""
    y = _outcomes(1.0, 0.8)
    whole = fit_calibrator(MARGIN, y, CLIENTS, seed=1)
    levels = [
        fit_calibrator(MARGIN, y, CLIENTS, seed=1, periods=periods).probability(MARGIN).mean()
        for periods in (0.0, 1.0, 4.0, 40.0)
    ]
    assert levels[0] == pytest.approx(sigmoid(MARGIN).mean(), rel=1e-6)
    assert levels == sorted(levels)
    assert levels[-1] < whole.probability(MARGIN).mean()
    point, none = np.array([-1.0]), np.array([0.0])
    one = fit_calibrator(MARGIN, y, CLIENTS, seed=1, periods=1.0)
    assert np.ptp(one.interval(point, none)) > np.ptp(whole.interval(point, none))


@pytest.mark.parametrize(
    "curve",
    [
        Calibrator("platt", (1.25, -0.5), ((0.0, 0.0), (0.0, 0.0))),
        Calibrator("flat", (0.04, 1.5), ((0.0, 0.0), (0.0, 0.0))),
        Calibrator("beta", (1.2, 0.4, 0.7), ((0.0,) * 3,) * 3),
    ],
    ids=lambda curve: curve.kind,
)
def test_the_stated_link_is_the_curve(curve: Calibrator) -> None:
    """The sentence, computed by hand, gives the probability."""
    formula = curve.link.removeprefix("Probability = ").split(" with ")[0].rstrip(".")
    for margin in (-3.0, 0.0, 2.0):
        values = {"margin": margin, "p": 1 / (1 + math.exp(-margin))}
        python = formula.replace("×", "*").replace("ln p", "log(p)").replace("ln(", "log(")
        stated = eval(python, {"exp": math.exp, "log": math.log} | values)  # noqa: S307 - our own sentence
        assert stated == pytest.approx(curve.probability(np.array([margin]))[0], abs=1e-3)
