from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from data.gold import Gold
from data.periods import add_months, last_full_months, month_start
from data.query import Filter, OrderBy, Period, Query, Scope
from data.semantic_model import Metric, SemanticError
from data.semantic_sources import SOURCES
from data.truth import Truth
from tools.contract import ChurnPort, PlaybookPort, ToolContext
from tools.customers import ListCustomersArgs, list_customers
from tools.metrics import QueryMetricsArgs, query_metrics

FULL = Scope()
RISK = "gold.customer_health_scores h JOIN gold.customer_metrics m USING (customer_id)"
RATES = {
    "grr": "100 * (s - c - x) / s",
    "nrr": "100 * (s + e - c - x) / s",
    "logo_churn_rate": "100 * lost / opened",
    "net_new_mrr": "n + e + r - c - x",
    "churned_mrr": "x",
    "expansion_mrr": "e",
    "churned_customers": "lost",
    "nps": "100.0 * (p - d) / nullif(a, 0)",
}
TODAY = {
    "customers": "SELECT count(*) FROM gold.customer_metrics WHERE status = 'active'",
    "mrr": "SELECT sum(mrr) FROM gold.customer_metrics WHERE status = 'active'",
    "arr": "SELECT sum(arr) FROM gold.customer_metrics WHERE status = 'active'",
    "seats": "SELECT sum(seats) FROM gold.customer_metrics WHERE status = 'active'",
    "csat": "SELECT avg(csat_avg) FROM gold.customer_metrics WHERE status = 'active'",
    "engagement_score": "SELECT avg(engagement_score) FROM gold.customer_metrics WHERE status = 'active'",
    "avg_health_score": "SELECT avg(health_score) FROM gold.customer_health_scores",
    "avg_churn_prob": "SELECT avg(churn_prob_90d) FROM gold.customer_health_scores",
    "arr_at_risk": "SELECT sum(arr_at_risk) FROM gold.customer_health_scores",
    "customers_at_risk": "SELECT count(*) FROM gold.customer_health_scores WHERE churn_risk = 'high'",
    "high_risk_arr": f"SELECT coalesce(sum(m.arr), 0) FROM {RISK} WHERE h.churn_risk = 'high'",
}


class NoChurn:
    """A model without a caveat."""

    version, caveat = "test", None


@pytest.fixture(scope="module")
def truth(prepared_home: Path) -> Iterator[Truth]:
    """Plain SQL on the same file."""
    with Truth(prepared_home / "warehouse.duckdb") as reader:
        yield reader


@pytest.fixture
def context(gold: Gold) -> ToolContext:
    """Everybody's view."""
    churn, playbooks = cast("ChurnPort", NoChurn()), cast("PlaybookPort", None)
    return ToolContext("u", "analyst", FULL, gold, churn, playbooks)


def last_quarter(as_of: date) -> Period:
    """The last full calendar quarter."""
    start = add_months(month_start(as_of), -((as_of.month - 1) % 3) - 3)
    return Period(start=start, end=add_months(start, 3) - (date(2000, 1, 2) - date(2000, 1, 1)))


def kpis(metric: str, period: Period, where: str = "true", group: str = "") -> str:
    """The definition of a rate or flow on `dashboard_kpis`."""
    keys = f"{group}, " if group else ""
    by = f"GROUP BY {group} ORDER BY {group} NULLS LAST" if group else ""
    first = f"FILTER (WHERE month = DATE '{period.start}')"
    return f"""
        SELECT {keys} {RATES[metric]} FROM (
            SELECT {keys} sum(mrr_start) {first} AS s, sum(customers_start) {first} AS opened,
                sum(mrr_new) AS n, sum(mrr_expansion) AS e, sum(mrr_contraction) AS c,
                sum(mrr_churned) AS x, sum(mrr_reactivation) AS r, sum(customers_churned) AS lost,
                sum(nps_promoters) AS p, sum(nps_detractors) AS d, sum(nps_responses) AS a
            FROM gold.dashboard_kpis
            WHERE month BETWEEN DATE '{period.start}' AND DATE '{period.end}' AND {where} {by})
    """


