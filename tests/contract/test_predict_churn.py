from datetime import timedelta
from typing import cast

import duckdb
import pytest

from data.query import Filter, Scope
from tools.churn import PredictChurnArgs, predict_churn
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError

HEALTH = "gold.customer_health_scores h JOIN gold.customer_metrics m USING (customer_id)"


def facts_of(result: ToolResult) -> dict[str, object]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


@pytest.mark.parametrize("days", [30, 60, 90])
def test_a_clients_probability_is_golds(
    context: ToolContext, truth: duckdb.DuckDBPyConnection, days: int
) -> None:
    """What is said is what gold holds, with interval, band and expected loss."""
    name, prob, risk, loss = truth.sql(
        f"SELECT m.name, h.churn_prob_{days}d, h.churn_risk, h.churn_prob_{days}d * m.arr "
        f"FROM {HEALTH} ORDER BY h.churn_prob_90d DESC, customer_id LIMIT 1"
    ).fetchall()[0]
    args = PredictChurnArgs.model_validate({"customer": name, "horizon_days": days})
    result = predict_churn(args, context)
    facts = facts_of(result)
    assert facts[f"churn_prob_{days}d"] == prob
    assert facts["churn_risk"] == risk
    assert facts[f"expected_loss_{days}d"] == pytest.approx(loss)
    low, high = (cast("float", facts[f"churn_prob_{days}d_{end}"]) for end in ("low", "high"))
    assert low <= prob <= high
    assert result.provenance[0].evidence == "predicted"
    assert result.provenance[0].model_version == context.churn.version
    assert name in result.summary
    assert risk in result.summary


def test_a_group_adds_up(context: ToolContext, truth: duckdb.DuckDBPyConnection) -> None:
    """Counts, mean and expected loss of a segment are SQL's."""
    filters = [Filter(dimension="segment", value="smb")]
    facts = facts_of(predict_churn(PredictChurnArgs(filters=filters), context))
    count, mean, loss, high, arr_high = truth.sql(
        "SELECT count(*), avg(h.churn_prob_90d), sum(h.arr_at_risk), "
        "count(*) FILTER (h.churn_risk = 'high'), "
        "coalesce(sum(m.arr) FILTER (h.churn_risk = 'high'), 0) "
        f"FROM {HEALTH} WHERE m.segment = 'SMB'"
    ).fetchall()[0]
    assert facts["customers"] == count
    assert facts["avg_churn_prob_90d"] == pytest.approx(mean)
    assert facts["expected_loss_90d"] == pytest.approx(loss)
    assert facts["customers_high_risk"] == high
    assert facts["arr_of_high_risk"] == pytest.approx(arr_high)


def test_a_scope_hides_the_others(context: ToolContext, truth: duckdb.DuckDBPyConnection) -> None:
    """A group is never larger than what the user may see, and nobody is not "none exist"."""
    region, count = truth.sql(
        f"SELECT m.region, count(*) FROM {HEALTH} GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    ).fetchall()[0]
    scoped = ToolContext(
        "u2", "account_manager", Scope(region=(region,)), context.gold, context.churn,
        context.playbooks,
    )  # fmt: skip
    assert facts_of(predict_churn(PredictChurnArgs(), scoped))["customers"] == count
    nobody = ToolContext(
        "u3", "account_manager", Scope(region=()), context.gold, context.churn, context.playbooks
    )
    result = predict_churn(PredictChurnArgs(), nobody)
    assert facts_of(result) == {"customers": 0}
    assert "scope" in result.summary


def test_a_client_who_left_has_no_probability(
    context: ToolContext, truth: duckdb.DuckDBPyConnection
) -> None:
    """No made-up score for who is gone: the answer says where to look instead."""
    name = truth.sql(
        "SELECT name FROM gold.customer_metrics WHERE status = 'churned' ORDER BY 1 LIMIT 1"
    ).fetchall()[0][0]
    with pytest.raises(FinalToolError, match="no longer a client"):
        predict_churn(PredictChurnArgs(customer=name), context)


def test_history_and_today_are_on_one_scale(truth: duckdb.DuckDBPyConnection) -> None:
    """The mean probability does not jump between the last month end and today."""
    month_end, before = truth.sql(
        "SELECT month_end, avg(churn_prob_90d) FROM gold.health_history "
        "GROUP BY 1 ORDER BY 1 DESC LIMIT 1"
    ).fetchall()[0]
    as_of, today = truth.sql(
        "SELECT max(as_of), avg(churn_prob_90d) FROM gold.customer_health_scores"
    ).fetchall()[0]
    assert as_of - month_end <= timedelta(days=31)
    assert today == pytest.approx(before, rel=0.5)
