"""What was done for clients and what changed since, on a prepared warehouse."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from app.store.actions import Actions
from app.store.database import Database
from app.store.interventions import Intervention, Interventions
from data.gold import Gold
from data.gold_followup import read_actions
from data.query import Period, Scope
from tools.contract import ToolContext, ToolResult
from tools.customers import GetCustomerArgs, get_customer
from tools.errors import FinalToolError, UnknownClient

Log = Callable[..., str]


@pytest.fixture
def context(reader: ToolContext, database: Database) -> ToolContext:
    """The same person, with an action log."""
    return replace(reader, actions=Actions(Interventions(database)))


@pytest.fixture
def log(database: Database, gold: Gold) -> Log:
    """Logs an action some days before the last day of the data; gives the client's id."""

    def _log(days_ago: int, *, strategy: str = "training", **fields: Any) -> str:
        day = gold.as_of - timedelta(days=days_ago)
        key = str(fields.pop("customer_id", "") or _untouched(gold))
        at = datetime.combine(day, time(12), UTC)
        item = Intervention(key, strategy, "u1", assignment="targeted", **fields)
        Interventions(database, lambda: at).log([item])
        return key

    return _log


def _untouched(gold: Gold) -> str:
    """An active client of more than a year for whom nothing is on record."""
    touched = {each.customer_id for each in read_actions(gold, Scope())}
    sql = (
        "SELECT customer_id FROM warehouse.gold.customer_metrics "
        "WHERE status = 'active' AND tenure_days > 400 ORDER BY mrr DESC"
    )
    return next(str(row[0]) for row in gold.reader.rows(sql, {})[1] if str(row[0]) not in touched)


def _ask(context: ToolContext, **args: Any) -> tuple[ToolResult, dict[str, Any]]:
    result = get_customer(GetCustomerArgs(about="actions", **args), context)
    return result, {fact.name: fact.value for fact in result.facts}


def _figures(gold: Gold, customer_id: str, day: date) -> tuple[float, int, int]:
    """MRR, events in 30 days and open tickets, counted in another way than the tool does."""

    def one(sql: str) -> Any:
        return gold.reader.rows(sql, {"id": customer_id, "day": day})[1][0][0]

    silver = "warehouse.silver"
    return (
        one(
            f"SELECT coalesce(sum(mrr), 0)::DOUBLE FROM {silver}.mrr_spans WHERE customer_id = $id "
            "AND $day >= start_date AND $day < coalesce(end_date, DATE '9999-01-01')"
        ),
        one(
            f"SELECT count(*) FROM {silver}.engagement_events WHERE customer_id = $id "
            "AND date_diff('day', event_date, $day::DATE) BETWEEN 0 AND 29"
        ),
        one(
            f"SELECT count(*) FROM {silver}.support_tickets WHERE customer_id = $id "
            "AND $day >= created_date AND $day < coalesce(resolved_date, DATE '9999-01-01')"
        ),
    )


def test_the_client_is_shown_on_the_day_and_at_the_last_look(
    context: ToolContext, gold: Gold, log: Log
) -> None:
    """The figures are those of the data on these days; what is predicted says so."""
    key = log(95)
    result, facts = _ask(context, customer=key)
    day = gold.as_of - timedelta(days=95)
    names = ("mrr", "events_30d", "tickets_open")
    assert tuple(facts[f"{name}_before"] for name in names) == _figures(gold, key, day)
    late = day + timedelta(days=90)
    assert facts["days_since"] == 90
    assert tuple(facts[f"{name}_after"] for name in names) == _figures(gold, key, late)
    assert [row[1] for row in (result.table.rows if result.table else [])][1:] == [
        "30 days later", "60 days later", "90 days later"
    ]  # fmt: skip
    grades = [source.evidence for source in result.provenance]
    assert grades == ["recorded", "predicted", "measured"]


def test_one_client_never_proves_that_it_helped(context: ToolContext, log: Log) -> None:
    """What the strategy does is told from its test, with the interval."""
    result, facts = _ask(context, customer=log(40))
    assert "One client cannot show whether it helped" in result.summary
    assert facts["effect_pct_low"] <= facts["effect_pct"] <= facts["effect_pct_high"]
    assert "95 % interval" in result.summary


