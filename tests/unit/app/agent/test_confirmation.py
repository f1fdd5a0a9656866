"""A tool that writes waits for a yes, whichever model drives it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from app.agent.context import PageContext
from app.agent.turn import Turns
from app.governance.identity import Asker
from tools.contract import ConfirmedCall, Fact, ToolArgs, ToolContext, ToolResult
from tools.errors import FinalToolError
from tools.interventions import ASK_FIRST

ARGS = {"customer": "C-1", "strategy": "training"}


class LogArgs(ToolArgs):
    """As much as the real tool takes."""

    customer: str
    strategy: str


@pytest.fixture
def written() -> list[ConfirmedCall]:
    """The calls that were really made."""
    return []


@pytest.fixture
def turns(make_turns: Callable[..., Turns], scripted: Any, written: list[ConfirmedCall]) -> Turns:
    """A language model that calls the writing tool whatever the user says."""

    def log_intervention(args: LogArgs, context: ToolContext) -> ToolResult:
        """Write it down."""
        if context.confirmed is None:
            raise FinalToolError(f"{ASK_FIRST} Ask first.")
        written.append(context.confirmed)
        return ToolResult(summary=f"Saved for {args.customer}.")

    def step(messages: list[BaseMessage], _: dict[str, Any]) -> AIMessage:
        if isinstance(messages[-1], ToolMessage):
            done = messages[-1].status == "success"
            return AIMessage("It is saved." if done else "Shall I log training for this client?")
        call = {"name": "log_intervention", "args": ARGS, "id": f"c{len(messages)}"}
        return AIMessage("", tool_calls=[call])

    made = make_turns(llm=scripted(script=[step]))
    return Turns(replace(made._parts, functions=[log_intervention]))


async def test_a_model_that_writes_unasked_is_held_until_the_yes(
    turns: Turns, asker: Asker, written: list[ConfirmedCall]
) -> None:
    """The first call becomes a question with the call pending; the yes lets it through."""
    asked = await turns.answer(asker, "Log training for C-1", "s1", PageContext())
    assert asked.kind == "confirmation"
    assert asked.pending is not None
    assert (asked.pending.name, asked.pending.args) == ("log_intervention", ARGS)
    assert written == []
    done = await turns.answer(asker, "Yes, save it", "s1", PageContext())
    assert (done.kind, done.pending) == ("answer", None)
    assert written == [ConfirmedCall("log_intervention", ARGS)]


@pytest.mark.parametrize("reply", ["No, leave it", "What is our MRR?"])
async def test_anything_but_a_yes_writes_nothing(
    turns: Turns, asker: Asker, written: list[ConfirmedCall], reply: str
) -> None:
    """Even if the model calls the tool again."""
    await turns.answer(asker, "Log training for C-1", "s1", PageContext())
    await turns.answer(asker, reply, "s1", PageContext())
    assert written == []


async def test_a_yes_in_another_conversation_counts_for_nothing(
    turns: Turns, asker: Asker, written: list[ConfirmedCall]
) -> None:
    """What waits in one session is not let through by another."""
    await turns.answer(asker, "Log training for C-1", "s1", PageContext())
    await turns.answer(asker, "yes", "s2", PageContext())
    assert written == []


async def test_a_preview_waits_for_a_yes_with_its_resolved_arguments(
    make_turns: Callable[..., Turns], scripted: Any, asker: Asker, written: list[ConfirmedCall]
) -> None:
    """A tool that shows what it would do is held as well, and its figures may be told."""

    def start_experiment(args: LogArgs, context: ToolContext) -> ToolResult:
        """Start it."""
        resolved = {**args.model_dump(), "customer": "C-001"}
        if context.confirmed is None:
            summary = f"{ASK_FIRST} 12 clients would take part. Shall I start it?"
            facts = [Fact(name="customers", value=12, unit="count")]
            return ToolResult(summary=summary, args=resolved, facts=facts, asks_first=True)
        written.append(context.confirmed)
        return ToolResult(summary="Started.", args=resolved)

    def step(messages: list[BaseMessage], _: dict[str, Any]) -> AIMessage:
        if isinstance(messages[-1], ToolMessage):
            return AIMessage(messages[-1].text)
        call = {"name": "start_experiment", "args": ARGS, "id": f"c{len(messages)}"}
        return AIMessage("", tool_calls=[call])

    made = make_turns(llm=scripted(script=[step]))
    turns = Turns(replace(made._parts, functions=[start_experiment]))
    asked = await turns.answer(asker, "Start a test of training", "s1", PageContext())
    assert asked.kind == "confirmation"
    assert "12 clients would take part" in asked.answer
    assert asked.pending is not None
    resolved = {"customer": "C-001", "strategy": "training"}
    assert (asked.pending.name, asked.pending.args) == ("start_experiment", resolved)
    assert written == []
    done = await turns.answer(asker, "yes", "s1", PageContext())
    assert (done.kind, done.pending) == ("answer", None)
    assert written == [ConfirmedCall("start_experiment", resolved)]
