"""What was said and found before this turn, read from the messages alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from tools.contract import ToolResult


@dataclass(frozen=True)
class Frame:
    """A tool with its arguments."""

    tool: str
    args: Mapping[str, Any]


@dataclass
class Exchange:
    """One earlier turn.

    Attributes:
        user: What the person wrote.
        frames: The calls that were made, their final arguments.
        results: Results of those calls that succeeded, in order.
        kind: How the turn ended.
        pending: A call that waits for a yes.
    """

    user: str
    frames: list[Frame] = field(default_factory=list[Frame])
    results: list[ToolResult] = field(default_factory=list[ToolResult])
    kind: str = "answer"
    pending: Frame | None = None
    answer: str = ""

    def column(self, name: str) -> list[str]:
        """A column of the last table that has it."""
        for result in reversed(self.results):
            names = [column.name for column in result.table.columns] if result.table else []
            if result.table and name in names:
                place = names.index(name)
                return [str(row[place]) for row in result.table.rows if row[place] is not None]
        return []

    @property
    def customer(self) -> str | None:
        """The client that the calls were about, or the only one that was listed."""
        for frame in reversed(self.frames):
            customer = frame.args.get("customer")
            if isinstance(customer, str):
                return customer
        listed = self.column("customer_id")
        return listed[0] if len(listed) == 1 else None


@dataclass
class Conversation:
    """The turns before this one, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list[Exchange])

    @property
    def last(self) -> Exchange | None:
        """The turn just before."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def frame(self) -> Frame | None:
        """The last call that was made, however long ago."""
        return self.frames[-1] if self.frames else None

    @property
    def frames(self) -> list[Frame]:
        """The calls of the last turn that made any."""
        return self.asked.frames if self.asked else []

    @property
    def asked(self) -> Exchange | None:
        """The last turn that made calls."""
        return next((exchange for exchange in reversed(self.exchanges) if exchange.frames), None)

    @property
    def results(self) -> list[ToolResult]:
        """Results of the last turn that had any."""
        for exchange in reversed(self.exchanges):
            if exchange.results:
                return exchange.results
        return []

    @property
    def customer(self) -> str | None:
        """The client talked about last, unless something else was talked about since."""
        for exchange in reversed(self.exchanges):
            if exchange.customer is not None:
                return exchange.customer
            if exchange.kind == "refusal":
                return None
        return None

    def listed(self) -> list[str]:
        """Ids of the clients in the last table, in its order."""
        found = (exchange.column("customer_id") for exchange in reversed(self.exchanges))
        return next((ids for ids in found if ids), [])

    def cited(self) -> list[str]:
        """Ids of the playbooks found last, best first, each once."""
        for result in reversed(self.results):
            if result.citations:
                return list(dict.fromkeys(citation.source for citation in result.citations))
        return []


def read_conversation(messages: Sequence[BaseMessage]) -> Conversation:
    """Read the turns that ended before the last question."""
    exchanges: list[Exchange] = []
    failed: list[Frame] = []
    calls: dict[str, Frame] = {}
    for message in messages[: _last_question(messages)]:
        if isinstance(message, HumanMessage):
            exchanges.append(Exchange(user=str(message.text)))
        elif not exchanges:
            continue
        elif isinstance(message, ToolMessage):
            result = result_of(message)
            if result is not None:
                exchanges[-1].results.append(result)
            elif message.tool_call_id in calls:
                failed.append(calls[message.tool_call_id])
        elif isinstance(message, AIMessage):
            calls |= calls_of(message)
            _take(exchanges[-1], message, failed)
    return Conversation(exchanges)


def calls_of(message: AIMessage) -> dict[str, Frame]:
    """The calls of a message by their ids."""
    return {str(call["id"]): Frame(call["name"], call["args"]) for call in message.tool_calls}


def _last_question(messages: Sequence[BaseMessage]) -> int:
    places = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return places[-1] if places else len(messages)


def current(messages: Sequence[BaseMessage]) -> Sequence[BaseMessage]:
    """The messages of this turn, the question first."""
    return messages[_last_question(messages) :]


def result_of(message: ToolMessage) -> ToolResult | None:
    """The result that a tool message carries, None for an error."""
    if message.status == "error" or message.artifact is None:
        return None
    if isinstance(message.artifact, ToolResult):
        return message.artifact
    return ToolResult.model_validate(message.artifact)


def _take(exchange: Exchange, message: AIMessage, failed: Sequence[Frame]) -> None:
    """Calls of a later round join those before; a call that failed gives way to its repair."""
    if message.tool_calls:
        kept = [frame for frame in exchange.frames if frame not in failed]
        exchange.frames = [*kept, *calls_of(message).values()]
        return
    extra = cast("dict[str, Any]", message.additional_kwargs)
    exchange.answer = str(message.text)
    exchange.kind = str(extra.get("kind") or "answer")
    pending = extra.get("pending")
    if isinstance(pending, Mapping):
        exchange.pending = Frame(str(pending["name"]), dict(pending.get("args") or {}))
