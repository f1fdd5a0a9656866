"""What to do about a tool's refusal: mend the arguments once, or tell the person."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from rapidfuzz import fuzz, process

from app.agent.planner.conversation import Frame

_QUOTED: Final = re.compile(r"'([^']+)'")
_ALLOWED: Final = re.compile(r"Allowed: (.+?)\.?$", re.DOTALL)
_CLOSE: Final = 70


def failures(turn: Sequence[BaseMessage]) -> list[ToolMessage]:
    """The refused calls of the last round."""
    rounds = [i for i, message in enumerate(turn) if isinstance(message, AIMessage)]
    last = turn[rounds[-1] :] if rounds else turn
    return [m for m in last if isinstance(m, ToolMessage) and m.status == "error"]


def mended(turn: Sequence[BaseMessage], refused: ToolMessage) -> Frame | None:
    """The refused call with the offending value replaced by the nearest allowed one.

    Returns:
        None when nothing can be mended, or this turn tried already.
    """
    rounds = [message for message in turn if isinstance(message, AIMessage) and message.tool_calls]
    if len(rounds) != 1:
        return None
    call = next((c for c in rounds[0].tool_calls if c["id"] == refused.tool_call_id), None)
    text = str(refused.text)
    allowed, wrong = _ALLOWED.search(text), _QUOTED.search(text)
    if call is None or allowed is None or wrong is None:
        return None
    names = [name.strip() for name in allowed[1].split(",")]
    best = process.extractOne(wrong[1], names, scorer=fuzz.WRatio, score_cutoff=_CLOSE)
    if best is None or best[0] == wrong[1]:
        return None
    args = _replaced(call["args"], wrong[1], str(best[0]))
    return Frame(call["name"], args) if args != call["args"] else None


def plain_words(refused: ToolMessage) -> str:
    """A refusal as a person reads it."""
    text = str(refused.text).strip()
    match = _ALLOWED.search(text)
    if match is None:
        return text
    names = [name.strip().replace("_", " ") for name in match[1].split(",")][:6]
    return f"{text[: match.start()].strip()} I know, for example: {', '.join(names)}."


def _replaced(value: Any, wrong: str, right: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(item, wrong, right) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, wrong, right) for item in value]
    return right if isinstance(value, str) and value.casefold() == wrong.casefold() else value
