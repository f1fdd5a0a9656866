"""The action log for one request: with a key, sending it again writes nothing more."""

import uuid
from typing import Final

from app.store.actions import Actions
from app.store.interventions import Intervention, Interventions, LoggedIntervention
from tools.contract import LoggedAction

_KEYS: Final = uuid.UUID("0c0a2c5e-52a3-4a2e-9d0a-3d1e6cf5b7a4")
"""Namespace of the entries' ids that are made from a user and their key."""


class KeyReusedError(Exception):
    """An idempotency key came back with another content."""


class ActionsOnce(Actions):
    """Writes one action, under an id made from the user and their key where there is one.

    Args:
        interventions: Where actions are kept.
        user_id: Who writes.
        key: The request's idempotency key.
    """

    def __init__(self, interventions: Interventions, user_id: str, key: str | None) -> None:
        super().__init__(interventions)
        self._store = interventions
        self._id = uuid.uuid5(_KEYS, f"{user_id}\n{key}").hex if key is not None else None

    def log(self, *, customer_id: str, strategy: str, note: str, user_id: str) -> LoggedAction:
        """Write the action down, or find the one that this key has written.

        Raises:
            KeyReusedError: What the key has written is something else.
        """
        if self._id is None:
            return super().log(
                customer_id=customer_id, strategy=strategy, note=note, user_id=user_id
            )
        item = Intervention(
            customer_id=customer_id,
            strategy=strategy,
            user_id=user_id,
            note=note,
            assignment="targeted",
        )
        logged = self._store.log_once(item, intervention_id=self._id)
        if logged.intervention != item:
            raise KeyReusedError("This Idempotency-Key has already written something else.")
        return LoggedAction(id=logged.id, at=logged.at)

    def last(self, *, customer_id: str, strategy: str) -> LoggedAction | None:
        """The latest action of this strategy for this client, but for the one of this key."""
        found = self._store.latest(customer_id=customer_id, strategy=strategy)
        done = [each for each in found if self._is_earlier(each)]
        return LoggedAction(id=done[0].id, at=done[0].at) if done else None

    def _is_earlier(self, logged: LoggedIntervention) -> bool:
        return logged.intervention.assignment != "random" and logged.id != self._id
