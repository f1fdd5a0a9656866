"""“How good is the churn model?” is answered with what was measured, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from app.agent.evidence import gather
from app.agent.grounding import judge, unbacked
from app.agent.sentences import split
from app.store.model_store import load_serving
from app.store.model_versions import Decision
from app.store.serving_churn import ServingChurn
from data.gold import Gold
from data.query import Scope
from tools.churn import PredictChurnArgs, predict_churn
from tools.contract import ToolContext, ToolResult
from tools.models.card import ModelCard
from tools.models.trained import caveat
from tools.registry import TOOLS

Ask = Callable[..., ToolResult]
NOTHING_MEASURED: dict[str, Any] = {
    "kind": "base_rate",
    "auc": None,
    "pr_auc": None,
    "brier": None,
    "ece": None,
    "lift_top_decile": None,
    "test": None,
    "baselines": {},
    "has_signal": False,
    "beats_baselines": False,
}


@pytest.fixture(scope="module")
def serving(prepared_home: Path) -> ServingChurn:
    """The model of the prepared installation, with a decision on it."""
    model = load_serving(prepared_home).model
    day = model.card.as_of
    decision = Decision(
        source="demo", trained_on=day, decided_on=day, promoted=True, reason="The first model here."
    )
    return ServingChurn(model, decision)


@pytest.fixture
def ask(gold: Gold, serving: ServingChurn) -> Ask:
    """Asks about the model, with a card that differs in some fields."""

    class _Churn:
        version = serving.version
        card = serving.card
        caveat: str | None = None

    def run(**changes: Any) -> ToolResult:
        churn = _Churn()
        churn.card = serving.card | changes
        own = {k: v for k, v in churn.card.items() if k != "decision"}
        churn.caveat = caveat(ModelCard.model_validate(own))
        context = ToolContext(
            user_id="ann",
            role="account_manager",
            scope=Scope(),
            gold=gold,
            churn=cast("Any", churn),
            playbooks=cast("Any", None),
        )
        return predict_churn(PredictChurnArgs(about="model"), context)

    return run


def _unsupported(result: ToolResult) -> list[str]:
    shown = result.model_copy(update={"summary": "", "caveats": []})
    evidence = gather([("predict_churn", shown)], user_text="", definitions={})
    text = " ".join([result.summary, *result.caveats])
    verdicts = [judge(piece, evidence) for piece in split(text)]
    facts = [*result.facts, *(fact for verdict in verdicts for fact in verdict.facts)]
    return [
        *(str(verdict.unsupported) for verdict in verdicts if not verdict.ok),
        *map(str, unbacked(text, facts, evidence)),
    ]


def test_the_answer_is_measured_and_grounded(ask: Ask, serving: ServingChurn) -> None:
    """Every figure is a fact; the source says measured, of which rows and which version."""
    result = ask()
    assert _unsupported(result) == []
    (source,) = result.provenance
    assert (source.evidence, source.model_version) == ("measured", serving.version)
    assert source.rows == serving.card["test"]["rows"]
    facts = {fact.name: fact.value for fact in result.facts}
    assert facts["auc"] == serving.card["auc"]["value"]
    assert facts["auc_low"] == serving.card["auc"]["low"]
    assert facts["auc_rules"] == serving.card["baselines"]["rules"]["auc"]["value"]
    assert facts["model_version"] == serving.version


def test_quality_baselines_version_and_limits_are_said(ask: Ask, serving: ServingChurn) -> None:
    """What a manager needs before trusting a score, with intervals."""
    summary = ask().summary
    auc = serving.card["auc"]
    assert f"AUC {auc['value']:.3f}, 95 % interval {auc['low']:.3f} to {auc['high']:.3f}" in summary
    assert "the risk rules reach" in summary
    assert "a plain logistic regression reaches" in summary
    assert f"Version {serving.version} serves, trained on" in summary
    assert "no verdict on one client" in summary


def test_another_card_gives_another_answer(ask: Ask, serving: ServingChurn) -> None:
    """The words follow the figures: altered ones are read back, and old words no longer hold."""
    altered = ask(auc={"value": 0.61, "low": 0.55, "high": 0.66})
    assert "AUC 0.610, 95 % interval 0.550 to 0.660" in altered.summary
    stale = altered.model_copy(update={"summary": ask().summary})
    assert _unsupported(stale) != []


def test_a_model_without_signal_is_not_recommended(ask: Ask) -> None:
    """The headline says so before any figure."""
    result = ask(has_signal=False, beats_baselines=False)
    assert result.summary.startswith("Do not trust the risk scores")
    assert result.caveats
    assert _unsupported(result) == []


def test_a_model_of_the_average_claims_no_quality(ask: Ask) -> None:
    """Nothing was measured, so there is no figure, and the caveat gives the reason."""
    result = ask(**NOTHING_MEASURED)
    assert "AUC" not in result.summary
    assert result.table is None
    assert "too little churn history" in result.caveats[0]
    assert _unsupported(result) == []


def test_a_model_tested_by_folds_says_so(ask: Ask) -> None:
    """A picture without dates is no test on later months."""
    assert "by cross-validation" in ask(in_time=False).summary


def test_a_language_model_finds_it_in_the_tool(ask: Ask) -> None:
    """The description of the tool and of its argument says what it answers."""
    (tool,) = [tool for tool in TOOLS if tool.__name__ == "predict_churn"]
    assert "how good the churn model is" in " ".join(str(tool.__doc__).split())
    described = PredictChurnArgs.model_json_schema()["properties"]["about"]
    assert described["enum"] == ["clients", "model"]
    assert "churn model itself" in described["description"]
