"""A turn: looked up, gated, kept, recorded; and answered whatever happens."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from app.agent.context import PageContext
from app.agent.events import (
    Answered,
    StepFinished,
    StepProgress,
    StepStarted,
    Token,
    TurnAnswer,
    TurnEvent,
    Withdrawn,
)
from app.agent.failures import apology
from app.agent.turn import Turns
from app.governance.identity import Asker

Make = Callable[..., Turns]
Planner = Callable[..., BaseChatModel]
SUMMARY = "MRR is $1,203,400, up 3.4 % on the month before."
CAVEAT = "The current month is not complete."
OWN_SERVER = "\n\n> Answered with model on a server declared as your own; it reads real names."


async def _events(
    turns: Turns, asker: Asker, text: str = "What is our MRR?", page: PageContext | None = None
) -> list[TurnEvent]:
    stream = turns.run_turn(asker, text, "s", page or PageContext())
    return [event async for event in stream]


def _answer(events: list[TurnEvent]) -> TurnAnswer:
    last = events[-1]
    assert isinstance(last, Answered)
    return last.answer


def _spelled(events: list[TurnEvent]) -> str:
    """What a reader of the tokens has on the page at the end."""
    text = ""
    for event in events:
        if isinstance(event, Withdrawn):
            text = ""
        elif isinstance(event, Token):
            text += event.text
    return text


async def test_the_planner_answers_from_a_tool(make_turns: Make, asker: Asker) -> None:
    """Every key of the response is filled from the tool's result."""
    answer = await make_turns().answer(asker, "What is our MRR?", None, PageContext())
    assert answer.answer == "MRR is $1.2M."
    assert [(call.name, call.args) for call in answer.tool_calls] == [
        ("query_metrics", {"metrics": ["mrr"], "user": "ann"})
    ]
    assert [fact.name for fact in answer.facts] == ["mrr", "mrr_change_pct"]
    assert answer.table is not None
    assert answer.table.rows[0] == ["Enterprise", 903_400.0]
    assert answer.charts[0]["title"] == "MRR"
    assert answer.provenance[0].evidence == "recorded"
    assert answer.suggestions == ["And by plan?"]
    assert (answer.kind, answer.model, answer.fallback, answer.grounded) == (
        "answer",
        "builtin",
        False,
        True,
    )
    assert answer.session_id
    assert answer.audit_id
    assert answer.latency_ms > 0


async def test_steps_come_first_and_tokens_spell_the_answer(make_turns: Make, asker: Asker) -> None:
    """A door can render as events arrive."""
    events = await _events(make_turns(), asker)
    assert [type(event) for event in events[:2]] == [StepStarted, StepFinished]
    started, finished = events[0], events[1]
    assert isinstance(started, StepStarted)
    assert isinstance(finished, StepFinished)
    assert started.label == "Looking up your metrics"
    assert (finished.id, finished.ok, finished.summary) == (started.id, True, SUMMARY)
    assert _spelled(events) == _answer(events).answer


async def test_the_planner_is_told_who_asks(
    make_turns: Make, planner_says: Planner, asker: Asker
) -> None:
    """Scope, day and page go to the planner; a client out of scope is on no page."""
    planner: Any = planner_says()
    turns = make_turns(planner)
    await _events(turns, asker, page=PageContext(customer_id="C-1", segment="SMB"))
    await _events(turns, asker, page=PageContext(customer_id="C-2"))
    told = [kwargs["turn"] for _, kwargs in planner.asked]
    assert (told[0].page_customer_id, told[0].page_segment) == ("C-1", "SMB")
    assert (told[0].user_name, told[0].role, told[0].scope) == ("Ann", "analyst", asker.scope)
    assert told[-1].page_customer_id is None


async def test_the_planners_own_words_reach_the_response(
    make_turns: Make, planner_says: Planner, asker: Asker
) -> None:
    """Kind, pending and suggestions come from the final message."""
    pending = {"name": "log_intervention", "args": {"customer": "C-1"}}
    planner = planner_says("Shall I?", kind="confirmation", pending=pending, suggestions=["Yes"])
    answer = _answer(await _events(make_turns(planner), asker))
    assert (answer.kind, answer.suggestions) == ("confirmation", ["Yes"])
    assert answer.pending is not None
    assert answer.pending.model_dump() == pending


async def test_a_wrong_figure_never_shows(
    make_turns: Make, planner_says: Planner, asker: Asker
) -> None:
    """The tool's own wording takes the sentence's place, in the stream too."""
    events = await _events(make_turns(planner_says("Fine. MRR is $9.9M. Good.")), asker)
    assert _answer(events).answer == f"Fine. {SUMMARY} {CAVEAT} Good."
    assert "9.9" not in _spelled(events)


