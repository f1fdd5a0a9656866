"""A turn of the built-in planner: what it is told, and what of its words reaches the person."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.language_models import BaseChatModel

from app.agent.context import PageContext
from app.agent.failures import apology
from app.agent.turn import Turns
from app.governance.identity import Asker

Make = Callable[..., Turns]
Hear = Callable[..., Awaitable[Any]]
Planner = Callable[..., BaseChatModel]
SUMMARY = "MRR is $1,203,400, up 3.4 % on the month before."
CAVEAT = "The current month is not complete."


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


async def test_the_planner_is_told_who_asks(
    make_turns: Make, planner_says: Planner, hear: Hear, asker: Asker
) -> None:
    """Scope, day and page go to the planner; a client out of scope is on no page."""
    planner: Any = planner_says()
    turns = make_turns(planner)
    await hear(turns, page=PageContext(customer_id="C-1", segment="SMB"))
    await hear(turns, page=PageContext(customer_id="C-2"))
    told = [kwargs["turn"] for _, kwargs in planner.asked]
    assert (told[0].page_customer_id, told[0].page_segment) == ("C-1", "SMB")
    assert (told[0].user_name, told[0].role, told[0].scope) == ("Ann", "analyst", asker.scope)
    assert told[-1].page_customer_id is None


async def test_the_planners_own_words_reach_the_response(
    make_turns: Make, planner_says: Planner, hear: Hear
) -> None:
    """Kind, pending and suggestions come from the final message."""
    pending = {"name": "log_intervention", "args": {"customer": "C-1"}}
    planner = planner_says("Shall I?", kind="confirmation", pending=pending, suggestions=["Yes"])
    answer = (await hear(make_turns(planner))).answer
    assert (answer.kind, answer.suggestions) == ("confirmation", ["Yes"])
    assert answer.pending is not None
    assert answer.pending.model_dump() == pending


async def test_a_wrong_figure_never_shows(
    make_turns: Make, planner_says: Planner, hear: Hear
) -> None:
    """The tool's own wording takes the sentence's place, in the stream too."""
    heard = await hear(make_turns(planner_says("Fine. MRR is $9.9M. Good.")))
    assert heard.answer.answer == f"Fine. {SUMMARY} {CAVEAT} Good."
    assert "9.9" not in heard.spelled


async def test_unsupported_and_missing_figures_are_counted(
    make_turns: Make, planner_says: Planner, logged: list[dict[str, Any]], hear: Hear
) -> None:
    """The log tells how often a model states what nothing backs, or leaves its figures out."""
    await hear(make_turns(planner_says("MRR is $9.9M, up 3.4 %.")))
    await hear(make_turns(planner_says("All is well.")))
    rates = [entry for entry in logged if entry["event"] == "grounding"]
    assert [(r["figures"], r["unsupported"], r["missing"]) for r in rates] == [(2, 1, 0), (0, 0, 1)]


async def test_definitions_may_be_quoted_when_asked_for(
    make_turns: Make, planner_says: Planner, hear: Hear
) -> None:
    """A constant of a definition passes when the user asks how a figure is made."""
    definitions = {"arr": "ARR is 12 × MRR"}
    turns = make_turns(planner_says("ARR is 12 × MRR."), definitions=definitions)
    asked = (await hear(turns, "How is ARR calculated?")).answer
    assert asked.answer == "ARR is 12 × MRR."
    assert asked.facts[-1].name == "definition:arr"
    other = (await hear(turns, "Show me ARR")).answer
    assert "12" not in other.answer


async def test_why_a_model_is_not_used_is_said_once(make_turns: Make, hear: Hear) -> None:
    """The first answer of a conversation carries the note, later ones do not."""
    turns = make_turns(note="A model is not used.")
    first = (await hear(turns)).answer
    second = (await hear(turns)).answer
    assert first.answer == "MRR is $1.2M.\n\n> A model is not used."
    assert second.answer == "MRR is $1.2M."
    assert not first.fallback


async def test_a_broken_planner_apologises(
    make_turns: Make, scripted: Callable[..., Any], hear: Hear
) -> None:
    """Never a raw exception: an incident id without digits, and what to do."""
    answer = (await hear(make_turns(scripted(script=[RuntimeError("secret detail")])))).answer
    assert answer.kind == "refusal"
    assert answer.answer.startswith(apology("").split("(", maxsplit=1)[0])
    assert "secret" not in answer.answer
    assert not any(map(str.isdigit, answer.answer))
