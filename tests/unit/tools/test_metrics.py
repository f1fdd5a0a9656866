from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from data.query import Filter, OrderBy, Period, Scope
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.metrics import QueryMetricsArgs, query_metrics

MakeContext = Callable[..., ToolContext]
MARCH = Period(start=date(2026, 3, 1), end=date(2026, 3, 31), label="last month")


@pytest.fixture
def ask(small_context: MakeContext) -> Any:
    """Asks for everybody, or for a scope."""

    def call(scope: Scope | None = None, **args: Any) -> ToolResult:
        return query_metrics(QueryMetricsArgs(**args), small_context(scope))

    return call


def facts(result: ToolResult) -> dict[str, Any]:
    """Value by name."""
    return {fact.name: fact.value for fact in result.facts}


def cells(result: ToolResult) -> list[Any]:
    """Every cell of the table."""
    assert result.table is not None
    return [cell for row in result.table.rows for cell in row]


def test_one_figure(ask: Any) -> None:
    """Headline, fact, table and definition agree."""
    result = ask(metrics=["Monthly Recurring Revenue"])
    assert result.summary == "MRR is $1,750 as of 20 April 2026."
    assert facts(result) == {"mrr": 1750.0}
    assert cells(result) == [1750.0]
    assert result.args == {"metrics": ["mrr"]}
    assert result.charts == []
    (source,) = result.provenance
    assert (source.table, source.as_of, source.evidence) == (
        "gold.customer_metrics",
        date(2026, 4, 20),
        "recorded",
    )
    assert "Σ MRR of active clients" in source.definition


def test_breakdown_has_bars_and_a_total(ask: Any) -> None:
    """Each group is a fact, largest first, and the whole is one too."""
    result = ask(metrics=["arr"], dimensions=["segment"])
    assert facts(result) == {
        "arr[segment=Enterprise]": 18000.0,
        "arr[segment=SMB]": 2400.0,
        "arr[segment=Unassigned]": 600.0,
        "arr": 21000.0,
        "arr_share_pct[segment=Enterprise]": pytest.approx(100 * 18 / 21),
        "arr_share_pct[segment=SMB]": pytest.approx(100 * 2.4 / 21),
        "arr_share_pct[segment=Unassigned]": pytest.approx(100 * 0.6 / 21),
    }
    assert "Enterprise $18,000 (85.7 %); SMB $2,400 (11.4 %)" in result.summary
    assert "All together: $21,000." in result.summary
    (chart,) = result.charts
    assert (chart.kind, chart.series[0].x) == ("bar", ["Enterprise", "SMB", "Unassigned"])


def test_trend_is_a_line(ask: Any) -> None:
    """Months are named, the course is told."""
    result = ask(metrics=["mrr"], grain="month")
    (chart,) = result.charts
    assert chart.kind == "line"
    assert chart.series[0].x == ["2026-01", "2026-02", "2026-03"]
    assert facts(result)["mrr[month=2026-03]"] == 1700.0
    assert "from $1,080 in January 2026 to $1,700 in March 2026" in result.summary
    assert any("the trend covers" in caveat for caveat in result.caveats)


def test_comparison_gives_change_and_percent(ask: Any) -> None:
    """Value, earlier value, change and change in percent are facts and cells."""
    result = ask(metrics=["mrr"], compare_to="previous_period")
    assert facts(result) == {
        "mrr": 1750.0,
        "mrr_previous": 1700.0,
        "mrr_change": 50.0,
        "mrr_change_pct": pytest.approx(100 * 50 / 1700),
    }
    assert cells(result) == list(facts(result).values())
    assert "up $50 (2.9 %) from $1,700 at the end of March 2026" in result.summary


def test_rates_change_in_points(ask: Any) -> None:
    """33 % after 0 % is 33 points, not an infinite percentage."""
    result = ask(metrics=["logo_churn_rate"], period=MARCH, compare_to="previous_period")
    units = {fact.name: fact.unit for fact in result.facts}
    assert facts(result)["logo_churn_rate_change"] == pytest.approx(25.0)
    assert units["logo_churn_rate_change"] == "points"
    assert "logo_churn_rate_change_pct" not in units
    assert "up 25 points from 0 % in February 2026" in result.summary


def test_ranking(ask: Any) -> None:
    """The order asked for, equal ones by customer id, cut where asked."""
    order = OrderBy(by="mrr", descending=False)
    result = ask(metrics=["mrr"], dimensions=["customer"], order_by=order, limit=2)
    assert [row[1] for row in result.table.rows] == ["Harbor Health", "Northwind Logistics"]
    assert result.args["order_by"] == {"by": "mrr", "descending": False}


def test_assumed_period_is_said_and_resolved(ask: Any) -> None:
    """A flow without a period is last month's, in words and in the arguments."""
    result = ask(metrics=["churned customers"])
    assert result.summary == "Churned customers: 1 in March 2026."
    assert any("the last full month" in caveat for caveat in result.caveats)
    assert result.args["period"]["start"] == "2026-03-01"


