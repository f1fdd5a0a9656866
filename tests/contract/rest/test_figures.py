"""Key figures, churn and forecasts through REST: the tools' own results, within the scope."""

from typing import Any

import pytest

from app.rest.figures import HEADLINES
from data.gold import Gold
from data.query import Filter, Query, Scope

HIGH = Filter(dimension="churn_risk", value="high")


@pytest.fixture(scope="module")
def at_risk(gold: Gold) -> str:
    """Id of the active client with the most ARR at risk."""
    return str(gold.customers(filters=[HIGH], scope=Scope()).rows[0][0])


@pytest.fixture(scope="module")
def churned(gold: Gold) -> str:
    """Id of a client who left."""
    left = Filter(dimension="status", value="churned")
    return str(gold.customers(filters=[left], scope=Scope()).rows[0][0])


def test_the_headline_figures_come_by_default(rest: Any) -> None:
    """One figure each, with unit, definition and date."""
    body = rest.content(rest.get("/kpis"))
    assert set(HEADLINES) <= set(rest.facts(body))
    assert body["tool_calls"][0]["name"] == "query_metrics"
    for source in body["provenance"]:
        assert source["definition"]
        assert source["as_of"]
        assert source["evidence"] in {"recorded", "predicted"}


def test_a_figure_is_the_semantic_layers(rest: Any, gold: Gold) -> None:
    """Filters, split and period reach the query unchanged."""
    asked = {"metrics": "revenue", "dimensions": "segment", "region": "EMEA"}
    body = rest.content(rest.get("/kpis", **asked, start="2026-07-01", end="2026-09-30"))
    query = Query.model_validate(
        {
            "metrics": ["revenue"],
            "dimensions": ["segment"],
            "filters": [{"dimension": "region", "value": "EMEA"}],
            "period": {"start": "2026-07-01", "end": "2026-09-30"},
        }
    )
    expected = {row[0]: row[1] for row in gold.query(query, Scope()).rows}
    assert len(expected) > 1
    assert {row[0]: row[1] for row in body["table"]["rows"]} == pytest.approx(expected)


def test_a_trend_and_a_comparison(rest: Any) -> None:
    """Grain gives a chart in time, compare_to the change."""
    trend = rest.content(
        rest.get("/kpis", metrics="mrr", grain="month", start="2026-04-01", end="2026-09-30")
    )
    assert len(trend["table"]["rows"]) == 6
    assert trend["charts"][0]["data"][0]["type"] == "scatter"
    compared = rest.content(
        rest.get("/kpis", metrics="revenue", compare_to="previous_year", **_SEPTEMBER)
    )
    assert any("previous" in name for name in rest.facts(compared))


_SEPTEMBER = {"start": "2026-09-01", "end": "2026-09-30"}


@pytest.mark.parametrize("horizon_days", [30, 60, 90])
def test_churn_is_the_probability_in_gold(
    rest: Any, gold: Gold, at_risk: str, horizon_days: int
) -> None:
    """With its interval, and what it would cost."""
    body = rest.content(rest.get(f"/churn/{at_risk}", horizon_days=horizon_days))
    row = gold.customer(at_risk, Scope()) or {}
    facts = rest.facts(body)
    prob = facts[f"churn_prob_{horizon_days}d"]
    assert prob == row[f"churn_prob_{horizon_days}d"]
    assert facts[f"churn_prob_{horizon_days}d_low"] <= prob
    assert prob <= facts[f"churn_prob_{horizon_days}d_high"]
    assert body["provenance"][0]["model_version"] == gold.build.model_version


def test_an_explanation_adds_up(rest: Any, at_risk: str) -> None:
    """Base and contributions make the margin, to the last digit that JSON carries."""
    facts = rest.facts(rest.content(rest.get(f"/churn/{at_risk}/explanation")))
    parts = [value for name, value in facts.items() if name.startswith("contribution:")]
    assert parts
    assert facts["base_margin"] + sum(parts) == pytest.approx(facts["margin"], abs=1e-6)


@pytest.mark.parametrize("page", ["", "/explanation"])
def test_who_left_has_no_risk(rest: Any, churned: str, page: str) -> None:
    """The client exists, the answer does not: a conflict that says why, not a 404."""
    error = rest.error(rest.get(f"/churn/{churned}{page}"), 409, "cannot_answer")
    assert "no longer a client" in error["message"]


def test_a_forecast_has_its_range_and_its_backtest(rest: Any) -> None:
    """The contract's fact names, and the chart with its band."""
    body = rest.content(rest.get("/forecast", metric="arr", horizon_days=60))
    facts = rest.facts(body)
    assert facts["forecast_low_60d"] <= facts["forecast_60d"] <= facts["forecast_high_60d"]
    assert {"mase", "coverage_pct"} <= set(facts)
    assert body["charts"]


def test_a_forecast_is_of_the_clients_asked_for(rest: Any) -> None:
    """A filter changes what is forecast."""
    whole = rest.facts(rest.content(rest.get("/forecast", horizon_days=30)))
    part = rest.facts(rest.content(rest.get("/forecast", horizon_days=30, segment="SMB")))
    assert part["current"] < whole["current"]


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("/kpis", {"metrics": "shoe_size"}, "Unknown metric 'shoe_size'"),
        ("/kpis", {"dimensions": "shoe_size"}, "shoe_size"),
        ("/kpis", {"start": "2026-01-01"}, "both `start` and `end`"),
        ("/kpis", {"start": "2026-02-01", "end": "2026-01-01"}, "before it starts"),
        ("/kpis", {"start": "yesterday", "end": "2026-01-01"}, "start"),
        ("/kpis", {"grain": "fortnight"}, "grain"),
        ("/kpis", {"limit": 0}, "limit"),
        ("/kpis", {"metric": "mrr"}, "Did you mean 'metrics'?"),
        ("/churn/C1", {"horizon_days": 45}, "30, 60 or 90"),
        ("/churn/C1", {"horizon_days": "inf"}, "30, 60 or 90"),
        ("/forecast", {"metric": "nps"}, "not forecast"),
        ("/forecast", {"metric": "shoe_size"}, "shoe_size"),
        ("/forecast", {"horizon_days": 0}, "horizon_days"),
        ("/forecast", {"horizon_days": 366}, "horizon_days"),
        ("/forecast", {"churn_risk": "high"}, "no query parameter"),
    ],
)
def test_a_bad_parameter_is_named(rest: Any, path: str, params: dict[str, Any], said: str) -> None:
    """The message names what was wrong; what can never be answered is a conflict."""
    response = rest.get(path, **params)
    wanted = (409, "cannot_answer") if said == "not forecast" else (422, "invalid_request")
    error = rest.error(response, *wanted)
    assert said in error["message"]
