from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.settings import Settings
from app.store.model_store import load_serving
from data.gold import Gold
from data.gold_assigned import read_assigned
from data.query import Filter, Scope
from knowledge.embedder import Embedder
from knowledge.library import Library
from tools import targeting
from tools.contract import ToolContext, ToolResult
from tools.simulation import SimulateStrategyArgs, simulate_strategy

HALF: dict[str, Any] = {"strategy": "success_call", "treat_fraction": 0.5}


@pytest.fixture(scope="module")
def context(prepared_home: Path, gold: Gold, prepared_settings: Settings) -> ToolContext:
    """An analyst who sees every client."""
    library = Library(
        prepared_settings.playbooks, prepared_home / "index", Embedder(prepared_home / "embedder")
    )
    return ToolContext("u1", "analyst", Scope(), gold, load_serving(prepared_home), library)


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
