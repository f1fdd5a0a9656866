import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.evaluation import HeldOut
from tools.models.frames import Floats
from tools.models.qini import Randomised, gain_within, gains, qini

FINITE = st.floats(-5, 5).map(lambda value: round(value, 3))
RANKED = st.lists(st.tuples(FINITE, st.integers(-20, 20)), min_size=2, max_size=40)


def _split(pairs: list[tuple[float, int]]) -> tuple[Floats, Floats, Floats]:
    gain, score = np.array(pairs, dtype=np.float64).T
    return gain, score, np.ones_like(gain)


def _test_of(clients: int, seed: int) -> tuple[Randomised, Floats]:
    """A fair test in which treatment helps the more, the higher the score."""
    rng = np.random.default_rng(seed)
    score = rng.random(clients)
    treated = (rng.random(clients) < 0.5).astype(float)
    event = (rng.random(clients) < 0.1 + 0.3 * score * treated).astype(float)
    return Randomised(event, treated, np.full(clients, 0.5)), score


@given(RANKED)
def test_the_best_order_is_one_and_nothing_is_above_it(pairs: list[tuple[float, int]]) -> None:
    """Sorting by the gains themselves is the maximum."""
    gain, score, evenly = _split(pairs)
    best = qini(gain, gain)(evenly)
    if np.isnan(best):
        return
    assert best == pytest.approx(1.0)
    assert qini(gain, score)(evenly) <= 1 + 1e-9


@given(RANKED)
def test_only_the_order_counts(pairs: list[tuple[float, int]]) -> None:
    """A transform that keeps the order keeps the coefficient."""
    gain, score, evenly = _split(pairs)
    assert qini(gain, score)(evenly) == pytest.approx(
        qini(gain, np.exp(score / 4))(evenly), nan_ok=True
    )


@given(RANKED)
def test_an_order_and_its_reverse_cancel(pairs: list[tuple[float, int]]) -> None:
    """So the mean over all orders is zero."""
    gain, score, evenly = _split(pairs)
    assert qini(gain, score)(evenly) == pytest.approx(-qini(gain, -score)(evenly), nan_ok=True)


@given(RANKED)
def test_no_order_at_all_is_zero(pairs: list[tuple[float, int]]) -> None:
    """Ties stand for a random order."""
    gain, _, evenly = _split(pairs)
    found = qini(gain, np.zeros_like(gain))(evenly)
    assert np.isnan(found) or found == pytest.approx(0.0, abs=1e-9)


@given(RANKED, st.data())
def test_weights_count_as_repeated_rows(
    pairs: list[tuple[float, int]], data: st.DataObject
) -> None:
    """A bootstrap by weights is a bootstrap of rows."""
    gain, score, _ = _split(pairs)
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(gain), max_size=len(gain)))
    if not sum(times):
        return
    again = np.repeat(np.arange(len(gain)), times)
    for metric in (qini, gain_within(0.3)):
        weighted = metric(gain, score)(np.array(times, dtype=float))
        repeated = metric(gain[again], score[again])(np.ones(again.size))
        assert weighted == pytest.approx(repeated, abs=1e-9, nan_ok=True)


def test_gains_average_to_the_difference_of_the_arms() -> None:
    """With the share that was treated as propensity it is the difference in means."""
    rows, _ = _test_of(500, seed=1)
    share = np.full(500, rows.treated.mean())
    fair = Randomised(rows.event, rows.treated, share)
    treated = rows.treated == 1
    expected = rows.event[treated].mean() - rows.event[~treated].mean()
    assert gains(fair).mean() == pytest.approx(expected)


def test_it_is_the_coefficient_of_the_textbook() -> None:
    """Radcliffe's curve Y_t - Y_c n_t / n_c, over the perfect one, gives the same within noise."""
    rows, score = _test_of(20_000, seed=2)
    share = np.full(20_000, rows.treated.mean())
    found = qini(gains(Randomised(rows.event, rows.treated, share)), score)(np.ones(20_000))
    assert found == pytest.approx(_radcliffe(rows, score), abs=0.01)


def test_random_orders_are_worth_nothing() -> None:
    """In 40 fresh tests their mean is zero and about 19 of 20 intervals cover it."""
    rng = np.random.default_rng(5)
    found = [
        HeldOut(gains(_test_of(500, seed)[0]), np.arange(500).astype(object), seed).judge(
            qini, rng.random(500)
        )
        for seed in range(40)
    ]
    assert np.mean([each.value or 0.0 for each in found]) == pytest.approx(0.0, abs=0.03)
    assert sum((each.low or 0) < 0 < (each.high or 0) for each in found) >= 34


def test_a_good_order_is_told_from_a_random_one() -> None:
    """Its interval lies above zero, and so does that of the difference."""
    rows, score = _test_of(4_000, seed=3)
    judge = HeldOut(gains(rows), np.arange(4_000).astype(object), seed=7)
    good = judge.judge(qini, score)
    ahead = judge.gain(qini, score, np.random.default_rng(5).random(4_000))
    assert good.low is not None
    assert ahead.low is not None
    assert good.low > 0
    assert ahead.low > 0


def test_the_curve_ends_at_the_effect_on_all() -> None:
    """Nobody treated gains nothing; everybody treated gains the average effect."""
    rows, score = _test_of(1_000, seed=4)
    gain, evenly = gains(rows), np.ones(1_000)
    assert gain_within(0.0)(gain, score)(evenly) == 0
    assert gain_within(1.0)(gain, score)(evenly) == pytest.approx(gain.mean())
    assert gain_within(0.5)(gain, score)(evenly) > gain.mean() / 2


def _radcliffe(rows: Randomised, score: Floats) -> float:
    perfect = rows.event * rows.treated - rows.event * (1 - rows.treated)
    found, best = (_area(rows, order) for order in (score, perfect))
    return found / best


def _area(rows: Randomised, score: Floats) -> float:
    order = np.argsort(-score, kind="stable")
    event, treated = rows.event[order], rows.treated[order]
    one, other = np.cumsum(treated), np.cumsum(1 - treated)
    ratio = np.divide(one, other, out=np.zeros_like(one), where=other > 0)
    curve = np.cumsum(event * treated) - np.cumsum(event * (1 - treated)) * ratio
    line = curve[-1] * np.arange(1, curve.size + 1) / curve.size
    return float(np.sum(curve - line))
