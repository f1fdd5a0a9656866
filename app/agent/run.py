"""One run of the agent: the loop's messages in, steps and gated words out."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig

from app.agent.definitions import asks_for_definition
from app.agent.events import StepFinished, StepProgress, StepStarted, Token, TurnEvent, Withdrawn
from app.agent.evidence import Evidence, gather
from app.agent.gate import Gate
from app.agent.graph import Agent
from app.agent.history import result_of
from app.agent.steps import step_label
from app.agent.turn_context import TurnContext
from tools.contract import ToolResult

_CONFIG: RunnableConfig = {"recursion_limit": 60}


@dataclass(slots=True)
class Called:
    """One call of the run; `result` is None while it runs and when it was refused."""

    id: str
    name: str
    args: dict[str, Any]
    answered: bool = False
    result: ToolResult | None = None


class AgentRun:
    """Follows one run; what it collects stays readable afterwards.

    Args:
        agent: The loop to run.
        context: Who asks, and what the tools work with.
        user_text: What the user just said.
        definitions: Words of every definition an answer may quote.
        earlier: Results of the turn so far, when a run continues it.
    """

    def __init__(
        self,
        agent: Agent,
        context: TurnContext,
        user_text: str,
        definitions: Mapping[str, str],
        *,
        earlier: Sequence[tuple[str, ToolResult]] = (),
    ) -> None:
        self._agent = agent
        self._context = context
        self._user_text = user_text
        self._definitions = definitions
        self._chunk_id: str | None = None
        self._restorer = context.outbox.restorer()
        self._seen: set[str] = set()
        self.results: list[tuple[str, ToolResult]] = list(earlier)
        self.refusals: list[tuple[str, str]] = []
        self.calls: list[Called] = []
        self.messages: list[BaseMessage] = []
        self._gathered: tuple[tuple[int, int], Evidence] | None = None
        self.gate = Gate(Evidence(), released=False)
        self.final: AIMessage | None = None
        self.tokens = 0

    @property
    def steps(self) -> list[BaseMessage]:
        """The run's calls and their results, without its closing words."""
        return [
            message
            for message in self.messages
            if isinstance(message, ToolMessage)
            or (isinstance(message, AIMessage) and message.tool_calls)
        ]

    def again(self) -> "AgentRun":
        """A run that continues this one: its results count as looked up."""
        return AgentRun(
            self._agent, self._context, self._user_text, self._definitions, earlier=self.results
        )

    def adopt(self, second: "AgentRun") -> None:
        """Take over what a continuing run has looked up."""
        self.results = second.results
        self.refusals += second.refusals
        self.calls += second.calls
        self.messages += second.steps
        self.tokens += second.tokens

    @property
    def evidence(self) -> Evidence:
        """What the results so far back.

        Constants of the house's definitions count where nothing was looked up (a question back)
        or where a definition is asked for; elsewhere they would back figures by chance.
        """
        looked_up = (len(self.results), len(self.refusals))
        if self._gathered is None or self._gathered[0] != looked_up:
            self._gathered = (looked_up, self._gather())
        return self._gathered[1]

    def _gather(self) -> Evidence:
        quotes = not self.results or asks_for_definition(self._user_text)
        return gather(
            self.results,
            user_text=self._user_text,
            definitions=self._definitions if quotes else {},
            refusals=self.refusals,
        )

    async def events(self, messages: Sequence[BaseMessage]) -> AsyncIterator[TurnEvent]:
        """Run the loop on a conversation."""
        stream = self._agent.astream(
            {"messages": list(messages)},
            config=_CONFIG,
            context=self._context,
            stream_mode=["messages", "updates", "custom"],
        )
        async for mode, item in stream:
            for event in self._on_part(mode, item):
                yield event

    def _on_part(self, mode: str, part: Any) -> list[TurnEvent]:
        match mode:
            case "messages":
                return self._on_words(*part)
            case "custom":
                return self._on_progress(str(part))
            case _:
                return self._on_update(part)

    def _on_progress(self, progress: str) -> list[TurnEvent]:
        """Calls of a message run one after the other, or nearly: the first open one is meant."""
        called = next((called for called in self.calls if not called.answered), None)
        return [StepProgress(called.id, step_label(called.name), progress)] if called else []

    def _on_words(self, chunk: BaseMessage, metadata: Mapping[str, Any]) -> list[TurnEvent]:
        is_answer = isinstance(chunk, AIMessageChunk) and metadata.get("langgraph_node") == "model"
        if not is_answer or not chunk.text:
            return []
        events: list[TurnEvent] = []
        if chunk.id != self._chunk_id:
            events += self._start_over()
            self._chunk_id = chunk.id
            self._restorer = self._context.outbox.restorer()
        return events + self._push(self._restorer.push(chunk.text))

    def _on_update(self, update: Mapping[str, Any]) -> list[TurnEvent]:
        events: list[TurnEvent] = []
        for change in update.values():
            for message in _messages_of(change):
                if message.id is None or message.id not in self._seen:
                    self._seen.add(message.id or "")
                    events += self._on_message(message)
        return events

    def _on_message(self, message: BaseMessage) -> list[TurnEvent]:
        if isinstance(message, ToolMessage):
            self.messages.append(message)
            return [self._finish_step(message)]
        if not isinstance(message, AIMessage):
            return []
        self.messages.append(message)
        usage = message.usage_metadata
        self.tokens += usage["total_tokens"] if usage else 0
        return self._start_steps(message) if message.tool_calls else self._end(message)

    def _start_steps(self, message: AIMessage) -> list[TurnEvent]:
        events = self._start_over()
        for call in message.tool_calls:
            called = Called(call["id"] or "", call["name"], call["args"])
            self.calls.append(called)
            label = step_label(called.name)
            events.append(StepStarted(called.id, called.name, label, called.args))
        return events

    def _finish_step(self, message: ToolMessage) -> TurnEvent:
        result = result_of(message)
        name = message.name or ""
        self._close_call(message.tool_call_id, result)
        if result is not None:
            self.results.append((name, result))
        else:
            self.refusals.append((name, message.text))
        summary = result.summary if result is not None else _in_short(message.text)
        return StepFinished(message.tool_call_id, name, message.status != "error", summary)

    def _close_call(self, call_id: str, result: ToolResult | None) -> None:
        """Some servers number each message's calls from zero: the first open one is meant."""
        for called in self.calls:
            if called.id == call_id and not called.answered:
                called.answered, called.result = True, result
                return

    def _end(self, message: AIMessage) -> list[TurnEvent]:
        events: list[TurnEvent] = []
        if not message.text.startswith(self.gate.text):
            events += self._start_over()
        events += self._push(message.text[len(self.gate.text) :])
        self.gate.finish()
        self.final = message
        return events

    def _push(self, text: str) -> list[TurnEvent]:
        if not text:
            return []
        if not self.gate.text:
            # words before any result may be a preamble to a call: they wait for the message's end
            self.gate = Gate(self.evidence, released=bool(self.results))
        shown = self.gate.push(text)
        return [Token(shown)] if shown else []

    def _start_over(self) -> list[TurnEvent]:
        shown = self.gate.shown
        self.gate = Gate(Evidence(), released=False)
        return [Withdrawn()] if shown else []


def _in_short(refusal: str) -> str:
    """A refusal as a manager reads it; a call that does not fit its schema is the model's matter."""
    return "That did not fit; trying again." if refusal.startswith("Error invoking") else refusal


def _messages_of(change: Any) -> list[BaseMessage]:
    messages = change.get("messages", []) if isinstance(change, Mapping) else []
    return [message for message in messages if isinstance(message, BaseMessage)]
