"""The audit chain in the database: append, read, verify, export."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TextIO

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from app.governance.audit import (
    AuditEvent,
    AuditRecord,
    AuditReport,
    ChainHead,
    check_chain,
    seal,
)
from app.governance.tokens import utc_now
from app.store.database import Database
from app.store.tables import AuditHeadRow, AuditRow

BATCH = 1_000
HEAD_ID = 1


class AuditUnreadableError(Exception):
    """A record of the audit log cannot be read: its row was damaged.

    Args:
        seq: Number of the last record before it.
    """

    def __init__(self, seq: int) -> None:
        self.seq = seq
        super().__init__(f"The record after {seq} cannot be read: it was changed.")


class AuditLog:
    """The audit log of one database.

    Appending locks the head row first, so that threads and processes queue up and the chain
    never forks.

    Args:
        database: Where it lives.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def append(self, events: Sequence[AuditEvent]) -> list[AuditRecord]:
        """Add events at the end of the chain, all or none of them."""
        if not events:
            return []
        with self._database.write() as session:
            head = _lock_head(session)
            sealed: list[AuditRecord] = []
            for event in events:
                record = seal(event, after=head, at=self._now())
                head = ChainHead(record.seq, record.hash)
                sealed.append(record)
            session.add_all(_row(record) for record in sealed)
            session.execute(_move_head(head))
        return sealed

    def latest(
        self, *, limit: int = 100, before: int | None = None, audit_id: str | None = None
    ) -> list[AuditRecord]:
        """The newest records first.

        Args:
            limit: How many at most.
            before: Only records with a smaller number, for the next page.
            audit_id: Only the records of one turn.
        """
        newest_first = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
        if before is not None:
            newest_first = newest_first.where(AuditRow.seq < before)
        if audit_id is not None:
            newest_first = newest_first.where(AuditRow.audit_id == audit_id)
        with self._database.read() as session:
            return [_record(row) for row in session.scalars(newest_first)]

    def verify(self) -> AuditReport:
        """Check every record and the head; appending may go on meanwhile."""
        try:
            head = self._head()
            report = check_chain(self._records(up_to=head.seq))
        except AuditUnreadableError as error:
            return AuditReport(error.seq, ChainHead(error.seq), str(error))
        if report.ok and report.head != head:
            problem = f"The log ends at record {report.head.seq}, its head says {head.seq}."
            return AuditReport(report.records, report.head, problem)
        return self._without_extra(report) if report.ok else report

    def export(self, out: TextIO) -> ChainHead:
        """Write the log as JSON lines, oldest first; returns the head to keep elsewhere."""
        head = self._head()
        rows = (record.as_row() for record in self._records(up_to=head.seq))
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return head

    def _head(self) -> ChainHead:
        with self._database.read() as session:
            row = session.get(AuditHeadRow, HEAD_ID)
        # without its head a chain has lost its end: nothing equals this
        return ChainHead(row.seq, row.hash) if row is not None else ChainHead(0, "missing")

    def _without_extra(self, report: AuditReport) -> AuditReport:
        """Look, in one statement, for records that no appending has put after the head."""
        end = select(AuditHeadRow.seq).where(AuditHeadRow.id == HEAD_ID).scalar_subquery()
        with self._database.read() as session:
            count, head = session.execute(select(func.count(AuditRow.seq), end)).one()
        if count != head:
            problem = "There are records outside the chain."
            return AuditReport(report.records, report.head, problem)
        return report

    def _records(self, *, up_to: int) -> Iterator[AuditRecord]:
        seq = 0
        while batch := self._batch(seq, up_to):
            yield from batch
            seq = batch[-1].seq

    def _batch(self, after: int, up_to: int, size: int = BATCH) -> list[AuditRecord]:
        wanted = (
            select(AuditRow)
            .where(AuditRow.seq > after, AuditRow.seq <= up_to)
            .order_by(AuditRow.seq)
            .limit(size)
        )
        try:
            with self._database.read() as session:
                return [_record(row) for row in session.scalars(wanted)]
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            if size == 1:
                raise AuditUnreadableError(after) from error
            return self._batch(after, up_to, size=1)


def _lock_head(session: Session) -> ChainHead:
    row = session.execute(
        select(AuditHeadRow).where(AuditHeadRow.id == HEAD_ID).with_for_update()
    ).scalar_one()
    return ChainHead(row.seq, row.hash)


def _move_head(head: ChainHead) -> Update:
    return (
        update(AuditHeadRow).where(AuditHeadRow.id == HEAD_ID).values(seq=head.seq, hash=head.hash)
    )


def _row(record: AuditRecord) -> AuditRow:
    event = record.event
    return AuditRow(
        seq=record.seq,
        at=record.at,
        audit_id=event.audit_id,
        user_id=event.user_id,
        role=event.role,
        action=event.action,
        tool=event.tool,
        arguments=event.arguments,
        rows=event.rows,
        model=event.model,
        tokens=event.tokens,
        data_left=event.data_left,
        prev_hash=record.prev_hash,
        hash=record.hash,
    )


def _record(row: AuditRow) -> AuditRecord:
    return AuditRecord(
        seq=row.seq,
        at=row.at,
        event=AuditEvent(
            audit_id=row.audit_id,
            user_id=row.user_id,
            role=row.role,
            action=row.action,
            tool=row.tool,
            arguments=row.arguments,
            rows=row.rows,
            model=row.model,
            tokens=row.tokens,
            data_left=row.data_left,
        ),
        prev_hash=row.prev_hash,
        hash=row.hash,
    )
