"""What the turns before leave to this one: results to export, and a call that waits for a yes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from app.agent.history import result_of
from app.agent.planner.language import language
from tools.contract import ConfirmedCall, ToolResult

SHORT_REPLY_WORDS: Final = 8
_WORD: Final = re.compile(r"[^\W_]+")


def last_results(history: Sequence[BaseMessage]) -> tuple[ToolResult, ...]:
    """Results of the last turn that gave something to export, in call order."""
    found: list[ToolResult] = []
    for message in reversed(history):
        if isinstance(message, HumanMessage) and found:
            break
        if isinstance(message, ToolMessage) and message.status != "error":
            result = result_of(message)
            if result is not None and _is_exportable(message.name, result):
                found.insert(0, result)
    return tuple(found)


def _is_exportable(tool: str | None, result: ToolResult) -> bool:
    """A note of what was done is not; a copy of what was shown stands for the original."""
    is_copy = tool == "export_report" and result.args.get("what") == "last_result"
    return tool != "log_intervention" and not is_copy


def confirmed_call(history: Sequence[BaseMessage], text: str) -> ConfirmedCall | None:
    """The call that was asked about in the turn before, if `text` says yes to it."""
    last = history[-1] if history else None
    pending = last.additional_kwargs.get("pending") if isinstance(last, AIMessage) else None
    if not isinstance(pending, Mapping) or not agrees(text):
        return None
    args: Any = pending.get("args")
    return ConfirmedCall(str(pending["name"]), dict(args) if isinstance(args, Mapping) else {})


def agrees(text: str) -> bool:
    """Whether a reply to "shall I …?" is a yes; a question or a no never is."""
    words = _WORD.findall(re.sub(r"n['’]t\b", " not", text.casefold()))
    said = f" {' '.join(words)} "
    cues = language().cues
    if not words or "?" in text or any(f" {phrase} " in said for phrase in cues["no"]):
        return False
    return len(words) <= SHORT_REPLY_WORDS or any(f" {phrase} " in said for phrase in cues["yes"])
