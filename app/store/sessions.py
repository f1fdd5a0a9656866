"""Conversations: the messages of each user's sessions, so that another process can go on."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.governance.canonical import canonical_json
from app.governance.tokens import utc_now
from app.store.database import Database
from app.store.tables import MessageRow, SessionRow

TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session as a list of past chats shows it."""

    session_id: str
    title: str
    messages: int
    created_at: datetime
    updated_at: datetime


class Sessions:
    """The conversations of one database.

    A session is known by its user and its id together: somebody else's id is simply a new
    session, and tells nothing about theirs.

    Args:
        database: Where they live.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def load(
        self, session_id: str, user_id: str, *, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """The last messages of a session, oldest first; none for an unknown one.

        Args:
            session_id: The session's id.
            user_id: Whose session.
            limit: How many messages at most; None is all.
        """
        newest_first = (
            select(MessageRow.payload)
            .join(SessionRow, SessionRow.id == MessageRow.session_key)
            .where(SessionRow.user_id == user_id, SessionRow.session_id == session_id)
            .order_by(MessageRow.position.desc())
            .limit(limit)
        )
        with self._database.read() as session:
            return list(session.scalars(newest_first))[::-1]

    def append(self, session_id: str, user_id: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Add messages at the end of a session; the first ones make it.

        Args:
            session_id: The session's id.
            user_id: Whose session.
            messages: LangChain's JSON form, `{"type": …, "data": {"content": …}}`.
        """
        if not messages:
            return

        def add(session: Session) -> None:
            row = self._claim(session, session_id, user_id)
            row.title = row.title or _title(messages)
            row.updated_at = self._now()
            for position, message in enumerate(messages, start=row.message_count):
                session.add(self._message(row.id, position, message))
            row.message_count += len(messages)

        self._database.insert(add)

    def of_user(self, user_id: str, *, limit: int = 100) -> list[Conversation]:
        """A user's sessions, the latest first."""
        newest_first = (
            select(SessionRow)
            .where(SessionRow.user_id == user_id)
            .order_by(SessionRow.updated_at.desc(), SessionRow.id)
            .limit(limit)
        )
        with self._database.read() as session:
            return [_conversation(row) for row in session.scalars(newest_first)]

    def delete(self, session_id: str, user_id: str) -> bool:
        """Forget a session and its messages; False when the user has no such session."""
        with self._database.write() as session:
            gone = session.execute(
                delete(SessionRow)
                .where(SessionRow.user_id == user_id, SessionRow.session_id == session_id)
                .returning(SessionRow.id)
            )
            return gone.first() is not None

    def _claim(self, session: Session, session_id: str, user_id: str) -> SessionRow:
        """Lock the session's row, made if new: two turns at once append one after the other."""
        wanted = select(SessionRow).where(
            SessionRow.user_id == user_id, SessionRow.session_id == session_id
        )
        row = session.scalar(wanted.with_for_update())
        if row is not None:
            return row
        now = self._now()
        row = SessionRow(
            id=uuid.uuid4().hex,
            user_id=user_id,
            session_id=session_id,
            title="",
            message_count=0,
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        return row

    def _message(self, session_key: str, position: int, message: Mapping[str, Any]) -> MessageRow:
        content = _content(message)
        return MessageRow(
            session_key=session_key,
            position=position,
            type=str(message.get("type", "")),
            content=content if isinstance(content, str) else canonical_json(content),
            payload=dict(message),
            created_at=self._now(),
        )


def _content(message: Mapping[str, Any]) -> Any:
    data = message.get("data")
    return data.get("content", "") if isinstance(data, Mapping) else message.get("content", "")


def _title(messages: Sequence[Mapping[str, Any]]) -> str:
    """The first thing the user said."""
    for message in messages:
        content = _content(message)
        if message.get("type") == "human" and isinstance(content, str):
            return " ".join(content.split())[:TITLE_LENGTH]
    return ""


def _conversation(row: SessionRow) -> Conversation:
    return Conversation(
        session_id=row.session_id,
        title=row.title,
        messages=row.message_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
