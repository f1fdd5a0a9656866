"""The sums that must hold in gold, computed here apart from the build's own tests."""

from itertools import pairwise
from typing import Any

import pytest

from data.truth import Truth

SUMMED = (
    *("customers_new", "customers_churned", "customers_reactivated", "mrr_end", "mrr_churned"),
    *("revenue", "tickets_opened", "tickets_resolved"),
    *("nps_promoters", "nps_detractors", "nps_responses"),
)


def one(truth: Truth, sql: str) -> Any:
    """The only value of a query."""
    return truth.rows(sql)[0][0]


@pytest.mark.parametrize("table", ["gold.dashboard_kpis", "gold.customer_months"])
def test_mrr_rolls_forward(truth: Truth, table: str) -> None:
    """Opening MRR plus the movements is closing MRR, in every row."""
    broken = truth.rows(
        f"SELECT * FROM {table} WHERE abs(mrr_start + mrr_new + mrr_expansion + mrr_reactivation "
        "- mrr_contraction - mrr_churned - mrr_end) > 0.01"
    )
    assert one(truth, f"SELECT count(*) FROM {table} WHERE mrr_end > 0") > 0
    assert broken == []


def test_customers_roll_forward(truth: Truth) -> None:
    """Opening clients plus arrivals minus departures is closing clients, in every slice."""
    broken = truth.rows(
        "SELECT * FROM gold.dashboard_kpis WHERE customers_start + customers_new "
        "+ customers_reactivated - customers_churned <> customers_end"
    )
    assert one(truth, "SELECT sum(customers_churned) FROM gold.dashboard_kpis") > 0
    assert broken == []


def test_month_end_is_the_next_months_start(truth: Truth) -> None:
    """No client and no dollar appears or vanishes between two months."""
    months = truth.rows(
        "SELECT month, sum(customers_start), sum(customers_end), round(sum(mrr_start), 2), "
        "round(sum(mrr_end), 2) FROM gold.dashboard_kpis GROUP BY month ORDER BY month"
    )
    assert len(months) > 12
    assert months[0][1] == 0
    for earlier, later in pairwise(months):
        assert (earlier[0].year * 12 + earlier[0].month) + 1 == later[0].year * 12 + later[0].month
        assert later[1] == earlier[2]
        assert later[3] == pytest.approx(earlier[4], abs=0.02)


def test_today_is_the_same_everywhere(truth: Truth) -> None:
    """Active MRR and clients agree between the metrics, the daily series and the last month."""
    today = truth.rows(
        "SELECT count(*), sum(mrr) FROM gold.customer_metrics WHERE status = 'active'"
    )[0]
    daily = truth.rows(
        "SELECT sum(active_customers), sum(mrr) FROM gold.metric_daily "
        "WHERE date = (SELECT max(date) FROM gold.metric_daily)"
    )[0]
    monthly = truth.rows(
        "SELECT sum(customers_end), sum(mrr_end) FROM gold.dashboard_kpis "
        "WHERE month = (SELECT max(month) FROM gold.dashboard_kpis)"
    )[0]
    scored = one(truth, "SELECT count(*) FROM gold.customer_health_scores")
    assert today[0] == daily[0] == monthly[0] == scored > 0
    assert daily[1] == pytest.approx(today[1], abs=0.01)
    assert monthly[1] == pytest.approx(today[1], abs=0.01)


def test_kpis_are_the_aggregate_of_customer_months(truth: Truth) -> None:
    """A scoped question answered from customer_months adds up to the dashboard."""
    sums = ", ".join(f"round(sum({name}), 2)" for name in SUMMED)
    slices = "month, segment, region, plan"
    kpis = truth.rows(
        f"SELECT {slices}, {sums} FROM gold.dashboard_kpis GROUP BY ALL ORDER BY {slices}"
    )
    clients = truth.rows(
        f"SELECT {slices}, {sums} FROM gold.customer_months GROUP BY ALL ORDER BY {slices}"
    )
    assert len(kpis) == len(clients) > 0
    for kpi, client in zip(kpis, clients, strict=True):
        assert kpi[:4] == client[:4]
        assert kpi[4:] == pytest.approx(client[4:], abs=0.02)


