"""One object answers every turn of everybody."""

import asyncio
from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel

from app.agent.context import PageContext
from app.agent.turn import Turns
from app.governance.identity import Asker

Make = Callable[..., Turns]
Planner = Callable[..., BaseChatModel]


async def test_many_turns_at_once_do_not_mix(make_turns: Make, asker: Asker) -> None:
    """One object serves everybody."""
    turns = make_turns()
    answers = await asyncio.gather(
        *(
            turns.answer(Asker(f"u{i}", "U", "analyst", asker.scope), "MRR?", None, PageContext())
            for i in range(10)
        )
    )
    assert [answer.tool_calls[0].args["user"] for answer in answers] == [f"u{i}" for i in range(10)]
    assert len({answer.session_id for answer in answers}) == 10


def test_warming_up_leaves_no_trace(
    make_turns: Make, planner_says: Planner, memory: Any, trail: Any
) -> None:
    """Questions asked for the sake of imports are neither kept nor recorded."""
    planner: Any = planner_says()
    make_turns(planner).warm_up()
    assert planner.asked
    assert (memory.rows, trail.events) == ({}, [])
