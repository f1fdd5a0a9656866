from datetime import date
from typing import Any

import pytest

from data.query import Filter, OrderBy, Period, Query, Scope
from data.semantic_model import SemanticError, SemanticModel
from data.semantic_plan import DataSpan, Plan, plan_query

SPAN = DataSpan(first=date(2025, 1, 1), as_of=date(2026, 4, 20))


@pytest.fixture
def plan(semantic: SemanticModel) -> Any:
    """Plans a question for everybody."""

    def make(scope: Scope | None = None, **asked: Any) -> Plan:
        return plan_query(Query(**asked), semantic, scope or Scope(), SPAN)

    return make


def period(start: str, end: str) -> Period:
    """A period from ISO dates."""
    return Period(start=date.fromisoformat(start), end=date.fromisoformat(end))


def sources(made: Plan) -> dict[str, str]:
    """Source by metric."""
    return {figure.metric.name: figure.source.name for figure in made.figures}


def test_points_without_period_are_today(plan: Any) -> None:
    """What is our MRR: as of today, and no period is claimed."""
    made = plan(metrics=["mrr"])
    assert sources(made) == {"mrr": "today"}
    assert made.period is None
    assert not made.default_period


def test_flows_without_period_take_the_last_full_month_and_say_so(plan: Any) -> None:
    """The period that was assumed is told, once for all metrics that share it."""
    made = plan(metrics=["mrr", "churned_customers", "nrr"])
    assert sources(made) == {"mrr": "today", "churned_customers": "months", "nrr": "months"}
    assert made.period == period("2026-03-01", "2026-03-31")
    assert made.default_period
    (caveat,) = made.caveats
    assert "Churned customers and NRR are for March 2026, the last full month" in caveat


def test_days_use_the_daily_tables_where_they_can(plan: Any) -> None:
    """Fifteen days of revenue are fifteen days, not a month."""
    asked = period("2026-03-10", "2026-03-24")
    made = plan(metrics=["revenue", "churned_customers", "new_customers"], period=asked)
    assert sources(made) == {
        "revenue": "daily",
        "churned_customers": "churns",
        "new_customers": "signups",
    }
    assert all(figure.period == asked for figure in made.figures)


def test_days_of_a_monthly_metric_are_widened_and_said(plan: Any) -> None:
    """MRR movements are kept by month: the answer covers whole months and says which."""
    made = plan(metrics=["churned_mrr"], period=period("2026-02-10", "2026-03-05"))
    assert made.period == period("2026-02-01", "2026-03-31")
    assert any("February 2026 to March 2026" in caveat for caveat in made.caveats)


def test_the_running_month_needs_no_widening(plan: Any) -> None:
    """From the first to today is this month, with nothing to excuse."""
    made = plan(metrics=["churned_mrr"], period=period("2026-04-01", "2026-04-20"))
    assert made.period == period("2026-04-01", "2026-04-20")
    assert made.caveats == ()


def test_daily_tables_are_left_when_the_split_needs_clients(plan: Any) -> None:
    """By region there are no days: whole months, said so."""
    made = plan(
        metrics=["revenue"], dimensions=["region"], period=period("2026-03-10", "2026-03-24")
    )
    assert sources(made) == {"revenue": "months"}
    assert made.caveats


def test_a_point_today_is_compared_with_the_end_of_last_month(plan: Any) -> None:
    """MRR against last month needs an earlier state."""
    made = plan(metrics=["mrr"], compare_to="previous_period")
    assert made.previous_period == period("2026-03-01", "2026-03-31")


def test_risk_over_time_comes_from_the_history(plan: Any) -> None:
    """Clients at risk by month are those at risk then, not those at risk today."""
    made = plan(metrics=["customers_at_risk", "mrr"], dimensions=["churn_risk", "month"])
    assert set(sources(made).values()) == {"history"}


def test_flows_cannot_be_split_by_todays_risk(plan: Any) -> None:
    """Splitting the past by a state of today would look right and be wrong."""
    with pytest.raises(SemanticError, match="cannot be split by churn risk") as caught:
        plan(metrics=["churned_mrr"], dimensions=["churn_risk"])
    assert "segment" in caught.value.allowed


def test_filters_by_todays_state_are_said(plan: Any) -> None:
    """A trend of today's noisy clients says that the choice is today's."""
    asked = [Filter(dimension="tickets_open", op=">", value=3)]
    made = plan(metrics=["mrr"], grain="month", filters=asked)
    assert any("tickets open as of 2026-04-20" in caveat for caveat in made.caveats)


def test_ahead_of_the_data_there_is_only_a_forecast(plan: Any) -> None:
    """A future period is refused, not answered with zero."""
    with pytest.raises(SemanticError, match="lies ahead"):
        plan(metrics=["mrr"], period=period("2026-06-01", "2026-06-30"))


def test_before_the_data_there_is_nothing(plan: Any) -> None:
    """A past beyond the data is refused, a partly known one is cut and said."""
    with pytest.raises(SemanticError, match="data start on 2025-01-01"):
        plan(metrics=["revenue"], period=period("2023-01-01", "2023-06-30"))
    made = plan(metrics=["revenue"], period=period("2024-10-01", "2025-03-31"))
    assert made.period == period("2025-01-01", "2025-03-31")
    assert any("start on 2025-01-01" in caveat for caveat in made.caveats)


def test_renewals_look_ahead(plan: Any) -> None:
    """The next 60 days include today's renewals; without a period it is 90 days, said."""
    made = plan(metrics=["renewals_due"], period=period("2026-04-21", "2026-06-19"))
    assert made.period == period("2026-04-20", "2026-06-19")
    assert "the next 90 days" in plan(metrics=["renewal_arr"]).caveats[0]


def test_a_sort_key_becomes_a_metric(plan: Any) -> None:
    """Segments by churn, largest ARR first: both are computed."""
    order = OrderBy(by="annual recurring revenue")
    made = plan(metrics=["customers"], dimensions=["segment"], order_by=order)
    assert made.question.query.metrics == ["customers", "arr"]
    assert made.question.query.order_by == OrderBy(by="arr")


def test_two_time_steps_are_refused(plan: Any) -> None:
    """By month and by year at once means nothing."""
    with pytest.raises(SemanticError, match="One time step"):
        plan(metrics=["mrr"], dimensions=["month", "year"])


def test_month_as_dimension_is_a_grain(plan: Any) -> None:
    """`by month` and `grain: month` are one question."""
    asked = period("2025-10-01", "2026-03-31")
    by_dimension = plan(metrics=["mrr"], dimensions=["month"], period=asked)
    by_grain = plan(metrics=["mrr"], grain="month", period=asked)
    assert by_dimension.figures == by_grain.figures


def test_state_of_today_only_has_no_past(plan: Any) -> None:
    """Lifetime revenue of last year is not invented."""
    with pytest.raises(SemanticError, match="as of today"):
        plan(metrics=["total_revenue"], period=period("2025-01-01", "2025-12-31"))
