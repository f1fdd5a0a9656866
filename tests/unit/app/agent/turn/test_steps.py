"""The steps of a turn, as a door shows them while it waits."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import AIMessage

from app.agent.events import StepFinished, StepProgress, StepStarted
from app.agent.turn import Turns

Make = Callable[..., Turns]
Hear = Callable[..., Awaitable[Any]]
SUMMARY = "MRR is $1,203,400, up 3.4 % on the month before."


async def test_steps_come_first_and_tokens_spell_the_answer(make_turns: Make, hear: Hear) -> None:
    """A door can render as events arrive."""
    heard = await hear(make_turns())
    assert [type(event) for event in heard.events[:2]] == [StepStarted, StepFinished]
    started, finished = heard.events[0], heard.events[1]
    assert isinstance(started, StepStarted)
    assert isinstance(finished, StepFinished)
    assert started.label == "Looking up your metrics"
    assert (finished.id, finished.ok, finished.summary) == (started.id, True, SUMMARY)
    assert heard.spelled == heard.answer.answer


async def test_a_tool_that_breaks_does_not_end_the_turn(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    hear: Hear,
) -> None:
    """The model reads that it failed, not why."""
    model = scripted(script=[looks_up("broken_tool", x=1), AIMessage("Sorry.")])
    model.script[0].tool_calls[0]["args"] = {}
    heard = await hear(make_turns(model))
    (finished,) = [event for event in heard.events if isinstance(event, StepFinished)]
    assert not finished.ok
    assert "secret" not in finished.summary
    assert heard.answer.answer == "Sorry."


async def test_a_tool_that_takes_a_while_says_what_it_is_at(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    hear: Hear,
) -> None:
    """Its progress comes between the step's start and its end, under the step's own id."""
    model = scripted(script=[looks_up("patient_tool"), AIMessage("It is done.")])
    model.script[0].tool_calls[0]["args"] = {}
    heard = await hear(make_turns(model))
    steps = [e for e in heard.events if isinstance(e, StepStarted | StepProgress | StepFinished)]
    kinds = [StepStarted, StepProgress, StepProgress, StepFinished]
    assert [type(event) for event in steps] == kinds
    assert len({event.id for event in steps}) == 1
    told = [event.progress for event in steps if isinstance(event, StepProgress)]
    assert told == ["reading the first half", "reading the second half"]
