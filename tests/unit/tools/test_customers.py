from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from data.query import Filter, OrderBy, Scope
from tools.contract import ToolContext, ToolResult
from tools.customers import GetCustomerArgs, ListCustomersArgs, get_customer, list_customers
from tools.errors import FinalToolError, RetryableToolError

MakeContext = Callable[..., ToolContext]
AT_RISK = [Filter(dimension="churn_risk", value="high")]


@pytest.fixture
def listed(small_context: MakeContext) -> Any:
    """Lists for everybody, or for a scope."""

    def call(scope: Scope | None = None, **args: Any) -> ToolResult:
        return list_customers(ListCustomersArgs(**args), small_context(scope))

    return call


def facts(result: ToolResult) -> dict[str, Any]:
    """Value by name."""
    return {fact.name: fact.value for fact in result.facts}


def column(result: ToolResult, name: str) -> list[Any]:
    """One column of the table."""
    assert result.table is not None
    place = [c.name for c in result.table.columns].index(name)
    return [row[place] for row in result.table.rows]


def test_at_risk_clients_with_arr_and_loss(listed: Any) -> None:
    """The most ARR at risk first; both sums stand in the sentence."""
    result = listed(filters=AT_RISK)
    assert column(result, "name") == ["Summit Legal", "Northwind Logistics"]
    assert facts(result) == {
        "customers": 2,
        "arr_total": 7200.0,
        "mrr_total": 600.0,
        "arr_at_risk_total": pytest.approx(3000.0),
        "window_90d": 90,
    }
    assert "2 active clients (churn risk high) have an ARR of $7,200" in result.summary
    assert "expected loss is $3,000" in result.summary
    assert result.caveats == ["The churn model is a stub."]
    assert result.provenance[0].evidence == "predicted"


def test_without_money_the_most_likely_to_leave_come_first(
    small_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source with no ARR must not be ranked by it: the order would be that of the ids."""
    context = small_context(None)
    monkeypatch.setattr(context.gold, "has_values", lambda name: "arr" not in name)
    for asked in (
        ListCustomersArgs(),
        ListCustomersArgs(filters=AT_RISK),
        ListCustomersArgs(sort_by=OrderBy(by="arr")),
    ):
        result = list_customers(asked, context)
        assert any("not filled for any client" in caveat for caveat in result.caveats)
        assert result.args["sort_by"] == {"by": "churn_prob_90d", "descending": True}
        found = [value for value in column(result, "churn_prob_90d") if value is not None]
        assert found == sorted(found, reverse=True)


def test_totals_are_over_all_that_match(listed: Any) -> None:
    """Five clients match though one is shown."""
    result = listed(limit=1)
    assert facts(result)["customers"] == 5
    assert facts(result)["arr_total"] == 21000.0
    assert column(result, "name") == ["Northwind Traders"]
    assert result.caveats == []
    assert result.provenance[0].evidence == "recorded"


def test_what_was_filtered_and_sorted_is_shown(listed: Any) -> None:
    """A list by tickets shows the tickets, and the ids last."""
    result = listed(
        filters=[Filter(dimension="open tickets", op=">", value=0)], sort_by=OrderBy(by="nps")
    )
    names = [c.name for c in result.table.columns]
    assert {"tickets_open", "nps_score"} <= set(names)
    assert (names[0], names[-1]) == ("name", "customer_id")
    assert column(result, "nps_score") == [6, 3, None]
    assert result.args["sort_by"] == {"by": "nps_score", "descending": True}


def test_renewals_come_soonest_first(listed: Any) -> None:
    """Due within 30 days: today's included, overdue ones not."""
    result = listed(filters=[Filter(dimension="days_to_renewal", op="between", value=[0, 30])])
    assert column(result, "days_to_renewal") == [0, 30]


def test_churned_clients_show_when_they_left(listed: Any) -> None:
    """A churn probability of somebody who left would be nonsense."""
    result = listed(filters=[Filter(dimension="status", value="lost")])
    assert column(result, "churned_at") == [date(2026, 3, 15)]
    assert "churn_prob_90d" not in [c.name for c in result.table.columns]
    assert result.summary.startswith("1 churned client. By Churned on, latest first")


def test_nobody_in_scope(listed: Any) -> None:
    """Zero is said as zero among the visible clients."""
    result = listed(
        Scope(region=("APAC",)), filters=[Filter(dimension="segment", value="Mid-Market")]
    )
    assert result.summary == "No clients in your scope match: 0 clients (segment Mid-Market)."
    assert facts(result)["customers"] == 0


def test_lists_never_carry_contacts(small_context: MakeContext) -> None:
    """No e-mail address in bulk, whoever asks."""
    result = list_customers(ListCustomersArgs(), small_context(role="admin"))
    assert "@" not in result.model_dump_json()


def test_sorting_by_the_unknown_is_mendable(listed: Any) -> None:
    """The customer numbers are offered."""
    with pytest.raises(RetryableToolError) as caught:
        listed(sort_by=OrderBy(by="shoe size"))
    assert "arr" in caught.value.allowed


def test_one_client_in_full(small_context: MakeContext) -> None:
    """The panel holds the lifecycle as facts, rows and sentences."""
    result = get_customer(GetCustomerArgs(customer="northwind tradres"), small_context())
    assert result.args == {"customer": "C1"}
    found = facts(result)
    assert found["mrr"] == 1000.0
    assert found["contract_end_date"] == date(2026, 5, 20)
    assert found["churn_risk"] == "low"
    assert found["next_best_action"] == "training"
    assert result.table is not None
    assert ["ARR", "$12,000"] in result.table.rows
    for words in (
        "Northwind Traders",
        "account manager Ana",
        "2026-05-20",
        "NPS score 9",
        "$12,000",
    ):
        assert words in result.summary


def test_a_churned_client_has_a_history_and_no_risk(small_context: MakeContext) -> None:
    """Who left has a date of leaving and no churn probability."""
    result = get_customer(GetCustomerArgs(customer="Lakeside Foods"), small_context())
    assert "left on 2026-03-15" in result.summary
    assert "churn_prob_90d" not in facts(result)
    assert result.provenance[0].evidence == "recorded"
    assert result.caveats == []


def test_unknown_values_are_left_out(small_context: MakeContext) -> None:
    """A client without NPS and contract is not described by n/a."""
    result = get_customer(GetCustomerArgs(customer="Café Noir"), small_context())
    assert "nps_score" not in facts(result)
    assert "n/a" not in result.summary


@pytest.mark.parametrize(("role", "sees"), [("account_manager", True), ("analyst", False)])
def test_contacts_by_role(small_context: MakeContext, role: str, sees: bool) -> None:
    """Those who look after clients learn the contact's name; nobody gets the address."""
    result = get_customer(GetCustomerArgs(customer="C1"), small_context(role=role))
    assert ("contact_name" in facts(result)) is sees
    assert "jo@northwind" not in result.model_dump_json()


def test_other_peoples_clients_do_not_exist(small_context: MakeContext) -> None:
    """A name outside the scope is unknown, and no figure of it is told."""
    with pytest.raises(FinalToolError, match="among the clients you can see"):
        get_customer(
            GetCustomerArgs(customer="Summit Legal"), small_context(Scope(account_manager=("Ana",)))
        )