@pytest.mark.parametrize("metric", TODAY)
def test_state_of_today_equals_its_definition(gold: Gold, truth: Truth, metric: str) -> None:
    """What stands in FORMAT is what the metric computes."""
    answer = gold.query(Query(metrics=[metric]), FULL)
    assert answer.rows[0][0] == pytest.approx(truth.rows(TODAY[metric])[0][0])


@pytest.mark.parametrize("metric", RATES)
@pytest.mark.parametrize("segment", [None, "Enterprise"])
def test_rates_equal_their_definition(
    gold: Gold, truth: Truth, metric: str, segment: str | None
) -> None:
    """Over a quarter, for all and for one segment."""
    period = last_quarter(gold.as_of)
    filters = [Filter(dimension="segment", value=segment)] if segment else []
    answer = gold.query(Query(metrics=[metric], period=period, filters=filters), FULL)
    sql = kpis(metric, period, f"segment = '{segment}'" if segment else "true")
    assert answer.rows[0][0] == pytest.approx(truth.rows(sql)[0][0])


@pytest.mark.parametrize("metric", RATES)
def test_breakdowns_equal_their_definition(gold: Gold, truth: Truth, metric: str) -> None:
    """Each segment from its own sums."""
    period = last_quarter(gold.as_of)
    order = OrderBy(by="segment", descending=False)
    query = Query(metrics=[metric], dimensions=["segment"], period=period, order_by=order)
    expected = truth.rows(kpis(metric, period, group="segment"))
    found = gold.query(query, FULL).rows
    assert [row[1] for row in found] == pytest.approx([row[1] for row in expected], nan_ok=True)


def test_a_trend_is_mrr_at_month_ends(gold: Gold, truth: Truth) -> None:
    """Six months, each from `mrr_end`."""
    period = last_full_months(gold.as_of, 6)
    answer = gold.query(Query(metrics=["mrr"], grain="month", period=period), FULL)
    expected = truth.rows(
        "SELECT month, sum(mrr_end) FROM gold.dashboard_kpis WHERE month BETWEEN "
        f"DATE '{period.start}' AND DATE '{period.end}' GROUP BY month ORDER BY month"
    )
    assert [row[0] for row in answer.rows] == [row[0] for row in expected]
    assert [row[1] for row in answer.rows] == pytest.approx([row[1] for row in expected])


def test_sources_agree_where_they_meet(gold: Gold) -> None:
    """MRR and clients today are the same by client, by month and by day."""
    today = gold.query(Query(metrics=["mrr", "customers"]), FULL).rows[0]
    running = Period(start=month_start(gold.as_of), end=gold.as_of)
    by_month = gold.query(Query(metrics=["mrr", "customers"], grain="month", period=running), FULL)
    day = Period(start=gold.as_of, end=gold.as_of)
    by_day = gold.query(Query(metrics=["mrr", "customers"], grain="day", period=day), FULL)
    assert by_month.rows[0][1:] == pytest.approx(today)
    assert by_day.rows[0][1:] == pytest.approx(today)


def every_source(gold: Gold) -> Iterator[tuple[Metric, str]]:
    """Metric and source, all of them."""
    return ((metric, name) for metric in gold.semantic.metrics for name in metric.sources)


