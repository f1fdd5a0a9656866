"""Tool functions become tools: schema out, summary and whole result back, errors mendable."""

from typing import Any, TypedDict, cast

import pytest
from langchain_core.messages import ToolMessage, convert_to_messages
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolNode

from data.query import Scope
from tools.contract import Fact, ToolArgs, ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.registry import TOOLS, ToolFunction, build_tools

DESIGNED = {
    "query_metrics",
    "list_customers",
    "get_customer",
    "predict_churn",
    "explain_churn",
    "evaluate_rules",
    "search_playbooks",
    "get_playbook",
    "forecast_metric",
    "recommend_action",
    "simulate_strategy",
    "compare_strategies",
    "start_experiment",
    "analyze_experiment",
    "analyze_feedback",
    "cohort_retention",
    "draft_outreach",
    "log_intervention",
    "export_report",
}


class CountArgs(ToolArgs):
    """What to count."""

    what: str
    limit: int = 5


def count_things(args: CountArgs, context: ToolContext) -> ToolResult:
    """Count things.

    Not for people.
    """
    if args.what == "stars":
        raise FinalToolError("Stars cannot be counted.")
    if args.what != "clients":
        raise RetryableToolError(f"Unknown thing {args.what!r}.", ["clients"])
    return ToolResult(
        summary="There are 3.",
        args={"what": args.what, "limit": args.limit, "user": context.user_id},
        facts=[Fact(name="n", value=3, unit="count")],
        caveats=["Not all are counted."],
    )


class _State(TypedDict):
    messages: list[Any]


def _call(function: ToolFunction, **args: Any) -> ToolMessage:
    """Run one call as the agent does: through a tool node, with a run's context."""
    graph = StateGraph(_State, context_schema=ToolContext)
    graph.add_node("tools", ToolNode(build_tools([function])))
    graph.add_edge(START, "tools")
    graph.add_edge("tools", END)
    context = ToolContext(
        user_id="ann",
        role="analyst",
        scope=Scope(),
        gold=cast("Any", None),
        churn=cast("Any", None),
        playbooks=cast("Any", None),
    )
    asked = {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"name": function.__name__, "args": args, "id": "1", "type": "tool_call"}],
    }
    messages = graph.compile().invoke(
        {"messages": [convert_to_messages([asked])[0]]}, context=context
    )["messages"]
    return messages[-1]


def test_the_model_reads_summary_and_caveats() -> None:
    """The whole result rides along as the artifact; who asks comes from the run."""
    message = _call(count_things, what="clients")
    assert message.content == "There are 3.\nNot all are counted."
    assert isinstance(message.artifact, ToolResult)
    assert message.artifact.args == {"what": "clients", "limit": 5, "user": "ann"}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"what": "cars"}, "Unknown thing 'cars'. Allowed: clients."),
        ({"what": "stars"}, "Stars cannot be counted."),
        ({"what": "clients", "user_id": "bob"}, "Extra inputs are not permitted"),
        ({}, "Field required"),
    ],
)
def test_errors_can_be_mended(args: dict[str, Any], words: str) -> None:
    """A refused call says what was wrong; an identity in the arguments is refused too."""
    message = _call(count_things, **args)
    assert message.status == "error"
    assert words in message.text
    assert message.artifact is None


def test_the_schema_is_the_argument_class() -> None:
    """A model sees our fields, defaults and docstring, and nothing of the context."""
    (tool,) = build_tools([count_things])
    assert set(tool.args) == {"what", "limit"}
    assert tool.description == "Count things.\n\nNot for people."


def test_a_function_without_an_argument_class_is_refused() -> None:
    """The mistake shows when tools are built, not when one is called."""

    def bad(args: dict[str, Any], context: ToolContext) -> ToolResult:
        raise NotImplementedError

    with pytest.raises(TypeError, match="ToolArgs class"):
        build_tools([bad])


def test_the_tools_are_the_designed_ones() -> None:
    """Names are a contract; each says when to use it and refuses unknown arguments."""
    tools = {tool.name: tool for tool in build_tools(TOOLS)}
    assert set(tools) == DESIGNED
    for tool in tools.values():
        assert len(tool.description) > 100, tool.name
        schema = cast("Any", tool.args_schema)
        assert schema.model_config.get("extra") == "forbid", tool.name
