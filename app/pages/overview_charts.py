"""The charts of the first page, each from the query or tool that also answers in the chat."""

from collections.abc import Callable, Sequence
from typing import Final

from app.pages.charts import (
    MOVEMENT_COLORS,
    RISK_COLORS,
    ChartBox,
    chart_box,
    month_series,
)
from data.gold import Gold, GoldError
from data.gold_engagement import HEATMAP_DAYS, read_busy_hours
from data.periods import describe, month_start
from data.query import Filter, Period, Query
from tools.cohorts import CohortRetentionArgs, cohort_retention
from tools.contract import Chart, Evidence, Provenance, Series, ToolContext
from tools.errors import ToolError
from tools.forecast import ForecastMetricArgs, forecast_metric
from tools.wording import count_noun, format_value

FORECAST_DAYS: Final = 90
_BANDS: Final = {"healthy": "Healthy", "watch": "Watch", "at_risk": "Poor health"}
_RISKS: Final = {"low": "Low risk", "medium": "Medium risk", "high": "High risk"}
_MOVEMENTS: Final = {
    "new_mrr": ("New", 1),
    "expansion_mrr": ("Expansion", 1),
    "reactivation_mrr": ("Reactivation", 1),
    "contraction_mrr": ("Contraction", -1),
    "churned_mrr": ("Churned", -1),
}
_WEEKDAYS: Final = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    *("Saturday", "Sunday"),
)


def overview_charts(
    context: ToolContext, filters: Sequence[Filter], period: Period
) -> list[ChartBox]:
    """Health, movements, cohorts and busy hours; what the data cannot tell says why."""
    makers: list[tuple[str, str, Callable[[str, str], ChartBox]]] = [
        ("health", "Health and risk", lambda i, t: _health(i, t, context, filters)),
        ("movements", "MRR movements", lambda i, t: _movements(i, t, context, filters, period)),
        ("cohorts", "Cohort retention", lambda i, t: _cohorts(i, t, context, filters)),
        ("engagement", "When clients are active", lambda i, t: _engagement(i, t, context, filters)),
    ]
    return [_or_why_not(chart_id, title, make) for chart_id, title, make in makers]


def forecast_chart(context: ToolContext, filters: Sequence[Filter]) -> ChartBox:
    """MRR ahead, with its range; the first call for a selection takes seconds."""

    def make(chart_id: str, title: str) -> ChartBox:
        args = ForecastMetricArgs(metric="mrr", horizon_days=FORECAST_DAYS, filters=list(filters))
        result = forecast_metric(args, context)
        if not result.charts:
            return _without(chart_id, title, result.summary)
        lead = " ".join([_first_sentence(result.summary), *result.caveats[:1]])
        return chart_box(chart_id, title, lead, result.charts[0], result.provenance)

    return _or_why_not("forecast", "MRR forecast", make)


def _or_why_not(chart_id: str, title: str, make: Callable[[str, str], ChartBox]) -> ChartBox:
    try:
        return make(chart_id, title)
    except (GoldError, ToolError) as error:
        return _without(chart_id, title, str(error))


def _without(chart_id: str, title: str, why: str) -> ChartBox:
    return ChartBox(id=chart_id, title=title, lead=why, source="", definition="", spec=None)


def _health(chart_id: str, title: str, context: ToolContext, filters: Sequence[Filter]) -> ChartBox:
    asked = Query(
        metrics=["customers"], dimensions=["health_band", "churn_risk"], filters=list(filters)
    )
    answer = context.gold.query(asked, context.scope)
    counts = {(str(band), str(risk)): int(count) for band, risk, count in answer.rows}
    bands = [band for band in _BANDS if any(key[0] == band for key in counts)]
    if not bands:
        return _without(chart_id, title, "No client with a health score matches.")
    series = [
        Series(
            name=label,
            x=[_BANDS[band] for band in bands],
            y=[float(counts.get((band, risk), 0)) for band in bands],
        )
        for risk, label in _RISKS.items()
        if any(key[1] == risk for key in counts)
    ]
    asked = Query(metrics=["customers"], dimensions=["health_band"], filters=list(filters))
    per_band = {
        str(band): int(count) for band, count in context.gold.query(asked, context.scope).rows
    }
    total = answer.totals.get("customers")
    said = [
        f"{per_band.get(band, 0):,} {words}"
        for band, words in (("healthy", "healthy"), ("watch", "to watch"))
    ]
    lead = (
        f"{format_value(total, 'count')} active clients: {', '.join(said)}, "
        f"{per_band.get('at_risk', 0):,} in poor health."
    )
    chart = Chart(kind="bar", title=title, series=series, unit="count", y_label="Active clients")
    definition = context.gold.semantic.attribute("health_score").label + (
        " from 70 is healthy, from 40 to watch, below poor. Churn risk is high from a 90-day churn "
        "probability of 35 % and medium from 15 %."
    )
    source = _source(context.gold, "gold.customer_health_scores", definition, "predicted")
    return chart_box(chart_id, title, lead, chart, source, colors=RISK_COLORS, stacked=True)


