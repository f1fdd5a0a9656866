"""What the tools log, written into the store's interventions."""

from app.store.interventions import Intervention, Interventions, LoggedIntervention
from tools.contract import LoggedAction


class Actions:
    """The tools' way to the interventions.

    Args:
        interventions: Where they are kept.
    """

    def __init__(self, interventions: Interventions) -> None:
        self._interventions = interventions

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


def _action(logged: LoggedIntervention) -> LoggedAction:
    return LoggedAction(id=logged.id, at=logged.at)
