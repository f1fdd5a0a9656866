import logging
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from tools.models.backtest import MIN_DAYS, longest_horizon, look_ahead
from tools.models.forecast import (
    CANDIDATES,
    NAIVE,
    PROPHET,
    TREND,
    WEEK,
    Forecast,
    candidate,
    linear_trend,
    seasonal_naive,
    weekday_mean,
    with_past_errors,
)

START = date(2025, 1, 6)
PLAIN = [candidate("four-week mean"), candidate(TREND), candidate(NAIVE)]
series = st.lists(st.floats(0, 1e6), min_size=MIN_DAYS, max_size=260).map(np.array)


def weekly(days: int, seed: int = 1) -> NDArray[np.float64]:
    """A weekly rhythm with noise."""
    noise = np.random.default_rng(seed).normal(0, 5, days)
    return 100 + 20 * np.sin(2 * np.pi * np.arange(days) / WEEK) + noise


@given(st.integers(1, 60))
def test_the_naive_forecast_repeats_the_same_weekday(days: int) -> None:
    """Day h ahead is the latest known day of its weekday."""
    history = np.arange(70.0)
    expected = [history[-WEEK + (day % WEEK)] for day in range(days)]
    assert seasonal_naive(history, days).tolist() == expected


def test_the_weekday_mean_is_known() -> None:
    """Four weeks 1, 2, 3, 4 give 2.5 on every weekday."""
    history = np.repeat([9.0, 1.0, 2.0, 3.0, 4.0], WEEK)
    assert weekday_mean(history, 10).tolist() == [2.5] * 10


@given(st.floats(-1e3, 1e3), st.floats(0, 1e5), st.integers(56, 300), st.integers(1, 90))
def test_the_linear_trend_carries_a_line_on(
    slope: float, level: float, days: int, ahead: int
) -> None:
    """A straight line with a weekly rhythm goes on as it was."""
    line = np.resize([0.0, 5, 1, -3, 2, -9, 4], days + ahead)
    line += level + slope * np.arange(line.size)
    tolerance = 1e-9 * np.abs(line).max() + 1e-6
    assert linear_trend(line[:days], ahead) == pytest.approx(line[days:], abs=tolerance)


@settings(max_examples=40)
@given(series, st.integers(1, 90))
def test_a_forecast_never_falls_below_zero_and_lies_in_its_range(
    history: NDArray[np.float64], days: int
) -> None:
    """Whatever the history: 0 ≤ low ≤ centre ≤ high, of each day and of the sum."""
    made = with_past_errors(seasonal_naive, history, days)
    total = np.cumsum(made.mean)
    assert (made.low >= 0).all()
    assert (made.low <= made.mean).all()
    assert (made.mean <= made.high).all()
    assert (made.total_low <= total + 1e-6).all()
    assert (total <= made.total_high + 1e-6).all()


def test_the_range_of_a_sum_is_narrower_than_the_sum_of_ranges() -> None:
    """Independent daily errors cancel: the sum over 30 days is known better than each day."""
    noise = np.random.default_rng(3).normal(0, 10, (4000, 30))
    made = Forecast.of(np.full(30, 100.0), 100 + noise)
    width = made.total_high[-1] - made.total_low[-1]
    assert width == pytest.approx(2 * 1.2816 * 10 * np.sqrt(30), rel=0.1)
    assert width < 0.3 * (made.high - made.low).sum()


def test_the_naive_forecast_of_a_weekly_walk_has_a_known_mase() -> None:
    """An alternating week misses by the same amount as in training: MASE is 1."""
    history = np.concatenate([np.full(WEEK, 10.0 + 4 * (week % 2)) for week in range(40)])
    outlook = look_ahead(history, START, WEEK, PLAIN)
    assert outlook.score(NAIVE, WEEK).mase == pytest.approx(1.0)
    assert outlook.score("four-week mean", WEEK).mase == pytest.approx(0.5)
    assert outlook.best(WEEK) == "four-week mean"


def test_a_constant_series_is_forecast_without_a_mase() -> None:
    """Nothing to divide by is said as None and stops nothing."""
    outlook = look_ahead(np.full(200, 7.0), START, 30)
    assert outlook.score(NAIVE, 30).mase is None
    made = outlook.forecast(outlook.best(30), 30)
    assert made.mean == pytest.approx(np.full(30, 7.0), abs=0.05)


@settings(max_examples=15)
@given(st.floats(0.01, 1e5))
def test_mase_and_coverage_do_not_depend_on_the_unit(scale: float) -> None:
    """Dollars or cents: the same verdict."""
    history = weekly(300)
    one, other = (look_ahead(h, START, 60, PLAIN) for h in (history, scale * history))
    for name in ("four-week mean", NAIVE):
        a, b = one.score(name, 60), other.score(name, 60)
        assert a.mase == pytest.approx(b.mase)
        assert a.coverage_pct == pytest.approx(b.coverage_pct, abs=0.5)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(np.zeros(200), id="all zero"),
        pytest.param(np.where(np.arange(200) == 120, 9e5, 0.0), id="one spike among zeros"),
        pytest.param(np.where(np.arange(200) == 195, 9e5, 40.0), id="a spike near the end"),
        pytest.param(np.where(np.arange(200) < 150, 30.0, 0.0), id="nothing any more"),
        pytest.param(np.where(np.arange(300) // 30 == 8, 0.0, weekly(300)), id="a month closed"),
    ],
)
def test_odd_histories_give_a_forecast(history: NDArray[np.float64]) -> None:
    """Whatever was served is finite, at least zero and within its range."""
    outlook = look_ahead(history, START, 90, [candidate("AutoETS"), *PLAIN])
    made = outlook.forecast(outlook.best(90), 90)
    assert np.isfinite(made.total_high).all()
    assert (made.low >= 0).all()
    assert ((made.low <= made.mean) & (made.mean <= made.high)).all()
    assert made.mean.max() <= history.max()


