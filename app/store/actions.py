"""What the tools log, written into the store's interventions."""

from collections.abc import Sequence
from datetime import date

from app.store.interventions import Intervention, Interventions, LoggedIntervention
from tools.action_log import Assignment, LoggedAction, Occupied, PastAction, RunningTest


class Actions:
    """The tools' way to the interventions.

    Args:
        interventions: Where they are kept.
    """

    def __init__(self, interventions: Interventions) -> None:
        self._interventions = interventions

    @property
    def today(self) -> date:
        """The day an entry made now would carry."""
        return self._interventions.today

    def log(self, *, customer_id: str, strategy: str, note: str, user_id: str) -> LoggedAction:
        """Write one action down; a person chose the client, so it is targeted, never random."""
        item = Intervention(
            customer_id=customer_id,
            strategy=strategy,
            user_id=user_id,
            note=note,
            assignment="targeted",
        )
        return _action(self._interventions.log([item])[0])

    def last(self, *, customer_id: str, strategy: str) -> LoggedAction | None:
        """The latest action of this strategy for this client; an experiment's draw is none."""
        found = self._interventions.latest(customer_id=customer_id, strategy=strategy)
        done = [item for item in found if item.intervention.assignment != "random"]
        return _action(done[0]) if done else None

    def past(
        self, *, customer_id: str | None = None, since: date | None = None
    ) -> list[PastAction]:
        """Every entry, or those of one client, the latest first."""
        return [
            PastAction(
                id=each.id,
                customer_id=each.intervention.customer_id,
                strategy=each.intervention.strategy,
                day=each.at.date(),
                note=each.intervention.note,
                arm=each.intervention.arm,
                assignment=each.intervention.assignment,
            )
            for each in self._interventions.latest(customer_id=customer_id, since=since, limit=None)
        ]

    def occupied(self, *, contact_days: int, test_days: int) -> Occupied:
        """Clients treated within `contact_days`, or drawn into a test within `test_days`."""
        contacted = [
            item.intervention.customer_id
            for item in self._interventions.since(contact_days)
            if item.intervention.arm != "control"
        ]
        drawn = {
            item.intervention.customer_id: (item.intervention.strategy, item.at.date())
            for item in self._draws(test_days)
        }
        return Occupied(frozenset(contacted), drawn)

    def running(self, *, strategy: str, test_days: int) -> RunningTest | None:
        """What was drawn for a strategy within `test_days`; None when nothing was."""
        drawn = [each for each in self._draws(test_days) if each.intervention.strategy == strategy]
        if not drawn:
            return None
        treated = sum(each.intervention.arm == "treatment" for each in drawn)
        return RunningTest(
            strategy=strategy,
            treated=treated,
            control=len(drawn) - treated,
            started=drawn[0].at.date(),
            last_assigned=drawn[-1].at.date(),
        )

    def assign(
        self, drawn: Sequence[Assignment], *, strategy: str, note: str, user_id: str, test_days: int
    ) -> date | None:
        """Write a whole draw down; None, and nothing written, when a client is in a test."""
        items = [
            Intervention(
                customer_id=each.customer_id,
                strategy=strategy,
                user_id=user_id,
                note=note,
                arm=each.arm,
                assignment="random",
                propensity=each.propensity,
                cost=each.cost_usd,
            )
            for each in drawn
        ]
        at = self._interventions.draw(items, within_days=test_days)
        return at.date() if at else None

    def _draws(self, days: int) -> list[LoggedIntervention]:
        found = self._interventions.since(days)
        return [each for each in found if each.intervention.assignment == "random"]


def _action(logged: LoggedIntervention) -> LoggedAction:
    return LoggedAction(id=logged.id, at=logged.at)
