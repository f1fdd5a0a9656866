"""The answer to "why did it change": part of `query_metrics`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from data.client_selection import LASTING
from data.query import Filter, Period
from tools.change_span import find_span
from tools.contract import Fact, Provenance, ToolContext, ToolResult
from tools.errors import RetryableToolError
from tools.metric_change_answers import (
    change_caveats,
    change_charts,
    change_facts,
    change_table,
    definition_of,
)
from tools.metric_change_sentences import change_sentences
from tools.metric_changes import BY_CLIENT, Change, part_of, take_apart
from tools.metric_parts import Part, Ratio
from tools.resolve import mendable_errors, none_match, picture_note
from tools.selected import check_lasting_filters, spoken_filters

__all__ = ["ChangeQuestion", "explain_change"]

_WHAT: Final = "comparison over time"


@dataclass(frozen=True, slots=True)
class ChangeQuestion:
    """A change to explain; see `tools.metrics.QueryMetricsArgs`."""

    metric: str
    dimensions: Sequence[str]
    filters: Sequence[Filter]
    period: Period | None
    compare_to: Period | str | None
    limit: int | None


def explain_change(question: ChangeQuestion, context: ToolContext) -> ToolResult:
    """Take the change of one metric apart.

    Raises:
        RetryableToolError: The metric or the split cannot be taken; those that can are listed.
        FinalToolError: Data that are absent, or periods outside of them.
    """
    with mendable_errors():
        metric = context.gold.semantic.metric(question.metric)
    part = part_of(metric, context)
    split = _split(question.dimensions, part, context)
    filters = check_lasting_filters(question.filters, context, _WHAT)
    span = find_span(question.period, question.compare_to, context)
    compare_to = question.compare_to or "previous_period"
    resolved: dict[str, Any] = {
        "metrics": [metric.name],
        "period": span.now.model_dump(mode="json"),
        "compare_to": compare_to.model_dump(mode="json")
        if isinstance(compare_to, Period)
        else compare_to,
        "decompose": True,
    }
    if split is not None:
        resolved["dimensions"] = [split]
    if filters:
        resolved["filters"] = [asked.model_dump(mode="json") for asked in filters]
    if question.limit is not None:
        resolved["limit"] = question.limit
    where = spoken_filters(filters, context)
    change = take_apart(metric, part, split, span, filters, context)
    if change is None:
        return ToolResult(
            summary=none_match(context.scope, where),
            args=resolved,
            facts=[Fact(name="customers", value=0, unit="count")],
            suggestions=["How many active clients do I have?"],
        )
    return ToolResult(
        summary=change_sentences(change, where, context.gold.build.currency),
        args=resolved,
        facts=change_facts(change),
        table=change_table(change, question.limit),
        charts=change_charts(change),
        provenance=[
            Provenance(
                tool="query_metrics",
                table="gold.customer_months",
                as_of=context.gold.as_of,
                rows=len(change.groups),
                definition=definition_of(change),
                evidence="recorded",
            )
        ],
        caveats=[*change_caveats(change), *picture_note(context)],
        suggestions=_suggestions(change),
    )


def _split(dimensions: Sequence[str], part: Part, context: ToolContext) -> str | None:
    if not dimensions:
        return None
    allowed = sorted(LASTING - ({BY_CLIENT} if isinstance(part, Ratio) else set()))
    with mendable_errors():
        names = [context.gold.semantic.dimension(name).name for name in dimensions]
    if len(names) > 1:
        raise RetryableToolError("A change is split by one dimension at a time.", names)
    if names[0] not in allowed:
        raise RetryableToolError(
            f"This change cannot be split by {names[0].replace('_', ' ')}.", allowed
        )
    return names[0]


def _suggestions(change: Change) -> list[str]:
    label = change.metric.label
    offers = [f"{label} trend over the last 12 months"]
    if change.split != BY_CLIENT and not isinstance(change.part, Ratio):
        offers.insert(0, f"Which clients are behind the change in {label}?")
    other = "region" if change.split == "segment" else "segment"
    return [*offers, f"Why did {label} change, by {other}?"]