def test_of_equal_models_the_first_is_served() -> None:
    """Every model repeats what never changes: the order decides, not the last digits."""
    outlook = look_ahead(np.full(200, 7.0), START, 30, [candidate("AutoETS"), *PLAIN])
    assert outlook.best(30) == "AutoETS"


def test_the_latest_days_choose_for_a_short_horizon() -> None:
    """What is served for 30 days was tested on the last 30 too."""
    outlook = look_ahead(weekly(400), START, 90, PLAIN)
    assert outlook.origins == [220, 250, 280, 310, 340, 370]
    assert [outlook.backtests(days) for days in (1, 30, 31, 60, 90)] == [6, 6, 5, 5, 4]
    history = weekly(400)
    history[-30:] += 1000
    jumped = look_ahead(history, START, 90, PLAIN)
    assert jumped.score(NAIVE, 30).error > outlook.score(NAIVE, 30).error + 150


@settings(max_examples=40)
@given(st.integers(MIN_DAYS, 900), st.integers(1, 365))
def test_every_possible_horizon_is_tested(days: int, ahead: int) -> None:
    """Each backtest has eleven weeks to learn from, and one at least sees the whole horizon."""
    ahead = min(ahead, longest_horizon(days))
    outlook = look_ahead(weekly(days), START, ahead, [candidate(NAIVE)])
    assert 77 <= min(outlook.origins) <= max(outlook.origins) < days
    assert outlook.backtests(ahead) >= 1
    assert np.isfinite(outlook.score(NAIVE, ahead).error)


def test_who_waits_is_told_what_is_tried() -> None:
    """Each candidate is named before it is fitted."""
    told: list[str] = []
    look_ahead(weekly(200), START, 30, PLAIN, tell=told.append)
    assert told == [entry.name for entry in PLAIN]


def test_each_shorter_horizon_is_answered_by_the_same_outlook() -> None:
    """The first days of a long forecast are the short forecast."""
    outlook = look_ahead(weekly(300), START, 90, PLAIN)
    short, long = outlook.forecast(NAIVE, 30), outlook.forecast(NAIVE, 90)
    assert short.mean.tolist() == long.mean[:30].tolist()
    assert short.mean.size == 30


def test_the_past_is_forecast_without_knowing_it() -> None:
    """A jump in the last days must show as an error: nothing of them was learnt."""
    history = weekly(300)
    history[-60:] += 1000
    outlook = look_ahead(history, START, 60, PLAIN)
    assert outlook.score(NAIVE, 60).error > 200


def test_an_interval_that_held_too_little_is_widened() -> None:
    """Calm for long, then wild: the served range covers what the backtest saw."""
    rng = np.random.default_rng(5)
    history = np.concatenate([rng.normal(100, 1, 250), rng.normal(100, 25, 150)])
    outlook = look_ahead(history, START, 60, PLAIN)
    made, served = outlook.forecasts[NAIVE], outlook.forecast(NAIVE, 60)
    assert (served.high - served.mean).sum() > (made.high - made.mean).sum()


@pytest.mark.parametrize(("history", "most"), [(MIN_DAYS - 1, 0), (MIN_DAYS, 91), (730, 653)])
def test_the_longest_horizon_leaves_days_to_learn_from(history: int, most: int) -> None:
    """Below 24 weeks there is none; above, eleven weeks are kept for training."""
    assert longest_horizon(history) == most


def test_a_horizon_beyond_the_history_is_refused() -> None:
    """The pure core names both lengths."""
    with pytest.raises(ValueError, match="200 days of history cannot be tested 190 days"):
        look_ahead(weekly(200), START, 190, PLAIN)


def test_a_candidate_that_fails_is_left_out_and_the_naive_one_is_not() -> None:
    """One broken model does not break the forecast."""

    def broken(history: NDArray[np.float64], start: date) -> Any:
        raise RuntimeError("no model")

    failing = type(PLAIN[0])("AutoETS", broken, refit=False)
    made = look_ahead(weekly(200), START, 30, [failing, *PLAIN]).forecasts
    assert set(made) == {"four-week mean", TREND, NAIVE}
    with pytest.raises(RuntimeError, match="no model"):
        look_ahead(weekly(200), START, 30, [type(PLAIN[0])(NAIVE, broken, refit=False)])


def test_all_models_answer_quietly_and_the_same_each_time(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Prophet is silent, seeded, leaves the shared generator alone, and all models are there."""
    history = weekly(260) + 0.2 * np.arange(260)
    np.random.seed(11)  # noqa: NPY002
    untouched = np.random.get_state(legacy=False)["state"]["pos"]  # noqa: NPY002
    one, other = (look_ahead(history, START, 30) for _ in range(2))
    assert set(one.forecasts) == {entry.name for entry in CANDIDATES}
    for name in one.forecasts:
        assert one.forecast(name, 30).low.tolist() == other.forecast(name, 30).low.tolist()
        expected = 152 + 20 * np.sin(2 * np.pi * np.arange(260, 290) / WEEK)
        assert one.forecast(name, 30).mean == pytest.approx(expected, abs=30)
    assert np.random.get_state(legacy=False)["state"]["pos"] == untouched  # noqa: NPY002
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")
    assert not logging.getLogger("cmdstanpy").disabled
    assert one.score(PROPHET, 30).coverage_pct > 0
