"""The next best action in gold is the one that is recommended: one choice, made in one place."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.client_actions import next_best_actions
from app.settings import Settings
from app.store.actions import Actions
from app.store.database import Database
from app.store.interventions import Intervention, Interventions
from app.store.model_store import load_serving
from data.query import Scope
from knowledge.embedder import Embedder
from knowledge.library import Library
from tools.best_actions import best_actions
from tools.comparison import CompareStrategiesArgs, compare_strategies
from tools.contract import ToolContext, ToolResult
from tools.errors import NothingKnown
from tools.models.frames import column
from tools.recommend import RecommendActionArgs, recommend_action

STALE = "Lists and the dashboard still name"
UNTRIED = "DELETE FROM gold.interventions"
Doctored = Callable[..., ToolContext]


def in_gold(truth: duckdb.DuckDBPyConnection, where: str = "true") -> dict[str, str | None]:
    """The action of each client, in an order that says nothing of them."""
    rows = truth.execute(
        f"SELECT customer_id, next_best_action FROM gold.customer_health_scores WHERE {where} "
        "ORDER BY md5(customer_id)"
    ).fetchall()
    return dict(rows)


def advice(customer_id: str, context: ToolContext) -> tuple[Any, ToolResult]:
    """What `recommend_action` chooses, if anything, and all it says."""
    result = recommend_action(RecommendActionArgs(customer=customer_id), context)
    facts = {fact.name: fact.value for fact in result.facts}
    return facts.get("next_best_action"), result


@pytest.mark.parametrize("risk", ["low", "medium", "high"])
def test_gold_names_the_action_that_is_recommended(
    risk: str, truth: duckdb.DuckDBPyConnection, context: ToolContext
) -> None:
    """For clients with an action and for those for whom nothing pays."""
    band = in_gold(truth, f"churn_risk = '{risk}'")
    advised = [key for key, action in band.items() if action is not None][:3]
    others = [key for key, action in band.items() if action is None][:2]
    assert advised
    for key in advised + others:
        chosen, result = advice(key, context)
        assert chosen == band[key], key
        assert not any(STALE in caveat for caveat in result.caveats)


def test_a_build_weighs_what_was_logged_here(
    truth: duckdb.DuckDBPyConnection,
    context: ToolContext,
    prepared_settings: Settings,
    database: Database,
    tmp_path: Path,
) -> None:
    """Nobody is named what they just had, or are held back from; all others stay as they are."""
    before = in_gold(truth)
    treated, held = [key for key, action in before.items() if action is not None][:2]
    log = Interventions(database)
    log.log(
        [
            Intervention(treated, str(before[treated]), "ann", assignment="targeted"),
            Intervention(held, str(before[held]), "ann", arm="control", assignment="random"),
        ]
    )
    home = prepared_settings.home
    library = Library(prepared_settings.playbooks, home / "index", Embedder(home / "embedder"))
    settings = prepared_settings.model_copy(update={"home": tmp_path})
    frame = next_best_actions(settings, home / "warehouse.duckdb", load_serving(home), library)
    chosen = dict(zip(column(frame, "customer_id"), column(frame, "next_best_action"), strict=True))
    assert set(chosen) == set(before)
    assert {key for key, action in chosen.items() if action != before[key]} == {treated, held}
    logged = replace(context, actions=Actions(log))
    assert [advice(key, logged)[0] for key in (treated, held)] == [chosen[treated], chosen[held]]


def test_what_was_logged_since_the_build_is_said(
    truth: duckdb.DuckDBPyConnection, context: ToolContext, database: Database
) -> None:
    """Only where it changes the advice: lists show the choice of the build until the next one."""
    actions = in_gold(truth, "next_best_action IS NOT NULL")
    (touched, strategy), (untouched, _) = list(actions.items())[:2]
    log = Interventions(database)
    logged = replace(context, actions=Actions(log))
    log.log([Intervention(touched, str(strategy), "ann", assignment="targeted")])
    chosen, result = advice(touched, logged)
    assert chosen != strategy
    said = f"{STALE} {str(strategy).replace('_', ' ')}"
    assert any(said in caveat for caveat in result.caveats)
    assert not any(STALE in caveat for caveat in advice(untouched, logged)[1].caveats)


@pytest.mark.parametrize(
    "statements",
    [
        [UNTRIED],
        [
            UNTRIED,
            "UPDATE gold.customer_metrics SET arr = NULL, mrr = NULL",
            "UPDATE gold.customer_health_scores SET arr_at_risk = NULL",
        ],
    ],
    ids=["nothing was tried", "no revenue either"],
)
def test_a_source_with_less_is_advised_alike(statements: list[str], doctored: Doctored) -> None:
    """What playbooks assume is weighed then, for every active client."""
    lighter = doctored(*statements)
    frame = best_actions(lighter)
    assert len(frame) == lighter.gold.customers(filters=[], scope=Scope(), limit=1).total
    one_of_each = frame.groupby("next_best_action", dropna=False).head(1)
    for key, action in one_of_each.itertuples(index=False):
        assert advice(str(key), lighter)[0] == (action if isinstance(action, str) else None), key


def test_a_strategy_of_unknown_effect_is_left_out_and_named(doctored: Doctored) -> None:
    """One that was only ever tried by hand, without a playbook, stops nobody's advice."""
    context = doctored(
        "UPDATE gold.interventions SET strategy = 'gift_basket', assignment = 'targeted' "
        "WHERE strategy = 'discount'"
    )
    advised = column(best_actions(context), "next_best_action").dropna()
    assert len(advised)
    assert "gift_basket" not in set(advised)
    compared = compare_strategies(CompareStrategiesArgs(), context)
    assert "gift_basket" not in compared.args["strategies"]
    assert any(caveat.startswith("Left out: gift basket;") for caveat in compared.caveats)


def test_without_playbooks_and_trials_there_is_nothing_to_choose_from(
    doctored: Doctored, prepared_home: Path, tmp_path: Path
) -> None:
    """The build is told why, and goes on without."""
    empty = Library(tmp_path / "none", tmp_path / "index", Embedder(prepared_home / "embedder"))
    with pytest.raises(NothingKnown, match="no playbook names one"):
        best_actions(replace(doctored(UNTRIED), playbooks=empty))
