from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.gold import Gold
from data.gold_assigned import read_assigned
from data.query import Filter, Scope
from tools import targeting
from tools.comparison import CompareStrategiesArgs, compare_strategies
from tools.contract import ToolContext, ToolResult
from tools.simulation import SimulateStrategyArgs, simulate_strategy

CALL = "success_call"
HALF: dict[str, Any] = {"strategy": CALL, "treat_fraction": 0.5}
BUDGET = 8_000.0


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, gold: Gold) -> None:
    """A randomised test in which the call keeps clients with many seats, whatever their risk."""
    known = gold.features(Scope())
    rng = np.random.default_rng(3)
    frame = known.iloc[rng.integers(0, len(known), 1_200)].reset_index(drop=True)
    risk = rng.uniform(0.05, 0.5, len(frame))
    treated = rng.random(len(frame)) < 0.5
    many = (frame["seats"] > known["seats"].median()).to_numpy()
    left = rng.random(len(frame)) < np.where(treated, np.where(many, 0.02, risk * 1.5), risk)
    frame = frame.assign(
        customer_id=[f"T{i}" for i in range(len(frame))],
        arm=np.where(treated, "treatment", "control"),
        propensity=0.5,
        retained=~left,
        churn_prob=risk,
    )
    made = _swap(frame)
    monkeypatch.setattr(targeting, "read_assigned", made)
    monkeypatch.setattr(targeting, "_PROOFS", targeting._Proofs())


def _swap(frame: pd.DataFrame) -> Callable[[Gold, str], pd.DataFrame]:
    return lambda _gold, _strategy: frame


def _simulated(context: ToolContext, **asked: Any) -> ToolResult:
    return simulate_strategy(SimulateStrategyArgs(**{**HALF, **asked}), context)


def _compared(context: ToolContext, **asked: Any) -> ToolResult:
    return compare_strategies(
        CompareStrategiesArgs.model_validate(
            {"strategies": [CALL, "discount"], "budget": BUDGET, **asked}
        ),
        context,
    )


def _facts(result: ToolResult) -> dict[str, Any]:
    return {fact.name: fact.value for fact in result.facts}


def test_the_features_are_those_from_before_the_assignment(gold: Gold) -> None:
    """One row a randomised client with a known outcome, none from a later snapshot."""
    frame = read_assigned(gold, "success_call")
    known = gold.reader.rows(
        "SELECT count(*) "
        "FROM warehouse.gold.interventions i "
        "JOIN warehouse.gold.ai_model_features f USING (customer_id) "
        "WHERE i.strategy = 'success_call' AND i.assignment = 'random' "
        "AND i.retained IS NOT NULL AND f.snapshot_date < i.assigned_at "
        "AND NOT EXISTS (SELECT 1 FROM warehouse.gold.ai_model_features later "
        "WHERE later.customer_id = f.customer_id AND later.snapshot_date > f.snapshot_date "
        "AND later.snapshot_date < i.assigned_at)",
        {},
    )[1]
    assert len(frame) == known[0][0] > 0
    assert set(frame["retained"]) <= {True, False}
    assert len(set(frame["customer_id"])) == len(frame)


def test_a_small_test_falls_back_on_risk_and_says_so(context: ToolContext) -> None:
    """300 clients cannot prove who responds: the riskiest come first."""
    result = _simulated(context, targeting="uplift")
    assert _facts(result)["targeting"] == "risk"
    told = " ".join(result.caveats)
    assert "Who responds to success call is not known" in told
    assert "clients with the highest churn risk" in told
    assert result.table is not None
    risks = [row[3] for row in result.table.rows]
    assert risks == sorted(risks, key=lambda value: -float(str(value)))
    assert _facts(result)["customers_treated"] == _facts(_simulated(context))["customers_treated"]


@pytest.mark.usefixtures("planted")
def test_proved_uplift_decides_who_is_treated(context: ToolContext) -> None:
    """Clients with many seats come first, and the evidence is told."""
    result = _simulated(context, targeting="uplift")
    facts = _facts(result)
    assert facts["targeting"] == "uplift"
    assert facts["qini_uplift_minus_risk_low"] > 0
    assert any("beat ranking by risk" in caveat for caveat in result.caveats)
    assert result.table is not None
    assert result.table.columns[-1].name == "expected_response"
    responses = [float(str(row[-1])) for row in result.table.rows]
    assert responses == sorted(responses, reverse=True)
    known = context.gold.features(context.scope).set_index("customer_id")["seats"]
    first = [known[str(row[0])] for row in result.table.rows]
    assert np.mean(first) > known.median()


