"""`aura bench forecast`: how near forecasts come to days that neither choice nor range had seen.

Each series is cut at several days. What stands before a cut is all that `look_ahead` gets: its own
backtest chooses what is served and widens the ranges. The days after the cut are the test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.benchmarks.daily_series import Daily
from tools.models.backtest import longest_horizon, look_ahead
from tools.models.forecast import CANDIDATES, WEEK, Candidate, Fitted, Forecast
from tools.models.public_holidays import holiday_offsets

Floats = NDArray[np.float64]

HORIZONS: Final = (30, 60, 90)
CUTS: Final = 6
SERVED: Final = "served"
_REACH: Final = HORIZONS[-1]
_STEP: Final = _REACH // 3


@dataclass(frozen=True, slots=True)
class Mark:
    """How one model did at one cut over one horizon.

    Attributes:
        mase: Mean absolute error over that of the weekly naive forecast in the training days.
        inside: Share of the days inside their 80 % interval.
        told: Whether the one range that an answer tells held: that of the sum or of the last day.
        served: Whether this model was the one to serve.
    """

    mase: float
    inside: float
    told: bool
    served: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Means of one model over all series and cuts."""

    mase: float
    coverage_pct: float
    told_coverage_pct: float
    served_pct: float


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """What was measured.

    Attributes:
        series: Names of the series.
        tests: Forecasts by horizon.
        lines: By horizon and model; `served` is what an answer would have shown.
    """

    series: tuple[str, ...]
    tests: dict[int, int]
    lines: dict[int, dict[str, Line]]

    def as_json(self) -> dict[str, object]:
        """Everything, rounded."""
        return {
            "series": list(self.series),
            "horizons": {
                str(days): {
                    "tests": self.tests[days],
                    "models": {name: _rounded(line) for name, line in models.items()},
                }
                for days, models in self.lines.items()
            },
        }


def forecast(series: Sequence[Daily]) -> ForecastReport:
    """Forecast each series from several cuts and judge it on the days after them."""
    marks: dict[int, dict[str, list[Mark]]] = {days: {} for days in HORIZONS}
    for daily in series:
        candidates = [_remembering(entry) for entry in CANDIDATES]
        for cut in _cuts(daily.values.size):
            for days, name, mark in _judge(daily, cut, candidates):
                marks[days].setdefault(name, []).append(mark)
    told = {days: models for days, models in marks.items() if models}
    return ForecastReport(
        series=tuple(daily.name for daily in series),
        tests={days: len(models[SERVED]) for days, models in told.items()},
        lines={days: _lines(models) for days, models in told.items()},
    )


def lines(report: ForecastReport) -> list[str]:
    """The report as one table a horizon."""
    text = [f"{len(report.series)} daily series: {', '.join(report.series)}"]
    for days, models in report.lines.items():
        text += [
            "",
            f"{days} days ahead, {report.tests[days]} forecasts",
            f"{'':<22}{'MASE':>8}{'days inside':>13}{'range held':>12}{'served':>9}",
            *(
                f"{name:<22}{line.mase:>8.3f}{line.coverage_pct:>11.1f} %"
                f"{line.told_coverage_pct:>10.1f} %{line.served_pct:>7.1f} %"
                for name, line in models.items()
            ),
        ]
    return [
        *text,
        "",
        "Ranges should hold 80 %; MASE below 1 beats last week's repeat a week ahead.",
    ]


def _cuts(size: int) -> list[int]:
    """Days after which nothing is known, latest first."""
    cuts = [size - _STEP * back for back in range(1, CUTS + 1)]
    return [cut for cut in cuts if longest_horizon(cut) >= _REACH]


def _judge(daily: Daily, cut: int, candidates: Sequence[Candidate]) -> list[tuple[int, str, Mark]]:
    history, after = daily.values[:cut], daily.values[cut:]
    scale = float(np.abs(history[WEEK:] - history[:-WEEK]).mean())
    if not scale:
        return []
    offsets = holiday_offsets(daily.country, daily.start, cut + _REACH)
    outlook = look_ahead(history, daily.start, _REACH, candidates, holidays=offsets)
    found: list[tuple[int, str, Mark]] = []
    for days in (days for days in HORIZONS if days <= after.size):
        best = outlook.best(days)
        for name in outlook.forecasts:
            made = outlook.forecast(name, days)
            mark = _mark(made, after[:days], scale, is_flow=daily.is_flow, served=name == best)
            found.append((days, name, mark))
            if name == best:
                found.append((days, SERVED, mark))
    return found


def _mark(made: Forecast, actual: Floats, scale: float, *, is_flow: bool, served: bool) -> Mark:
    inside = (actual >= made.low) & (actual <= made.high)
    total = actual.sum()
    sum_held = bool(made.total_low[-1] <= total <= made.total_high[-1])
    return Mark(
        mase=float(np.abs(actual - made.mean).mean()) / scale,
        inside=float(inside.mean()),
        told=sum_held if is_flow else bool(inside[-1]),
        served=served,
    )


def _lines(models: Mapping[str, Sequence[Mark]]) -> dict[str, Line]:
    names: list[str] = [SERVED, *(entry.name for entry in CANDIDATES if entry.name in models)]
    return {
        name: Line(
            mase=float(np.mean([mark.mase for mark in models[name]])),
            coverage_pct=100 * float(np.mean([mark.inside for mark in models[name]])),
            told_coverage_pct=100 * float(np.mean([mark.told for mark in models[name]])),
            served_pct=100 * float(np.mean([mark.served for mark in models[name]])),
        )
        for name in names
    }


def _remembering(entry: Candidate) -> Candidate:
    """The same candidate for one series; cuts share days to forecast from, each is fitted once."""
    fits: dict[int, Fitted] = {}
    made: dict[tuple[int, int, int], Forecast] = {}

    def fit(history: Floats, start: date) -> Fitted:
        def ahead(later: Floats, days: int) -> Forecast:
            key = (history.size, later.size, days)
            if key not in made:
                if history.size not in fits:
                    fits[history.size] = entry.fit(history, start)
                made[key] = fits[history.size](later, days)
            return made[key]

        return ahead

    return Candidate(entry.name, fit, entry.refit)


def _rounded(line: Line) -> dict[str, float]:
    return {name: round(getattr(line, name), 3) for name in Line.__slots__}
