"""What was done for clients, and which arm of an experiment they were drawn into."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.governance.tokens import utc_now
from app.store.database import Database
from app.store.tables import InterventionRow

Arm = Literal["treatment", "control"]
Assignment = Literal["random", "targeted"]
_DRAWS = uuid.UUID("5f1c7c0e-6a6b-4d0c-9a52-0b6f4f2f9b1d")
"""Namespace of the keys of random assignments."""


@dataclass(frozen=True, slots=True)
class Intervention:
    """One action, or one assignment.

    Attributes:
        user_id: Who logged it.
        arm: The client's arm; None outside experiments.
        assignment: How the arm was chosen.
        propensity: Probability of treatment (0-1), where known.
        cost: In the base currency.
    """

    customer_id: str
    strategy: str
    user_id: str
    note: str = ""
    arm: Arm | None = None
    assignment: Assignment | None = None
    propensity: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class LoggedIntervention:
    """An intervention with its id and the moment it was logged."""

    id: str
    at: datetime
    intervention: Intervention


class Interventions:
    """The interventions of one database.

    Args:
        database: Where they live.
        now: The clock.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def log(self, interventions: Sequence[Intervention]) -> list[LoggedIntervention]:
        """Record interventions, all or none of them."""
        at = self._now()
        logged = [LoggedIntervention(uuid.uuid4().hex, at, item) for item in interventions]
        with self._database.write() as session:
            session.add_all(_row(item) for item in logged)
        return logged

    def log_once(self, item: Intervention, *, intervention_id: str) -> LoggedIntervention:
        """Record an intervention under an id; what that id has recorded before stays as it is."""
        at = self._now()

        def record(session: Session) -> LoggedIntervention:
            found = session.get(InterventionRow, intervention_id)
            if found is not None:
                return _logged(found)
            session.add(_row(LoggedIntervention(intervention_id, at, item)))
            return LoggedIntervention(intervention_id, at, item)

        return self._database.insert(record)

    @property
    def today(self) -> date:
        """The day an entry made now would carry."""
        return self._now().date()

    def draw(self, drawn: Sequence[Intervention], *, within_days: int) -> datetime | None:
        """Record a test's assignments, all of them, unless a client is in a test already.

        A client's key says client and day, so that two draws at the same moment cannot both be
        recorded.

        Args:
            drawn: Random assignments.
            within_days: How long a test runs.

        Returns:
            When they were recorded; None when one of the clients is in a test, and none was.
        """
        at = self._now()
        logged = [LoggedIntervention(_draw_key(item, at), at, item) for item in drawn]
        wanted = {item.customer_id for item in drawn}

        def record(session: Session) -> datetime | None:
            running = session.scalars(_since(at - timedelta(days=within_days)))
            if any(row.assignment == "random" and row.customer_id in wanted for row in running):
                return None
            session.add_all(_row(item) for item in logged)
            return at

        return self._database.insert(record)

    def since(self, days: int) -> list[LoggedIntervention]:
        """All interventions of the last days, the oldest first."""
        with self._database.read() as session:
            found = session.scalars(_since(self._now() - timedelta(days=days)))
            return [_logged(row) for row in found]

    def all(self) -> list[LoggedIntervention]:
        """Every intervention, the oldest first."""
        with self._database.read() as session:
            rows = session.scalars(
                select(InterventionRow).order_by(InterventionRow.at, InterventionRow.id)
            )
            return [_logged(row) for row in rows]

    def latest(
        self,
        *,
        customer_id: str | None = None,
        strategy: str | None = None,
        since: date | None = None,
        limit: int | None = 1_000,
    ) -> list[LoggedIntervention]:
        """The latest interventions first, of one client or one strategy or since a day if asked."""
        newest_first = select(InterventionRow).order_by(
            InterventionRow.at.desc(), InterventionRow.id
        )
        if customer_id is not None:
            newest_first = newest_first.where(InterventionRow.customer_id == customer_id)
        if strategy is not None:
            newest_first = newest_first.where(InterventionRow.strategy == strategy)
        if since is not None:
            newest_first = newest_first.where(InterventionRow.at >= _start_of(since))
        with self._database.read() as session:
            return [_logged(row) for row in session.scalars(newest_first.limit(limit))]


def _since(moment: datetime) -> Select[InterventionRow]:
    return (
        select(InterventionRow)
        .where(InterventionRow.at >= moment)
        .order_by(InterventionRow.at, InterventionRow.id)
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _draw_key(item: Intervention, at: datetime) -> str:
    return uuid.uuid5(_DRAWS, f"{at.date().isoformat()} {item.customer_id}").hex


def _row(logged: LoggedIntervention) -> InterventionRow:
    item = logged.intervention
    return InterventionRow(
        id=logged.id,
        at=logged.at,
        customer_id=item.customer_id,
        strategy=item.strategy,
        note=item.note,
        user_id=item.user_id,
        arm=item.arm,
        assignment=item.assignment,
        propensity=item.propensity,
        cost=item.cost,
    )


def _logged(row: InterventionRow) -> LoggedIntervention:
    return LoggedIntervention(
        id=row.id,
        at=row.at,
        intervention=Intervention(
            customer_id=row.customer_id,
            strategy=row.strategy,
            user_id=row.user_id,
            note=row.note,
            arm=cast("Arm | None", row.arm),
            assignment=cast("Assignment | None", row.assignment),
            propensity=row.propensity,
            cost=row.cost,
        ),
    )
