"""Clients who may not be described: what is asked and answered of them stays on this machine."""

from collections.abc import Callable
from typing import Any

import pytest

from app.agent.failures import STAYS_HOME_NOTE
from data.gold import Gold
from data.gold_identities import ClientIdentity, read_identities

Chats = Callable[..., Any]


@pytest.mark.parametrize("form", ["{name}", "{lower}", "{first}", "{id}", "{typo}"])
async def test_a_question_about_a_client_without_consent_never_leaves(
    chat: Chats, steps: Any, silent: ClientIdentity, form: str
) -> None:
    """However it is named, the planner answers and says why; the model is not asked."""
    name = silent.name
    said = form.format(
        name=name,
        lower=name.lower(),
        first=name.split()[0],
        id=silent.customer_id,
        typo=name[:3] + name[4] + name[3] + name[5:],
    )
    talk = chat(steps.says("I should not have been asked."))
    answer = await talk.ask(f"How likely is {said} to churn?")
    assert talk.model.heard == []
    assert answer.answer.startswith(STAYS_HOME_NOTE)
    assert answer.tool_calls[0].args["customer"] == silent.customer_id
    assert (answer.model, answer.grounded) == ("builtin", True)


async def test_a_question_that_only_points_at_such_a_client_never_leaves(
    chat: Chats, steps: Any, silent: ClientIdentity
) -> None:
    """Neither "and why?" nor "this client" on a page gets round it."""
    talk = chat(steps.says("I should not have been asked."))
    await talk.ask(f"How likely is {silent.name} to churn?")
    follow_up = await talk.ask("Why?")
    assert follow_up.tool_calls[0].args["customer"] == silent.customer_id
    other = chat(steps.says("I should not have been asked."))
    await other.ask("Why is this client at risk?", customer_id=silent.customer_id)
    assert talk.model.heard == other.model.heard == []


async def test_an_earlier_question_about_such_a_client_is_not_retold(
    chat: Chats, steps: Any, silent: ClientIdentity
) -> None:
    """Later questions leave without it."""
    talk = chat(steps.calls("query_metrics", metrics=["mrr"]), steps.repeats)
    first = await talk.ask(f"How likely is {silent.name} to churn?")
    answer = await talk.ask("What is our MRR?")
    assert answer.model == "test:model"
    assert "answered on the person's own machine" in talk.model.text
    figure = next(fact.value for fact in first.facts if fact.name == "arr")
    assert f"{figure:,.0f}" not in talk.model.text
    assert silent.name not in talk.model.text


async def test_a_list_leaves_such_clients_out_and_counts_them(
    chat: Chats, steps: Any, gold: Gold
) -> None:
    """The person has them in the table, the model reads how many it does not see."""
    talk = chat(steps.calls("list_customers", limit=40), steps.repeats)
    answer = await talk.ask("List our clients by ARR")
    agreed = {one.customer_id: one.consent_ai for one in read_identities(gold)}
    assert answer.table is not None
    left_out = [row for row in answer.table.rows if not agreed[str(row[-1])]]
    assert left_out
    assert f"{len(left_out)} more clients are in the table" in talk.model.text
    for row in answer.table.rows:
        assert str(row[0]) not in talk.model.text
    figures = [f"{row[2]:.2f}" for row in left_out if isinstance(row[2], float)]
    assert not [figure for figure in figures if figure in talk.model.text]


async def test_a_result_about_such_a_client_stays_home_whole(
    chat: Chats, steps: Any, silent: ClientIdentity
) -> None:
    """A model that hits upon one hears nothing; the person reads the tool's own words."""
    talk = chat(
        steps.calls("get_customer", customer=silent.customer_id), steps.says("It is shown below.")
    )
    answer = await talk.ask("Tell me about a client of your choice")
    assert "say nothing about it" in talk.model.text
    assert silent.name not in talk.model.text
    assert f"**Answered on this machine:** {silent.name} is an active client" in answer.answer


async def test_a_small_group_is_not_told(chat: Chats, steps: Any, gold: Gold) -> None:
    """A breakdown whose rows count one client each would tell of clients without consent."""
    split = steps.calls(
        "query_metrics", metrics=["customers_at_risk"], dimensions=["account_manager"]
    )
    talk = chat(split, steps.says("The table has it."))
    answer = await talk.ask("At-risk clients by account manager")
    assert "Groups of few clients" in talk.model.text
    assert answer.table is not None
    assert len(answer.table.rows) > 1
    assert "**Answered on this machine:**" in answer.answer
