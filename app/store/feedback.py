"""Thumbs on answers."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.governance.tokens import utc_now
from app.store.database import Database
from app.store.tables import FeedbackRow

Thumb = Literal[-1, 1]
MAX_COMMENT_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class Thumbed:
    """One opinion on one answer.

    Attributes:
        value: 1 is up, -1 is down.
    """

    message_id: str
    user_id: str
    value: int
    comment: str
    at: datetime


class Feedback:
    """The opinions of one database; a user has one a message, the last one counts.

    Args:
        database: Where they live.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def give(self, message_id: str, user_id: str, value: Thumb, comment: str = "") -> None:
        """Record a thumb; an earlier one of this user on this message is replaced."""

        def put(session: Session) -> None:
            row = session.scalar(_mine(message_id, user_id).with_for_update())
            if row is None:
                row = FeedbackRow(id=uuid.uuid4().hex, message_id=message_id, user_id=user_id)
                session.add(row)
            row.value = value
            row.comment = comment[:MAX_COMMENT_LENGTH]
            row.at = self._now()

        self._database.insert(put)

    def withdraw(self, message_id: str, user_id: str) -> None:
        """Take a thumb back; nothing happens when there is none."""
        with self._database.write() as session:
            row = session.scalar(_mine(message_id, user_id))
            if row is not None:
                session.delete(row)

    def latest(self, *, limit: int = 1_000) -> list[Thumbed]:
        """The latest opinions first."""
        newest_first = select(FeedbackRow).order_by(FeedbackRow.at.desc(), FeedbackRow.id)
        with self._database.read() as session:
            return [
                Thumbed(row.message_id, row.user_id, row.value, row.comment, row.at)
                for row in session.scalars(newest_first.limit(limit))
            ]


def _mine(message_id: str, user_id: str) -> Select[FeedbackRow]:
    return select(FeedbackRow).where(
        FeedbackRow.message_id == message_id, FeedbackRow.user_id == user_id
    )
