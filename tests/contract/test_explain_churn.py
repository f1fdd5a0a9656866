import re
from typing import cast

import numpy as np
import pytest

from app.store.serving_churn import ServingChurn
from data.gold import Gold
from data.query import Filter, OrderBy, Scope
from tools.contract import ToolContext, ToolResult
from tools.explain import ExplainChurnArgs, explain_churn


@pytest.fixture(scope="module")
def riskiest(gold: Gold) -> tuple[str, str]:
    """Id and name of the client most likely to leave."""
    by_risk = OrderBy(by="churn_prob_90d")
    row = gold.customers(filters=[], scope=Scope(), sort_by=by_risk, limit=1).rows[0]
    return row[0], row[1]


def facts_of(result: ToolResult) -> dict[str, float]:
    """Facts by name."""
    return {fact.name: cast("float", fact.value) for fact in result.facts}


def test_contributions_are_complete(context: ToolContext, riskiest: tuple[str, str]) -> None:
    """Base margin and contributions give the margin, which orders clients as gold does."""
    result = explain_churn(ExplainChurnArgs(customer=riskiest[1]), context)
    facts = facts_of(result)
    pushes = [value for name, value in facts.items() if name.startswith("contribution:")]
    assert facts["base_margin"] + sum(pushes) == pytest.approx(facts["margin"], abs=1e-4)
    assert result.args == {"customer": riskiest[0]}
    assert result.provenance[0].evidence == "predicted"


def test_the_waterfall_ends_at_the_margin(context: ToolContext, riskiest: tuple[str, str]) -> None:
    """No push is lost between the facts and the picture."""
    result = explain_churn(ExplainChurnArgs(customer=riskiest[0]), context)
    facts, bars = facts_of(result), result.charts[0].series[0].y
    assert result.charts[0].kind == "waterfall"
    drawn = sum(bar for bar in bars if bar is not None)
    assert drawn == pytest.approx(facts["margin"] - facts["base_margin"], abs=1e-4)


def test_values_told_are_the_clients_own(context: ToolContext, riskiest: tuple[str, str]) -> None:
    """Each value spoken of is the client's feature in gold."""
    result = explain_churn(ExplainChurnArgs(customer=riskiest[1]), context)
    row = context.gold.features(Scope(), customer_ids=[riskiest[0]]).iloc[0]
    told = {
        fact.name.removeprefix("value:"): fact.value
        for fact in result.facts
        if fact.name.startswith("value:")
    }
    assert told
    for name, value in told.items():
        assert value == (row[name] if isinstance(value, str) else pytest.approx(float(row[name])))


def test_the_margin_orders_clients_as_their_scores_do(context: ToolContext) -> None:
    """Explained and served are one model: margins rank clients as gold's probabilities."""
    features = context.gold.features(Scope()).sort_values("customer_id")
    margins = [explained.margin for explained in context.churn.explain(features)]
    rows = context.gold.customers(filters=[], scope=Scope(), limit=9999).rows
    served = {row[0]: row[4] for row in rows}
    probabilities = [served[key] for key in features["customer_id"]]
    assert np.array_equal(
        np.argsort(margins, kind="stable"), np.argsort(probabilities, kind="stable")
    )


def test_the_stated_link_gives_the_served_probability(
    context: ToolContext, riskiest: tuple[str, str]
) -> None:
    """Whoever has the margin can compute the probability that was told."""
    result = explain_churn(ExplainChurnArgs(customer=riskiest[0]), context)
    facts, curve = facts_of(result), cast("ServingChurn", context.churn).model.calibrator
    assert result.provenance[0].definition.endswith(curve.link)
    stated = curve.probability(np.array([facts["margin"]]))[0]
    assert stated == pytest.approx(facts["churn_prob_90d"], abs=1e-4)


def test_usage_that_fell_is_said_with_its_way(
    context: ToolContext, riskiest: tuple[str, str]
) -> None:
    """From the client's own usual level to today's, both of them facts."""
    result = explain_churn(ExplainChurnArgs(customer=riskiest[0]), context)
    told = re.search(r"fell from (\S+) to (\S+) in 30 days", result.summary)
    facts = facts_of(result)
    assert told is not None
    assert float(told[1]) == pytest.approx(facts["value:avg_events_30d"], abs=0.05)
    assert float(told[2]) == facts["value:events_30d"]


def test_a_groups_drivers(context: ToolContext) -> None:
    """The global view ranks drivers and its shares are all of the model's weight."""
    filters = [Filter(dimension="segment", value="enterprise")]
    result = explain_churn(ExplainChurnArgs(filters=filters), context)
    facts = facts_of(result)
    shares = [value for name, value in facts.items() if name.startswith("share:")]
    assert sum(shares) == pytest.approx(100)
    heights = [y for y in result.charts[0].series[0].y if y is not None]
    assert heights == sorted(heights, reverse=True)
    assert result.args["filters"][0]["value"] == "Enterprise"
