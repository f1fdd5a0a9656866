"""Why a figure changed: the parts equal SQL on gold, add up, and stay within the scope."""

from datetime import date
from typing import Any, cast

import duckdb
import pytest

from data.query import Filter, Period, Query, Scope
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.metric_parts import PARTS, Level, Ratio
from tools.metrics import QueryMetricsArgs, query_metrics

SEPTEMBER = Period(start=date(2026, 9, 1), end=date(2026, 9, 30))
QUARTER = Period(start=date(2026, 7, 1), end=date(2026, 9, 30))
PERIODS = [SEPTEMBER, QUARTER]


def why(context: ToolContext, metric: str, **more: Any) -> ToolResult:
    """Ask why a metric changed."""
    return query_metrics(QueryMetricsArgs(metrics=[metric], decompose=True, **more), context)


def facts_of(result: ToolResult) -> dict[str, Any]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


def parts_of(result: ToolResult) -> float:
    """Sum of the groups' parts: the last column of the table, without the whole's row."""
    assert result.table is not None
    rows = result.table.rows[:-1] if len(result.table.rows) > 1 else result.table.rows
    return sum(float(str(row[-1])) for row in rows)


@pytest.mark.parametrize("metric", list(PARTS))
@pytest.mark.parametrize("period", PERIODS)
def test_the_figures_are_those_of_the_semantic_layer(
    context: ToolContext, metric: str, period: Period
) -> None:
    """Before and now are what the metric itself gives, and the groups add up to their difference."""
    query = Query(metrics=[metric], period=period, compare_to="previous_period")
    answer = context.gold.query(query, Scope())
    (now, before) = answer.rows[0][-2:]
    result = why(context, metric, period=period)
    facts = facts_of(result)
    assert facts[metric] == pytest.approx(now)
    assert facts[f"{metric}_previous"] == pytest.approx(before)
    assert facts[f"{metric}_change"] == pytest.approx(now - before, abs=1e-6)
    assert parts_of(result) == pytest.approx(now - before, abs=1e-6)


@pytest.mark.parametrize(
    "metric", [name for name, part in PARTS.items() if isinstance(part, Level)]
)
@pytest.mark.parametrize(
    "more", [{}, {"compare_to": "previous_year"}, {"dimensions": ["customer"]}]
)
def test_a_bridge_leads_from_opening_to_closing(
    context: ToolContext, metric: str, more: dict[str, Any]
) -> None:
    """To the cent, in every row of the table and in the chart."""
    result = why(context, metric, period=SEPTEMBER, **more)
    assert result.table is not None
    for row in result.table.rows:
        before, *moves, now, change = [float(str(cell)) for cell in row[1:]]
        assert before + sum(moves) == pytest.approx(now, abs=0.005)
        assert now - before == pytest.approx(change, abs=0.005)
    (series,) = result.charts[0].series
    assert result.charts[0].kind == "bridge"
    assert sum(value or 0 for value in series.y[:-1]) == pytest.approx(series.y[-1], abs=0.005)


