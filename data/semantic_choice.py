"""Which row source answers a metric over a period, and what that costs in exactness."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.periods import describe, month_end, month_start, on_month_borders, whole_months
from data.query import Grain, Period, Scope
from data.semantic_model import Metric, SemanticError, SemanticModel
from data.semantic_question import Question
from data.semantic_sources import SOURCES, Source

__all__ = ["Chooser", "DataSpan", "is_state", "is_timed"]

_ORDER: Final = ("months", "history", "snapshots", "daily", "signups", "churns", "renewals")
_BELOW_MONTH: Final[frozenset[Grain]] = frozenset({"day", "week"})


@dataclass(frozen=True, slots=True)
class DataSpan:
    """The first day of the monthly tables and the last day of the data."""

    first: date
    as_of: date


def is_timed(metric: Metric) -> bool:
    """Whether the metric is known for past periods."""
    return any(name in metric.sources for name in _ORDER)


def is_state(metric: Metric) -> bool:
    """Whether the metric over a period is its value at the period's end."""
    timed = [sql for name, sql in metric.sources.items() if name in _ORDER]
    return metric.kind == "point" and all("closing(" in sql for sql in timed)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses sources for one question; `caveats` gathers what the answer must say."""

    question: Question
    model: SemanticModel
    scope: Scope
    span: DataSpan
    caveats: list[str]

    def today(self, metric: Metric) -> Source:
        """The source of the state as of today.

        Raises:
            SemanticError: The metric is not known by product.
        """
        split = any(key.name == "product" for key in self.question.keys)
        if "products" in metric.sources and (split or "product" in self.question.filtered):
            return SOURCES["products"]
        if split:
            known = [m.name for m in self.model.metrics if "products" in m.sources]
            raise SemanticError(f"{metric.label} is not known by product.", known)
        return SOURCES["today"]

    def over(self, metric: Metric, period: Period) -> tuple[Source, Period]:
        """The source for a period, and the period it can answer.

        Raises:
            SemanticError: No source knows the metric in this split, step or time.
        """
        usable = [SOURCES[name] for name in _ORDER if name in metric.sources and self._fits(name)]
        if not usable:
            raise self._unknown(metric)
        if usable[0].name == "renewals":
            return usable[0], period
        period = self._within_data(period)
        by_state = [source for source in usable if source.name == "history" and self._asks_state()]
        exact = [source for source in usable if self._is_exact(source, metric, period)]
        source = (by_state or exact or usable)[0]
        if not self._is_exact(source, metric, period):
            period = self._widened(metric, period)
        self._note(source, metric)
        return source, period

    def _fits(self, name: str) -> bool:
        source, keys = SOURCES[name], self.question.keys
        if self.question.grain in _BELOW_MONTH and source.step != "day":
            return False
        if source.only is not None:
            scoped = self.scope.account_manager is not None or self.scope.region is not None
            return source.only.issuperset(self.question.attributes) and not scoped
        if any(key.name == "product" for key in keys):
            return False
        changing = [key for key in keys if key.changes]
        return all(name == "renewals" or (name == "history" and k.history) for k in changing)

    def _asks_state(self) -> bool:
        known = {d.name for d in self.model.dimensions if d.history}
        return not known.isdisjoint(self.question.attributes)

    def _is_exact(self, source: Source, metric: Metric, period: Period) -> bool:
        if source.step == "day":
            return True
        if is_state(metric) and self.question.grain is None:
            return period.end == month_end(period.end) or period.end >= self.span.as_of
        return on_month_borders(period, self.span.as_of)

    def _widened(self, metric: Metric, period: Period) -> Period:
        wide = whole_months(period, self.span.as_of)
        if is_state(metric) and self.question.grain is None:
            wide = Period(start=month_start(period.end), end=wide.end)
            days = f"the end of {describe(wide)}, not for {period.end}"
        else:
            days = f"{describe(wide)}, not just for {describe(period)}"
        self.caveats.append(f"{metric.label} is kept by month here, so it is for {days}.")
        return wide

    def _within_data(self, period: Period) -> Period:
        first, as_of = self.span.first, self.span.as_of
        if period.start > as_of:
            problem = f"The data end on {as_of}; {describe(period)} lies ahead of them."
            raise SemanticError(f"{problem} A forecast can answer what is to come.")
        if period.end < first:
            raise SemanticError(f"The data start on {first}; {describe(period)} lies before.")
        if period.start < first:
            self.caveats.append(f"The data start on {first}; nothing earlier is counted.")
        return Period(
            start=max(period.start, first), end=min(period.end, as_of), label=period.label
        )

    def _note(self, source: Source, metric: Metric) -> None:
        known = {d.name for d in self.model.dimensions if d.history and source.name == "history"}
        states = {d.name for d in self.model.dimensions if d.changes}
        states |= {number.name for number in self.model.numbers if number.unit != "date"}
        used = [name for name in self.question.filtered if name in states - known]
        if used:
            self.caveats.append(
                f"Clients are chosen by their {_words(used)} as of {self.span.as_of}, "
                "for earlier dates too."
            )
        if source.name == "churns":
            self.caveats.append(f"{metric.label} counts each client by its last churn date.")

    def _unknown(self, metric: Metric) -> SemanticError:
        if not is_timed(metric):
            known = [m.name for m in self.model.metrics if is_timed(m)]
            problem = f"{metric.label} is known as of today ({self.span.as_of}) only."
            return SemanticError(problem, known)
        if self.question.grain in _BELOW_MONTH:
            problem = f"{metric.label} is not known by {self.question.grain} for this selection."
            return SemanticError(problem, ["month", "quarter", "year"])
        split = _words(key.name for key in self.question.keys if key.changes)
        known = [d.name for d in self.model.dimensions if not (d.changes or d.time)]
        problem = f"{metric.label} over a period cannot be split by {split}, known today only."
        return SemanticError(problem, known)


def _words(names: Iterable[str]) -> str:
    return " and ".join(name.replace("_", " ") for name in dict.fromkeys(names))