def test_at_risk_owes_arr_and_expected_loss(ask: Any) -> None:
    """Both the clients' ARR and the expected loss, though only a number was asked."""
    result = ask(metrics=["customers_at_risk"])
    assert facts(result) == {
        "customers_at_risk": 2,
        "high_risk_arr": 7200.0,
        "high_risk_expected_loss": pytest.approx(0.5 * 1200 + 0.4 * 6000),
    }
    assert result.args == {"metrics": ["customers_at_risk"]}
    by_filter = ask(
        metrics=["customers"], filters=[Filter(dimension="churn_risk", value="at risk")]
    )
    assert facts(by_filter) == {"customers": 2, "arr": 7200.0, "arr_at_risk": pytest.approx(3000)}


def test_predictions_carry_model_and_doubt(ask: Any) -> None:
    """What rests on the churn model says which, and repeats the model's caveat."""
    result = ask(metrics=["arr_at_risk"])
    assert {entry.evidence for entry in result.provenance} == {"predicted"}
    assert {entry.model_version for entry in result.provenance} == {"m1"}
    assert "The churn model is a stub." in result.caveats
    assert ask(metrics=["mrr"]).caveats == []


def test_filters_are_said_and_resolved(ask: Any) -> None:
    """Canonical in the arguments, readable in the sentence."""
    asked = [
        Filter(dimension="Segment", value="smb"),
        Filter(dimension="open tickets", op=">", value=3),
    ]
    result = ask(metrics=["mrr"], filters=asked)
    assert result.summary.startswith("MRR (segment SMB, open tickets more than 3) is $100")
    assert [f["dimension"] for f in result.args["filters"]] == ["segment", "tickets_open"]


def test_a_client_is_named_not_numbered(ask: Any) -> None:
    """An id in the filter reads as the client's name."""
    result = ask(metrics=["mrr"], filters=[Filter(dimension="customer", value="Cafe Noir")])
    assert "customer Café Noir" in result.summary
    assert result.args["filters"][0]["value"] == "C3"


def test_nothing_in_scope_is_said_as_such(ask: Any) -> None:
    """An empty view is zero clients that the user can see."""
    result = ask(
        Scope(segment=("SMB",)),
        metrics=["arr"],
        filters=[Filter(dimension="segment", value="Enterprise")],
    )
    assert result.summary == "No clients in your scope match: 0 clients (segment Enterprise)."
    assert facts(result) == {"customers": 0}


def test_what_no_client_has_is_a_caveat(small_context: MakeContext, monkeypatch: Any) -> None:
    """A split by something nobody has is not passed off as a result."""
    context = small_context()
    monkeypatch.setattr(context.gold, "has_values", lambda name: name != "segment")
    args = QueryMetricsArgs(
        metrics=["mrr"],
        dimensions=["segment"],
        filters=[Filter(dimension="segment", value="Unassigned")],
    )
    result = query_metrics(args, context)
    assert result.caveats == ["Segment is not filled for any client of this data set."]


def test_renewals_need_contract_ends(small_context: MakeContext, monkeypatch: Any) -> None:
    """Without any contract end there are unknown renewals, not zero renewals."""
    context = small_context()
    monkeypatch.setattr(context.gold, "has_values", lambda _name: False)
    with pytest.raises(FinalToolError, match="no contract end dates"):
        query_metrics(QueryMetricsArgs(metrics=["renewals_due"]), context)


@pytest.mark.parametrize(
    "args",
    [
        {"metrics": ["mrrr"]},
        {"metrics": ["mrr"], "dimensions": ["segmnt"]},
        {"metrics": ["mrr"], "filters": [Filter(dimension="arr", value="big")]},
        {"metrics": ["churned_mrr"], "dimensions": ["churn_risk"]},
        {"metrics": ["total_revenue"], "compare_to": "previous_year"},
    ],
)
def test_what_can_be_mended_says_how(ask: Any, args: dict[str, Any]) -> None:
    """The model gets another try, with the values that would do."""
    if args["metrics"] == ["mrr"] and "filters" in args:
        with pytest.raises((RetryableToolError, FinalToolError), match="takes a number"):
            ask(**args)
        return
    with pytest.raises(RetryableToolError) as caught:
        ask(**args)
    assert caught.value.allowed


def test_the_future_is_no_figure(ask: Any) -> None:
    """A period ahead of the data ends the matter and names the way out."""
    with pytest.raises(FinalToolError, match="forecast"):
        ask(metrics=["mrr"], period=Period(start=date(2027, 1, 1), end=date(2027, 2, 1)))


def test_arguments_are_closed() -> None:
    """Unknown arguments and empty questions are refused."""
    with pytest.raises(ValidationError):
        QueryMetricsArgs.model_validate({"metrics": ["mrr"], "user_id": "boss"})
    with pytest.raises(ValidationError):
        QueryMetricsArgs(metrics=[])
