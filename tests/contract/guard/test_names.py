"""Names: tokens on the way out, names on the way back, and nothing where one would show."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from app.agent.context import PageContext
from app.governance.identity import demo_asker
from app.wiring import Parts
from data.gold import Gold
from data.gold_identities import ClientIdentity, read_identities
from data.query import Scope

Chats = Callable[..., Any]


async def test_names_come_back_in_calls_and_answers(
    chat: Chats, steps: Any, open_one: ClientIdentity
) -> None:
    """The tool gets the client, the person reads the name, an invented token shows as nobody's."""

    def answers(messages: list[BaseMessage]) -> AIMessage:
        token = messages[-1].text.split()[0]
        return AIMessage(f"**{token.lower()}**'s risk is known; so is that of CLIENT_7F3A. Done.")

    talk = chat(steps.calls_with_token("predict_churn"), answers)
    answer = await talk.ask(f"How likely is {open_one.name} to churn?")
    assert answer.tool_calls[0].args["customer"] == open_one.customer_id
    said = f"**{open_one.name}**'s risk is known; so is that of a client. Done."
    assert answer.answer.startswith(said)
    assert open_one.name not in talk.model.text


async def test_a_refusal_that_lists_clients_passes_the_guard(
    chat: Chats, steps: Any, gold: Gold
) -> None:
    """A question back that names clients names nobody."""
    talk = chat(
        steps.calls("get_customer", customer="Northwin"), steps.says("Which one do you mean?")
    )
    await talk.ask("Which client begins like a wind from there?")
    assert "may be one of several" in talk.model.text or "Did you mean" in talk.model.text
    assert not [one.name for one in read_identities(gold) if one.name in talk.model.text]


async def test_who_asks_is_not_named(chat: Chats, steps: Any, parts: Parts) -> None:
    """The user's own name and address stay here too."""
    talk = chat(steps.says("Hello."))
    asker = replace(demo_asker(), name="Wilhelmina Quast")
    await talk.turns.answer(asker, "I am w.quast@mine.example, +49 30 1234567", None, PageContext())
    assert "Quast" not in talk.model.text
    assert "quast" not in talk.model.text
    assert "1234567" not in talk.model.text


async def test_a_client_out_of_scope_is_not_hinted_at(chat: Chats, steps: Any, gold: Gold) -> None:
    """Half a name stays half a name, with or without consent, and no note tells that it exists."""
    everybody = read_identities(gold)
    mine = next(one.account_manager for one in everybody if one.account_manager)
    words = [one.name.split()[0] for one in everybody]
    asker = replace(demo_asker(), role="account_manager", scope=Scope(account_manager=(mine,)))
    for consent in (True, False):
        other = next(
            one
            for one in everybody
            if one.account_manager not in {mine, None}
            and one.consent_ai == consent
            and words.count(one.name.split()[0]) == 1
        )
        word = other.name.split()[0].lower()
        talk = chat(steps.calls("get_customer", customer=word), steps.repeats)
        text = f"Tell me about {word}"
        answer = await talk.turns.answer(asker, text, None, PageContext())
        assert answer.model == "test:model"
        assert word not in talk.model.text.lower()
        assert other.name not in answer.answer
        assert other.customer_id not in answer.answer


async def test_what_still_holds_a_name_is_not_sent(
    chat: Chats, steps: Any, open_one: ClientIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look fails closed: nothing goes out and the planner answers."""
    monkeypatch.setattr("app.agent.guard.in_words", lambda _: f"They look at {open_one.name}.")
    talk = chat(steps.says("I should not have been asked."))
    answer = await talk.ask("What is our MRR?")
    assert talk.model.heard == []
    assert answer.answer.startswith("> The language model was not asked, to keep names on this")
    assert answer.fallback


async def test_names_are_read_again_when_the_warehouse_is_swapped(
    chat: Chats, steps: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client who came with the last build is guarded from the first question on."""
    guard = chat(steps.says("Hello.")).turns._guard
    assert guard is not None
    before = guard._current()
    assert guard._current() is before
    monkeypatch.setattr(Gold, "version", property(lambda _: "another"))
    assert guard._current() is not before
