"""KPI cards: the semantic layer's figures with their change and their course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.gold import Gold, GoldError
from data.periods import describe, last_full_months, month_end, month_start
from data.query import Filter, Period, Query, Scope
from data.semantic_model import Metric
from tools.contract import Evidence
from tools.metric_answers import Cell, cells_of
from tools.wording import format_value

STATES: Final = ("customers", "mrr", "arr_at_risk", "customers_at_risk")
"""Metrics that hold on a day."""
MONTHLY: Final = ("logo_churn_rate", "nrr", "grr", "nps")
"""Metrics of a whole month."""
_LESS_IS_BETTER: Final = frozenset({"arr_at_risk", "customers_at_risk", "logo_churn_rate"})
_WIDTH, _HEIGHT = 120.0, 32.0


@dataclass(frozen=True, slots=True)
class Course:
    """A figure month by month, drawn small.

    Attributes:
        points: Of an SVG polyline in a box of 120 × 32.
        words: The same for those who cannot see it.
    """

    points: str
    words: str


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure.

    Attributes:
        change: Against the month before, in words; "" where there is nothing to compare with.
        tone: `good`, `bad` or `flat`, what the change means for the business.
        when: The day or month it holds for.
        definition: What it means, with its formula.
    """

    name: str
    label: str
    value: str
    change: str
    tone: str
    when: str
    definition: str
    evidence: Evidence
    course: Course | None


def cards_of(gold: Gold, scope: Scope, filters: Sequence[Filter], period: Period) -> list[Card]:
    """The cards for a period: its last day, or its last full month, beside the month before."""
    is_current = period.end >= gold.as_of
    today = Period(start=month_start(period.end), end=period.end)
    full = last_full_months(period.end) if is_current else today
    courses = _courses(gold, scope, filters, period)
    cards: list[Card] = []
    for names, span in ((STATES, today), (MONTHLY, full)):
        known = [name for name in names if _is_known(gold, name)]
        asked = Query(
            metrics=known, filters=list(filters), period=span, compare_to="previous_period"
        )
        cells = cells_of(gold.query(asked, scope)) if known else []
        when = f"on {_day(span.end)}" if names is STATES else f"in {describe(span)}"
        cards += [_card(cell, when, courses, gold.build.currency) for cell in cells]
    return cards


def _is_known(gold: Gold, name: str) -> bool:
    return not set(gold.semantic.metric(name).needs) & set(gold.build.absent)


def _courses(
    gold: Gold, scope: Scope, filters: Sequence[Filter], period: Period
) -> dict[str, list[tuple[date, float]]]:
    names = [name for name in (*STATES, *MONTHLY) if _is_known(gold, name)]
    span = Period(start=month_start(period.start), end=period.end)
    asked = Query(metrics=names, filters=list(filters), period=span, grain="month")
    try:
        cells = cells_of(gold.query(asked, scope))
    except GoldError:
        return {}
    courses: dict[str, list[tuple[date, float]]] = {}
    for cell in cells:
        running = cell.bucket is not None and month_end(cell.bucket) > gold.as_of
        if cell.bucket and cell.value is not None and not (running and cell.metric.name in MONTHLY):
            courses.setdefault(cell.metric.name, []).append((cell.bucket, cell.value))
    return courses


def _card(
    cell: Cell, when: str, courses: dict[str, list[tuple[date, float]]], currency: str
) -> Card:
    metric = cell.metric
    return Card(
        name=metric.name,
        label=metric.label,
        value=format_value(cell.value, metric.unit, currency=currency),
        change=change_words(cell, currency),
        tone=tone_of(cell),
        when=when,
        definition=metric.explain(),
        evidence="predicted" if metric.predicted else "recorded",
        course=course_of(courses.get(metric.name, []), metric, currency),
    )


def change_words(cell: Cell, currency: str) -> str:
    """The change against the month before, in the unit that suits the figure."""
    if cell.change is None:
        return ""
    sign = "+" if cell.change > 0 else "−" if cell.change < 0 else "±"
    if cell.change_unit == "points":
        unit = " points" if cell.metric.unit == "points" else " pp"
        return f"{sign}{format_value(abs(cell.change), 'points')}{unit}"
    if cell.metric.unit == "count" or cell.change_pct is None:
        amount = format_value(abs(cell.change), cell.metric.unit, currency=currency)
        return f"{sign}{amount}"
    return f"{sign}{format_value(abs(cell.change_pct), 'pct')}"


def tone_of(cell: Cell) -> str:
    """What a change means for the business: `good`, `bad` or `flat`."""
    if not cell.change:
        return "flat"
    return "good" if (cell.change > 0) != (cell.metric.name in _LESS_IS_BETTER) else "bad"


def course_of(values: Sequence[tuple[date, float]], metric: Metric, currency: str) -> Course | None:
    """Draw a figure month by month; None where there is one month only."""
    if len(values) < 2:
        return None
    low, high = min(v for _, v in values), max(v for _, v in values)
    room = (high - low) or 1.0
    step = (_WIDTH - 8) / (len(values) - 1)
    spots = [
        (4 + place * step, 4 + (_HEIGHT - 8) * (1 - (value - low) / room))
        for place, (_, value) in enumerate(values)
    ]
    first, last = values[0], values[-1]

    def say(entry: tuple[date, float]) -> str:
        return f"{format_value(entry[1], metric.unit, currency=currency)} in {entry[0]:%b %Y}"

    return Course(
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in spots),
        words=f"{metric.label} went from {say(first)} to {say(last)}",
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
