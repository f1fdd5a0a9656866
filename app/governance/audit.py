"""The audit trail: what is recorded, and the chain of hashes that makes a change show.

Each record's hash covers all its fields and the hash of the record before it, so that an edit,
an insertion, a deletion or a swap breaks the chain from there on. The head (the last number and
hash) is kept apart: a cut tail shows too. Whoever can rewrite the whole database can forge the
whole chain; against that, keep the head of an export elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from app.governance.canonical import canonical_text, canonical_value

GENESIS_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that somebody did.

    Attributes:
        audit_id: Ties the events of one turn together; the answer carries it.
        user_id: Who asked.
        role: In which role.
        action: What happened: "turn", "tool_call", "model_call", "sign_in", …
        tool: The tool that ran.
        arguments: Its arguments as resolved.
        rows: How many rows it read or returned.
        model: The language model that was called.
        tokens: How many tokens that call took, in and out.
        data_left: Whether anything was sent beyond this machine.
    """

    audit_id: str
    user_id: str
    role: str
    action: str
    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rows: int | None = None
    model: str | None = None
    tokens: int | None = None
    data_left: bool = False


class AuditTrail(Protocol):
    """Where it is recorded who did what."""

    def append(self, events: Sequence[AuditEvent], /) -> object:
        """Add events, all or none."""
        ...


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An event with its place in the chain."""

    seq: int
    at: datetime
    event: AuditEvent
    prev_hash: str
    hash: str

    def as_row(self) -> dict[str, Any]:
        """The record as one flat JSON object."""
        return {
            "seq": self.seq,
            "at": _instant(self.at),
            **asdict(self.event),
            "prev_hash": self.prev_hash,
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Number and hash of the last record; a new chain stands at 0."""

    seq: int = 0
    hash: str = GENESIS_HASH


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a check of the chain found.

    Attributes:
        records: How many records stand unbroken.
        head: The last unbroken one.
        problem: What is wrong, or None.
    """

    records: int
    head: ChainHead
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing was changed."""
        return self.problem is None


def seal(event: AuditEvent, *, after: ChainHead, at: datetime) -> AuditRecord:
    """Give an event the next place in the chain."""
    clean = _storable(event)
    seq = after.seq + 1
    instant = at.astimezone(UTC)
    return AuditRecord(
        seq=seq,
        at=instant,
        event=clean,
        prev_hash=after.hash,
        hash=_digest(seq, instant, clean, after.hash),
    )


def check_chain(records: Iterable[AuditRecord]) -> AuditReport:
    """Check records from the first one on, in order; the first fault ends the check."""
    head = ChainHead()
    count = 0
    for record in records:
        problem = _fault(record, head)
        if problem is not None:
            return AuditReport(count, head, problem)
        head = ChainHead(record.seq, record.hash)
        count += 1
    return AuditReport(count, head)


def _fault(record: AuditRecord, head: ChainHead) -> str | None:
    if record.seq != head.seq + 1:
        return f"After record {head.seq} comes {record.seq}: records are missing or were added."
    if record.prev_hash != head.hash:
        return f"Record {record.seq} does not follow record {head.seq}."
    if record.hash != _digest(record.seq, record.at, record.event, record.prev_hash):
        return f"Record {record.seq} was changed after it was written."
    return None


def _storable(event: AuditEvent) -> AuditEvent:
    """The event as a database will give it back, so that its hash can be computed again."""
    return AuditEvent(
        audit_id=canonical_text(event.audit_id),
        user_id=canonical_text(event.user_id),
        role=canonical_text(event.role),
        action=canonical_text(event.action),
        tool=None if event.tool is None else canonical_text(event.tool),
        arguments=canonical_value(event.arguments),
        rows=event.rows,
        model=None if event.model is None else canonical_text(event.model),
        tokens=event.tokens,
        data_left=event.data_left,
    )


def _digest(seq: int, at: datetime, event: AuditEvent, prev_hash: str) -> str:
    content = {"seq": seq, "at": _instant(at), "prev_hash": prev_hash, **asdict(event)}
    # exactly what is stored: cleaning here would hide a change that cleaning takes away
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
