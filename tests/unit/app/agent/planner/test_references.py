"""References inside one message to what an earlier part of it brings to light."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from app.agent.planner.building import sample_lexicon
from app.agent.planner.conversation import Conversation, Frame, read_conversation
from app.agent.planner.model import BuiltinPlanner
from app.agent.planner.plan import Plan
from app.agent.planner.references import Made
from app.agent.planner.understanding import understand
from data.query import Scalar
from tools.contract import Column, Table, ToolResult

LEXICON = sample_lexicon()
LISTED = ["C0005", "C0008", "C0010", "C0017", "C0018"]
BOUND = ("list_customers", "query_metrics", "explain_churn", "predict_churn", "get_customer")


def _clients(*ids: str) -> ToolResult:
    columns = [Column(name="customer_id", unit="text"), Column(name="name", unit="text")]
    rows: list[list[Scalar | None]] = [[key, LEXICON.customers[key]] for key in ids]
    return ToolResult(summary=f"{len(rows)} clients.", table=Table(columns=columns, rows=rows))


def _groups(dimension: str, *values: str) -> ToolResult:
    table = Table(columns=[Column(name=dimension, unit="text")], rows=[[v] for v in values])
    return ToolResult(summary="By group.", table=table)


def _after(text: str, *results: ToolResult) -> tuple[Plan, Plan]:
    """The plan of the first round, and that of the second, with the first one's results."""
    first = understand(text, Conversation(), LEXICON, None)
    made = Made(list(zip(first.calls, results, strict=True)))
    return first, understand(text, Conversation(), LEXICON, None, made=made)


ONE_CLIENT: Sequence[tuple[str, int, str, str]] = [
    ("Which five accounts carry the most ARR at risk, and why the first?", 5, "explain_churn", "C0005"),
    ("Which five accounts carry the most ARR at risk, and why the second one?", 5, "explain_churn", "C0008"),
    ("Top 5 by ARR at risk. Why the third one?", 5, "explain_churn", "C0010"),
    ("top 3 by ARR and tell me about the last one", 3, "get_customer", "C0010"),
    ("Show the five riskiest clients and explain the third", 5, "explain_churn", "C0010"),
    ("List the 3 clients with the worst health and predict churn for the first one", 3, "predict_churn", "C0005"),
    ("biggest SMB client and its churn risk", 1, "*", "C0005"),
    ("Who is our riskiest enterprise customer and why?", 1, "explain_churn", "C0005"),
    ("who has the most open tickets and what should we do about them", 1, "recommend_action", "C0005"),
    ("which client has the lowest NPS, and how likely is it to leave?", 1, "predict_churn", "C0005"),
    ("who pays us the most and which rules fire for them", 1, "evaluate_rules", "C0005"),
    ("name the riskiest account, then recommend something for it", 1, "recommend_action", "C0005"),
    ("give me the 4 largest customers and explain why the 2nd one could leave", 4, "explain_churn", "C0008"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "listed", "tool", "customer"), ONE_CLIENT)
def test_one_of_the_list_is_meant(text: str, listed: int, tool: str, customer: str) -> None:
    """The list is called alone; its rows then say who the rest is about."""
    first, second = _after(text, _clients(*LISTED[:listed]))
    assert [call.tool for call in first.calls] == ["list_customers"]
    assert not first.text
    (later,) = second.later
    assert later.args["customer"] == customer
    assert tool in {"*", later.tool}


def test_all_of_a_cut_list_are_meant() -> None:
    """“They” after a top three are these three, not everybody who was ranked."""
    _, second = _after("top 3 by ARR and how likely are they to leave?", _clients(*LISTED[:3]))
    (later,) = second.later
    (only,) = later.args["filters"]
    assert (only["dimension"], only["op"], only["value"]) == ("customer", "in", LISTED[:3])