def test_the_movements_are_those_of_gold(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Sizes and clients behind each movement, by SQL on `gold.mrr_movements`."""
    facts = facts_of(why(context, "mrr", period=QUARTER))
    rows = truth.execute(
        "select movement, sum(amount), count(distinct customer_id) from gold.mrr_movements "
        "where month between date '2026-07-01' and date '2026-09-01' group by movement"
    ).fetchall()
    assert len(rows) >= 4
    for movement, amount, clients in rows:
        name = {"churn": "churned"}.get(movement, movement)
        assert facts[f"{name}_mrr"] == pytest.approx(amount)
        assert facts[f"{name}_mrr_clients"] == clients


def test_the_clients_named_are_those_who_lost_and_gained_most(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """By SQL on `gold.customer_months`."""
    result = why(context, "mrr", period=SEPTEMBER)
    order = truth.execute(
        "select name, sum(mrr_end - mrr_start) as change from gold.customer_months "
        "join gold.customer_metrics using (customer_id) where month = date '2026-09-01' "
        "group by name order by change"
    ).fetchall()
    for name, change in (order[0], order[-1]):
        assert facts_of(result)[f"mrr_change[customer={name}]"] == pytest.approx(change)
        assert name in result.summary


@pytest.mark.parametrize(
    "metric", [name for name, part in PARTS.items() if isinstance(part, Ratio)]
)
def test_a_quotient_divides_into_mix_and_rate(context: ToolContext, metric: str) -> None:
    """Each group's part is its mix and its rate; all parts are the change."""
    result = why(context, metric, period=SEPTEMBER, dimensions=["segment"])
    facts = facts_of(result)
    effects = facts["mix_effect"] + facts["rate_effect"]
    assert effects == pytest.approx(facts[f"{metric}_change"], abs=1e-9)
    assert result.table is not None
    for row in result.table.rows:
        mix, rate, part = (float(str(cell)) for cell in row[-3:])
        assert mix + rate == pytest.approx(part, abs=1e-9)


def test_filters_and_scope_narrow_it_alike(context: ToolContext) -> None:
    """Another manager's clients are in no part; a filter on a region is the scope of it."""
    inside = context.__class__(
        *("u1", "account_manager", Scope(region=("EMEA",)), context.gold),
        *(cast("Any", None), cast("Any", None)),
    )
    own = why(inside, "mrr", period=SEPTEMBER, dimensions=["segment"])
    filtered = why(
        context,
        "mrr",
        period=SEPTEMBER,
        dimensions=["segment"],
        filters=[Filter(dimension="region", value="EMEA")],
    )
    assert own.facts == filtered.facts
    whole = why(context, "mrr", period=SEPTEMBER, dimensions=["segment"])
    assert facts_of(own)["mrr"] < facts_of(whole)["mrr"]
    nobody = context.__class__(
        *("u1", "account_manager", Scope(region=()), context.gold),
        *(cast("Any", None), cast("Any", None)),
    )
    assert "in your scope" in why(nobody, "mrr", period=SEPTEMBER).summary


def test_what_was_assumed_is_told(context: ToolContext) -> None:
    """The period, its widening, a month that is not over; the canonical arguments come back."""
    result = why(context, "mrr")
    assert any("last full month" in caveat for caveat in result.caveats)
    assert result.args["compare_to"] == "previous_period"
    assert result.args["decompose"] is True
    assert "dimensions" not in result.args
    partial = why(
        context, "revenue", period=Period(start=date(2026, 10, 5), end=date(2026, 10, 20))
    )
    assert any("not just" in caveat for caveat in partial.caveats)
    assert any("only up to 20 October 2026" in caveat for caveat in partial.caveats)
    assert all("not what caused it" in each.caveats[-1] for each in (result, partial))


def test_an_undecomposed_question_says_nothing_of_it(context: ToolContext) -> None:
    """The argument stands in the answer only where it was used."""
    args = QueryMetricsArgs(metrics=["mrr"])
    assert "decompose" not in query_metrics(args, context).args


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"metrics": ["cltv"]}, "CLTV cannot be taken apart"),
        ({"metrics": ["mrr", "arr"]}, "one metric"),
        ({"metrics": ["nrr"], "dimensions": ["customer"]}, "cannot be split by customer"),
        ({"metrics": ["mrr"], "dimensions": ["churn_risk"]}, "cannot be split by churn risk"),
        ({"metrics": ["mrr"], "dimensions": ["segment", "plan"]}, "one dimension"),
    ],
)
def test_what_cannot_be_taken_apart_lists_what_can(
    context: ToolContext, asked: dict[str, Any], words: str
) -> None:
    """Each refusal can be mended."""
    with pytest.raises(RetryableToolError, match=words) as caught:
        query_metrics(QueryMetricsArgs(decompose=True, **asked), context)
    assert caught.value.allowed


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"grain": "month"}, "leave out the time step"),
        ({"filters": [Filter(dimension="churn_risk", value="high")]}, "as they are today"),
        ({"period": Period(start=date(2031, 1, 1), end=date(2031, 1, 31))}, "lies ahead"),
        ({"period": SEPTEMBER, "compare_to": QUARTER}, "does not lie before"),
        ({"period": Period(start=date(2019, 1, 1), end=date(2019, 1, 31))}, "The data start on"),
    ],
)
def test_impossible_comparisons_are_refused(
    context: ToolContext, more: dict[str, Any], words: str
) -> None:
    """With the reason."""
    with pytest.raises(FinalToolError, match=words):
        why(context, "mrr", **more)
