"""Which forecast to serve: each candidate is held against days that it had not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.models.forecast import (
    CANDIDATES,
    LEVEL_PCT,
    NAIVE,
    WEEK,
    Candidate,
    Fitted,
    Forecast,
    ModelName,
)
from tools.models.public_holidays import HolidayEffect, Offsets

__all__ = ["MIN_DAYS", "Outlook", "Score", "longest_horizon", "look_ahead"]

Floats = NDArray[np.float64]

MIN_DAYS: Final = 24 * WEEK
"""Less history than this gives no forecast."""
_MIN_TRAINING: Final = 11 * WEEK
_STEPS_BACK: Final = range(-3, 3)
"""Where the past is forecast from, in thirds of the horizon around the latest whole test."""
_TIE_DIGITS: Final = 4
"""Errors that agree this far are equal."""
_FAR: Final = 10.0
"""Half-widths beyond which a miss is only called far."""


@dataclass(frozen=True, slots=True)
class Score:
    """How a candidate did in the backtest, over all origins.

    Attributes:
        mase: Mean absolute error over that of the weekly naive forecast one week ahead, in the
            training days (Hyndman & Koehler 2006); None for a series that repeats itself exactly.
        error: Mean absolute error in the unit of the series.
        coverage_pct: Share of days that fell inside the interval (0-100), which was widened as
            the other origins asked for.
    """

    mase: float | None
    error: float
    coverage_pct: float


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a candidate did at each origin; NaN on days that are still to come.

    Attributes:
        errors: (origins, days) absolute errors.
        misses: (origins, days) error in half-widths of the day's interval; above 1 is outside.
        total_misses: (origins, days) the same of the sum up to each day.
    """

    errors: Floats
    misses: Floats
    total_misses: Floats


@dataclass(frozen=True, slots=True)
class Outlook:
    """Forecasts of all candidates with their backtest; answers every horizon up to its own.

    Attributes:
        days: The longest horizon.
        history: (days,) what was learnt from.
        start: Day of the first value of `history`.
        forecasts: By candidate; one that failed is left out.
        origins: Ends of the training days of each backtest, oldest first.
        scales: (origins,) error of the naive forecast in the training days.
        holidays: What the history tells of public holidays.
    """

    days: int
    history: Floats
    start: date
    forecasts: dict[ModelName, Forecast]
    origins: Sequence[int]
    scales: Floats
    holidays: HolidayEffect
    trials: dict[ModelName, _Trial]

    def backtests(self, days: int) -> int:
        """How many times the past was forecast over `days`."""
        return sum(origin + days <= self.history.size for origin in self.origins)

    def score(self, name: ModelName, days: int) -> Score:
        """How a candidate did over the first `days` of each backtest."""
        trial, tests = self.trials[name], self.backtests(days)
        errors, scales = trial.errors[:tests, :days].mean(axis=1), self.scales[:tests]
        mase = float(np.mean(errors / scales)) if scales.all() else None
        misses = trial.misses[:tests, :days]
        others = [np.delete(misses, row, axis=0) for row in range(len(misses))]
        inside = [row <= _widening(rest) for row, rest in zip(misses, others, strict=True)]
        return Score(mase, float(errors.mean()), 100 * float(np.mean(inside)))

    def forecast(self, name: ModelName, days: int) -> Forecast:
        """What a candidate expects for the next `days`, its doubt as wide as it has proved.

        An interval that held less than it promised in the backtest is widened until it would
        have held it (split conformal prediction, Lei et al. 2018); none is narrowed.
        """
        trial, made, tests = self.trials[name], self.forecasts[name], self.backtests(days)
        wider, total_wider = (
            _widening(trial.misses[:tests, :days]),
            _widening(trial.total_misses[:tests, days - 1 : days]),
        )
        mean, total = made.mean[:days], np.cumsum(made.mean)[:days]
        return Forecast(
            mean=mean,
            low=np.maximum(mean - wider * (mean - made.low[:days]), 0),
            high=mean + wider * (made.high[:days] - mean),
            total_low=np.maximum(total - total_wider * (total - made.total_low[:days]), 0),
            total_high=total + total_wider * (made.total_high[:days] - total),
        )

    def best(self, days: int) -> ModelName:
        """The candidate with the smallest error over `days`; of equal ones the first."""
        scores = {name: self.score(name, days) for name in self.forecasts}
        unit = scores[NAIVE].error or 1.0

        def error(name: ModelName) -> float:
            score = scores[name]
            return round(score.error / unit if score.mase is None else score.mase, _TIE_DIGITS)

        return min(self.forecasts, key=error)


