"""Any key figure, over any clients and period: `query_metrics`."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import Field

from data.gold import QueryAnswer
from data.semantic_model import Metric
from tools.contract import (
    Evidence,
    Fact,
    Filter,
    Grain,
    OrderBy,
    Period,
    Provenance,
    Query,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.errors import FinalToolError, RetryableToolError
from tools.explain_change import ChangeQuestion, explain_change
from tools.metric_answers import cells_of, charts_of, facts_of, table_of
from tools.metric_sentences import filter_words, sentences_of, title_of
from tools.resolve import (
    check_filters,
    mendable_errors,
    never_filled,
    none_match,
    picture_note,
)

__all__ = ["QueryMetricsArgs", "query_metrics"]

_COUNTED: Final = frozenset({"customers", "arr", "mrr"})
_RENEWAL: Final = "contract_end_date"
_CLIENTS_SHOWN: Final = 20
_AT_RISK_COMPANIONS: Final = ("arr", "arr_at_risk")


class QueryMetricsArgs(ToolArgs):
    """What to compute, over whom, when, split and ordered how."""

    metrics: list[str] = Field(
        min_length=1, description="Metric names, e.g. mrr, nrr, churned_customers. Several at once."
    )
    dimensions: list[str] = Field(
        default_factory=list,
        description="What to split by, e.g. segment, region, account_manager, customer, month.",
    )
    filters: list[Filter] = Field(
        default_factory=list[Filter],
        description="Conditions on dimensions or customer numbers; all of them hold.",
    )
    period: Period | None = Field(
        default=None,
        description="Resolved dates, both included. Leave out for the state of today.",
    )
    grain: Grain | None = Field(default=None, description="Time step of a trend, e.g. month.")
    compare_to: Period | Literal["previous_period", "previous_year"] | None = Field(
        default=None, description="Adds the earlier value, the change and the change in percent."
    )
    order_by: OrderBy | None = Field(default=None, description="For rankings.")
    limit: int | None = Field(default=None, ge=1, le=1000, description="Groups to return.")
    decompose: bool = Field(
        default=False,
        description="Why did it change: takes the change of one metric between `period` and "
        "`compare_to` (the period before, if left out) apart into movements, groups and clients.",
    )


def query_metrics(args: QueryMetricsArgs, context: ToolContext) -> ToolResult:
    """Compute key figures: totals, trends, breakdowns, comparisons and rankings of groups.

    Use for: "what is our MRR", "churn rate last quarter by region", "ARR by segment", "NRR this
    year against last year", "which account manager has the most ARR"; with `decompose` for "why
    did MRR fall", "what drove churn up in Q3". Not for lists of clients (`list_customers`), one
    client (`get_customer`), or the future (`forecast_metric`).
    """
    if args.decompose:
        return _why(args, context)
    filters = check_filters(args.filters, context)
    with mendable_errors():
        asked = [context.gold.semantic.metric(name) for name in args.metrics]
        query = Query(
            metrics=[*(m.name for m in asked), *_companions(asked, filters, args)],
            dimensions=args.dimensions,
            filters=filters,
            period=args.period,
            grain=args.grain,
            compare_to=args.compare_to,
            order_by=args.order_by,
            limit=args.limit or (_CLIENTS_SHOWN if "customer" in args.dimensions else None),
        )
        answer = context.gold.query(query, context.scope)
    if answer.matched == 0:
        return _nobody(answer, asked, context)
    if any(m.default_next_days for m in asked) and not context.gold.has_values(_RENEWAL):
        raise FinalToolError("This data set has no contract end dates, so renewals are unknown.")
    cells = cells_of(answer)
    currency = context.gold.build.currency
    where = filter_words(_shown_filters(filters, context), context.gold.semantic, currency)
    return ToolResult(
        summary=" ".join(sentences_of(cells, answer, where, currency)),
        args=_resolved(answer, asked),
        facts=[*facts_of(cells, answer), *_window_facts(answer)],
        table=table_of(cells, answer, title_of(answer, asked)),
        charts=charts_of(cells, answer, asked),
        provenance=_provenance(answer, context),
        caveats=_caveats(answer, context),
        suggestions=_suggestions(answer, asked[0]),
    )


def _why(args: QueryMetricsArgs, context: ToolContext) -> ToolResult:
    if args.grain is not None or args.order_by is not None:
        raise FinalToolError(
            "A change is explained between two periods: leave out the time step and the order."
        )
    if len(args.metrics) != 1:
        raise RetryableToolError(
            "One change is explained at a time: name one metric.", args.metrics
        )
    question = ChangeQuestion(
        metric=args.metrics[0],
        dimensions=args.dimensions,
        filters=args.filters,
        period=args.period,
        compare_to=args.compare_to,
        limit=args.limit,
    )
    return explain_change(question, context)


def _companions(
    asked: Sequence[Metric], filters: Sequence[Filter], args: QueryMetricsArgs
) -> list[str]:
    if args.grain is not None or args.compare_to is not None or args.period is not None:
        return []
    names = [name for metric in asked for name in metric.companions]
    at_risk = any(f.dimension == "churn_risk" and f.value in ("high", ["high"]) for f in filters)
    if at_risk and any(metric.name in _COUNTED for metric in asked):
        names += _AT_RISK_COMPANIONS
    known = {metric.name for metric in asked}
    return [name for name in dict.fromkeys(names) if name not in known]


def _shown_filters(filters: Sequence[Filter], context: ToolContext) -> list[Filter]:
    """The filters with client names in place of ids."""
    names = context.gold.names(context.scope)

    def named(value: Any) -> Any:
        return [names.get(str(v), v) for v in value] if isinstance(value, list) else names[value]

    return [
        f.model_copy(update={"value": named(f.value)}) if f.dimension == "customer" else f
        for f in filters
    ]


def _window_facts(answer: QueryAnswer) -> list[Fact]:
    """The days of an assumed period ahead, since the answer says them."""
    if not answer.default_period:
        return []
    ahead = {metric.default_next_days for metric in answer.metrics}
    return [Fact(name="window_days", value=days, unit="days") for days in ahead if days]


def _resolved(answer: QueryAnswer, asked: Sequence[Metric]) -> dict[str, Any]:
    query = answer.query
    period = query.period
    if period is None and len(set(map(str, answer.periods.values()))) == 1:
        period = answer.period
    extra = {metric.name for metric in asked}
    if query.order_by is not None:
        extra.add(query.order_by.by)
    resolved = query.model_copy(
        update={"metrics": [name for name in query.metrics if name in extra], "period": period}
    )
    dumped = resolved.model_dump(mode="json")
    return {name: value for name, value in dumped.items() if value not in (None, [])}


def _nobody(answer: QueryAnswer, asked: Sequence[Metric], context: ToolContext) -> ToolResult:
    model, currency = context.gold.semantic, context.gold.build.currency
    filters = answer.query.filters
    where = filter_words(_shown_filters(filters, context), model, currency)
    return ToolResult(
        summary=none_match(context.scope, where),
        args=_resolved(answer, asked),
        facts=[Fact(name="customers", value=0, unit="count")],
        provenance=_provenance(answer, context),
        caveats=[*answer.caveats, *never_filled((f.dimension for f in filters), context)],
        suggestions=["How many active clients do I have?", "Which clients are at risk?"],
    )


def _provenance(answer: QueryAnswer, context: ToolContext) -> list[Provenance]:
    entries: list[Provenance] = []
    for metric in answer.metrics:
        evidence: Evidence = "predicted" if metric.predicted else "recorded"
        entries.append(
            Provenance(
                tool="query_metrics",
                table=answer.sources[metric.name],
                as_of=answer.as_of,
                rows=len(answer.rows),
                definition=metric.explain(),
                evidence=evidence,
                model_version=context.gold.build.model_version if metric.predicted else None,
            )
        )
    return entries


def _caveats(answer: QueryAnswer, context: ToolContext) -> list[str]:
    caveats = [*answer.caveats, *never_filled(_splits(answer), context)]
    if any(period and period.start < answer.as_of for period in answer.periods.values()):
        caveats += picture_note(context)
    if any(metric.predicted for metric in answer.metrics) and context.churn.caveat:
        caveats.append(context.churn.caveat)
    if answer.truncated:
        caveats.append("Only the first groups are shown, there are more.")
    return caveats


def _splits(answer: QueryAnswer) -> list[str]:
    """The dimensions split by whose groups are empty or one only."""
    if len(answer.rows) > 1 and answer.query.grain is None:
        return []
    times = {"month", "quarter", "year"}
    return [name for name in answer.query.dimensions if name not in times]


def _suggestions(answer: QueryAnswer, metric: Metric) -> list[str]:
    query, label = answer.query, metric.label
    period = f" {query.period.label}" if query.period and query.period.label else ""
    offers: list[str] = []
    if "segment" not in query.dimensions:
        offers.append(f"{label} by segment{period}")
    if query.grain is None and "months" in metric.sources:
        offers.append(f"{label} trend over the last 12 months")
    if "region" not in query.dimensions:
        offers.append(f"{label} by region{period}")
    offers.append("Which clients are at risk?")
    return offers[:3]