async def test_unsupported_and_missing_figures_are_counted(
    make_turns: Make, planner_says: Planner, logged: list[dict[str, Any]], asker: Asker
) -> None:
    """The log tells how often a model states what nothing backs, or leaves its figures out."""
    await _events(make_turns(planner_says("MRR is $9.9M, up 3.4 %.")), asker)
    await _events(make_turns(planner_says("All is well.")), asker)
    rates = [entry for entry in logged if entry["event"] == "grounding"]
    assert [(r["figures"], r["unsupported"], r["missing"]) for r in rates] == [(2, 1, 0), (0, 0, 1)]


async def test_the_next_turn_remembers(
    make_turns: Make, planner_says: Planner, asker: Asker
) -> None:
    """A second turn sees the first with its results, in another process too."""
    await _events(make_turns(), asker)
    planner: Any = planner_says()
    await _events(make_turns(planner), asker, "And by plan?")
    seen: list[BaseMessage] = planner.asked[0][0]
    assert [message.type for message in seen] == ["human", "ai", "tool", "ai", "human"]
    assert isinstance(seen[2], ToolMessage)
    assert seen[2].artifact["facts"][0]["name"] == "mrr"


async def test_another_user_sees_nothing_of_a_session(
    make_turns: Make, planner_says: Planner, asker: Asker
) -> None:
    """A known session id does not open somebody's conversation."""
    await _events(make_turns(), asker)
    planner: Any = planner_says()
    other = Asker(user_id="bob", name="Bob", role="analyst", scope=asker.scope)
    await _events(make_turns(planner), other)
    assert len(planner.asked[0][0]) == 1


async def test_a_turn_is_recorded(make_turns: Make, trail: Any, asker: Asker) -> None:
    """The audit log holds the question, each call and its rows, under the answer's id."""
    answer = _answer(await _events(make_turns(), asker))
    turn, call = trail.events
    assert (turn.action, turn.arguments["question"]) == ("turn", "What is our MRR?")
    assert (call.action, call.tool, call.rows) == ("tool_call", "query_metrics", 300)
    assert {turn.audit_id, call.audit_id} == {answer.audit_id}
    assert {event.data_left for event in trail.events} == {False}


async def test_a_language_model_drives_the_same_tools(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    trail: Any,
    asker: Asker,
) -> None:
    """It reads the house rules and the day; a caveat it forgets is added; its call is recorded."""
    model = scripted(script=[looks_up(), AIMessage("MRR is $1.2M, up 3.4 %.")])
    answer = _answer(await _events(make_turns(llm=model), asker))
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
    asker: Asker,
) -> None:
    """The request names the sentence; the corrected one takes its place."""
    model = scripted(
        script=[looks_up(), AIMessage("MRR is $5M. All fine."), AIMessage("MRR is $1.2M.")]
    )
    events = await _events(make_turns(llm=model), asker)
    assert _answer(events).answer == f"MRR is $1.2M. All fine.\n\n{CAVEAT}{OWN_SERVER}"
    assert "- MRR is $5M." in model.asked[2][0][-1].text
    assert len(model.asked) == 3
    assert _spelled(events) == _answer(events).answer


async def test_the_store_keeps_what_was_shown(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    memory: Any,
    asker: Asker,
) -> None:
    """Neither the failed draft nor the request to mend is remembered."""
    model = scripted(script=[looks_up(), AIMessage("MRR is $5M."), AIMessage("MRR is $1.2M.")])
    await _events(make_turns(llm=model), asker)
    kept = memory.rows["s", "ann"]
    assert [row["type"] for row in kept] == ["human", "ai", "tool", "ai"]
    assert kept[-1]["data"]["content"] == f"MRR is $1.2M.\n\n{CAVEAT}"


async def test_figures_without_a_look_up_are_not_believed(
    make_turns: Make, scripted: Callable[..., Any], asker: Asker
) -> None:
    """A model that invents twice is replaced by the planner, visibly."""
    answer = _answer(
        await _events(make_turns(llm=scripted(script=[AIMessage("MRR is $5M.")])), asker)
    )
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
    asker: Asker,
    script: list[Any],
    words: str,
) -> None:
    """Down, empty or circling: the planner answers and the note says why."""
    answer = _answer(await _events(make_turns(llm=scripted(script=script)), asker))
    assert f"The language model {words}" in answer.answer
    assert answer.answer.endswith("MRR is $1.2M.")
    assert (answer.fallback, answer.grounded) == (True, True)


