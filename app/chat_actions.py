"""Buttons under an answer: questions to ask next, and what became of a draft."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final, Literal, cast

import chainlit as cl

from app import wiring
from app.agent.events import TurnAnswer
from app.governance.audit import AuditEvent
from app.governance.identity import Asker
from tools.draft_log import Feedback
from tools.errors import ToolError
from tools.outreach import DraftOutreachArgs, draft_outreach

__all__ = ["JUDGED", "asks", "draft_actions", "judge_draft"]

JUDGED: Final = "draft_judged"
_ID: Final = "draft_id"
_BUTTONS: Final[tuple[tuple[Feedback, str, str], ...]] = (
    ("used", "I used it", "The draft went out as it stands"),
    ("edited", "I edited it", "The draft went out after an edit"),
    ("rejected", "Not this one", "The draft was of no use"),
)


def asks(questions: Sequence[str]) -> list[cl.Action]:
    """A button a question."""
    return [
        cl.Action(name="ask", label=text, payload={"text": text}, tooltip="Ask this")
        for text in questions
    ]


def draft_actions(answer: TurnAnswer) -> list[cl.Action]:
    """What a person may say of the drafts of an answer; of several, which one was used."""
    ids = {fact.name: str(fact.value) for fact in answer.facts if fact.name.startswith(_ID)}
    if len(ids) == 1:
        (key,) = ids.values()
        return [_button(key, feedback, label, tip) for feedback, label, tip in _BUTTONS]
    letters = {name: name.removeprefix(_ID).strip("_").upper() or "A" for name in ids}
    return [
        _button(key, "used", f"I used {letters[name]}", "This version went out")
        for name, key in ids.items()
    ]


async def judge_draft(action: cl.Action, asker: Asker) -> None:
    """Record what a button says of a draft, and say that it was recorded."""
    feedback = cast("Literal['used', 'edited', 'rejected']", str(action.payload["feedback"]))
    args = DraftOutreachArgs(action=feedback, draft=str(action.payload["draft"]))
    said = await asyncio.to_thread(_judge, args, asker)
    await cl.Message(content=said).send()


def _judge(args: DraftOutreachArgs, asker: Asker) -> str:
    parts = wiring.current()
    try:
        said = draft_outreach(args, parts.turns.tool_context(asker)).summary
    except ToolError as error:
        return str(error)
    event = AuditEvent(
        secrets.token_hex(8),
        asker.user_id,
        asker.role,
        "draft_feedback",
        tool="draft_outreach",
        arguments={"action": args.action, "draft": args.draft},
        rows=1,
    )
    parts.audit.append([event])
    return said


def _button(draft: str, feedback: Feedback, label: str, tip: str) -> cl.Action:
    payload = {"draft": draft, "feedback": feedback}
    return cl.Action(name=JUDGED, label=label, payload=payload, tooltip=tip)