def longest_horizon(history_days: int) -> int:
    """The most days ahead that a history can be tested for; 0 when it is too short."""
    return history_days - _MIN_TRAINING if history_days >= MIN_DAYS else 0


def look_ahead(
    history: Floats,
    start: date,
    days: int,
    candidates: Sequence[Candidate] = CANDIDATES,
    *,
    holidays: Offsets | None = None,
    tell: Callable[[ModelName], None] = lambda _name: None,
) -> Outlook:
    """Backtest the candidates from rolling origins and forecast with each.

    Args:
        history: (days,) one value a day, at least `MIN_DAYS`.
        start: Day of its first value.
        days: Horizon, at most `longest_horizon`.
        candidates: Must hold the naive one.
        holidays: Days from `start` that are public holidays, over history and horizon.
        tell: Told which candidate is tried next.

    Raises:
        ValueError: The history is too short for the horizon.
    """
    if not 0 < days <= longest_horizon(history.size):
        msg = f"{history.size} days of history cannot be tested {days} days ahead"
        raise ValueError(msg)
    offsets = np.empty(0, dtype=np.int64) if holidays is None else holidays
    origins = _origins(history.size, days)
    pasts = [HolidayEffect.measured(history[:origin], offsets) for origin in origins]
    scales = np.array([_naive_error(history[:origin]) for origin in origins])
    effect = HolidayEffect.measured(history, offsets)
    forecasts: dict[ModelName, Forecast] = {}
    trials: dict[ModelName, _Trial] = {}
    for entry in candidates:
        tell(entry.name)
        try:
            trial = _try(entry, history, start, pasts, days)
            forecast = effect.put_back(entry.fit(effect.usual, start)(effect.usual, days))
        except Exception:
            if entry.name == NAIVE:
                raise
            continue
        trials[entry.name], forecasts[entry.name] = trial, forecast
    return Outlook(days, history, start, forecasts, origins, scales, effect, trials)


def _origins(size: int, days: int) -> list[int]:
    """Ends of the training days, oldest first; the latest have fewer days than `days` after them."""
    whole, step = size - days, max(WEEK, days // 3)
    origins = [whole + step * steps for steps in _STEPS_BACK]
    return [origin for origin in origins if _MIN_TRAINING <= origin < size]


def _naive_error(history: Floats) -> float:
    return float(np.abs(history[WEEK:] - history[:-WEEK]).mean())


def _try(
    entry: Candidate, history: Floats, start: date, pasts: Sequence[HolidayEffect], days: int
) -> _Trial:
    errors, misses, total_misses = (np.full((len(pasts), days), np.nan) for _ in range(3))
    fitted: Fitted | None = None
    for row, past in enumerate(pasts):
        if fitted is None or entry.refit:
            fitted = entry.fit(past.usual, start)
        made = past.put_back(fitted(past.usual, days))
        actual = history[past.usual.size :][:days]
        known = actual.size
        errors[row, :known] = np.abs(actual - made.mean[:known])
        misses[row, :known] = _misses(
            actual, made.mean[:known], made.low[:known], made.high[:known]
        )
        total_misses[row, :known] = _misses(
            np.cumsum(actual),
            np.cumsum(made.mean[:known]),
            made.total_low[:known],
            made.total_high[:known],
        )
    return _Trial(errors, misses, total_misses)


def _misses(actual: Floats, mean: Floats, low: Floats, high: Floats) -> Floats:
    """Distance from the centre in half-widths of the interval on that side."""
    gap = actual - mean
    width = np.where(gap > 0, high - mean, mean - low)
    return np.divide(np.abs(gap), width, out=np.where(gap == 0, 0.0, _FAR), where=width > 0)


def _widening(misses: Floats) -> float:
    """How much wider an interval must be to hold what it promises; 1 when it does.

    Of few misses a higher quantile is taken: of four the largest, which the next one exceeds in
    one case of five.
    """
    if not misses.size:
        return 1.0
    level = min(LEVEL_PCT / 100 * (1 + 1 / misses.size), 1.0)
    return float(np.clip(np.quantile(misses, level, method="higher"), 1, _FAR))