def test_without_a_test_nothing_is_said_of_the_average(context: ToolContext, log: Log) -> None:
    """But how to find out."""
    result, facts = _ask(context, customer=log(40, strategy="bundle_offer"))
    assert 'say "Start an experiment with bundle offer"' in result.summary
    assert "effect_pct" not in facts


def test_a_score_of_before_the_action_is_not_shown_as_of_after(
    context: ToolContext, gold: Gold, log: Log
) -> None:
    """30 days on the last month end may be older than the action."""
    result, _ = _ask(context, customer=log(35))
    assert result.table is not None
    place = [column.name for column in result.table.columns].index("churn_prob_90d")
    shown = result.table.rows[1][place] is not None
    month_end = (gold.as_of - timedelta(days=5)).replace(day=1) - timedelta(days=1)
    assert shown == (month_end > gold.as_of - timedelta(days=35))


def test_what_lies_after_the_data_has_no_outcome(context: ToolContext, log: Log) -> None:
    """It says up to when the data go, and when to ask again."""
    result, facts = _ask(context, customer=log(-3))
    assert "nothing can be seen of it yet" in result.summary
    assert "mrr_after" not in facts


def test_a_control_client_was_left_alone_on_purpose(reader: ToolContext, gold: Gold) -> None:
    """An entry of a control group is not taken for something that was done."""
    rows = read_actions(gold, Scope())
    treated = {row.customer_id for row in rows if row.arm == "treatment"}
    key = next(row.customer_id for row in rows if row.customer_id not in treated)
    result, _ = _ask(reader, customer=key)
    assert result.summary.startswith("Nothing was done for ")
    assert "control group" in result.summary


def test_an_entry_that_was_built_into_the_data_counts_once(
    context: ToolContext, database: Database, gold: Gold
) -> None:
    """It keeps its id on the way."""
    row = next(row for row in read_actions(gold, Scope()) if row.arm == "treatment")
    _, before = _ask(context, customer=row.customer_id)
    item = Intervention(row.customer_id, row.strategy, "u1", assignment="targeted")
    Interventions(database).log_once(item, intervention_id=row.action_id)
    _, after = _ask(context, customer=row.customer_id)
    assert after["actions"] == before["actions"]


def test_a_strategy_that_was_not_done_is_said_and_the_rest_shown(
    context: ToolContext, log: Log
) -> None:
    """The question about a call is not answered with a training in silence."""
    key = log(40)
    result, _ = _ask(context, customer=key, strategy="success call")
    assert result.summary.startswith("No success call is on file")
    assert "training" in result.summary


def test_nothing_on_file_is_said_with_how_to_write_it_down(
    context: ToolContext, gold: Gold
) -> None:
    """No table of nothing."""
    result, _ = _ask(context, customer=_untouched(gold))
    assert result.summary.startswith("Nothing is on file")
    assert result.table is None


def test_only_clients_in_scope_are_looked_back_upon(
    context: ToolContext, gold: Gold, log: Log
) -> None:
    """Neither in the list nor by name, whoever logged it."""
    key = log(20)
    owner = (gold.customer(key, Scope()) or {})["account_manager"]
    others = [name for name in gold.values("account_manager", Scope()) if name != owner]
    narrow = replace(context, scope=Scope(account_manager=(str(others[0]),)))
    seen = set(gold.names(narrow.scope).values())
    result, facts = _ask(narrow)
    assert {row[0] for row in (result.table.rows if result.table else [])} <= seen
    assert facts["actions"] < _ask(context)[1]["actions"]
    with pytest.raises(UnknownClient):
        _ask(narrow, customer=key)


def test_a_period_up_to_the_last_day_goes_on_to_today(
    context: ToolContext, gold: Gold, log: Log
) -> None:
    """What was logged today is in "this month" although the data end before."""
    month = Period(start=gold.as_of - timedelta(days=7), end=gold.as_of)
    early = Period(start=month.start, end=gold.as_of - timedelta(days=1))
    before = [_ask(context, period=period)[1].get("actions", 0) for period in (month, early)]
    log(-1)
    after = [_ask(context, period=period)[1].get("actions", 0) for period in (month, early)]
    assert [late - soon for late, soon in zip(after, before, strict=True)] == [1, 0]


def test_a_card_needs_a_client(context: ToolContext) -> None:
    """Only actions can be those of all."""
    with pytest.raises(FinalToolError, match="Name the client"):
        get_customer(GetCustomerArgs(), context)