@pytest.mark.usefixtures("planted")
def test_proved_uplift_keeps_to_the_scope(context: ToolContext) -> None:
    """The model is the company's; the clients that are ranked are one's own."""
    own = replace(context, scope=Scope(segment=("SMB",)))
    result = _simulated(own, targeting="uplift")
    assert result.table is not None
    assert {row[2] for row in result.table.rows} == {"SMB"}


def test_the_riskiest_can_be_asked_for(context: ToolContext) -> None:
    """By risk and by ARR at risk are two orders; neither has anything to prove."""
    by_risk, by_value = (
        _facts(
            _simulated(context, targeting=order, filters=[Filter(dimension="segment", value="SMB")])
        )
        for order in ("risk", "value_at_risk")
    )
    assert "targeting" not in by_risk
    assert by_risk["leaving_untreated"] > by_value["leaving_untreated"]


def test_a_comparison_spends_the_budget_in_the_order_asked_for(context: ToolContext) -> None:
    """Three orders, three groups of treated clients; the most net value stays the default."""
    compared = {
        order: _compared(context, targeting=order) for order in (None, "risk", "value_at_risk")
    }
    by_net, by_risk, by_value = (_facts(result) for result in compared.values())
    assert max(cost for name, cost in by_risk.items() if name.endswith(":cost_usd")) <= BUDGET
    leaving = {
        each: facts[f"{CALL}:leaving_untreated"] / facts[f"{CALL}:customers_treated"]
        for each, facts in (("risk", by_risk), ("value", by_value), ("net", by_net))
    }
    assert max(leaving, key=lambda each: leaving[each]) == "risk"
    assert by_net[f"{CALL}:net_usd"] > by_risk[f"{CALL}:net_usd"]
    assert any("saves most for its cost" in caveat for caveat in compared[None].caveats)
    assert any("highest churn risk" in caveat for caveat in compared["risk"].caveats)
    assert any("most ARR at risk" in caveat for caveat in compared["value_at_risk"].caveats)


def test_a_comparison_is_as_a_simulation_of_the_same_clients(context: ToolContext) -> None:
    """Where the budget reaches all, the order changes nothing and each result is the simulated."""
    every = _facts(_compared(context, targeting="risk", budget=1e9))
    alone = _facts(_simulated(context, treat_fraction=1.0, targeting="risk"))
    for name in ("customers_treated", "arr_saved_usd", "net_usd_low"):
        assert every[f"{CALL}:{name}"] == pytest.approx(alone[name])


def test_a_comparison_tells_which_tests_prove_nothing(context: ToolContext) -> None:
    """The small tests cannot: all strategies treat the riskiest first, and it is said once."""
    result = _compared(context, targeting="uplift")
    facts, by_risk = _facts(result), _facts(_compared(context, targeting="risk"))
    used = {value for name, value in facts.items() if name.endswith(":targeting")}
    assert used == {"risk"}
    assert facts[f"{CALL}:leaving_untreated"] == by_risk[f"{CALL}:leaving_untreated"]
    (said,) = (caveat for caveat in result.caveats if caveat.startswith("Who responds to"))
    assert "success call" in said
    assert "discount" in said
    assert not any(name.startswith("mix_") for name in facts)
    assert result.args["targeting"] == "uplift"


@pytest.mark.usefixtures("planted")
def test_a_comparison_uses_the_order_that_a_test_proves(context: ToolContext) -> None:
    """Each strategy by its own test, with the evidence."""
    result = _compared(context, targeting="uplift", strategies=[CALL])
    facts = _facts(result)
    assert facts[f"{CALL}:targeting"] == "uplift"
    assert any("beat ranking by risk" in caveat for caveat in result.caveats)
    assert "Qini" in result.provenance[-1].definition


def test_without_a_budget_nobody_comes_first(context: ToolContext) -> None:
    """Everybody is treated, and the order that was asked for is not passed over in silence."""
    result, plain = (_compared(context, budget=None, targeting=order) for order in ("risk", None))
    assert result.table == plain.table
    assert any("every client is treated" in caveat for caveat in result.caveats)
    assert "targeting" not in plain.args
