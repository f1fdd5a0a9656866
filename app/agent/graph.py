"""The agent: one loop of model and tools, the same for every model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ToolCallLimitMiddleware,
    ToolErrorMiddleware,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.graph.state import CompiledStateGraph

from app.agent.guard import Guard
from app.agent.middleware import (
    CallRecord,
    PlannerKwargs,
    ProviderRetry,
    TurnPrompt,
    tool_fault,
)
from app.agent.turn_context import TurnContext

Agent = CompiledStateGraph[Any, TurnContext, Any, Any]

MODEL_CALLS_A_TURN = 8
TOOL_CALLS_A_TURN = 12
_PROMPT = Path(__file__).with_name("prompt.md")


def planner_agent(planner: BaseChatModel, tools: Sequence[BaseTool]) -> Agent:
    """The loop around the built-in planner.

    Its words come all at once: streaming them one by one would cost a thread hop a word.
    """
    at_once = planner.model_copy(update={"disable_streaming": True})
    return _agent(at_once, tools, [PlannerKwargs()])


def llm_agent(model: BaseChatModel, tools: Sequence[BaseTool], guard: Guard | None) -> Agent:
    """The loop around a language model: with house rules and retries.

    Args:
        model: The model.
        tools: What it may call.
        guard: Stands innermost; None for a model on a server of one's own.
    """
    if guard is not None:
        return _agent(model, tools, [ProviderRetry(), guard])
    return _agent(model, tools, [TurnPrompt(house_rules()), ProviderRetry(), CallRecord()])


def house_rules() -> str:
    """What every language model is told."""
    return _PROMPT.read_text(encoding="utf-8")


def _agent(
    model: BaseChatModel,
    tools: Sequence[BaseTool],
    around_model: Sequence[AgentMiddleware[Any, TurnContext, Any]],
) -> Agent:
    limits: list[AgentMiddleware[Any, TurnContext, Any]] = [
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS_A_TURN, exit_behavior="error"),
        ToolCallLimitMiddleware(run_limit=TOOL_CALLS_A_TURN, exit_behavior="continue"),
    ]
    return create_agent(
        model,
        tools=list(tools),
        middleware=[*limits, *around_model, ToolErrorMiddleware(tool_fault)],
        context_schema=TurnContext,
    )
