"""A conversation as the store keeps it, and as a model gets it back."""

from collections.abc import Sequence
from typing import Any, TypeVar

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    message_to_dict,
    messages_from_dict,
)

from tools.contract import ToolResult

_M = TypeVar("_M", bound=BaseMessage)

WINDOW = 20
"""Messages a model is reminded of; whole turns, the last one whatever its length."""

LOADED = 60
OWN_KEYS = frozenset({"kind", "pending", "suggestions", "model"})
"""What an answer carries beside its text; a provider's own extras are not kept."""

KEPT_ROWS = 100
"""Rows of a stored table: "the second one" must be found again, a whole export need not."""


def to_rows(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Messages as JSON; tool results are kept without their charts and long tails."""
    return [message_to_dict(_storable(message)) for message in messages]


def from_rows(rows: Sequence[dict[str, Any]]) -> list[BaseMessage]:
    """The last whole turns of a stored conversation."""
    turns: list[list[BaseMessage]] = []
    for message in messages_from_dict(list(rows)):
        if isinstance(message, HumanMessage):
            turns.append([])
        if turns:
            turns[-1].append(message)
    kept: list[list[BaseMessage]] = []
    for turn in reversed(turns):
        if kept and sum(map(len, kept)) + len(turn) > WINDOW:
            break
        kept.insert(0, turn)
    return [message for turn in kept for message in turn]


def without_artifacts(messages: Sequence[_M]) -> list[_M]:
    """The same conversation for a model elsewhere: it reads summaries, never whole results."""
    return [
        message.model_copy(update={"artifact": None})
        if isinstance(message, ToolMessage)
        else message
        for message in messages
    ]


def result_of(message: ToolMessage) -> ToolResult | None:
    """The result that a tool message carries, whether fresh or read back."""
    artifact: Any = message.artifact
    if isinstance(artifact, ToolResult) or artifact is None:
        return artifact
    return ToolResult.model_validate(artifact)


def _storable(message: BaseMessage) -> BaseMessage:
    if isinstance(message, ToolMessage) and (result := result_of(message)) is not None:
        return message.model_copy(update={"artifact": _short(result).model_dump(mode="json")})
    if isinstance(message, AIMessage):
        return AIMessage(
            content=message.text,
            tool_calls=message.tool_calls,
            additional_kwargs={
                key: value for key, value in message.additional_kwargs.items() if key in OWN_KEYS
            },
        )
    return message


def _short(result: ToolResult) -> ToolResult:
    table = result.table
    if table is not None:
        table = table.model_copy(update={"rows": table.rows[:KEPT_ROWS]})
    return result.model_copy(update={"table": table, "charts": []})
