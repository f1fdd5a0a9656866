from datetime import date

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.backtest import look_ahead
from tools.models.forecast import NAIVE, WEEK, Forecast, candidate
from tools.models.public_holidays import HolidayEffect, holiday_offsets

START = date(2025, 1, 6)
RHYTHM = [50.0, 60, 70, 80, 90, 0, 40]
HOLIDAYS = np.array([30, 58, 100, 128, 177, 205])


def shop(days: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A shop that is closed on Saturdays and holidays."""
    sold = np.resize(RHYTHM, days)
    sold[HOLIDAYS[days > HOLIDAYS]] = 0
    return sold


def test_a_closed_shop_is_seen_and_its_usual_days_are_restored() -> None:
    """Holidays sold nothing; without them every week is the same."""
    effect = HolidayEffect.measured(shop(200), HOLIDAYS)
    assert effect.level == 0
    assert effect.usual.tolist() == np.resize(RHYTHM, 200).tolist()


def test_a_holiday_ahead_is_as_quiet_as_those_before() -> None:
    """The day is closed, the others and what was added up before stay as they were."""
    effect = HolidayEffect.measured(shop(200), HOLIDAYS)
    made = Forecast.of(np.full(10, 100.0), np.full((3, 10), 100.0))
    told = effect.put_back(made)
    assert told.mean.tolist() == [100] * 5 + [0] + [100] * 4
    assert told.high[5] == 0
    assert told.total_high.tolist() == [100, 200, 300, 400, 500, 500, 600, 700, 800, 900]


@given(st.floats(0.5, 1000), st.integers(0, 2))
def test_holidays_like_any_other_day_or_too_few_change_nothing(scale: float, known: int) -> None:
    """A series that does not know holidays is learnt from as it is."""
    history = scale * np.resize(RHYTHM, 200)
    assert HolidayEffect.measured(history, HOLIDAYS).level is None
    effect = HolidayEffect.measured(scale * shop(200), HOLIDAYS[:known])
    assert effect.level is None
    assert effect.usual.tolist() == (scale * shop(200)).tolist()


def test_holidays_ahead_are_not_learnt_from() -> None:
    """Two of the holidays are past: too few, whatever the later ones sold."""
    assert HolidayEffect.measured(shop(99), HOLIDAYS).level is None


def test_the_served_forecast_knows_the_holiday_ahead() -> None:
    """The backtest gains by it, and the day itself is told."""
    blind, told = (
        look_ahead(shop(200), START, 30, [candidate(NAIVE)], holidays=days)
        for days in (None, HOLIDAYS)
    )
    assert told.score(NAIVE, 30).error < blind.score(NAIVE, 30).error
    assert told.forecast(NAIVE, 30).mean[5] == 0
    assert blind.forecast(NAIVE, 30).mean[5] == RHYTHM[205 % WEEK]


@pytest.mark.parametrize("name", ["United Kingdom", "GB", "united kingdom", "UnitedKingdom"])
def test_a_country_goes_by_name_or_code(name: str) -> None:
    """England's days stand for the United Kingdom, with Easter Monday."""
    days = holiday_offsets(name, date(2010, 4, 1), 35)
    assert days.tolist() == [1, 4, 32]


@pytest.mark.parametrize("name", [None, "", "Atlantis"])
def test_an_unknown_country_has_no_holidays(name: str | None) -> None:
    """Nothing is guessed."""
    assert not holiday_offsets(name, START, 365).size
