"""The charts of a client's page."""

from collections.abc import Mapping
from typing import Any, Final

from app.pages.charts import ChartBox, chart_box, month_series
from data.gold import Gold, GoldError
from data.periods import add_months, month_start
from data.query import Filter, Period, Query
from tools.contract import Chart, Evidence, Provenance, ToolContext, Unit
from tools.errors import ToolError
from tools.explain import ExplainChurnArgs, explain_churn
from tools.wording import format_value

_MONTHS: Final = 12
_HISTORIES: Final[tuple[tuple[str, str, str, Unit, str, str], ...]] = (
    ("health", "Health score", "avg_health_score", "score", "health_score", "predicted"),
    ("mrr", "MRR", "mrr", "usd", "mrr", "recorded"),
    ("usage", "Product events", "events", "count", "events_30d", "recorded"),
)
"""Chart id, title, metric, unit, today's column, evidence."""


def client_charts(customer_id: str, row: Mapping[str, Any], context: ToolContext) -> list[ChartBox]:
    """Why the client is at risk, and how health, MRR and use went over the last year."""
    why = _why(customer_id, context) if row.get("churn_prob_90d") is not None else None
    histories = [
        _history(entry, customer_id, row, context)
        for entry in _HISTORIES
        if not set(context.gold.semantic.metric(entry[2]).needs) & set(context.gold.build.absent)
    ]
    return [chart for chart in (why, *histories) if chart is not None]


def _why(customer_id: str, context: ToolContext) -> ChartBox | None:
    try:
        result = explain_churn(ExplainChurnArgs(customer=customer_id), context)
    except (GoldError, ToolError):
        return None
    if not result.charts:
        return None
    chart = result.charts[0]
    box = chart_box("why", "Why the model sees this risk", result.summary, chart, result.provenance)
    if box.spec:
        box.spec["layout"]["xaxis"]["title"] = {"text": "← lowers the risk · raises it →"}
        box.spec["layout"]["xaxis"]["showticklabels"] = False
    return box


def _history(
    entry: tuple[str, str, str, Unit, str, str],
    customer_id: str,
    row: Mapping[str, Any],
    context: ToolContext,
) -> ChartBox | None:
    chart_id, title, metric, unit, column, evidence = entry
    gold = context.gold
    start = max(month_start(add_months(gold.as_of, -_MONTHS)), gold.span.first)
    asked = Query(
        metrics=[metric],
        filters=[Filter(dimension="customer", op="=", value=customer_id)],
        period=Period(start=start, end=gold.as_of),
        grain="month",
    )
    try:
        answer = gold.query(asked, context.scope)
    except GoldError:
        return None
    rows = [(month, value) for month, value in answer.rows if value is not None]
    this_month = month_start(gold.as_of)
    if evidence == "predicted" and row.get(column) is not None and row["status"] == "active":
        rows = [*(entry for entry in rows if entry[0] != this_month), (this_month, row[column])]
    if len(rows) < 2:
        return None
    months = [month for month, _ in rows]
    values = [float(value) for _, value in rows]
    chart = Chart(kind="line", title=title, series=[month_series(title, months, values)], unit=unit)
    currency = gold.build.currency
    first, last = (
        f"{format_value(value, unit, currency=currency)} in {month:%b %Y}"
        for month, value in (rows[0], rows[-1])
    )
    lead = f"From {first} to {last}"
    lead += f", up to {gold.as_of.day} {gold.as_of:%b}." if months[-1] == this_month else "."
    source = _source(gold, answer.sources[metric], answer.metrics[0].explain(), evidence)
    box = chart_box(chart_id, title, lead, chart, source)
    if box.spec:
        box.spec["layout"]["yaxis"]["rangemode"] = "tozero"
    return box


def _source(gold: Gold, table: str, definition: str, evidence: str) -> list[Provenance]:
    kind: Evidence = "predicted" if evidence == "predicted" else "recorded"
    return [
        Provenance(
            tool="client_page",
            table=table,
            as_of=gold.as_of,
            rows=1,
            definition=definition,
            evidence=kind,
        )
    ]
