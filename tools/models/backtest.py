"""Which forecast to serve: each candidate is held against days that it had not seen."""

from collections.abc import Sequence
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

__all__ = ["MIN_DAYS", "Outlook", "Score", "longest_horizon", "look_ahead"]

Floats = NDArray[np.float64]

MIN_DAYS: Final = 24 * WEEK
"""Less history than this gives no forecast."""
_MIN_TRAINING: Final = 11 * WEEK
_ORIGINS: Final = 4
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
    """What a candidate did at each origin.

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
        scales: (origins,) error of the naive forecast in the training days.
    """

    days: int
    history: Floats
    start: date
    forecasts: dict[ModelName, Forecast]
    scales: Floats
    trials: dict[ModelName, _Trial]

    @property
    def backtests(self) -> int:
        """How many times the past was forecast."""
        return self.scales.size

    def score(self, name: ModelName, days: int) -> Score:
        """How a candidate did over the first `days` of each backtest."""
        trial = self.trials[name]
        errors = trial.errors[:, :days].mean(axis=1)
        mase = float(np.mean(errors / self.scales)) if self.scales.all() else None
        misses = trial.misses[:, :days]
        others = [np.delete(misses, row, axis=0) for row in range(len(misses))]
        inside = [row <= _widening(rest) for row, rest in zip(misses, others, strict=True)]
        return Score(mase, float(errors.mean()), 100 * float(np.mean(inside)))

    def forecast(self, name: ModelName, days: int) -> Forecast:
        """What a candidate expects for the next `days`, its doubt as wide as it has proved.

        An interval that held less than it promised in the backtest is widened until it would
        have held it (split conformal prediction, Lei et al. 2018); none is narrowed.
        """
        trial, made = self.trials[name], self.forecasts[name]
        wider, total_wider = (
            _widening(trial.misses[:, :days]),
            _widening(trial.total_misses[:, days - 1 : days]),
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

        def error(name: ModelName) -> float:
            score = self.score(name, days)
            return score.error if score.mase is None else score.mase

        return min(self.forecasts, key=error)


def longest_horizon(history_days: int) -> int:
    """The most days ahead that a history can be tested for; 0 when it is too short."""
    return history_days - _MIN_TRAINING if history_days >= MIN_DAYS else 0


def look_ahead(
    history: Floats, start: date, days: int, candidates: Sequence[Candidate] = CANDIDATES
) -> Outlook:
    """Backtest the candidates from rolling origins and forecast with each.

    Args:
        history: (days,) one value a day, at least `MIN_DAYS`.
        start: Day of its first value.
        days: Horizon, at most `longest_horizon`.
        candidates: Must hold the naive one.

    Raises:
        ValueError: The history is too short for the horizon.
    """
    if not 0 < days <= longest_horizon(history.size):
        msg = f"{history.size} days of history cannot be tested {days} days ahead"
        raise ValueError(msg)
    origins = _origins(history.size, days)
    scales = np.array([_naive_error(history[:origin]) for origin in origins])
    forecasts: dict[ModelName, Forecast] = {}
    trials: dict[ModelName, _Trial] = {}
    for entry in candidates:
        try:
            trial = _try(entry, history, start, origins, days)
            forecast = entry.fit(history, start)(history, days)
        except Exception:
            if entry.name == NAIVE:
                raise
            continue
        trials[entry.name], forecasts[entry.name] = trial, forecast
    return Outlook(days, history, start, forecasts, scales, trials)


def _origins(size: int, days: int) -> list[int]:
    """Ends of the training days, oldest first, half a horizon apart."""
    last, step = size - days, max(WEEK, days // 2)
    origins = [last - step * back for back in range(_ORIGINS)]
    return [origin for origin in reversed(origins) if origin >= _MIN_TRAINING]


def _naive_error(history: Floats) -> float:
    return float(np.abs(history[WEEK:] - history[:-WEEK]).mean())


def _try(
    entry: Candidate, history: Floats, start: date, origins: Sequence[int], days: int
) -> _Trial:
    errors, misses, total_misses = (np.empty((len(origins), days)) for _ in range(3))
    fitted: Fitted | None = None
    for row, origin in enumerate(origins):
        training = history[:origin]
        if fitted is None or entry.refit:
            fitted = entry.fit(training, start)
        forecast, actual = fitted(training, days), history[origin : origin + days]
        errors[row] = np.abs(actual - forecast.mean)
        misses[row] = _misses(actual, forecast.mean, forecast.low, forecast.high)
        total_misses[row] = _misses(
            np.cumsum(actual), np.cumsum(forecast.mean), forecast.total_low, forecast.total_high
        )
    return _Trial(errors, misses, total_misses)


def _misses(actual: Floats, mean: Floats, low: Floats, high: Floats) -> Floats:
    """Distance from the centre in half-widths of the interval on that side."""
    gap = actual - mean
    width = np.where(gap > 0, high - mean, mean - low)
    return np.divide(np.abs(gap), width, out=np.where(gap == 0, 0.0, _FAR), where=width > 0)


def _widening(misses: Floats) -> float:
    """How much wider an interval must be to hold what it promises; 1 when it does."""
    if not misses.size:
        return 1.0
    return float(np.clip(np.quantile(misses, LEVEL_PCT / 100), 1, _FAR))
