"""The operational database: one class a table.

The names leave `users`, `threads`, `steps`, `elements` and `feedbacks` to the chat's own history
layer, which may share the database.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.store.columns import CleanText, Document, UtcDateTime


class Base(DeclarativeBase):
    """Base of all tables; constraints get predictable names, so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own declaration
        str: CleanText,
        datetime: UtcDateTime,
        Any: Document,
    }


class AccountRow(Base):
    """Someone who may sign in."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    scope: Mapped[Any]
    disabled: Mapped[bool]
    created_at: Mapped[datetime]


class SessionRow(Base):
    """One conversation of one user; `message_count` is also the next message's position."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("user_id", "session_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    session_id: Mapped[str]
    title: Mapped[str]
    message_count: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MessageRow(Base):
    """One message; `payload` is the whole of it, tool calls and artifacts included."""

    __tablename__ = "messages"

    session_key: Mapped[str] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    content: Mapped[str]
    payload: Mapped[Any]
    created_at: Mapped[datetime]


class FeedbackRow(Base):
    """A thumb on an answer, one a user and message."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("message_id", "user_id"),
        CheckConstraint("value IN (-1, 1)", name="thumb"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str]
    user_id: Mapped[str]
    value: Mapped[int]
    comment: Mapped[str]
    at: Mapped[datetime]


class InterventionRow(Base):
    """Something that was done for a client, or an experiment's assignment."""

    __tablename__ = "interventions"
    __table_args__ = (
        Index(None, "customer_id"),
        Index(None, "strategy"),
        CheckConstraint("arm IN ('treatment', 'control')", name="arm"),
        CheckConstraint("assignment IN ('random', 'targeted')", name="assignment"),
        CheckConstraint("propensity >= 0 AND propensity <= 1", name="propensity"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str]
    strategy: Mapped[str]
    note: Mapped[str]
    user_id: Mapped[str]
    at: Mapped[datetime]
    arm: Mapped[str | None]
    assignment: Mapped[str | None]
    propensity: Mapped[float | None]
    cost: Mapped[float | None]


class AlertRow(Base):
    """One episode of one condition of one client; `as_of` is the last day it held on.

    `delivery` says where the webhook stands: null is not for it, then pending, sending, sent.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("kind", "customer_id", "raised_as_of"),
        Index(None, "as_of"),
        Index(None, "delivery"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    customer_id: Mapped[str]
    raised_as_of: Mapped[date]
    as_of: Mapped[date]
    first_seen_at: Mapped[datetime]
    name: Mapped[str]
    headline: Mapped[str]
    figures: Mapped[Any]
    arr: Mapped[float | None]
    severity: Mapped[str]
    peak_severity: Mapped[str]
    delivery: Mapped[str | None]


class AlertReadRow(Base):
    """An alert that a user has marked as read."""

    __tablename__ = "alert_reads"

    alert_id: Mapped[str] = mapped_column(
        ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class DraftRow(Base):
    """A message drafted to a client; those of a `batch` were shown together.

    `propensity` is null where a person chooses among variants. `delivery` says where sending
    stands: null is not sent, then sending, sent, unknown.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        Index(None, "customer_id"),
        Index(None, "user_id"),
        CheckConstraint("feedback IN ('used', 'edited', 'rejected')", name="feedback"),
        CheckConstraint("propensity > 0 AND propensity <= 1", name="propensity"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    batch: Mapped[str]
    customer_id: Mapped[str]
    user_id: Mapped[str]
    at: Mapped[datetime]
    channel: Mapped[str]
    tone: Mapped[str]
    topic: Mapped[str]
    variant: Mapped[str]
    angle: Mapped[str]
    subject: Mapped[str]
    message: Mapped[str]
    propensity: Mapped[float | None]
    feedback: Mapped[str | None]
    feedback_by: Mapped[str | None]
    feedback_at: Mapped[datetime | None]
    delivery: Mapped[str | None]
    sent_at: Mapped[datetime | None]


class AuditRow(Base):
    """One record of the audit chain."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "audit_id"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    audit_id: Mapped[str]
    user_id: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    tool: Mapped[str | None]
    arguments: Mapped[Any]
    rows: Mapped[int | None] = mapped_column(BigInteger)
    model: Mapped[str | None]
    tokens: Mapped[int | None] = mapped_column(BigInteger)
    data_left: Mapped[bool]
    prev_hash: Mapped[str]
    hash: Mapped[str]


class AuditHeadRow(Base):
    """The single row (id 1) that says where the chain ends; whoever appends locks it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
