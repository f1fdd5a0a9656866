"""From a question to figures: from which source, over which dates, compared with what."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from data.periods import (
    add_months,
    describe,
    last_full_months,
    month_start,
    shifted_back,
    year_before,
)
from data.query import Grain, Period, Query, Scope
from data.semantic_choice import Chooser, DataSpan, is_state, is_timed
from data.semantic_model import Metric, SemanticError, SemanticModel
from data.semantic_question import Question, check_question
from data.semantic_sources import Source

__all__ = ["DataSpan", "Figure", "Plan", "plan_query"]

_TREND_DAYS: Final[dict[Grain, int]] = {"day": 30, "week": 84}
_TREND_MONTHS: Final = 12
_TREND_QUARTERS: Final = 8
_DATED: Final = frozenset({"days_to_renewal", "contract_end_date"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric over one period from one source.

    Attributes:
        name: Its column in the result.
        period: None for the state as of today.
        shift_months: With `shift_days`, how far an earlier series is moved to lie over the
            asked one.
    """

    metric: Metric
    source: Source
    name: str
    period: Period | None = None
    shift_months: int = 0
    shift_days: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked question with a source for each figure.

    Attributes:
        figures: What is asked.
        previous: What it is compared with; a metric whose earlier value lies before the data
            has none.
        default_period: A period had to be assumed.
        caveats: Sentences that belong to the answer.
    """

    question: Question
    figures: tuple[Figure, ...]
    previous: tuple[Figure, ...]
    default_period: bool
    caveats: tuple[str, ...]

    @property
    def period(self) -> Period | None:
        """The period of the figures that have one; None when all are as of today."""
        return next((figure.period for figure in self.figures if figure.period), None)

    @property
    def previous_period(self) -> Period | None:
        """The period compared with."""
        return next((figure.period for figure in self.previous if figure.period), None)

    def without_keys(self) -> "Plan":
        """The same figures over all groups."""
        query = self.question.query.model_copy(
            update={"dimensions": [], "order_by": None, "limit": None}
        )
        return replace(self, question=replace(self.question, query=query, keys=()))


def plan_query(query: Query, model: SemanticModel, scope: Scope, span: DataSpan) -> Plan:
    """Check a question and settle where each figure comes from.

    Raises:
        SemanticError: A name, a combination or a period that cannot be answered.
    """
    question = check_question(query, model)
    caveats: list[str] = []
    planner = _Planner(question, Chooser(question, model, scope, span, caveats), span, caveats)
    figures = tuple(planner.figure(metric) for metric in question.metrics)
    compared = [planner.compared(figure) for figure in figures] if query.compare_to else []
    return Plan(
        question=question,
        figures=figures,
        previous=tuple(figure for figure in compared if figure),
        default_period=bool(planner.assumed),
        caveats=tuple(dict.fromkeys([*planner.assumptions(), *caveats])),
    )


class _Planner:
    def __init__(
        self, question: Question, chooser: Chooser, span: DataSpan, caveats: list[str]
    ) -> None:
        self.question, self.chooser, self.span, self.caveats = question, chooser, span, caveats
        self.assumed: dict[str, list[str]] = {}

    def figure(self, metric: Metric) -> Figure:
        """Settle one metric as asked."""
        period = self.question.query.period
        if self._is_today(metric, period):
            return Figure(metric, self.chooser.today(metric), metric.name)
        if period is None:
            period = self._assumed(metric)
            words = period.label or describe(period)
            self.assumed.setdefault(words, []).append(metric.label)
        elif metric.default_next_days is not None:
            period = self._from_today(period)
        source, period = self.chooser.over(metric, period)
        self._note_partial(period)
        return Figure(metric, source, metric.name, period)

    def assumptions(self) -> list[str]:
        """Which period was taken where none was asked, one sentence a period."""
        if self.question.grain is not None:
            return [f"No period was asked: the trend covers {words}." for words in self.assumed]
        sentences: list[str] = []
        for words, labels in self.assumed.items():
            which = ", the last full month" if words == self._last_month() else ""
            verb = "is" if len(labels) == 1 else "are"
            said = " and ".join([", ".join(labels[:-1]), labels[-1]] if labels[1:] else labels)
            sentences.append(f"No period was asked: {said} {verb} for {words}{which}.")
        return sentences

    def compared(self, figure: Figure) -> Figure | None:
        """The same metric over the period it is compared with; None before the data start."""
        metric = figure.metric
        if not is_timed(metric):
            problem = f"{metric.label} is known as of today only and has no earlier value."
            known = [m.name for m in self.chooser.model.metrics if is_timed(m)]
            raise SemanticError(problem, known)
        period, months, days = self._earlier(figure.period or self.question.query.period)
        if period.end < self.span.first:
            self.caveats.append(
                f"The data start on {self.span.first}: there is no earlier figure to compare with."
            )
            return None
        source, period = self.chooser.over(metric, period)
        return Figure(metric, source, f"{metric.name}_previous", period, months, days)

    def _earlier(self, now: Period | None) -> tuple[Period, int, int]:
        asked = self.question.query.compare_to
        if isinstance(asked, Period):
            return asked, 0, 0
        if now is None:
            return self._before_today(year=asked == "previous_year"), 0, 0
        if asked == "previous_year":
            return year_before(now), 12, 0
        return shifted_back(now)

    def _before_today(self, *, year: bool) -> Period:
        if year:
            day = add_months(self.span.as_of, -12)
            return Period(start=day, end=day)
        end = month_start(self.span.as_of) - timedelta(days=1)
        return Period(start=month_start(end), end=end)

    def _is_today(self, metric: Metric, period: Period | None) -> bool:
        if self.question.grain is not None:
            return False
        if metric.default_next_days is not None:
            return period is None and not _DATED.isdisjoint(self.question.filtered)
        if metric.kind != "point":
            return False
        if period is None:
            return True
        return is_state(metric) and period.start <= self.span.as_of <= period.end

    def _from_today(self, period: Period) -> Period:
        tomorrow = self.span.as_of + timedelta(days=1)
        start = self.span.as_of if period.start == tomorrow else period.start
        return Period(start=start, end=period.end, label=period.label)

    def _assumed(self, metric: Metric) -> Period:
        as_of, grain = self.span.as_of, self.question.grain
        if metric.default_next_days is not None:
            days = metric.default_next_days
            return Period(
                start=as_of, end=as_of + timedelta(days=days), label=f"the next {days} days"
            )
        if grain is not None:
            return self._trend(grain)
        return self._clipped(last_full_months(as_of, metric.default_months))

    def _last_month(self) -> str:
        return describe(last_full_months(self.span.as_of))

    def _trend(self, grain: Grain) -> Period:
        as_of = self.span.as_of
        if grain in _TREND_DAYS:
            return Period(start=as_of - timedelta(days=_TREND_DAYS[grain] - 1), end=as_of)
        if grain == "month":
            return self._clipped(last_full_months(as_of, _TREND_MONTHS))
        if grain == "quarter":
            end = last_full_months(as_of).end
            full = end if end.month % 3 == 0 else _quarter_start(end) - timedelta(days=1)
            start = add_months(month_start(full), 1 - 3 * _TREND_QUARTERS)
            return self._clipped(Period(start=start, end=full))
        return Period(start=self.span.first, end=as_of)

    def _clipped(self, period: Period) -> Period:
        start = min(max(period.start, self.span.first), period.end)
        return Period(start=start, end=period.end)

    def _note_partial(self, period: Period) -> None:
        as_of = self.span.as_of
        whole = as_of == last_full_months(as_of).end
        if (
            self.question.grain in {"month", "quarter", "year"}
            and period.end >= as_of
            and not whole
        ):
            self.caveats.append(f"The last {self.question.grain} runs only up to {as_of}.")


def _quarter_start(day: date) -> date:
    return add_months(month_start(day), -((day.month - 1) % 3))
