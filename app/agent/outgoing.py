"""A conversation as it may leave: built anew, message by message, from what may be told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from app.agent.history import result_of
from app.agent.reading import Reader, Reading, subjects_of
from app.governance.entities import Mention

__all__ = ["Outgoing", "Writer"]

_ASKED_HERE: Final = "(A question that was answered on the person's own machine.)"
_SAID_HERE: Final = "(The answer was shown to the person.)"
_OWN_WORDS: Final = frozenset({"note"})
"""Arguments that hold a person's notes on a client."""


@dataclass(slots=True)
class Outgoing:
    """Messages that may leave, and what was kept.

    Attributes:
        described: Clients that the messages tell of, under a pseudonym.
        left_out: Clients without consent who were asked about or found.
        kept_home: What only the person reads, by the place of its message.
    """

    messages: list[BaseMessage] = field(default_factory=list[BaseMessage])
    described: set[str] = field(default_factory=set[str])
    left_out: set[str] = field(default_factory=set[str])
    kept_home: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes conversations with one turn's tokens.

    Attributes:
        reader: Makes readings of results.
        named: Finds whom a person's words name.
    """

    reader: Reader
    named: Callable[[str], Sequence[Mention]]

    def write(self, messages: Sequence[BaseMessage], earlier: int) -> Outgoing:
        """Write a conversation.

        Args:
            messages: The whole of it.
            earlier: How many of them are from turns before.
        """
        out = Outgoing()
        for turn in _turns(messages[:earlier]):
            self._earlier(turn, out)
        for place, message in enumerate(messages[earlier:], start=earlier):
            reading = self._reading(message)
            if reading is not None:
                self._count(reading, out)
                if reading.kept_home:
                    out.kept_home[place] = reading.kept_home
            out.messages.append(self._message(message, reading))
        return out

    def withheld_in(self, text: str) -> frozenset[str]:
        """The clients without consent that a person's words may name."""
        return self.reader.vault.withheld_in(self.named(text))

    def _earlier(self, turn: Sequence[BaseMessage], out: Outgoing) -> None:
        """A turn before: gone where it was about a client who may not be described."""
        readings = [self._reading(message) for message in turn]
        about = [self.withheld_by(message) for message in turn]
        withheld = frozenset(key for clients in about for key in clients)
        if withheld:
            out.left_out |= withheld
            out.messages += [HumanMessage(_ASKED_HERE), AIMessage(_SAID_HERE)]
            return
        kept = any(reading is not None and reading.kept_home for reading in readings)
        for message, reading in zip(turn, readings, strict=True):
            if reading is not None:
                self._count(reading, out)
            if kept and isinstance(message, AIMessage) and not message.tool_calls:
                out.messages.append(AIMessage(_SAID_HERE))
            else:
                out.messages.append(self._message(message, reading))

    def withheld_by(self, message: BaseMessage) -> frozenset[str]:
        """The clients without consent that a question, a call or a result is about."""
        register = self.reader.register
        if isinstance(message, HumanMessage):
            return self.withheld_in(message.text)
        named: list[Any] = []
        if isinstance(message, AIMessage):
            named = [call["args"] for call in message.tool_calls]
        elif isinstance(message, ToolMessage) and (result := result_of(message)) is not None:
            named = [result.args]
        found = (self.reader.vault.withheld(subjects_of(args, register)) for args in named)
        return frozenset(key for clients in found for key in clients)

    def _reading(self, message: BaseMessage) -> Reading | None:
        if not isinstance(message, ToolMessage):
            return None
        result = result_of(message)
        return None if result is None else self.reader.read(message.name or "", result)

    def _count(self, reading: Reading, out: Outgoing) -> None:
        out.described |= reading.described
        out.left_out |= reading.left_out

    def _message(self, message: BaseMessage, reading: Reading | None) -> BaseMessage:
        vault = self.reader.vault
        if isinstance(message, HumanMessage):
            return HumanMessage(vault.replace(message.text, self.named(message.text)))
        if isinstance(message, ToolMessage):
            text = reading.text if reading is not None else vault.hide(message.text)
            return ToolMessage(
                text,
                tool_call_id=message.tool_call_id,
                name=message.name,
                status=message.status,
            )
        if isinstance(message, AIMessage):
            calls: list[Any] = [
                {**call, "args": self._hidden(call["args"])} for call in message.tool_calls
            ]
            return AIMessage(self._said(message), tool_calls=calls)
        return type(message)(vault.hide(message.text))

    def _said(self, message: AIMessage) -> str:
        """A model's earlier words; where they tell of somebody left out they stay here."""
        vault = self.reader.vault
        mentions = self.reader.register.find(message.text)
        words = any(mention.entity.kind == "WORDS" for mention in mentions)
        if words or vault.withheld_in(mentions):
            return _SAID_HERE
        return vault.replace(message.text, mentions)

    def _hidden(self, value: Any, name: str = "") -> Any:
        """Arguments with tokens; a note on a client stays here."""
        if isinstance(value, Mapping):
            return {key: self._hidden(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._hidden(inner, name) for inner in value]
        if not isinstance(value, str):
            return value
        if name in _OWN_WORDS and value:
            return f"[a note, {len(value)} characters]"
        reader = self.reader
        clients = reader.register.clients_of(value)
        entity = reader.register.client(next(iter(clients))) if len(clients) == 1 else None
        return reader.vault.stand_in(entity, value) if entity else reader.vault.hide(value)


def _turns(messages: Sequence[BaseMessage]) -> list[list[BaseMessage]]:
    turns: list[list[BaseMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns
