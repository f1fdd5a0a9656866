"""Active clients whose ARR is not recorded, or 0, are advised like all others, without a net value."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from data.query import Filter
from tools.comparison import CompareStrategiesArgs, compare_strategies
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError
from tools.recommend import RecommendActionArgs, recommend_action
from tools.simulation import SimulateStrategyArgs, simulate_strategy

Doctored = Callable[..., ToolContext]
HIGH = Filter(dimension="churn_risk", value="high")


@pytest.fixture(scope="module")
def client(truth: duckdb.DuckDBPyConnection) -> str:
    """The active client with the largest chance of leaving."""
    (row,) = truth.sql(
        "SELECT customer_id FROM gold.customer_health_scores "
        "ORDER BY churn_prob_90d DESC, customer_id LIMIT 1"
    ).fetchall()
    return str(row[0])


def _without(arr: str, where: str = "true") -> tuple[str, str]:
    return (
        f"UPDATE gold.customer_metrics SET mrr = {arr}, arr = {arr} WHERE {where}",
        f"UPDATE gold.customer_health_scores SET arr_at_risk = {arr} WHERE {where}",
    )


def _facts(result: ToolResult) -> dict[str, Any]:
    return {fact.name: fact.value for fact in result.facts}


@pytest.mark.parametrize(
    ("arr", "said"), [("NULL", "ARR is not recorded"), ("0", "ARR is 0")], ids=["unknown", "zero"]
)
def test_a_client_without_arr_is_advised_by_the_reasons(
    arr: str, said: str, client: str, doctored: Doctored
) -> None:
    """The action whose play answers the reasons and that keeps most; no net value is made up."""
    context = doctored(*_without(arr, f"customer_id = '{client}'"))
    result = recommend_action(RecommendActionArgs(customer=client), context)
    facts = _facts(result)
    assert facts["next_best_action"] is not None
    assert facts["churn_prob_treated"] < facts["churn_prob_90d"]
    assert facts["expected_net_usd"] is None
    assert f"Their {said}, so no net value can be given" in result.summary
    assert "no longer a client" not in result.summary
    assert "None" not in result.summary
    assert result.citations, "the play that answers the reasons"
    assert result.table is not None
    fits, saves, nets = ([row[place] for row in result.table.rows] for place in (2, 3, 5))
    best = max(float(str(s)) for s, fit in zip(saves, fits, strict=True) if fit == "yes")
    assert facts["saved_prob"] <= best
    assert set(nets) == {None}


def test_a_group_names_those_without_arr(client: str, doctored: Doctored) -> None:
    """They are counted, listed and told apart, not left out in silence."""
    context = doctored(*_without("NULL", f"customer_id = '{client}'"))
    whole = _facts(recommend_action(RecommendActionArgs(filters=[HIGH]), doctored()))
    result = recommend_action(RecommendActionArgs(filters=[HIGH]), context)
    assert _facts(result)["customers"] == whole["customers"]
    assert any("For 1 client no ARR is recorded" in caveat for caveat in result.caveats)


def test_a_source_without_any_arr_gets_actions(doctored: Doctored) -> None:
    """No sum of money is told; the riskiest are looked at first."""
    context = doctored(*_without("NULL"))
    result = recommend_action(RecommendActionArgs(filters=[HIGH]), context)
    facts = _facts(result)
    assert facts["next_best_action"] is not None
    assert not any(name.startswith(("arr_saved_usd", "net_usd")) for name in facts)
    assert "of ARR" not in result.summary
    assert result.table is not None
    risks = [float(str(row[4])) for row in result.table.rows]
    assert risks == sorted(risks, reverse=True)
    assert {row[5] for row in result.table.rows} == {None}


def test_a_simulation_says_whom_it_leaves_out(client: str, doctored: Doctored) -> None:
    """Clients without ARR are not treated, and never said not to exist."""
    context = doctored(*_without("NULL", f"customer_id = '{client}'"))
    one = simulate_strategy(SimulateStrategyArgs(strategy="training", filters=[HIGH]), context)
    assert "1 client without a recorded ARR is left out." in one.caveats
    bare = doctored(*_without("NULL"))
    for result in (
        simulate_strategy(SimulateStrategyArgs(strategy="training", filters=[HIGH]), bare),
        compare_strategies(CompareStrategiesArgs(filters=[HIGH]), bare),
    ):
        assert "no ARR is recorded" in result.summary
        assert "No clients" not in result.summary


def test_who_left_and_who_has_no_score_are_told_apart(
    client: str, doctored: Doctored, truth: duckdb.DuckDBPyConnection
) -> None:
    """Only the first is no longer a client."""
    (gone,) = truth.sql(
        "SELECT customer_id FROM gold.customer_metrics WHERE status = 'churned' "
        "ORDER BY customer_id LIMIT 1"
    ).fetchall()[0]
    context = doctored(
        f"UPDATE gold.customer_health_scores SET churn_prob_90d = NULL WHERE customer_id = '{client}'"
    )
    with pytest.raises(FinalToolError, match="no longer a client"):
        recommend_action(RecommendActionArgs(customer=gone), context)
    with pytest.raises(FinalToolError, match="no churn score yet"):
        recommend_action(RecommendActionArgs(customer=client), context)
