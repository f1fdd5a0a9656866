"""What is kept of a turn: for the next one, and for the audit log."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from app.agent.turn import Turns
from app.governance.identity import Asker

Make = Callable[..., Turns]
Hear = Callable[..., Awaitable[Any]]
Planner = Callable[..., BaseChatModel]
CAVEAT = "The current month is not complete."


async def test_the_next_turn_remembers(make_turns: Make, planner_says: Planner, hear: Hear) -> None:
    """A second turn sees the first with its results, in another process too."""
    await hear(make_turns())
    planner: Any = planner_says()
    await hear(make_turns(planner), "And by plan?")
    seen: list[BaseMessage] = planner.asked[0][0]
    assert [message.type for message in seen] == ["human", "ai", "tool", "ai", "human"]
    assert isinstance(seen[2], ToolMessage)
    assert seen[2].artifact["facts"][0]["name"] == "mrr"


async def test_another_user_sees_nothing_of_a_session(
    make_turns: Make, planner_says: Planner, hear: Hear, asker: Asker
) -> None:
    """A known session id does not open somebody's conversation."""
    await hear(make_turns())
    planner: Any = planner_says()
    other = Asker(user_id="bob", name="Bob", role="analyst", scope=asker.scope)
    await hear(make_turns(planner), by=other)
    assert len(planner.asked[0][0]) == 1


async def test_a_turn_is_recorded(make_turns: Make, trail: Any, hear: Hear) -> None:
    """The audit log holds the question, each call and its rows, under the answer's id."""
    answer = (await hear(make_turns())).answer
    turn, call = trail.events
    assert (turn.action, turn.arguments["question"]) == ("turn", "What is our MRR?")
    assert (call.action, call.tool, call.rows) == ("tool_call", "query_metrics", 300)
    assert {turn.audit_id, call.audit_id} == {answer.audit_id}
    assert {event.data_left for event in trail.events} == {False}


async def test_the_store_keeps_what_was_shown(
    make_turns: Make,
    scripted: Callable[..., Any],
    looks_up: Callable[..., AIMessage],
    memory: Any,
    hear: Hear,
) -> None:
    """Neither the failed draft nor the request to mend is remembered."""
    model = scripted(script=[looks_up(), AIMessage("MRR is $5M."), AIMessage("MRR is $1.2M.")])
    await hear(make_turns(llm=model))
    kept = memory.rows["s", "ann"]
    assert [row["type"] for row in kept] == ["human", "ai", "tool", "ai"]
    assert kept[-1]["data"]["content"] == f"MRR is $1.2M.\n\n{CAVEAT}"
