"""Alerts on the chat page: buttons on the empty page, one line after the first answer."""

import asyncio
from collections.abc import Sequence

import chainlit as cl
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import wiring
from app.alert_digest import Digest, alerts_in_scope, digest, mark_read
from app.governance.identity import Asker
from data.gold import GoldError

ICON = "/public/bell.svg"
READ = "alerts_read"
_TOLD = "alerts_told"

log = structlog.get_logger(__name__)


async def alert_starters(asker: Asker) -> list[cl.Starter]:
    """One question for each kind of unread alert; none when they cannot be read."""
    unread = await _unread(asker)
    return [
        cl.Starter(label=line.label, message=line.question, icon=ICON)
        for line in (unread.lines if unread else ())
    ]


async def tell_alerts(asker: Asker, asked: str) -> None:
    """Say once a chat what is unread; a question that a button asks marks its alerts as read."""
    unread = await _unread(asker)
    for line in unread.lines if unread else ():
        if line.question == asked:
            await _mark(asker, line.answers)
            unread = await _unread(asker)
    if unread is None or cl.user_session.get(_TOLD):
        return
    cl.user_session.set(_TOLD, True)
    buttons = [
        cl.Action(name="ask", label=line.label, payload={"text": line.question}, tooltip="Ask this")
        for line in unread.lines
    ]
    read = cl.Action(name=READ, label="Mark as read", payload={}, tooltip="Say no more of these")
    await cl.Message(content=unread.text, actions=[*buttons, read]).send()


async def mark_all_read(asker: Asker) -> None:
    """Everything in the asker's scope was read."""
    await _mark(asker, None)


async def _mark(asker: Asker, ids: Sequence[str] | None) -> None:
    parts = wiring.current()
    await asyncio.to_thread(mark_read, parts.alerts, parts.gold, asker, ids)


async def _unread(asker: Asker) -> Digest | None:
    parts = wiring.current()
    try:
        found = await asyncio.to_thread(alerts_in_scope, parts.alerts, parts.gold, asker)
    except (GoldError, SQLAlchemyError):
        log.exception("alerts cannot be read")  # the chat goes on without them
        return None
    return digest(found, parts.gold.build.currency)