def _movements(
    chart_id: str, title: str, context: ToolContext, filters: Sequence[Filter], period: Period
) -> ChartBox:
    span = Period(start=month_start(period.start), end=period.end)
    names = list(_MOVEMENTS)
    asked = Query(metrics=names, filters=list(filters), period=span, grain="month")
    rows = context.gold.query(asked, context.scope).rows
    months = [row[0] for row in rows]
    series = [
        month_series(label, months, [sign * float(row[place] or 0) for row in rows])
        for place, (label, sign) in enumerate(_MOVEMENTS.values(), start=1)
    ]
    shown = [line for line in series if any(line.y)]
    asked = Query(metrics=["net_new_mrr", *names], filters=list(filters), period=span)
    answer = context.gold.query(asked, context.scope)
    if not shown or answer.matched == 0:
        return _without(chart_id, title, "No MRR moved in this period.")
    currency = context.gold.build.currency

    def say(name: str) -> str:
        return format_value(answer.totals[name], "usd", currency=currency)

    lead = (
        f"Net new MRR {say('net_new_mrr')} ({describe(span)}): {say('new_mrr')} new, "
        f"{say('expansion_mrr')} expansion, {say('churned_mrr')} churned."
    )
    chart = Chart(kind="bar", title=title, series=shown, unit="usd", y_label="MRR a month")
    definition = " ".join(metric.explain() for metric in answer.metrics)
    source = _source(context.gold, "gold.customer_months", definition, "recorded")
    return chart_box(chart_id, title, lead, chart, source, colors=MOVEMENT_COLORS, stacked=True)


def _cohorts(
    chart_id: str, title: str, context: ToolContext, filters: Sequence[Filter]
) -> ChartBox:
    result = cohort_retention(CohortRetentionArgs(filters=list(filters)), context)
    if not result.charts:
        return _without(chart_id, title, result.summary)
    lead = _first_sentence(result.summary)
    return chart_box(chart_id, title, lead, result.charts[0], result.provenance)


def _engagement(
    chart_id: str, title: str, context: ToolContext, filters: Sequence[Filter]
) -> ChartBox:
    hours, table = read_busy_hours(context.gold, filters, context.scope)
    if not hours:
        return _without(chart_id, title, f"No product events in the last {HEATMAP_DAYS} days.")
    counts = {(entry.weekday, entry.hour): entry.events for entry in hours}
    series = [
        Series(
            name=day,
            x=[f"{hour:02d}:00" for hour in range(24)],
            y=[float(counts.get((place, hour), 0)) for hour in range(24)],
        )
        for place, day in enumerate(_WEEKDAYS, start=1)
    ]
    top = max(hours, key=lambda entry: entry.events)
    lead = (
        f"Busiest on {_WEEKDAYS[top.weekday - 1]}s from {top.hour:02d}:00 UTC: "
        f"{count_noun(top.events, 'event')} in the last {HEATMAP_DAYS} days."
    )
    chart = Chart(
        kind="heatmap", title=title, series=series, unit="count", x_label="Hour of the day (UTC)"
    )
    definition = f"Product events of the last {HEATMAP_DAYS} days by weekday and hour."
    return chart_box(
        chart_id, title, lead, chart, _source(context.gold, table, definition, "recorded")
    )


def _first_sentence(text: str) -> str:
    return text if ". " not in text else text.split(". ", maxsplit=1)[0] + "."


def _source(gold: Gold, table: str, definition: str, evidence: Evidence) -> list[Provenance]:
    return [
        Provenance(
            tool="overview",
            table=table,
            as_of=gold.as_of,
            rows=0,
            definition=definition,
            evidence=evidence,
        )
    ]