def test_movements_are_positive_and_complete(truth: Truth) -> None:
    """Every movement is a positive amount, and together they are the change of MRR."""
    assert one(truth, "SELECT count(*) FROM gold.mrr_movements WHERE amount <= 0") == 0
    moved = one(
        truth,
        "SELECT sum(CASE WHEN movement IN ('churn', 'contraction') THEN -amount ELSE amount END) "
        "FROM gold.mrr_movements",
    )
    assert moved == pytest.approx(
        one(truth, "SELECT sum(mrr_end - mrr_start) FROM gold.customer_months"), abs=0.05
    )


def test_raw_billing_agrees_with_mrr(truth: Truth) -> None:
    """Active MRR is what the open subscriptions of active clients say, read from bronze."""
    raw = one(
        truth,
        "WITH latest AS (SELECT *, row_number() OVER (PARTITION BY subscription_id "
        "ORDER BY _load DESC, _row DESC) AS place FROM bronze.subscriptions) "
        "SELECT sum(latest.mrr * coalesce(usd, 1)) FROM latest "
        "JOIN gold.customer_metrics AS m USING (customer_id) "
        "LEFT JOIN bronze.currency_rates USING (currency) CROSS JOIN gold.build_info "
        "WHERE place = 1 AND m.status = 'active' AND start_date <= as_of "
        "AND (end_date IS NULL OR end_date > as_of)",
    )
    served = one(truth, "SELECT sum(mrr) FROM gold.customer_metrics WHERE status = 'active'")
    assert served == pytest.approx(raw, rel=1e-5)


def test_cohorts_start_whole_and_hide_unfinished_months(truth: Truth) -> None:
    """Cohort sizes are the clients that ever started; no cell of a running month is shown."""
    sizes = one(
        truth,
        "SELECT sum(customers) FROM gold.cohort_retention WHERE months_since = 0",
    )
    started = one(
        truth,
        "SELECT sum(customers_new) FROM gold.dashboard_kpis, gold.build_info "
        "WHERE last_day(month) <= as_of",
    )
    late = truth.rows(
        "SELECT * FROM gold.cohort_retention, gold.build_info "
        "WHERE last_day(CAST(cohort_month + to_months(CAST(months_since AS INTEGER)) AS DATE)) "
        "> as_of OR retained > customers"
    )
    assert sizes == started > 0
    assert late == []


def test_every_record_is_accounted_for(truth: Truth) -> None:
    """Accepted, rejected and repeated records are all that were read, for every entity."""
    audit = truth.rows(
        "SELECT entity, rows_read, accepted, rejected, duplicates, after_as_of "
        "FROM silver.load_audit"
    )
    assert len(audit) == 7
    for entity, read, *parts in audit:
        assert sum(parts) == read, entity
    rejected = one(
        truth, 'SELECT count(*) FROM (SELECT DISTINCT entity, file, "row" FROM bronze.rejected)'
    )
    info = truth.rows("SELECT rows_read, rejected, duplicates FROM gold.build_info")[0]
    assert rejected == info[1] > 0
    assert info[2] > 0
    assert one(truth, "SELECT count(*) FROM bronze.rejected WHERE file IS NULL OR reason = ''") == 0


def test_expected_loss_is_probability_times_arr(truth: Truth) -> None:
    """ARR at risk is the product that the definition says."""
    broken = truth.rows(
        "SELECT * FROM gold.customer_health_scores JOIN gold.customer_metrics USING (customer_id) "
        "WHERE abs(arr_at_risk - churn_prob_90d * arr) > 0.01 OR abs(arr - 12 * mrr) > 0.01"
    )
    assert broken == []
