"""A drawn test is stored, built and read: from the yes to a measured effect."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from app.client_actions import logged_interventions
from app.settings import Settings
from app.store.actions import Actions
from app.store.interventions import Interventions
from data.build import Build
from data.gold import Gold
from data.ingest import ingest_folder
from data.mapping import Mapping
from data.scored import SCORED
from data.semantic_model import load_semantic_model
from tools.contract import Assignment, ConfirmedCall, ToolContext, ToolResult
from tools.experiments import AnalyzeExperimentArgs, analyze_experiment
from tools.start_experiment import StartExperimentArgs, start_experiment

ALL = StartExperimentArgs(strategy="success call")
YES = ConfirmedCall("start_experiment", {"strategy": "success_call"})


def facts_of(result: ToolResult) -> dict[str, Any]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


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
