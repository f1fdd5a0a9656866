"""The planner as a LangChain chat model."""

from datetime import date
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_tests.unit_tests import ChatModelUnitTests

from app.agent.planner.building import sample_lexicon
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.model import BuiltinPlanner
from data.query import Scope
from tools.contract import Fact, Provenance, ToolResult

LEXICON = sample_lexicon()


def _lexicon(_: Scope) -> Lexicon:
    return LEXICON


class TestStandardSuite(ChatModelUnitTests):
    """LangChain's own tests for chat models."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        """The model under test."""
        return BuiltinPlanner

    @property
    def chat_model_params(self) -> dict[str, Any]:
        """What it takes."""
        return {"lexicon_for": _lexicon}


@pytest.fixture
def planner() -> BuiltinPlanner:
    """A planner over the sample lexicon."""
    return BuiltinPlanner(lexicon_for=_lexicon)


def _spec(name: str, *properties: str) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": name,
            "parameters": {"type": "object", "properties": {p: {} for p in properties}},
        },
    }


METRICS = _spec("query_metrics", "metrics", "filters", "period", "dimensions", "grain")
CARD = _spec("get_customer", "customer")


def _result(summary: str = "MRR is $1.2M as of 20 November 2026.") -> ToolResult:
    return ToolResult(
        summary=summary,
        args={"metrics": ["mrr"]},
        facts=[Fact(name="mrr", value=1_200_000.0, unit="usd")],
        provenance=[
            Provenance(
                tool="query_metrics",
                table="gold.customer_metrics",
                as_of=date(2026, 11, 20),
                rows=1,
                definition="MRR: monthly recurring revenue.",
                evidence="recorded",
            )
        ],
        caveats=["The current month is not over."],
        suggestions=["MRR by segment"],
    )


def _answered(question: str, call: AIMessage, result: ToolResult) -> list[Any]:
    tool_message = ToolMessage(
        result.summary, tool_call_id=call.tool_calls[0]["id"], artifact=result.model_dump()
    )
    return [HumanMessage(question), call, tool_message]


def test_it_calls_a_bound_tool(planner: BuiltinPlanner) -> None:
    """A question becomes a tool call with resolved arguments."""
    reply = planner.bind_tools([METRICS]).invoke([HumanMessage("ARR of SMB?")])
    (call,) = reply.tool_calls
    assert call["name"] == "query_metrics"
    assert call["args"]["metrics"] == ["arr"]
    assert call["args"]["filters"] == [{"dimension": "segment", "op": "=", "value": "SMB"}]


def test_it_never_calls_an_unbound_tool(planner: BuiltinPlanner) -> None:
    """What is not bound is refused in one honest sentence without a number."""
    reply = planner.bind_tools([METRICS]).invoke([HumanMessage("Forecast MRR for 30 days")])
    assert not reply.tool_calls
    assert reply.additional_kwargs["kind"] == "refusal"
    assert "cannot forecast" in reply.text


def test_arguments_fit_the_bound_schema(planner: BuiltinPlanner) -> None:
    """An argument that the tool does not take is left out."""
    bound = planner.bind_tools([_spec("query_metrics", "metrics")])
    reply = bound.invoke([HumanMessage("Top 3 regions by ARR")])
    assert set(reply.tool_calls[0]["args"]) == {"metrics"}


def test_the_same_conversation_gives_the_same_ids(planner: BuiltinPlanner) -> None:
    """Ids are deterministic."""
    bound = planner.bind_tools([METRICS])
    first, second = (bound.invoke([HumanMessage("What is our MRR?")]) for _ in range(2))
    assert first.tool_calls == second.tool_calls
    assert first.id == second.id


def test_the_answer_is_made_of_the_result(planner: BuiltinPlanner) -> None:
    """Headline, caveat, evidence, source and suggestions come from the tool."""
    bound = planner.bind_tools([METRICS])
    call = bound.invoke([HumanMessage("What is our MRR?")])
    reply = bound.invoke(_answered("What is our MRR?", call, _result()))
    assert reply.text.startswith("MRR is $1.2M")
    assert "The current month is not over." in reply.text
    assert "Source: client metrics, as of 20 Nov 2026 (recorded)" in reply.text
    assert reply.additional_kwargs["suggestions"] == ["MRR by segment"]


def test_a_changed_result_changes_the_answer(planner: BuiltinPlanner) -> None:
    """The answer states what the tool returned and nothing else."""
    bound = planner.bind_tools([METRICS])
    call = bound.invoke([HumanMessage("What is our MRR?")])
    other = bound.invoke(_answered("What is our MRR?", call, _result("MRR is $7.7M.")))
    assert "$7.7M" in other.text
    assert "$1.2M" not in other.text


def test_a_definition_leads(planner: BuiltinPlanner) -> None:
    """“How is … calculated?” is answered with the definition first."""
    bound = planner.bind_tools([METRICS])
    question = "How is MRR calculated?"
    call = bound.invoke([HumanMessage(question)])
    reply = bound.invoke(_answered(question, call, _result()))
    assert reply.text.startswith("MRR: monthly recurring revenue.")


def test_streaming_gives_the_same_words(planner: BuiltinPlanner) -> None:
    """The chunks add up to the message, its kind included."""
    messages = [HumanMessage("hello")]
    chunks = list(planner.stream(messages))
    whole = planner.invoke(messages)
    assert len(chunks) > 3
    assert "".join(str(chunk.text) for chunk in chunks) == whole.text
    joined = chunks[0]
    for chunk in chunks[1:]:
        joined += chunk
    assert joined.additional_kwargs["kind"] == whole.additional_kwargs["kind"]


def test_streamed_calls_are_whole(planner: BuiltinPlanner) -> None:
    """A streamed tool call has the arguments of the invoked one."""
    bound = planner.bind_tools([METRICS])
    messages = [HumanMessage("NRR last quarter")]
    pieces = list(bound.stream(messages))
    calls = [call for piece in pieces for call in piece.tool_calls]
    assert calls == bound.invoke(messages).tool_calls


def test_a_refused_argument_is_mended_once(planner: BuiltinPlanner) -> None:
    """An error that lists what is allowed is mended by the nearest value, one time only."""
    bound = planner.bind_tools([METRICS])
    call = bound.invoke([HumanMessage("ARR of SMB?")])
    refusal = ToolMessage(
        "Unknown segment 'SMB'. Allowed: SMBs, Big.",
        tool_call_id=call.tool_calls[0]["id"],
        status="error",
    )
    again = bound.invoke([HumanMessage("ARR of SMB?"), call, refusal])
    assert again.tool_calls[0]["args"]["filters"][0]["value"] == "SMBs"
    second = ToolMessage(
        "Unknown segment 'SMBs'. Allowed: SMBx.",
        tool_call_id=again.tool_calls[0]["id"],
        status="error",
    )
    final = bound.invoke([HumanMessage("ARR of SMB?"), call, refusal, again, second])
    assert not final.tool_calls
    assert "Unknown segment" in final.text


def test_a_final_refusal_is_told_plainly(planner: BuiltinPlanner) -> None:
    """An error without alternatives ends the turn with its own words."""
    bound = planner.bind_tools([CARD])
    call = bound.invoke([HumanMessage("Tell me about Meridian Foods")])
    error = ToolMessage(
        "No client of that name.", tool_call_id=call.tool_calls[0]["id"], status="error"
    )
    reply = bound.invoke([HumanMessage("Tell me about Meridian Foods"), call, error])
    assert reply.text == "No client of that name."


def test_it_drives_an_agent(planner: BuiltinPlanner) -> None:
    """In LangChain's agent loop it calls, reads the artifact and answers."""

    @tool(response_format="content_and_artifact")
    def query_metrics(metrics: list[str]) -> tuple[str, ToolResult]:
        """Key figures."""
        return f"{metrics}", _result()

    agent = create_agent(planner, [query_metrics])
    state = agent.invoke({"messages": [HumanMessage("What is our MRR?")]})
    assert "$1.2M" in state["messages"][-1].text
