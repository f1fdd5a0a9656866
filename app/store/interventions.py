"""What was done for clients, and which arm of an experiment they were drawn into."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import select

from app.governance.tokens import utc_now
from app.store.database import Database
from app.store.tables import InterventionRow

Arm = Literal["treatment", "control"]
Assignment = Literal["random", "targeted"]


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

    def latest(
        self, *, customer_id: str | None = None, strategy: str | None = None, limit: int = 1_000
    ) -> list[LoggedIntervention]:
        """The latest interventions first, of one client or one strategy if asked."""
        newest_first = select(InterventionRow).order_by(
            InterventionRow.at.desc(), InterventionRow.id
        )
        if customer_id is not None:
            newest_first = newest_first.where(InterventionRow.customer_id == customer_id)
        if strategy is not None:
            newest_first = newest_first.where(InterventionRow.strategy == strategy)
        with self._database.read() as session:
            return [_logged(row) for row in session.scalars(newest_first.limit(limit))]


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
