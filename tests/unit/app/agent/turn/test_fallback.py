"""A turn in which the language model fails: the planner answers, and it is said why."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from app.agent.events import Withdrawn
from app.agent.turn import Turns

Make = Callable[..., Turns]
Hear = Callable[..., Awaitable[Any]]


async def test_figures_without_a_look_up_are_not_believed(
    make_turns: Make, scripted: Callable[..., Any], hear: Hear
) -> None:
    """A model that invents twice is replaced by the planner, visibly."""
    answer = (await hear(make_turns(llm=scripted(script=[AIMessage("MRR is $5M.")])))).answer
    assert answer.fallback
    assert answer.model == "builtin"
    assert answer.answer == (
        "> The language model did not answer from your data; "
        "this answer comes from the built-in planner.\n\nMRR is $1.2M."
    )


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([RuntimeError("boom")], "did not answer;"),
        ([AIMessage("")], "did not answer;"),
        (
            [
                AIMessage(
                    "", tool_calls=[{"name": "query_metrics", "args": {"metric": "mrr"}, "id": "1"}]
                )
            ],
            "did not come to an answer;",
        ),
    ],
)
async def test_a_failing_language_model_is_replaced(
    make_turns: Make,
    scripted: Callable[..., Any],
    hear: Hear,
    script: list[Any],
    words: str,
) -> None:
    """Down, empty or circling: the planner answers and the note says why."""
    answer = (await hear(make_turns(llm=scripted(script=script)))).answer
    assert f"The language model {words}" in answer.answer
    assert answer.answer.endswith("MRR is $1.2M.")
    assert (answer.fallback, answer.grounded) == (True, True)


async def test_a_hanging_language_model_is_replaced(
    make_turns: Make, scripted: Callable[..., Any], trail: Any, hear: Hear
) -> None:
    """The time limit is the turn's; the attempt is recorded all the same."""
    model = scripted(script=[AIMessage("Late.")], delay_seconds=0.5)
    answer = (await hear(make_turns(llm=model, timeout_seconds=0.1))).answer
    assert "did not answer in time;" in answer.answer
    assert trail.events[0].action == "model_call"


async def test_words_of_a_model_that_fails_midway_are_withdrawn(
    make_turns: Make, looks_up: Callable[..., AIMessage], scripted: Callable[..., Any], hear: Hear
) -> None:
    """What was streamed before the failure is taken back."""
    model = scripted(script=[looks_up(), AIMessage("MRR is $1.2M. More. ")], breaks_after=4)
    heard = await hear(make_turns(llm=model))
    assert Withdrawn() in heard.events
    assert heard.spelled == heard.answer.answer
    assert heard.answer.fallback
