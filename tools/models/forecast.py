"""Forecasts of a daily series: five candidates, each with a central path and its doubt.

Every candidate gives sample paths, so that the range of a sum over the horizon is the range of
summed paths and not the sum of daily ranges, which would be far too wide.
"""

import logging
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CANDIDATES",
    "LEVEL_PCT",
    "NAIVE",
    "PROPHET",
    "TREND",
    "WEEK",
    "Candidate",
    "Forecast",
    "ModelName",
    "candidate",
]

Floats = NDArray[np.float64]
PointForecast = Callable[[Floats, int], Floats]
"""(history, days ahead) -> central path."""
Fitted = Callable[[Floats, int], "Forecast"]
"""(history, days ahead) -> forecast, with what was learnt at the fit."""
ModelName = Literal["Prophet", "AutoETS", "four-week mean", "linear trend", "repeat of last week"]

WEEK: Final = 7
LEVEL_PCT: Final = 80
"""Share of outcomes that the interval should hold."""
NAIVE: Final[ModelName] = "repeat of last week"
TREND: Final[ModelName] = "linear trend"
PROPHET: Final[ModelName] = "Prophet"
_TREND_WEEKS: Final = 14
"""From the first of these weeks to the last are 13 weeks, a quarter."""
_LOW, _HIGH = (100 - LEVEL_PCT) / 200, (100 + LEVEL_PCT) / 200
_FIRST_ERROR: Final = 8 * WEEK
"""Days of history before the first past error is taken."""
_ERROR_PATHS: Final = 120
_PROPHET_PATHS: Final = 300
_PROPHET_YEARLY_DAYS: Final = 3 * 365
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one model expects, day by day and added up; never below zero.

    Attributes:
        mean: (days,) central path.
        low: (days,) lower end of the interval of each day.
        high: (days,) upper end.
        total_low: (days,) lower end of the interval of the sum up to each day.
        total_high: (days,) upper end.
    """

    mean: Floats
    low: Floats
    high: Floats
    total_low: Floats
    total_high: Floats

    @classmethod
    def of(cls, mean: Floats, paths: Floats) -> Self:
        """Take quantiles of sample paths.

        Args:
            mean: (days,) central path.
            paths: (samples, days) paths around it.
        """
        mean, paths = np.maximum(mean, 0), np.maximum(paths, 0)
        totals, total = np.cumsum(paths, axis=1), np.cumsum(mean)
        low, high = np.quantile(paths, [_LOW, _HIGH], axis=0)
        total_low, total_high = np.quantile(totals, [_LOW, _HIGH], axis=0)
        return cls(
            mean,
            np.minimum(low, mean),
            np.maximum(high, mean),
            np.minimum(total_low, total),
            np.maximum(total_high, total),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to forecast.

    Attributes:
        fit: Learns from a history that starts on a day.
        refit: Whether a later history needs a fit of its own.
    """

    name: ModelName
    fit: Callable[[Floats, date], Fitted]
    refit: bool


def seasonal_naive(history: Floats, days: int) -> Floats:
    """Repeat the last week."""
    return np.resize(history[-WEEK:], days)


def weekday_mean(history: Floats, days: int) -> Floats:
    """Repeat the mean of the last four same weekdays."""
    return np.resize(history[-4 * WEEK :].reshape(4, WEEK).mean(axis=0), days)


def linear_trend(history: Floats, days: int) -> Floats:
    """Carry on last week's level at the pace of the last quarter, with the weekdays' rhythm."""
    past = history[-_TREND_WEEKS * WEEK :]
    weeks = past[past.size % WEEK :].reshape(-1, WEEK)
    apart = WEEK * (len(weeks) - 1)
    pace = (weeks[-1].mean() - weeks[0].mean()) / apart
    middle = WEEK // 2
    rhythm = weeks[-4:].mean(axis=0) - weeks[-4:].mean() - pace * (np.arange(WEEK) - middle)
    steps = np.arange(days) + WEEK - middle
    return weeks[-1].mean() + np.resize(rhythm, days) + pace * steps


