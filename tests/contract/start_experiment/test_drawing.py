"""A test is asked for, drawn once after a yes, and left alone while it runs."""

import csv
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.agent.evidence import gather
from app.agent.grounding import judge
from app.agent.sentences import split
from app.store.interventions import Interventions
from data.gold import Gold
from data.query import Filter, Scope
from tools.action_log import ASK_FIRST
from tools.contract import ConfirmedCall, ToolContext, ToolResult
from tools.errors import FinalToolError
from tools.experiments import AnalyzeExperimentArgs, analyze_experiment
from tools.start_experiment import StartExperimentArgs, start_experiment

ALL = StartExperimentArgs(strategy="success call")
YES = ConfirmedCall("start_experiment", {"strategy": "success_call"})


def facts_of(result: ToolResult) -> dict[str, Any]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


def test_it_asks_before_it_draws(context: ToolContext, store: Interventions) -> None:
    """Size, arms, what was left out and what it could show are told; nothing is stored."""
    result = start_experiment(ALL, context)
    facts = facts_of(result)
    assert result.asks_first
    assert result.summary.startswith(ASK_FIRST)
    assert store.all() == []
    assert facts["treated"] + facts["control"] == facts["customers"]
    left_out = facts["without_consent"] + facts["in_running_test"] + facts["contacted_lately"]
    assert facts["customers"] + left_out == facts["customers_matching"]
    assert facts["readable_on"] == context.gold.as_of + timedelta(days=91)
    assert 0 < facts["detectable_effect_pct"] < 100
    assert result.table is not None
    assert sum(int(str(row[1])) for row in result.table.rows) == facts["customers"]


def test_who_takes_part_may_be_contacted_and_is_free(context: ToolContext, gold: Gold) -> None:
    """Told by SQL on gold: active, consenting, in no open test, not treated for 60 days."""
    connection = duckdb.connect(str(gold.reader.path), read_only=True)
    (expected,) = connection.execute(
        """
        select count(*) from gold.customer_metrics m join gold.customer_health_scores h
        using (customer_id)
        where m.status = 'active' and m.consent_contact and m.customer_id not in (
            select customer_id from gold.interventions
            where (assignment = 'random' and retained is null)
                or (arm = 'treatment' and assigned_at >= ?))
        """,
        [gold.as_of - timedelta(days=60)],
    ).fetchall()[0]
    assert facts_of(start_experiment(ALL, context))["customers"] == expected


@pytest.mark.parametrize(
    "confirmed",
    [
        ConfirmedCall("log_intervention", {"strategy": "success_call"}),
        ConfirmedCall("start_experiment", {"strategy": "discount"}),
        ConfirmedCall("start_experiment", {"strategy": "success_call", "treat_fraction": 0.4}),
        ConfirmedCall(
            "start_experiment",
            {"strategy": "success_call", "filters": [{"dimension": "segment", "value": "SMB"}]},
        ),
        ConfirmedCall("start_experiment", {"strategy": "success_call", "nonsense": 1}),
    ],
)
def test_a_yes_to_something_else_starts_nothing(
    context: ToolContext, store: Interventions, confirmed: ConfirmedCall
) -> None:
    """Another tool, strategy, share or group was agreed to."""
    assert start_experiment(ALL, replace(context, confirmed=confirmed)).asks_first
    assert store.all() == []


def test_a_yes_draws_everybody_once(
    context: ToolContext, store: Interventions, tmp_path: Path
) -> None:
    """All rows at once, as planned; the list and its file name each client; twice is once."""
    planned = facts_of(start_experiment(ALL, context))
    agreed = replace(context, confirmed=YES)
    result = start_experiment(ALL, agreed)
    rows = [each.intervention for each in store.all()]
    assert not result.asks_first
    assert {row.assignment for row in rows} == {"random"}
    assert sum(row.arm == "treatment" for row in rows) == planned["treated"]
    assert len({row.customer_id for row in rows}) == len(rows) == planned["customers"]
    assert all(row.propensity and 0 < row.propensity < 1 for row in rows)
    assert all((row.cost is None) == (row.arm == "control") for row in rows)
    assert str(planned["seed"]) in rows[0].note
    assert result.table is not None
    assert {str(row[-1]) for row in result.table.rows} == {row.customer_id for row in rows}
    (file,) = result.files
    (written,) = (tmp_path / "files").rglob(file.name)
    listed = list(csv.DictReader(written.read_text("utf-8").splitlines()))
    assert sum(line["arm"] == "treat" for line in listed) == planned["treated"]
    again = start_experiment(ALL, agreed)
    assert "running already" in again.summary
    assert len(store.all()) == len(rows)
    other = StartExperimentArgs(strategy="training")
    with pytest.raises(FinalToolError, match="are in a running test"):
        start_experiment(other, context)


def test_too_few_clients_are_refused_with_the_reason(context: ToolContext) -> None:
    """A test that could show nothing is not started."""
    few = StartExperimentArgs(
        strategy="training", filters=[Filter(dimension="churn_risk", value="high")]
    )
    with pytest.raises(FinalToolError, match=r"too small .* at least 20 are needed"):
        start_experiment(few, context)


def test_only_clients_in_scope_take_part(context: ToolContext, store: Interventions) -> None:
    """A manager tests on their own clients; one whose clients are not named, on none."""
    region = Scope(region=("EMEA", "North America"))
    lead = replace(context, scope=region, role="cs_lead", confirmed=YES)
    result = start_experiment(ALL, lead)
    assert any("clients in your scope" in caveat for caveat in result.caveats)
    seen = set(context.gold.names(region))
    assert {each.intervention.customer_id for each in store.all()} <= seen
    with pytest.raises(FinalToolError, match="own clients only"):
        start_experiment(ALL, replace(context, role="account_manager"))
    manager = context.gold.values("account_manager", Scope())[0]
    mine = replace(context, role="account_manager", scope=Scope(account_manager=(manager,)))
    with pytest.raises(FinalToolError, match=r"matching clients? in your scope"):
        start_experiment(ALL, mine)


def test_a_running_test_is_not_peeked_at(context: ToolContext) -> None:
    """Days left are told and no effect; beside an older test it is a note."""
    fresh = StartExperimentArgs(strategy="sponsor-left")
    strategy = str(start_experiment(fresh, context).args["strategy"])
    start_experiment(
        fresh, replace(context, confirmed=ConfirmedCall("start_experiment", fresh.model_dump()))
    )
    result = analyze_experiment(AnalyzeExperimentArgs(strategy=strategy), context)
    assert any("newer test" in caveat for caveat in result.caveats)
    start = context.gold.as_of + timedelta(days=1)
    since = {"start": start, "end": start + timedelta(days=9)}
    args = AnalyzeExperimentArgs.model_validate({"strategy": strategy, "period": since})
    running = analyze_experiment(args, context)
    assert facts_of(running)["days_left"] == 90
    assert not any(name.startswith(("effect", "retention")) for name in facts_of(running))
    assert re.search(r"in 90 days", running.summary)


def test_it_states_only_figures_it_returns(context: ToolContext) -> None:
    """Preview, start and refusal to draw again pass the gate on facts, table and arguments."""
    agreed = replace(context, confirmed=YES)
    preview = start_experiment(ALL, context)
    for result in (preview, start_experiment(ALL, agreed), start_experiment(ALL, agreed)):
        bare = result.model_copy(update={"summary": "", "caveats": []})
        evidence = gather([("start_experiment", bare)], user_text="", definitions={})
        for piece in split(" ".join([result.summary, *result.caveats])):
            verdict = judge(piece, evidence)
            assert verdict.ok, (piece, verdict.unsupported)