async def test_a_hanging_language_model_is_replaced(
    make_turns: Make, scripted: Callable[..., Any], trail: Any, asker: Asker
) -> None:
    """The time limit is the turn's; the attempt is recorded all the same."""
    model = scripted(script=[AIMessage("Late.")], delay_seconds=0.5)
    answer = _answer(await _events(make_turns(llm=model, timeout_seconds=0.1), asker))
    assert "did not answer in time;" in answer.answer
    assert trail.events[0].action == "model_call"


async def test_words_of_a_model_that_fails_midway_are_withdrawn(
    make_turns: Make, looks_up: Callable[..., AIMessage], scripted: Callable[..., Any], asker: Asker
) -> None:
    """What was streamed before the failure is taken back."""
    model = scripted(script=[looks_up(), AIMessage("MRR is $1.2M. More. ")], breaks_after=4)
    events = await _events(make_turns(llm=model), asker)
    assert Withdrawn() in events
    assert _spelled(events) == _answer(events).answer
    assert _answer(events).fallback


async def test_a_broken_planner_apologises(
    make_turns: Make, scripted: Callable[..., Any], asker: Asker
) -> None:
    """Never a raw exception: an incident id without digits, and what to do."""
    answer = _answer(
        await _events(make_turns(scripted(script=[RuntimeError("secret detail")])), asker)
    )
    assert answer.kind == "refusal"
    assert answer.answer.startswith(apology("").split("(", maxsplit=1)[0])
    assert "secret" not in answer.answer
    assert not any(map(str.isdigit, answer.answer))


async def test_a_tool_that_breaks_does_not_end_the_turn(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    asker: Asker,
) -> None:
    """The model reads that it failed, not why."""
    model = scripted(script=[looks_up("broken_tool", x=1), AIMessage("Sorry.")])
    model.script[0].tool_calls[0]["args"] = {}
    events = await _events(make_turns(model), asker)
    (finished,) = [event for event in events if isinstance(event, StepFinished)]
    assert not finished.ok
    assert "secret" not in finished.summary
    assert _answer(events).answer == "Sorry."


async def test_a_tool_that_takes_a_while_says_what_it_is_at(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    asker: Asker,
) -> None:
    """Its progress comes between the step's start and its end, under the step's own id."""
    model = scripted(script=[looks_up("patient_tool"), AIMessage("It is done.")])
    model.script[0].tool_calls[0]["args"] = {}
    events = await _events(make_turns(model), asker)
    steps = [e for e in events if isinstance(e, StepStarted | StepProgress | StepFinished)]
    kinds = [StepStarted, StepProgress, StepProgress, StepFinished]
    assert [type(event) for event in steps] == kinds
    assert len({event.id for event in steps}) == 1
    told = [event.progress for event in steps if isinstance(event, StepProgress)]
    assert told == ["reading the first half", "reading the second half"]


async def test_a_refused_call_can_be_mended(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    asker: Asker,
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
    answer = _answer(await _events(make_turns(llm=model), asker))
    heard = [messages[-1].text for messages, _ in model.asked[1:3]]
    assert "'mrr' or 'nrr'" in heard[0]
    assert heard[1] == "No segment 'Tiny'. Allowed: SMB, Enterprise."
    assert not answer.fallback


async def test_why_a_model_is_not_used_is_said_once(make_turns: Make, asker: Asker) -> None:
    """The first answer of a conversation carries the note, later ones do not."""
    turns = make_turns(note="A model is not used.")
    first = _answer(await _events(turns, asker))
    second = _answer(await _events(turns, asker))
    assert first.answer == "MRR is $1.2M.\n\n> A model is not used."
    assert second.answer == "MRR is $1.2M."
    assert not first.fallback


async def test_definitions_may_be_quoted_when_asked_for(
    make_turns: Make, planner_says: Planner, asker: Asker
) -> None:
    """A constant of a definition passes when the user asks how a figure is made."""
    definitions = {"arr": "ARR is 12 × MRR"}
    turns = make_turns(planner_says("ARR is 12 × MRR."), definitions=definitions)
    asked = _answer(await _events(turns, asker, "How is ARR calculated?"))
    assert asked.answer == "ARR is 12 × MRR."
    assert asked.facts[-1].name == "definition:arr"
    other = _answer(await _events(turns, asker, "Show me ARR"))
    assert "12" not in other.answer


async def test_a_preamble_to_another_call_is_withdrawn(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    asker: Asker,
) -> None:
    """Words that turn out to lead to a further look-up are no part of the answer."""
    more = looks_up().model_copy(update={"content": "MRR is $1.2M. Now the other one. "})
    model = scripted(script=[looks_up(), more, AIMessage("MRR is $1.2M.")])
    events = await _events(make_turns(llm=model), asker)
    assert Withdrawn() in events
    assert _spelled(events) == _answer(events).answer
    assert len(_answer(events).tool_calls) == 2
