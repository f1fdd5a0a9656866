"""`analyze_experiment` over all strategies: measured effects ranked, assumed ones apart."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data.query import Scope
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.experiments import AnalyzeExperimentArgs, analyze_experiment

Doctored = Callable[..., ToolContext]
OF_TEST = "assignment = 'random' AND retained IS NOT NULL"


def _ask(context: ToolContext, **args: Any) -> tuple[ToolResult, dict[str, Any]]:
    result = analyze_experiment(AnalyzeExperimentArgs.model_validate(args), context)
    return result, {fact.name: fact.value for fact in result.facts}


def _column(result: ToolResult, name: str) -> list[Any]:
    assert result.table is not None
    place = [column.name for column in result.table.columns].index(name)
    return [row[place] for row in result.table.rows]


def test_all_strategies_are_ranked_by_what_their_own_tests_show(context: ToolContext) -> None:
    """The same figures as when each is asked for alone, the largest effect first."""
    result, facts = _ask(context)
    effects = [effect for effect in _column(result, "effect_points") if effect is not None]
    assert effects == sorted(effects, reverse=True)
    assert facts["best_measured_strategy"].replace("_", " ") == _column(result, "strategy")[0]
    _, alone = _ask(context, strategy="discount")
    for name in ("effect_pct", "effect_pct_low", "effect_pct_high", "net_per_treated_usd"):
        assert facts[f"{name}:discount"] == pytest.approx(alone[name])
    assert result.args == {"strategy": "all"}
    assert result.provenance[0].evidence == "measured"


def test_within_a_group_each_effect_is_steadied_by_its_own_test(context: ToolContext) -> None:
    """The pooled figures of the single answer; the group in any case."""
    result, facts = _ask(context, by="segment", group="smb")
    assert result.args == {"strategy": "all", "by": "segment", "group": "SMB"}
    _, alone = _ask(context, strategy="training", by="segment")
    for end in ("", "_low", "_high"):
        alike = alone[f"pooled_effect_pct{end}:SMB"]
        assert facts[f"effect_pct{end}:training:SMB"] == pytest.approx(alike)
    assert "In SMB" in result.summary
    assert "over all clients tested" in result.summary


def test_every_group_is_told_when_none_is_named(context: ToolContext) -> None:
    """Each with its first strategy."""
    result, facts = _ask(context, by="segment")
    groups = set(_column(result, "group")) - {None}
    assert groups == {"SMB", "Mid-Market", "Enterprise"}
    assert all(f"in {group} " in result.summary for group in groups)
    assert "best_measured_strategy" not in facts


def test_what_was_never_tested_stands_apart_as_assumed(doctored: Doctored) -> None:
    """Below what is measured, with the playbooks' range and no effect."""
    context = doctored("DELETE FROM gold.interventions WHERE strategy = 'training'")
    result, facts = _ask(context)
    grades = _column(result, "evidence")
    assert grades == sorted(grades, reverse=True)
    place = _column(result, "strategy").index("training")
    assert grades[place] == "assumed"
    assert _column(result, "effect_points")[place] is None
    assert _column(result, "low_points")[place] <= _column(result, "high_points")[place]
    assert "effect_pct:training" not in facts
    assert any("only assumed" in caveat and "training" in caveat for caveat in result.caveats)
    assert [source.evidence for source in result.provenance] == ["measured", "assumed"]


def test_the_best_may_lose_money_and_an_unfair_test_is_left_out(doctored: Doctored) -> None:
    """All of the discount's treated clients stay, at a fortune each; training's draw is broken."""
    context = doctored(
        f"UPDATE gold.interventions SET retained = arm = 'treatment' WHERE strategy = 'discount' "
        f"AND {OF_TEST}",
        "UPDATE gold.interventions SET cost = 90000, arr_at_assignment = 1000 WHERE "
        f"strategy = 'discount' AND arm = 'treatment' AND {OF_TEST}",
        "DELETE FROM gold.interventions WHERE strategy = 'training' AND arm = 'control' "
        "AND hash(intervention_id) % 7 > 0",
    )
    result, _ = _ask(context)
    assert result.summary.startswith("Discount has worked best")
    assert "it lost money" in result.summary
    assert "Discount kept clients and lost money." in result.caveats
    assert "training" not in _column(result, "strategy")
    assert any("no fair draw" in caveat and "training" in caveat for caveat in result.caveats)


def test_where_nothing_works_none_is_called_best(doctored: Doctored) -> None:
    """Chance orders them; the answer does not."""
    context = doctored(
        f"UPDATE gold.interventions SET retained = hash(intervention_id) % 9 > 0 WHERE {OF_TEST}"
    )
    result, _ = _ask(context)
    assert "worked best" not in result.summary
    assert "No strategy has a clear effect" in result.summary


def test_a_group_that_no_test_has_is_refused_with_those_there_are(context: ToolContext) -> None:
    """A group needs to be said by what; an account manager's name is not for everybody."""
    with pytest.raises(RetryableToolError, match="SMB"):
        _ask(context, by="segment", group="Startups")
    with pytest.raises(RetryableToolError, match="by what"):
        _ask(context, group="SMB")
    own = replace(context, scope=Scope(account_manager=("Somebody",)))
    with pytest.raises(FinalToolError, match="account manager"):
        _ask(own, by="account_manager")
