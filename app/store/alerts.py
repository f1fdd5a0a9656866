"""Alerts: one row an episode, who has read it, and whether the webhook was told."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, cast

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from app.governance.tokens import utc_now
from app.store.database import Database
from app.store.tables import AlertReadRow, AlertRow
from tools.models.alerts import SEVERITIES, Alert, AlertKind, Severity

QUIET_DAYS: Final = 30
"""A condition that was not seen for this long is news again."""

Delivery = Literal["pending", "sending", "sent", "unknown"]


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert with its history.

    Attributes:
        alert: As it stood on the last day it held.
        raised_as_of: The first day it held.
        first_seen_at: When a build first found it.
        seen: Whether the user who asks has marked it as read.
    """

    id: str
    alert: Alert
    raised_as_of: date
    first_seen_at: datetime
    seen: bool = False


class Alerts:
    """The alerts of one database.

    Args:
        database: Where they live.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def record(self, found: Sequence[Alert], *, for_webhook: bool = False) -> list[StoredAlert]:
        """Keep what a build found; returns what is news.

        An alert goes on when the client had it within `QUIET_DAYS`; it is news again when it got
        more severe. Recording the same build again changes nothing.

        Args:
            found: All alerts of one build.
            for_webhook: Whether the news waits for `claim`.
        """
        if not found:
            return []
        return self._database.insert(lambda session: self._record(session, found, for_webhook))

    def _record(
        self, session: Session, found: Sequence[Alert], for_webhook: bool
    ) -> list[StoredAlert]:
        since = min(alert.as_of for alert in found) - timedelta(days=QUIET_DAYS)
        recent = select(AlertRow).where(AlertRow.as_of >= since).order_by(AlertRow.raised_as_of)
        known = {(row.kind, row.customer_id): row for row in session.scalars(recent)}
        news: list[StoredAlert] = []
        for alert in found:
            row = known.get((alert.kind, alert.customer_id))
            if row is not None and (_goes_on(row, alert) or row.raised_as_of == alert.as_of):
                _renew(row, alert)
                continue
            row = _row(alert, self._now(), "pending" if for_webhook else None)
            session.add(row)
            news.append(_stored(row))
        return news

    def current(
        self, user_id: str, *, as_of: date, kind: AlertKind | None = None, since: date | None = None
    ) -> list[StoredAlert]:
        """Alerts that hold on a day, the most severe and largest first; `seen` is the user's.

        Args:
            user_id: Who asks; which clients they may see is the caller's to check.
            as_of: The day of the build that serves.
            kind: Only this kind.
            since: Only those first raised on or after this day.
        """
        wanted = select(AlertRow).where(AlertRow.as_of == as_of)
        if kind is not None:
            wanted = wanted.where(AlertRow.kind == kind)
        if since is not None:
            wanted = wanted.where(AlertRow.raised_as_of >= since)
        with self._database.read() as session:
            read = set(session.scalars(_read_by(user_id, as_of)))
            found = [_stored(row, row.id in read) for row in session.scalars(wanted)]
        return sorted(found, key=_most_urgent_first)

    def mark_seen(self, user_id: str, alert_ids: Sequence[str]) -> int:
        """Mark alerts as read by this user; returns how many were not before."""

        def mark(session: Session) -> int:
            known = set(session.scalars(select(AlertRow.id).where(AlertRow.id.in_(alert_ids))))
            read = set(
                session.scalars(
                    select(AlertReadRow.alert_id).where(AlertReadRow.user_id == user_id)
                )
            )
            fresh = known - read
            at = self._now()
            session.add_all(
                AlertReadRow(alert_id=key, user_id=user_id, seen_at=at) for key in sorted(fresh)
            )
            return len(fresh)

        return self._database.insert(mark)

    def claim(self) -> list[StoredAlert]:
        """Take the news that the webhook was not told; nobody else is given them."""
        pending = (
            select(AlertRow).where(AlertRow.delivery == "pending").with_for_update(skip_locked=True)
        )
        with self._database.write() as session:
            rows = list(session.scalars(pending))
            for row in rows:
                row.delivery = "sending"
        return sorted((_stored(row) for row in rows), key=_most_urgent_first)

    def settle(self, claimed: Sequence[StoredAlert], outcome: Delivery) -> None:
        """Say how sending went; `pending` gives the alerts back for the next build."""
        ids = [each.id for each in claimed]
        with self._database.write() as session:
            session.execute(update(AlertRow).where(AlertRow.id.in_(ids)).values(delivery=outcome))


def _goes_on(row: AlertRow, alert: Alert) -> bool:
    peak = cast("Severity", row.peak_severity)
    return SEVERITIES.index(alert.severity) <= SEVERITIES.index(peak)


def _renew(row: AlertRow, alert: Alert) -> None:
    """What is known today; the peak stays, so that wavering about a threshold is news once."""
    if not _goes_on(row, alert):
        row.peak_severity = alert.severity
    row.as_of = alert.as_of
    row.name = alert.name
    row.headline = alert.headline
    row.figures = dict(alert.figures)
    row.arr = alert.arr
    row.severity = alert.severity


def _row(alert: Alert, at: datetime, delivery: Delivery | None) -> AlertRow:
    return AlertRow(
        id=uuid.uuid4().hex,
        kind=alert.kind,
        customer_id=alert.customer_id,
        raised_as_of=alert.as_of,
        as_of=alert.as_of,
        first_seen_at=at,
        name=alert.name,
        headline=alert.headline,
        figures=dict(alert.figures),
        arr=alert.arr,
        severity=alert.severity,
        peak_severity=alert.severity,
        delivery=delivery,
    )


def _stored(row: AlertRow, seen: bool = False) -> StoredAlert:
    alert = Alert(
        kind=cast("AlertKind", row.kind),
        customer_id=row.customer_id,
        name=row.name,
        headline=row.headline,
        figures=cast("dict[str, Any]", row.figures),
        arr=row.arr,
        severity=cast("Severity", row.severity),
        as_of=row.as_of,
    )
    return StoredAlert(row.id, alert, row.raised_as_of, row.first_seen_at, seen)


def _read_by(user_id: str, as_of: date) -> Select[str]:
    return (
        select(AlertReadRow.alert_id)
        .join(AlertRow, AlertRow.id == AlertReadRow.alert_id)
        .where(AlertReadRow.user_id == user_id, AlertRow.as_of == as_of)
    )


def _most_urgent_first(stored: StoredAlert) -> tuple[int, float, str]:
    rank = SEVERITIES.index(stored.alert.severity)
    return -rank, -(stored.alert.arr or 0.0), stored.id