def with_past_errors(point: PointForecast, history: Floats, days: int) -> Forecast:
    """A forecast whose doubt is what the same model got wrong before, whole paths at a time.

    Errors are taken at origins within the history and mirrored, since a past drift need not
    repeat. Where the history is too short for the horizon, they grow on with its square root.
    """
    room = history.size - _FIRST_ERROR
    lead = int(np.clip(2 * room // 3, 1, days))
    origins = np.unique(
        np.linspace(_FIRST_ERROR, history.size - lead, _ERROR_PATHS).astype(np.int64)
    )
    errors = np.stack([history[o : o + lead] - point(history[:o], lead) for o in origins])
    steps = np.arange(days)
    growth = np.sqrt(np.maximum(steps + 1, lead) / lead)
    errors = errors[:, np.minimum(steps, lead - 1)] * growth
    mean = point(history, days)
    return Forecast.of(mean, np.concatenate([mean + errors, mean - errors]))


def _plain(point: PointForecast) -> Callable[[Floats, date], Fitted]:
    def fit(history: Floats, start: date) -> Fitted:
        del history, start
        return lambda later, days: with_past_errors(point, later, days)

    return fit


def _fit_ets(history: Floats, start: date) -> Fitted:
    """Choose an exponential smoothing model by AICc (Hyndman et al. 2002)."""
    from statsforecast.models import AutoETS  # noqa: PLC0415 - a second of imports

    del start
    model: Any = AutoETS(season_length=WEEK).fit(history)

    def point(later: Floats, days: int) -> Floats:
        return np.asarray(model.forward(later, days)["mean"], dtype=np.float64)

    return lambda later, days: with_past_errors(point, later, days)


def _fit_prophet(history: Floats, start: date) -> Fitted:
    """Fit Prophet (Taylor & Letham 2018) with a weekly season; yearly from three years on."""
    import pandas as pd  # noqa: PLC0415 - late, like Prophet
    from prophet import Prophet  # noqa: PLC0415 - a second of imports

    model: Any = Prophet(
        interval_width=LEVEL_PCT / 100,
        uncertainty_samples=_PROPHET_PATHS,
        weekly_seasonality=True,
        yearly_seasonality=history.size >= _PROPHET_YEARLY_DAYS,
        daily_seasonality=False,
    )
    dates = pd.date_range(start, periods=history.size)
    with _silence():
        model.fit(pd.DataFrame({"ds": dates, "y": history}), seed=_SEED)

    def forecast(later: Floats, days: int) -> Forecast:
        del later
        ahead = pd.DataFrame({"ds": pd.date_range(dates[-1], periods=days + 1)[1:]})
        with _silence(), _seeded():
            paths = np.asarray(model.predictive_samples(ahead)["yhat"], dtype=np.float64).T
            model.uncertainty_samples = 0
            mean = model.predict(ahead)["yhat"].to_numpy(dtype=np.float64)
        model.uncertainty_samples = _PROPHET_PATHS
        return Forecast.of(mean, paths)

    return forecast


@contextmanager
def _silence() -> Generator[None]:
    """Keep the compiler's progress lines and notes on Prophet's own pandas calls off the console."""
    logger = logging.getLogger("cmdstanpy")
    before, handlers = logger.disabled, logger.hasHandlers()
    if not handlers:
        logger.addHandler(logging.NullHandler())
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.disabled = before


@contextmanager
def _seeded() -> Generator[None]:
    """The same samples each time: Prophet draws from NumPy's shared generator."""
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    np.random.seed(_SEED)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


CANDIDATES: Final = (
    Candidate("AutoETS", _fit_ets, refit=False),
    Candidate(PROPHET, _fit_prophet, refit=True),
    Candidate("four-week mean", _plain(weekday_mean), refit=False),
    Candidate(TREND, _plain(linear_trend), refit=False),
    Candidate(NAIVE, _plain(seasonal_naive), refit=False),
)
"""In the order of a tie."""


def candidate(name: ModelName) -> Candidate:
    """The candidate of a name."""
    return next(entry for entry in CANDIDATES if entry.name == name)