def test_every_metric_runs_from_every_source(gold: Gold) -> None:
    """No expression names a column that the built gold does not have."""
    wanted: set[tuple[str, str]] = {
        (metric.name, SOURCES[name].name) for metric, name in every_source(gold)
    }
    ran: set[tuple[str, str]] = set()
    full, odd = (
        last_full_months(gold.as_of, 3),
        Period(start=date(2026, 8, 3), end=date(2026, 8, 20)),
    )
    shapes: tuple[dict[str, Any], ...] = (
        {},
        {"period": full},
        {"period": odd},
        {"dimensions": ["product"]},
        {"dimensions": ["churn_risk"], "grain": "month", "period": full},
        {"filters": [Filter(dimension="days_to_renewal", op="<", value=90)]},
        {"grain": "day", "period": odd},
    )
    for metric in gold.semantic.metrics:
        for shape in shapes:
            try:
                answer = gold.query(Query(metrics=[metric.name], **shape), FULL)
            except SemanticError:
                continue
            assert answer.rows or metric.name in {"renewals_due", "renewal_arr"}, metric.name
            tables = {name: SOURCES[name].table for name in metric.sources}
            ran |= {(metric.name, n) for n, t in tables.items() if t == answer.sources[metric.name]}
    assert wanted == ran


@pytest.mark.parametrize("dimension", ["segment", "region", "plan", "industry", "account_manager"])
def test_slices_add_up(gold: Gold, dimension: str) -> None:
    """Nobody is lost or counted twice by a split."""
    query = Query(metrics=["arr", "churned_mrr", "customers"], dimensions=[dimension])
    answer = gold.query(query, FULL)
    for place, metric in enumerate(answer.metrics, start=1):
        total = sum(row[place] or 0 for row in answer.rows)
        assert total == pytest.approx(answer.totals[metric.name])


def test_scopes_partition_the_company(gold: Gold) -> None:
    """The views of all account managers together are the whole, none sees more."""
    managers = gold.values("account_manager", FULL)
    query = Query(metrics=["arr", "customers", "churned_mrr", "arr_at_risk"])
    whole = gold.query(query, FULL).rows[0]
    parts = [gold.query(query, Scope(account_manager=(name,))).rows[0] for name in managers]
    unassigned = [Filter(dimension="account_manager", value="Unassigned")]
    parts.append(gold.query(query.model_copy(update={"filters": unassigned}), FULL).rows[0])
    for place, total in enumerate(whole):
        assert sum(part[place] or 0 for part in parts) == pytest.approx(total)


def test_top_regions(truth: Truth, context: ToolContext) -> None:
    """A ranking by the tool is the ranking by SQL."""
    args = QueryMetricsArgs(
        metrics=["arr"], dimensions=["region"], order_by=OrderBy(by="arr"), limit=3
    )
    table = query_metrics(args, context).table
    expected = truth.rows(
        "SELECT region FROM gold.customer_metrics WHERE status = 'active' "
        "AND region IS NOT NULL GROUP BY region ORDER BY sum(arr) DESC LIMIT 3"
    )
    assert table is not None
    assert [row[0] for row in table.rows] == [row[0] for row in expected]


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        (
            [Filter(dimension="days_since_last_login", op=">", value=20)],
            "days_since_last_login > 20",
        ),
        ([Filter(dimension="tickets_open", op=">", value=1)], "tickets_open > 1"),
        (
            [Filter(dimension="days_to_renewal", op="between", value=[0, 60])],
            "days_to_renewal BETWEEN 0 AND 60",
        ),
        (
            [Filter(dimension="nps", op="<", value=7), Filter(dimension="segment", value="SMB")],
            "nps_score < 7 AND segment = 'SMB'",
        ),
    ],
)
def test_lists_equal_sql(
    truth: Truth, context: ToolContext, filters: list[Filter], where: str
) -> None:
    """The same clients, in the same order, with the same totals."""
    result = list_customers(
        ListCustomersArgs(filters=filters, sort_by=OrderBy(by="arr"), limit=10), context
    )
    base = f"FROM gold.customer_metrics WHERE status = 'active' AND {where}"
    names = truth.rows(f"SELECT name {base} ORDER BY arr DESC, customer_id LIMIT 10")
    total, arr = truth.rows(f"SELECT count(*), coalesce(sum(arr), 0) {base}")[0]
    facts = {fact.name: fact.value for fact in result.facts}
    assert result.table is not None
    assert [row[0] for row in result.table.rows] == [row[0] for row in names]
    assert facts["customers"] == total
    assert facts["arr_total"] == pytest.approx(arr)
