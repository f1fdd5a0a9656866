"""Words, facts, table and chart of a forecast."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from tools.contract import Chart, Column, Fact, Scalar, Series, Table, Unit
from tools.models.backtest import Outlook, Score
from tools.models.forecast import LEVEL_PCT, NAIVE, PROPHET, TREND, ModelName
from tools.wording import count_noun, format_value

__all__ = ["ForecastAnswer", "Range"]

POOR_COVERAGE_PCT: Final = 65
_SHOWN_HISTORY: Final = 180
_YARDSTICKS: Final = (NAIVE, TREND)


@dataclass(frozen=True, slots=True)
class Range:
    """A figure with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """One forecast, ready to be told.

    Attributes:
        label: The metric's label.
        unit: Its unit.
        is_flow: Whether it adds up over the horizon; otherwise the last day's level is meant.
        days: The horizon.
        scale: What the series is multiplied by (ARR is twelve times MRR).
        where: The filters as a phrase.
        currency: ISO code of the base currency.
        country: Whose public holidays were looked at.
    """

    outlook: Outlook
    label: str
    unit: Unit
    is_flow: bool
    days: int
    scale: float
    where: str
    currency: str
    country: str | None = None

    @property
    def served(self) -> ModelName:
        """The model with the smallest error in the backtest."""
        return self.outlook.best(self.days)

    @property
    def last_day(self) -> date:
        """The last day of the history."""
        return self.outlook.start + timedelta(days=self.outlook.history.size - 1)

    @property
    def before(self) -> float:
        """Level of the last day, or the sum over as many days as are forecast."""
        history = self.outlook.history
        return self._rounded(history[-self.days :].sum() if self.is_flow else history[-1])

    def expected(self, model: ModelName) -> Range:
        """What a model expects at the end of the horizon, or in sum over it."""
        made = self.outlook.forecast(model, self.days)
        if self.is_flow:
            ends = made.mean.sum(), made.total_low[-1], made.total_high[-1]
        else:
            ends = made.mean[-1], made.low[-1], made.high[-1]
        return Range(*(self._rounded(float(end)) for end in ends))

    def score(self, model: ModelName) -> Score:
        """How a model did in the backtest over this horizon."""
        return self.outlook.score(model, self.days)

    def facts(self) -> list[Fact]:
        """The figures, those of the served model under the fixed names."""
        expected, score = self.expected(self.served), self.score(self.served)
        before = f"last_{self.days}d" if self.is_flow else "current"
        return [
            *self._range_facts(expected, ""),
            Fact(name=before, value=self.before, unit=self.unit),
            Fact(name="change", value=expected.value - self.before, unit=self.unit),
            Fact(name="change_pct", value=self._change_pct(expected), unit="pct"),
            Fact(name="mase", value=score.mase, unit="ratio"),
            Fact(name="coverage_pct", value=score.coverage_pct, unit="pct"),
            Fact(name="interval_pct", value=LEVEL_PCT, unit="pct"),
            Fact(name="backtests", value=self.outlook.backtests(self.days), unit="count"),
            Fact(name="history_days", value=self.outlook.history.size, unit="days"),
            Fact(name="model", value=self.served, unit="text"),
            *self._holiday_facts(),
            *(fact for model in self.outlook.forecasts for fact in self._model_facts(model)),
        ]

    def summary(self) -> str:
        """Headline with the range, then how far the model can be trusted."""
        expected = self.expected(self.served)
        return f"{self._headline(expected)} {self._backtest_sentence()}{self._prophet_sentence()}"

    def caveats(self) -> list[str]:
        """What must not be left out."""
        score = self.score(self.served)
        found: list[str] = []
        if self._loses_to_naive(PROPHET):
            found.append(
                "Prophet did worse here than repeating last week, so its figures are shown for "
                "comparison only."
            )
        if PROPHET not in self.outlook.forecasts:
            found.append("Prophet could not be fitted to this series; the other models were tried.")
        if self.served == NAIVE:
            found.append(
                "No model did better than repeating last week, so take this as a rough guide."
            )
        if score.coverage_pct < POOR_COVERAGE_PCT:
            found.append(
                f"In the backtests only {self._say(score.coverage_pct, 'pct')} of the days fell "
                f"inside the {LEVEL_PCT} % range: expect surprises outside it."
            )
        if self.outlook.backtests(self.days) == 1:
            found.append("The history allowed one backtest only, so the error is uncertain.")
        level = self._holiday_level_pct
        if level is not None:
            found.append(
                f"Public holidays ({self.country}) came to {self._say(level, 'pct')} of a usual "
                "day so far, and those ahead are counted like that."
            )
        return found

    def table(self) -> Table:
        """One row a model: what it expects and how it did, the served one first."""
        models = sorted(self.outlook.forecasts, key=lambda name: name != self.served)
        what = f"Sum of {self.days} days" if self.is_flow else f"In {self.days} days"
        return Table(
            title=f"{self.label}: models compared",
            columns=[
                Column(name="model", unit="text", label="Model"),
                Column(name="forecast", unit=self.unit, label=what),
                Column(name="low", unit=self.unit, label="Low"),
                Column(name="high", unit=self.unit, label="High"),
                Column(name="mase", unit="ratio", label="Error (MASE)"),
                Column(name="coverage_pct", unit="pct", label="Days inside the range"),
                Column(name="served", unit="text", label="Used"),
            ],
            rows=[self._row(model) for model in models],
        )

    def chart(self) -> Chart:
        """The recent past, then what is expected with its range."""
        made = self.outlook.forecast(self.served, self.days)
        recent = self.outlook.history[-_SHOWN_HISTORY:]
        past = [self.last_day - timedelta(days=back) for back in reversed(range(recent.size))]
        ahead = [self.last_day + timedelta(days=day + 1) for day in range(self.days)]
        return Chart(
            kind="line",
            title=f"{self.label}{self._where()}: forecast for {count_noun(self.days, 'day')}",
            unit=self.unit,
            y_label=f"{self.label} a day" if self.is_flow else self.label,
            series=[
                Series(name="So far", x=list(past), y=self._line(recent)),
                Series(
                    name=f"Forecast ({self.served})",
                    x=list(ahead),
                    y=self._line(made.mean),
                    low=self._line(made.low),
                    high=self._line(made.high),
                ),
            ],
        )

    def _headline(self, expected: Range) -> str:
        low, high = self._say(expected.low, self.unit), self._say(expected.high, self.unit)
        value, before = self._say(expected.value, self.unit), self._say(self.before, self.unit)
        span = f"({LEVEL_PCT} % range {low} to {high})"
        if self.is_flow:
            return (
                f"{self.label}{self._where()} is predicted to add up to {value} over the next "
                f"{count_noun(self.days, 'day')} {span}, {self._moved(expected)}the {before} of "
                f"the {count_noun(self.days, 'day')} before."
            )
        end = self.last_day + timedelta(days=self.days)
        return (
            f"{self.label}{self._where()} is predicted to be {value} on {end.day} {end:%b %Y}, "
            f"{count_noun(self.days, 'day')} ahead {span}, {self._moved(expected)}today's {before}."
        )

    def _moved(self, expected: Range) -> str:
        change = self._change_pct(expected)
        if change is None:
            return "against "
        if abs(change) < 0.05:
            return "about the same as "
        return f"{self._say(abs(change), 'pct')} {'above' if change > 0 else 'below'} "

    def _backtest_sentence(self) -> str:
        tests = count_noun(self.outlook.backtests(self.days), "backtest")
        own = self.score(self.served)
        if own.mase is None:
            return f"It comes from {self._named(self.served)}, the closest in {tests}."
        said = f"MASE {self._say(own.mase, 'ratio')}"
        for yardstick in _YARDSTICKS:
            if yardstick in self.outlook.forecasts and yardstick != self.served:
                mase = self.score(yardstick).mase
                said += f", {self._say(mase, 'ratio')} for {self._named(yardstick)}"
        return (
            f"It comes from {self._named(self.served)}, which made the smallest errors in {tests} "
            f"({said}); {self._say(own.coverage_pct, 'pct')} of the days fell inside the range."
        )

    def _prophet_sentence(self) -> str:
        if self.served == PROPHET or PROPHET not in self.outlook.forecasts:
            return ""
        own, mase = self.expected(PROPHET), self.score(PROPHET).mase
        tested = f", MASE {self._say(mase, 'ratio')}" if mase is not None else ""
        return (
            f" Prophet expects {self._say(own.value, self.unit)} "
            f"({self._say(own.low, self.unit)} to {self._say(own.high, self.unit)}{tested})."
        )

    def _loses_to_naive(self, model: ModelName) -> bool:
        if model not in self.outlook.forecasts:
            return False
        return self.score(model).error > self.score(NAIVE).error

    @property
    def _holiday_level_pct(self) -> float | None:
        level = self.outlook.holidays.level
        return None if level is None else 100 * level

    def _holiday_facts(self) -> list[Fact]:
        level = self._holiday_level_pct
        return [] if level is None else [Fact(name="holiday_pct", value=level, unit="pct")]

    def _range_facts(self, expected: Range, suffix: str) -> list[Fact]:
        named = (("", expected.value), ("low_", expected.low), ("high_", expected.high))
        return [
            Fact(name=f"forecast_{part}{self.days}d{suffix}", value=value, unit=self.unit)
            for part, value in named
        ]

    def _model_facts(self, model: ModelName) -> list[Fact]:
        suffix, score = f"[model={model}]", self.score(model)
        return [
            *self._range_facts(self.expected(model), suffix),
            Fact(name=f"mase{suffix}", value=score.mase, unit="ratio"),
            Fact(name=f"coverage_pct{suffix}", value=score.coverage_pct, unit="pct"),
        ]

    def _row(self, model: ModelName) -> list[Scalar | None]:
        expected, score = self.expected(model), self.score(model)
        used = "yes" if model == self.served else "no"
        return [
            *(model, expected.value, expected.low, expected.high),
            *(score.mase, score.coverage_pct, used),
        ]

    def _change_pct(self, expected: Range) -> float | None:
        return 100 * (expected.value - self.before) / self.before if self.before else None

    def _rounded(self, value: float) -> float:
        scaled = self.scale * float(value)
        return float(round(scaled)) if self.unit == "count" else round(scaled, 2)

    def _line(
        self, values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
    ) -> list[float | None]:
        digits = 2 if self.unit != "count" else int(self.is_flow)
        return [round(self.scale * float(value), digits) for value in values]

    def _named(self, model: ModelName) -> str:
        known_as = " (the seasonal naive forecast)" if model == NAIVE else ""
        return model if model in {PROPHET, "AutoETS"} else f"the {model}{known_as}"

    def _where(self) -> str:
        return f" ({self.where})" if self.where else ""

    def _say(self, value: float | None, unit: Unit) -> str:
        return format_value(value, unit, currency=self.currency)
