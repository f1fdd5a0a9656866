"""A turn without a warehouse: scripted models, two small tools, conversations in memory."""

import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, cast

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field
from structlog.testing import capture_logs

from app.agent.llm import BUILTIN, LlmChoice
from app.agent.turn import TurnParts, Turns
from app.governance.audit import AuditEvent
from app.governance.identity import Asker
from data.query import Scope
from tools.contract import (
    Chart,
    ChurnPort,
    Column,
    Fact,
    PlaybookPort,
    Provenance,
    Series,
    Table,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.errors import RetryableToolError

AS_OF = date(2026, 10, 20)
Step = AIMessage | Exception | Callable[[list[BaseMessage], dict[str, Any]], AIMessage]


class ScriptedModel(BaseChatModel):
    """Says what it is told to, call by call; records what it was asked."""

    script: list[Any]
    asked: list[tuple[list[BaseMessage], dict[str, Any]]] = Field(default_factory=list)
    delay_seconds: float = 0.0
    breaks_after: int | None = None

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Accept tools as a chat model must."""
        return cast(
            "Runnable[Any, AIMessage]",
            self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs),
        )

    def _next(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        step = self.script[min(len(self.asked), len(self.script) - 1)]
        self.asked.append((messages, kwargs))
        time.sleep(self.delay_seconds)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, AIMessage) else step(messages, kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 -- the base's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages, kwargs))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 -- the base's signature
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = self._next(messages, kwargs)
        words = message.text.split(" ")
        for position, word in enumerate(words):
            if position == self.breaks_after:
                raise ConnectionError("cut")
            text = word if position == len(words) - 1 else f"{word} "
            yield _chunk(AIMessageChunk(content=text), run_manager)
        yield _chunk(
            AIMessageChunk(
                content="",
                tool_calls=message.tool_calls,
                additional_kwargs=message.additional_kwargs,
                usage_metadata=message.usage_metadata,
                chunk_position="last",
            ),
            run_manager,
        )


def _chunk(
    message: AIMessageChunk, run_manager: CallbackManagerForLLMRun | None
) -> ChatGenerationChunk:
    chunk = ChatGenerationChunk(message=message)
    if run_manager:
        run_manager.on_llm_new_token(message.text, chunk=chunk)
    return chunk


class KpiArgs(ToolArgs):
    """Arguments of `query_metrics`."""

    metric: Literal["mrr", "nrr"]
    segment: str | None = None


def query_metrics(args: KpiArgs, context: ToolContext) -> ToolResult:
    """Look up a KPI."""
    if args.segment not in {None, "SMB", "Enterprise"}:
        raise RetryableToolError(f"No segment {args.segment!r}.", ["SMB", "Enterprise"])
    return ToolResult(
        summary="MRR is $1,203,400, up 3.4 % on the month before.",
        args={"metrics": [args.metric], "user": context.user_id},
        facts=[
            Fact(name="mrr", value=1_203_400.0, unit="usd"),
            Fact(name="mrr_change_pct", value=3.4, unit="pct"),
        ],
        table=Table(
            columns=[Column(name="segment", unit="text"), Column(name="mrr", unit="usd")],
            rows=[["Enterprise", 903_400.0], ["SMB", 300_000.0]],
        ),
        charts=[
            Chart(
                kind="bar",
                title="MRR",
                series=[Series(name="MRR", x=["Enterprise", "SMB"], y=[903_400.0, 300_000.0])],
                unit="usd",
            )
        ],
        provenance=[
            Provenance(
                tool="query_metrics",
                table="gold.customer_metrics",
                as_of=AS_OF,
                rows=300,
                definition="MRR of active clients",
                evidence="recorded",
            )
        ],
        caveats=["The current month is not complete."],
        suggestions=["And by plan?"],
    )


class BreakArgs(ToolArgs):
    """No arguments."""


def broken_tool(args: BreakArgs, context: ToolContext) -> ToolResult:
    """Fail in a way nobody foresaw."""
    raise RuntimeError("secret detail")


def patient_tool(args: BreakArgs, context: ToolContext) -> ToolResult:
    """Take a while, and say what it is at."""
    context.tell("reading the first half")
    context.tell("reading the second half")
    return ToolResult(summary="Done.", args=args.model_dump())


class Trail:
    """Audit events in memory."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def append(self, events: Sequence[AuditEvent], /) -> None:
        """Like the audit log."""
        self.events.extend(events)


@dataclass
class Memory:
    """Conversations in memory."""

    rows: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def load(self, session_id: str, user_id: str, *, limit: int) -> list[dict[str, Any]]:
        """Like the store."""
        return self.rows.get((session_id, user_id), [])[-limit:]

    def append(self, session_id: str, user_id: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Like the store."""
        self.rows.setdefault((session_id, user_id), []).extend(map(dict, messages))


class StubGold:
    """As much of the warehouse as a turn itself reads."""

    as_of = AS_OF

    def customer(self, customer_id: str, _scope: Scope, /) -> dict[str, Any] | None:
        """Only one client is visible."""
        return {"customer_id": customer_id} if customer_id == "C-1" else None


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged, instead of the terminal."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def asker() -> Asker:
    """An analyst who may see everything."""
    return Asker(user_id="ann", name="Ann", role="analyst", scope=Scope())


@pytest.fixture
def memory() -> Memory:
    """An empty store."""
    return Memory()


def call(name: str = "query_metrics", **args: Any) -> AIMessage:
    """A model's tool call."""
    values = args or {"metric": "mrr"}
    return AIMessage("", tool_calls=[{"name": name, "args": values, "id": f"c{id(values)}"}])


def planner_script(answer: str = "MRR is $1.2M.", **said: Any) -> ScriptedModel:
    """A planner that looks MRR up and answers, statelessly, in every turn."""

    def step(messages: list[BaseMessage], _: dict[str, Any]) -> AIMessage:
        if isinstance(messages[-1], ToolMessage):
            return AIMessage(answer, additional_kwargs=said)
        return call()

    return ScriptedModel(script=[step])


@pytest.fixture
def trail() -> Trail:
    """An empty audit log."""
    return Trail()


@pytest.fixture
def make_turns(memory: Memory, trail: Trail) -> Callable[..., Turns]:
    """Turns around scripted models."""

    def make(
        planner: BaseChatModel | None = None,
        llm: BaseChatModel | None = None,
        *,
        note: str | None = None,
        timeout_seconds: float = 5.0,
        definitions: Mapping[str, str] | None = None,
    ) -> Turns:
        name = BUILTIN if llm is None else "test:model"
        parts = TurnParts(
            planner=planner or planner_script(),
            llm=LlmChoice(name, llm, note, trust="private"),
            gold=cast("Any", StubGold()),
            churn=cast("ChurnPort", None),
            playbooks=cast("PlaybookPort", None),
            functions=[query_metrics, broken_tool, patient_tool],
            sessions=memory,
            audit=trail,
            render_chart=lambda chart: chart.model_dump(mode="json"),
            definitions=definitions or {},
            timeout_seconds=timeout_seconds,
        )
        return Turns(parts)

    return make


@pytest.fixture
def scripted() -> type[ScriptedModel]:
    """The class of scripted models."""
    return ScriptedModel


@pytest.fixture
def looks_up() -> Callable[..., AIMessage]:
    """Makes a model's tool call."""
    return call


@pytest.fixture
def planner_says() -> Callable[..., ScriptedModel]:
    """Makes a planner that looks MRR up and answers with given words."""
    return planner_script
