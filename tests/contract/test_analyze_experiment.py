"""`analyze_experiment` on tests that went right, went wrong, or never were tests."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.query import Period
from tools.contract import ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.experiments import AnalyzeExperimentArgs, analyze_experiment

Doctored = Callable[..., ToolContext]
EARLY = "assigned_at <= (SELECT as_of FROM gold.build_info) - INTERVAL 90 DAY"


def _ask(context: ToolContext, **args: Any) -> tuple[ToolResult, dict[str, Any]]:
    result = analyze_experiment(
        AnalyzeExperimentArgs.model_validate({"strategy": "discount", **args}), context
    )
    return result, {fact.name: fact.value for fact in result.facts}


def test_effect_and_money_stand_side_by_side(context: ToolContext) -> None:
    """Each with its interval; net is what was saved less what was spent."""
    result, facts = _ask(context)
    for name in ("effect_pct", "arr_saved_per_treated_usd", "net_per_treated_usd", "roi_pct"):
        assert facts[f"{name}_low"] <= facts[name] <= facts[f"{name}_high"]
    saved, cost = facts["arr_saved_per_treated_usd"], facts["cost_per_customer"]
    assert facts["net_per_treated_usd"] == pytest.approx(saved - cost)
    assert facts["roi_pct"] == pytest.approx(100 * (saved - cost) / cost)
    assert "95 % interval" in result.summary
    assert "measured by a randomised test" in result.summary
    assert 0 < facts["power_for_5_points"] < 1
    assert facts["detectable_effect_pct"] > 0


def test_what_works_and_loses_money_is_said_to_do_both(doctored: Doctored) -> None:
    """All treated clients stay, half the others leave, and each treatment costs a fortune."""
    of_test = f"strategy = 'discount' AND assignment = 'random' AND {EARLY}"
    context = doctored(
        f"UPDATE gold.interventions SET retained = arm = 'treatment' OR "
        f"hash(intervention_id) % 2 = 0, arr_at_assignment = 1000 WHERE {of_test}",
        f"UPDATE gold.interventions SET cost = 50000 WHERE {of_test} AND arm = 'treatment'",
    )
    result, facts = _ask(context)
    assert result.summary.startswith("Discount worked and lost money.")
    assert facts["effect_pct_low"] > 0
    assert facts["net_per_treated_usd_high"] < 0
    assert facts["p_positive_prob"] == 0


def test_an_uneven_draw_measures_nothing(doctored: Doctored) -> None:
    """Most of the control group is missing: rates are told as recorded, no effect."""
    context = doctored(
        "DELETE FROM gold.interventions WHERE strategy = 'discount' AND assignment = 'random' "
        "AND arm = 'control' AND hash(intervention_id) % 7 > 0"
    )
    result, facts = _ask(context)
    assert "cannot be trusted" in result.summary
    assert "not measured" in result.summary
    assert facts["sample_ratio_p"] < 0.001
    assert "effect_pct" not in facts
    assert {each.evidence for each in result.provenance} == {"recorded"}
    planned, _ = _ask(
        doctored(
            "DELETE FROM gold.interventions WHERE strategy = 'discount' AND assignment = 'random' "
            "AND arm = 'control' AND hash(intervention_id) % 3 > 0",
            "UPDATE gold.interventions SET propensity = 0.75 WHERE strategy = 'discount'",
        )
    )
    assert planned.provenance[0].evidence == "measured"


def test_a_part_is_told_first_when_it_is_asked_for(context: ToolContext) -> None:
    """With what the other parts teach, and a warning about many comparisons."""
    result, facts = _ask(context, by="segment", group="smb")
    assert result.summary.startswith("In SMB discount")
    assert result.args["group"] == "SMB"
    assert facts["pooled_effect_pct_low:SMB"] <= facts["pooled_effect_pct:SMB"]
    assert any("groups are compared" in caveat for caveat in result.caveats)
    assert facts["false_alarm_prob"] == pytest.approx(1 - 0.95 ** facts["groups"])
    with pytest.raises(RetryableToolError) as unknown:
        _ask(context, by="segment", group="Martians")
    assert "SMB" in unknown.value.allowed
    with pytest.raises(RetryableToolError):
        _ask(context, group="SMB")


def test_who_is_treated_otherwise_is_said(doctored: Doctored) -> None:
    """Repeated, leaked and unrecorded cases are left out or counted, and told."""
    row = (
        "INSERT INTO gold.interventions BY NAME (SELECT * REPLACE ({id} || intervention_id AS "
        "intervention_id, 'treatment' AS arm, {how} AS assignment, assigned_at + INTERVAL 10 DAY "
        "AS assigned_at, NULL AS propensity) FROM gold.interventions WHERE strategy = 'discount' "
        "AND assignment = 'random' AND arm = 'control' AND retained LIMIT {count})"
    )
    context = doctored(
        row.format(id="'again-'", how="'random'", count=2),
        row.format(id="'leak-'", how="'targeted'", count=3),
    )
    result, facts = _ask(context)
    assert facts["repeated_assignments"] == 2
    assert facts["control_treated"] == 3
    assert any("true effect is likely to be larger" in caveat for caveat in result.caveats)
    assert any("each client counts once" in caveat for caveat in result.caveats)


def test_open_and_lost_outcomes_are_counted_apart(doctored: Doctored) -> None:
    """An outcome that nobody wrote down will not be known on any day."""
    context = doctored(
        "UPDATE gold.interventions SET retained = NULL WHERE intervention_id IN (SELECT "
        "intervention_id FROM gold.interventions WHERE strategy = 'discount' AND "
        f"assignment = 'random' AND {EARLY} LIMIT 4)"
    )
    result, facts = _ask(context)
    assert facts["lost_outcomes"] == 4
    assert facts["open_outcomes"] > 0
    assert any("nobody wrote down" in caveat for caveat in result.caveats)
    assert any("still open until" in caveat for caveat in result.caveats)


def test_a_choice_with_known_chances_is_estimated_and_said_so(doctored: Doctored) -> None:
    """All tests become choices with their probability on record: no word of a test remains."""
    context = doctored("UPDATE gold.interventions SET assignment = 'targeted'")
    result, facts = _ask(context)
    assert result.summary.startswith("Estimated, not measured: ")
    assert "estimated from assignments that were not random" in result.summary
    assert "measured by a randomised test" not in result.summary
    assert {each.evidence for each in result.provenance} == {"predicted"}
    assert facts["effect_pct_low"] <= facts["effect_pct"] <= facts["effect_pct_high"]
    assert facts["covariates"] > 1, "the clients' own facts, not the risk alone"
    assert facts["effective_treated"] <= facts["treated"]
    assert "Start an experiment with discount" in result.suggestions


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("assignment = 'targeted', propensity = NULL", "is not on record"),
        ("assignment = 'targeted', propensity = 0.99", "alike"),
        ("arm = 'treatment'", "nobody to compare"),
        ("retained = NULL, assigned_at = assigned_at - INTERVAL 3 YEAR", "not known"),
    ],
    ids=["no chance on record", "no overlap", "one arm", "no outcome"],
)
def test_what_cannot_be_known_is_refused_with_what_to_do(
    change: str, reason: str, doctored: Doctored
) -> None:
    """The reason, and that an experiment would measure it."""
    context = doctored(
        f"DELETE FROM gold.interventions WHERE NOT ({EARLY})",
        f"UPDATE gold.interventions SET {change}",
    )
    with pytest.raises(FinalToolError, match=reason) as refused:
        _ask(context)
    assert "Start an experiment with discount" in str(refused.value)


def test_a_tiny_test_is_a_hint(context: ToolContext) -> None:
    """A few months of assignments are small, and said to be."""
    first = _ask(context)[1]["first_assigned"]
    period = Period(start=first, end=first + timedelta(days=180))
    result, facts = _ask(context, period=period)
    assert facts["treated"] < 20
    assert any("take it as a hint" in caveat for caveat in result.caveats)


def test_what_the_small_choices_of_the_demo_cannot_tell_is_not_told(
    context: ToolContext, prepared_home: Path
) -> None:
    """Ten cases a strategy: no estimate beside the test, or one that holds the planted truth."""
    files = list((prepared_home / "raw").glob("*/truth.json"))
    if not files:
        pytest.skip("this home was prepared without the demo's truth file")
    planted = json.loads(files[0].read_text("utf-8"))["strategies"]
    for strategy, truth in planted.items():
        _, facts = _ask(context, strategy=strategy)
        if "chosen_effect_pct" not in facts:
            continue
        true = 100 * truth["targeted"]["effect"]
        assert facts["chosen_effect_pct_low"] <= true <= facts["chosen_effect_pct_high"]
