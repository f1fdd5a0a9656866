"""A test is started, stored, built and read: the loop from a question to a measured effect."""

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from app.agent.evidence import gather
from app.agent.grounding import judge
from app.agent.sentences import split
from app.prepare import logged_interventions
from app.settings import Settings
from app.store.actions import Actions
from app.store.database import Database
from app.store.exports import Exports
from app.store.interventions import Interventions
from app.store.model_store import load_serving
from data.build import Build
from data.gold import Gold
from data.ingest import ingest_folder
from data.mapping import Mapping
from data.query import Filter, Scope
from data.scored import SCORED
from data.semantic_model import load_semantic_model
from knowledge.embedder import Embedder
from knowledge.library import Library
from tools.action_log import ASK_FIRST
from tools.contract import Assignment, ConfirmedCall, ToolContext, ToolResult
from tools.errors import FinalToolError
from tools.experiments import AnalyzeExperimentArgs, analyze_experiment
from tools.start_experiment import StartExperimentArgs, start_experiment

ALL = StartExperimentArgs(strategy="success call")
YES = ConfirmedCall("start_experiment", {"strategy": "success_call"})


@pytest.fixture
def store(tmp_path: Path, gold: Gold) -> Iterator[Interventions]:
    """An empty action log, on the data's last day."""
    database = Database.open(tmp_path)
    noon = datetime(gold.as_of.year, gold.as_of.month, gold.as_of.day, 12, tzinfo=UTC)
    yield Interventions(database, now=lambda: noon + timedelta(days=1))
    database.close()


@pytest.fixture
def context(
    prepared_settings: Settings, gold: Gold, store: Interventions, tmp_path: Path
) -> ToolContext:
    """An administrator who sees every client and may write."""
    home = prepared_settings.home
    library = Library(prepared_settings.playbooks, home / "index", Embedder(home / "embedder"))
    return ToolContext(
        *("u1", "admin", Scope(), gold, load_serving(home), library),
        actions=Actions(store),
        files=Exports(tmp_path / "files"),
    )


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


@pytest.fixture
def rebuilt(
    prepared_settings: Settings, tmp_path: Path, finish: Callable[..., None]
) -> Callable[[date], Gold]:
    """Builds the prepared data again, as of a day, with what this store holds."""
    home = tmp_path / "home"
    shutil.copytree(prepared_settings.home / "landing", home / "landing")
    settings = prepared_settings.model_copy(
        update={"home": home, "database_url": f"sqlite:///{tmp_path / 'aura.db'}"}
    )

    def build(as_of: date) -> Gold:
        with Build(home=home, source="demo", as_of=as_of) as made:
            finish(made, logged=logged_interventions(settings))
        return Gold(home / "warehouse.duckdb", load_semantic_model())

    return build


def rows_of(gold: Gold, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a warehouse."""
    with duckdb.connect(str(gold.reader.path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_started_test_is_measured_once_its_outcomes_are_known(
    context: ToolContext, store: Interventions, rebuilt: Callable[[date], Gold]
) -> None:
    """From the yes to the measured effect: open for 90 days, then read from gold."""
    start_experiment(ALL, replace(context, confirmed=YES))
    day = store.today
    asked = {"strategy": "success_call", "period": {"start": day, "end": day}}
    args = AnalyzeExperimentArgs.model_validate(asked)

    early = rebuilt(day + timedelta(days=60))
    running = analyze_experiment(args, replace(context, gold=early, actions=None))
    assert facts_of(running)["days_left"] == 30
    early.close()

    late = rebuilt(day + timedelta(days=90))
    result = analyze_experiment(args, replace(context, gold=late, actions=None))
    facts = facts_of(result)
    assert result.provenance[0].evidence == "measured"
    drawn = [each.intervention for each in store.all()]
    assert facts["treated"] == sum(row.arm == "treatment" for row in drawn)
    assert facts["control"] == sum(row.arm == "control" for row in drawn)
    costs = [row.cost for row in drawn if row.cost is not None]
    assert facts["cost_per_customer"] == pytest.approx(sum(costs) / len(costs))
    late.close()


def test_outcomes_follow_the_clients_status_90_days_later(
    context: ToolContext, store: Interventions, rebuilt: Callable[[date], Gold], gold: Gold
) -> None:
    """Who left within 90 days was not retained; a logged action is targeted, a stranger left out."""
    day = gold.as_of - timedelta(days=120)
    end = day + timedelta(days=90)
    there = f"signup_date < date '{day}' and (churned_at is null or churned_at > date '{day}')"
    clients = rows_of(
        gold,
        f"select customer_id, churned_at from gold.customer_metrics where {there} "
        "order by churned_at nulls last, customer_id limit 60",
    )
    left = {key for key, churned_at in clients if churned_at and churned_at <= end}
    assert left
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    past = Actions(Interventions(store._database, now=lambda: noon))
    arms = [Assignment(str(key), "treatment", 0.5, 90.0) for key, _ in clients[:30]]
    arms += [Assignment(str(key), "control", 0.5) for key, _ in clients[30:]]
    past.assign(arms, strategy="loyalty_gift", note="", user_id="u1", test_days=90)
    for key in (str(clients[0][0]), "C-unknown"):
        past.log(customer_id=key, strategy="coffee", note="", user_id="u1")
    made = rebuilt(gold.as_of)
    rows = rows_of(
        made,
        "select customer_id, retained, arr_at_assignment, assigned_at from gold.interventions "
        "where strategy = 'loyalty_gift' and assignment = 'random'",
    )
    assert {row[0] for row in rows if not row[1]} == left
    assert len(rows) == len(clients)
    assert all(row[2] is not None and row[3] == day for row in rows)
    assert rows_of(
        made,
        "select customer_id, arm, assignment, propensity from gold.interventions "
        "where strategy = 'coffee'",
    ) == [(clients[0][0], "treatment", "targeted", None)]
    made.close()


def test_a_source_without_interventions_has_those_logged_here(
    tmp_path: Path, finish: Callable[..., None]
) -> None:
    """They count as present from the day on which the first is visible."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "customers.csv").write_text(
        "customer_id,name,account_creation_date,mrr\na,Anna,2025-01-01,10\n"
    )
    (folder / "transactions.csv").write_text(
        "transaction_id,customer_id,amount,transaction_date\n1,a,10,2025-06-30\n"
    )
    shop = Mapping.model_validate({"name": "shop", "rates": {"USD": 1}})
    ingest_folder(folder, shop, tmp_path / "landing")
    columns = list(SCORED["interventions"])
    row = ("i1", "a", "training", "treatment", "targeted", None, date(2025, 6, 1), None)
    for day, absent in ((date(2025, 5, 31), True), (date(2025, 6, 30), False)):
        with Build(home=tmp_path, source=shop, as_of=day) as build:
            finish(build, logged=pd.DataFrame([row], columns=columns))
            assert ("interventions" in build.absent) is absent


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
