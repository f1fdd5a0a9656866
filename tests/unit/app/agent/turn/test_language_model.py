"""A turn of a language model: the same tools, and it is asked to mend what it gets wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import AIMessage, SystemMessage

from app.agent.events import Withdrawn
from app.agent.turn import Turns

Make = Callable[..., Turns]
Hear = Callable[..., Awaitable[Any]]
CAVEAT = "The current month is not complete."
OWN_SERVER = "\n\n> Answered with model on a server declared as your own; it reads real names."


async def test_a_language_model_drives_the_same_tools(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    trail: Any,
    hear: Hear,
) -> None:
    """It reads the house rules and the day; a caveat it forgets is added; its call is recorded."""
    model = scripted(script=[looks_up(), AIMessage("MRR is $1.2M, up 3.4 %.")])
    answer = (await hear(make_turns(llm=model))).answer
    assert answer.answer == f"MRR is $1.2M, up 3.4 %.\n\n{CAVEAT}{OWN_SERVER}"
    assert (answer.model, answer.fallback) == ("test:model", False)
    system = model.asked[0][0][0]
    assert isinstance(system, SystemMessage)
    assert "Today is 2026-10-20" in system.text
    assert "turn" not in model.asked[0][1]
    assert trail.events[0].action == "model_call"
    assert trail.events[0].model == "test:model"


async def test_a_language_model_is_asked_once_to_mend(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    hear: Hear,
) -> None:
    """The request names the sentence; the corrected one takes its place."""
    model = scripted(
        script=[looks_up(), AIMessage("MRR is $5M. All fine."), AIMessage("MRR is $1.2M.")]
    )
    heard = await hear(make_turns(llm=model))
    assert heard.answer.answer == f"MRR is $1.2M. All fine.\n\n{CAVEAT}{OWN_SERVER}"
    assert "- MRR is $5M." in model.asked[2][0][-1].text
    assert len(model.asked) == 3
    assert heard.spelled == heard.answer.answer


async def test_a_refused_call_can_be_mended(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    hear: Hear,
) -> None:
    """The model hears which values are allowed, of the schema and of the tool."""
    model = scripted(
        script=[
            looks_up(metric="profit"),
            looks_up(metric="mrr", segment="Tiny"),
            looks_up(metric="mrr", segment="SMB"),
            AIMessage("MRR is $1.2M."),
        ]
    )
    answer = (await hear(make_turns(llm=model))).answer
    heard = [messages[-1].text for messages, _ in model.asked[1:3]]
    assert "'mrr' or 'nrr'" in heard[0]
    assert heard[1] == "No segment 'Tiny'. Allowed: SMB, Enterprise."
    assert not answer.fallback


async def test_a_preamble_to_another_call_is_withdrawn(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    hear: Hear,
) -> None:
    """Words that turn out to lead to a further look-up are no part of the answer."""
    more = looks_up().model_copy(update={"content": "MRR is $1.2M. Now the other one. "})
    model = scripted(script=[looks_up(), more, AIMessage("MRR is $1.2M.")])
    heard = await hear(make_turns(llm=model))
    assert Withdrawn() in heard.events
    assert heard.spelled == heard.answer.answer
    assert len(heard.answer.tool_calls) == 2