def test_the_best_group_is_meant() -> None:
    """“Why” after a ranking of groups is about the group that comes first."""
    text = "Which segment has the highest churn rate and why?"
    _, second = _after(text, _groups("segment", "SMB", "Enterprise"))
    (later,) = second.later
    assert later == Frame(
        "explain_churn", {"filters": [{"dimension": "segment", "op": "=", "value": "SMB"}]}
    )


def test_an_empty_list_is_not_explained() -> None:
    """Without a row there is nobody to explain, and no question back."""
    _, second = _after("Top 5 by ARR at risk. Why the first one?", _clients())
    assert not second.later or "customer" not in second.later[0].args


def test_each_list_has_its_own_first() -> None:
    """With two lists, each “first” is that of the list before it."""
    text = (
        "Which three clients have the most open tickets, and why the first? "
        "Which two clients have the lowest health, and why the second one?"
    )
    first, second = _after(text, _clients(*LISTED[:3]), _clients(*LISTED[3:]))
    assert [call.tool for call in first.calls] == ["list_customers"] * 2
    assert [call.args["customer"] for call in second.later] == ["C0005", "C0018"]


@pytest.mark.parametrize(
    "text",
    [
        "Which clients are at risk and what drives churn overall?",
        "Top 5 clients by ARR, and how many customers do we have?",
        "Top 3 clients by MRR and why is Meridian Foods at risk?",
    ],
)
def test_what_stands_alone_does_not_wait(text: str) -> None:
    """A part that needs nothing from the first is called with it."""
    plan = understand(text, Conversation(), LEXICON, None)
    assert len(plan.calls) == 2
    assert not plan.later


def _spec(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": name, "parameters": {}}}


def _tool_message(call: Mapping[str, Any], result: ToolResult) -> ToolMessage:
    return ToolMessage(
        result.summary, tool_call_id=str(call["id"]), artifact=result.model_dump(mode="json")
    )


@pytest.fixture
def ask() -> Callable[[list[Any]], AIMessage]:
    """The planner with its tools bound."""
    planner = BuiltinPlanner(lexicon_for=lambda _: LEXICON)
    bound = planner.bind_tools([_spec(name) for name in BOUND])
    return bound.invoke


def test_the_turn_goes_on_until_all_is_answered(ask: Callable[[list[Any]], AIMessage]) -> None:
    """List, then explanation, then one answer that holds both."""
    messages: list[Any] = [HumanMessage(ONE_CLIENT[0][0])]
    for result in (_clients(*LISTED), ToolResult(summary="Usage fell.")):
        reply = ask(messages)
        (call,) = reply.tool_calls
        messages += [reply, _tool_message(call, result)]
    assert call["name"] == "explain_churn"
    assert call["args"]["customer"] == "C0005"
    answer = ask(messages)
    assert not answer.tool_calls
    assert "5 clients." in answer.text
    assert "Usage fell." in answer.text


def test_what_cannot_follow_is_said(ask: Callable[[list[Any]], AIMessage]) -> None:
    """A later part whose tool is missing is declined beside the answer."""
    messages: list[Any] = [HumanMessage("who has the most open tickets and what should we do?")]
    reply = ask(messages)
    messages += [reply, _tool_message(reply.tool_calls[0], _clients("C0008"))]
    answer = ask(messages)
    assert "1 clients." in answer.text
    assert "cannot recommend" in answer.text


def test_both_rounds_are_remembered(ask: Callable[[list[Any]], AIMessage]) -> None:
    """The next turn knows the list and the client that was explained."""
    messages: list[Any] = [HumanMessage(ONE_CLIENT[0][0])]
    for result in (_clients(*LISTED), ToolResult(summary="Usage fell.")):
        reply = ask(messages)
        messages += [reply, _tool_message(reply.tool_calls[0], result)]
    past = read_conversation([*messages, ask(messages), HumanMessage("and the second one?")])
    assert [frame.tool for frame in past.frames] == ["list_customers", "explain_churn"]
    assert past.listed() == LISTED
    assert past.customer == "C0005"
