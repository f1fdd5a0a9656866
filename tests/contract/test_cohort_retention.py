from dataclasses import replace
from typing import cast

import duckdb
import pytest

from data.gold import Gold
from data.gold_cohorts import read_cohorts
from data.query import Filter, Scope
from tools.cohorts import CohortRetentionArgs, cohort_retention
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError


def facts_of(result: ToolResult) -> dict[str, float]:
    """Facts by name."""
    return {fact.name: cast("float", fact.value) for fact in result.facts}


def test_every_month_is_golds(context: ToolContext, truth: duckdb.DuckDBPyConnection) -> None:
    """Σ retained ÷ Σ customers and the same of MRR, for every k."""
    facts = facts_of(cohort_retention(CohortRetentionArgs(), context))
    rows = truth.sql(
        "SELECT months_since, 100 * sum(retained) / sum(customers), "
        "100 * sum(mrr_retained) / sum(mrr_start) FROM gold.cohort_retention GROUP BY 1"
    ).fetchall()
    assert len(rows) > 12
    for months, share, mrr in rows:
        assert facts[f"retention_{months}m"] == pytest.approx(share)
        assert facts[f"retention_mrr_{months}m"] == pytest.approx(mrr)


def test_single_clients_add_up_to_gold(gold: Gold) -> None:
    """The way over clients gives the very cells of gold's own table."""
    everybody = [Filter(dimension="customer", op="!=", value="nobody")]
    own, source = read_cohorts(gold, [], Scope())
    summed, other = read_cohorts(gold, everybody, Scope())
    assert (source, other) == ("gold.cohort_retention", "gold.customer_months")
    assert [(c.cohort, c.months, c.customers, c.retained) for c in own] == [
        (c.cohort, c.months, c.customers, c.retained) for c in summed
    ]
    assert [c.mrr_retained for c in own] == pytest.approx([c.mrr_retained for c in summed])


@pytest.mark.parametrize("dimension", ["segment", "region", "account_manager"])
def test_groups_add_up_to_the_whole(gold: Gold, dimension: str) -> None:
    """A split loses nobody."""
    whole, _ = read_cohorts(gold, [], Scope())
    split, _ = read_cohorts(gold, [], Scope(), dimension)
    assert sum(c.retained for c in split) == sum(c.retained for c in whole)
    assert sum(c.customers for c in split if c.months == 3) == sum(
        c.customers for c in whole if c.months == 3
    )


def test_a_segment_is_counted_by_itself(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """Six months on, by segment, as SQL over the clients says, in table and facts."""
    result = cohort_retention(CohortRetentionArgs(by="segment"), context)
    facts = facts_of(result)
    rows = truth.sql(
        """
        SELECT m.segment, 100 * count(*) FILTER (WHERE s.active_end) / count(*)
        FROM gold.customer_metrics m
        LEFT JOIN gold.customer_months s ON s.customer_id = m.customer_id
            AND s.month = date_trunc('month', m.signup_date) + INTERVAL 6 MONTH
        WHERE date_trunc('month', m.signup_date) IN (
            SELECT cohort_month FROM gold.cohort_retention WHERE months_since = 6)
        GROUP BY 1
        """
    ).fetchall()
    assert result.table is not None
    place = [column.name for column in result.table.columns].index("m6")
    shown = {row[0]: row[place] for row in result.table.rows}
    for segment, share in rows:
        assert facts[f"retention_6m[segment={segment}]"] == pytest.approx(share)
        assert shown[segment] == pytest.approx(share)


def test_the_triangle_leaves_the_future_empty(context: ToolContext) -> None:
    """A younger cohort has fewer cells, in the table and in the heat map."""
    result = cohort_retention(CohortRetentionArgs(measure="mrr"), context)
    (chart,) = result.charts
    known = [sum(y is not None for y in line.y) for line in chart.series]
    assert chart.kind == "heatmap"
    assert known == sorted(known, reverse=True)
    assert known[-1] < known[0]
    assert result.table is not None
    assert len(result.table.rows) == len(chart.series) + 1


def test_a_scope_sees_own_cohorts_only(context: ToolContext, gold: Gold) -> None:
    """Scopes add up to the company; an empty one is not told as none at all."""
    regions = gold.values("region", Scope())
    sizes = [
        facts_of(
            cohort_retention(CohortRetentionArgs(), replace(context, scope=Scope(region=(name,))))
        )["customers"]
        for name in regions
    ]
    whole = facts_of(cohort_retention(CohortRetentionArgs(), context))
    assert sum(sizes) == whole["customers"]
    empty = cohort_retention(
        CohortRetentionArgs(), replace(context, scope=Scope(account_manager=()))
    )
    assert "in your scope" in empty.summary


def test_the_asked_month_leads(context: ToolContext) -> None:
    """Nine months asked: nine months first; sixty are not over yet."""
    nine = cohort_retention(CohortRetentionArgs(months_since=9), context)
    assert "after 9 months" in nine.summary.split(".")[0] + nine.summary.split(".")[1]
    sixty = cohort_retention(CohortRetentionArgs(months_since=60), context)
    assert any("No cohort has completed 60 months" in caveat for caveat in sixty.caveats)


def test_what_changes_over_time_cannot_cut_a_cohort(context: ToolContext) -> None:
    """Today's risk says nothing of those who left; an unknown word lists the splits."""
    with pytest.raises(FinalToolError, match="today's clients only"):
        cohort_retention(CohortRetentionArgs(by="churn_risk"), context)
    with pytest.raises(RetryableToolError, match="cannot be cut by 'mood'"):
        cohort_retention(CohortRetentionArgs(by="mood"), context)
