"""Drafts of messages to clients: what was shown, what became of it, when a client was reached."""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, cast

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from app.governance.tokens import utc_now
from app.store.database import Database
from app.store.tables import DraftRow, InterventionRow
from tools.draft_log import (
    Channel,
    Contact,
    Delivery,
    DraftTally,
    Feedback,
    NewDraft,
    SavedDraft,
    Variant,
)

_DRAFTS: Final = uuid.UUID("4a5d43f1-59b1-4d6e-8f2a-6f0a3a5d1c77")
"""Namespace of the ids of drafts: the same draft shown again on a day keeps its id."""
_USED: Final = ("used", "edited")


class Drafts:
    """The drafts of one database.

    Args:
        database: Where they live.
        cap_days: Days between two contacts of a client by one channel; 0 for no cap.
        now: The clock.
    """

    def __init__(
        self, database: Database, *, cap_days: int, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._cap_days = cap_days
        self._now = now

    @property
    def cap_days(self) -> int:
        """Days between two contacts of a client by one channel; 0 for no cap."""
        return self._cap_days

    @property
    def today(self) -> date:
        """The day an entry made now would carry."""
        return self._now().date()

    def save(self, drafts: Sequence[NewDraft], *, user_id: str) -> list[SavedDraft]:
        """Keep drafts that were shown together, under ids made from day, reader and content."""
        at = self._now()
        keys = [_key(draft, user_id, at) for draft in drafts]
        batch = uuid.uuid5(_DRAFTS, "\n".join(keys)).hex

        def record(session: Session) -> list[SavedDraft]:
            kept: list[SavedDraft] = []
            for key, draft in zip(keys, drafts, strict=True):
                row = session.get(DraftRow, key)
                if row is None:
                    row = DraftRow(id=key, batch=batch, user_id=user_id, at=at, **_columns(draft))
                    session.add(row)
                elif row.feedback is None and row.delivery is None:
                    row.at, row.batch = at, batch
                kept.append(_saved(row))
            return kept

        return self._database.insert(record)

    def find(self, draft_id: str) -> SavedDraft | None:
        """One draft by its id."""
        with self._database.read() as session:
            row = session.get(DraftRow, draft_id)
            return None if row is None else _saved(row)

    def latest(self, *, user_id: str, customer_id: str | None) -> list[SavedDraft]:
        """What was shown to a person last, for one client where it is named; A comes first."""
        own = select(DraftRow).where(DraftRow.user_id == user_id)
        if customer_id is not None:
            own = own.where(DraftRow.customer_id == customer_id)
        with self._database.read() as session:
            last = session.scalars(own.order_by(DraftRow.at.desc(), DraftRow.id).limit(1)).first()
            if last is None:
                return []
            together = own.where(
                DraftRow.batch == last.batch, DraftRow.customer_id == last.customer_id
            )
            return [_saved(row) for row in session.scalars(together.order_by(DraftRow.variant))]

    def judge(self, draft_id: str, feedback: Feedback, *, user_id: str) -> SavedDraft | None:
        """Record what became of a draft; a later word replaces an earlier one."""
        with self._database.write() as session:
            row = session.get(DraftRow, draft_id)
            if row is None:
                return None
            row.feedback, row.feedback_by, row.feedback_at = feedback, user_id, self._now()
            return _saved(row)

    def contacts(self, *, customer_id: str | None = None) -> list[Contact]:
        """Drafts used or sent and actions logged within the cap, the oldest first."""
        since = self._now() - timedelta(days=self._cap_days)
        drafts = select(DraftRow).where(
            or_(DraftRow.sent_at >= since, DraftRow.feedback_at >= since),
            or_(DraftRow.sent_at.is_not(None), DraftRow.feedback.in_(_USED)),
        )
        actions = select(InterventionRow).where(
            InterventionRow.at >= since,
            InterventionRow.assignment.is_distinct_from("random"),
        )
        if customer_id is not None:
            drafts = drafts.where(DraftRow.customer_id == customer_id)
            actions = actions.where(InterventionRow.customer_id == customer_id)
        with self._database.read() as session:
            found = [_reached(row) for row in session.scalars(drafts)]
            found += [
                Contact(row.customer_id, row.at.date(), row.strategy, None)
                for row in session.scalars(actions)
            ]
        return sorted(found, key=lambda contact: contact.on)

    def tally(self, by: str, customer_ids: Mapping[str, str]) -> list[DraftTally]:
        """Count drafts for these clients by a column, the most drafted first.

        A draft counts as decided when something was said of it, or of another variant that was
        shown beside it for the same client.
        """
        with self._database.read() as session:
            rows = [row for row in session.scalars(_of_group()) if row.customer_id in customer_ids]
        decided = {(row.batch, row.customer_id) for row in rows if _is_judged(row)}
        groups: dict[str, Counter[str]] = {}
        for row in rows:
            counts = groups.setdefault(str(getattr(row, by)), Counter())
            counts["drafted"] += 1
            counts["decided"] += (row.batch, row.customer_id) in decided
            counts[_outcome(row)] += 1
        found = [
            DraftTally(
                group,
                drafted=n["drafted"],
                decided=n["decided"],
                used=n["used"],
                edited=n["edited"],
                rejected=n["rejected"],
            )
            for group, n in groups.items()
        ]
        return sorted(found, key=lambda each: (-each.drafted, each.group))

    def claim(self, draft_id: str) -> bool:
        """Take a draft to send it; False when it is, or may have been, sent already."""
        unsent = update(DraftRow).where(DraftRow.id == draft_id, DraftRow.delivery.is_(None))
        with self._database.write() as session:
            taken = session.scalars(unsent.values(delivery="sending").returning(DraftRow.id))
            return taken.first() is not None

    def settle(self, draft_id: str, outcome: Delivery, *, user_id: str) -> None:
        """Say how sending went: `refused` gives the draft back, `sent` also counts as used."""
        with self._database.write() as session:
            row = session.get(DraftRow, draft_id)
            if row is None:
                return
            row.delivery = None if outcome == "refused" else outcome
            if outcome == "sent":
                row.sent_at = row.feedback_at = self._now()
                row.feedback, row.feedback_by = "used", user_id


def _of_group() -> Select[DraftRow]:
    return select(DraftRow).order_by(DraftRow.at, DraftRow.id)


def _key(draft: NewDraft, user_id: str, at: datetime) -> str:
    parts = [
        at.date().isoformat(), user_id, draft.customer_id, draft.channel, draft.variant,
        draft.subject, draft.message,
    ]  # fmt: skip
    return uuid.uuid5(_DRAFTS, "\n".join(parts)).hex


def _columns(draft: NewDraft) -> dict[str, object]:
    return {
        "customer_id": draft.customer_id,
        "channel": draft.channel,
        "tone": draft.tone,
        "topic": draft.topic,
        "variant": draft.variant,
        "angle": draft.angle,
        "subject": draft.subject,
        "message": draft.message,
        "propensity": draft.propensity,
    }


def _saved(row: DraftRow) -> SavedDraft:
    return SavedDraft(
        id=row.id,
        batch=row.batch,
        user_id=row.user_id,
        at=row.at,
        draft=NewDraft(
            customer_id=row.customer_id,
            channel=cast("Channel", row.channel),
            tone=row.tone,
            topic=row.topic,
            variant=cast("Variant", row.variant),
            angle=row.angle,
            subject=row.subject,
            message=row.message,
            propensity=row.propensity,
        ),
        feedback=cast("Feedback | None", row.feedback),
        sent_at=row.sent_at,
    )


def _reached(row: DraftRow) -> Contact:
    at = row.sent_at or row.feedback_at or row.at
    return Contact(row.customer_id, at.date(), "draft", cast("Channel", row.channel))


def _is_judged(row: DraftRow) -> bool:
    return row.feedback is not None or row.sent_at is not None


def _outcome(row: DraftRow) -> str:
    return row.feedback or "open"
