"""What stands around every model call and tool call."""

import asyncio
import secrets
import string
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain.agents.middleware.types import AgentState
from langchain_core.messages import HumanMessage, SystemMessage
from langgraph.prebuilt.tool_node import ToolCallRequest

from app.agent.history import without_artifacts
from app.agent.outages import outage
from app.agent.outbox import sent, tokens_of
from app.agent.provider_errors import classify
from app.agent.turn_context import TurnContext, in_words

log = structlog.get_logger(__name__)

MAX_TRIES = 3
LONGEST_WAIT_SECONDS = 5.0
"""A provider that asks for more is not waited for: the planner answers."""

_MALFORMED_HINT = (
    "Your last tool call could not be parsed. Call one of the tools again, with arguments that are "
    "valid JSON of its schema, or answer in words."
)

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]


class PlannerKwargs(AgentMiddleware[AgentState[Any], TurnContext, Any]):
    """Hands the built-in planner its turn."""

    async def awrap_model_call(
        self, request: ModelRequest[TurnContext], handler: Handler
    ) -> ModelResponse[Any]:
        """Call the planner with `turn=`."""
        turn = request.runtime.context.planner
        return await handler(request.override(model_settings={"turn": turn}))


class TurnPrompt(AgentMiddleware[AgentState[Any], TurnContext, Any]):
    """Gives a language model of one's own the house rules and who asks, and no whole results.

    Args:
        rules: The text of `prompt.md`.
    """

    def __init__(self, rules: str) -> None:
        super().__init__()
        self._rules = rules

    async def awrap_model_call(
        self, request: ModelRequest[TurnContext], handler: Handler
    ) -> ModelResponse[Any]:
        """Call the model with the prompt of this turn."""
        prompt = SystemMessage(f"{self._rules}\n\n{in_words(request.runtime.context.planner)}")
        messages = without_artifacts(request.messages)
        return await handler(request.override(system_message=prompt, messages=messages))


class CallRecord(AgentMiddleware[AgentState[Any], TurnContext, Any]):
    """Notes every call of a provider, failed ones included; it stands innermost."""

    async def awrap_model_call(
        self, request: ModelRequest[TurnContext], handler: Handler
    ) -> ModelResponse[Any]:
        """Measure what goes out, then what it took."""
        prompt = [request.system_message] if request.system_message else []
        note = sent([*prompt, *request.messages], request.tools)
        request.runtime.context.outbox.calls.append(note)
        response = await handler(request)
        note.tokens = tokens_of(response.result)
        return response


class ProviderRetry(AgentMiddleware[AgentState[Any], TurnContext, Any]):
    """Tries a failed model call again where that can help, with bounded waits."""

    async def awrap_model_call(
        self, request: ModelRequest[TurnContext], handler: Handler
    ) -> ModelResponse[Any]:
        """Call the model, up to `MAX_TRIES` times."""
        attempt = request
        for tried in range(1, MAX_TRIES + 1):
            try:
                return await handler(attempt)
            except Exception as error:
                failure = classify(error)
                wait = failure.wait_seconds if failure.wait_seconds is not None else 0.5 * tried
                gives_up = tried == MAX_TRIES or wait > LONGEST_WAIT_SECONDS
                if not failure.retryable or gives_up:
                    raise
                log.warning("model call failed", error=type(error).__name__, tried=tried)
            if failure.malformed:
                attempt = request.override(
                    messages=[*request.messages, HumanMessage(_MALFORMED_HINT)]
                )
            else:
                await asyncio.sleep(wait)
        raise AssertionError  # the loop returns or raises


def tool_fault(error: Exception, request: ToolCallRequest) -> str:
    """What a model reads of a tool's unexpected exception: the other tools still answer."""
    if (cause := outage(error)) is not None:
        log.error("tool not served", tool=request.tool_call["name"], problem=cause)
        return cause
    incident = new_incident()
    log.error("tool failed", tool=request.tool_call["name"], incident=incident, exc_info=error)
    return f"This look-up failed on our side (incident {incident}); try again later."


def new_incident() -> str:
    """A short id to find a failure in the log; letters only, so that it is no figure."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(8))
