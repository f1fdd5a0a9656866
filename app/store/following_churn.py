"""The churn model that scored the gold tables in use, followed through every rebuild."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import pandas as pd

from app.store import model_store, model_versions
from app.store.serving_churn import ServingChurn
from tools.contract import Explanation, GlobalDriver


class FollowingChurn:
    """Implements `tools.contract.ChurnPort`: explanations always fit the scores in gold.

    Args:
        home: AURA_HOME, where the models are stored.
        wanted_version: Names the model that scored the gold tables now in use; None when they
            hold no score, then the newest model is used.
    """

    def __init__(self, home: Path, wanted_version: Callable[[], str | None]) -> None:
        self._home = home
        self._wanted_version = wanted_version
        self._lock = Lock()
        self._serving = self._load(wanted_version())

    @property
    def version(self) -> str:
        """Version of the model in use."""
        return self._current().version

    @property
    def card(self) -> dict[str, Any]:
        """Its model card."""
        return self._current().card

    @property
    def caveat(self) -> str | None:
        """A sentence to show when it is not to be trusted over its baselines."""
        return self._current().caveat

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """Score rows as they are known today."""
        return self._current().predict(features)

    def explain(self, features: pd.DataFrame) -> list[Explanation]:
        """Explain each row, drivers sorted by |contribution|."""
        return self._current().explain(features)

    def explain_all(self, features: pd.DataFrame) -> list[GlobalDriver]:
        """Rank the drivers over all rows, strongest first."""
        return self._current().explain_all(features)

    def pushes(self, features: pd.DataFrame) -> pd.DataFrame:
        """Contribution of each feature to the margin of each row."""
        return self._current().pushes(features)

    def _current(self) -> ServingChurn:
        wanted = self._wanted_version()
        with self._lock:
            if wanted is not None and self._serving.version != wanted:
                self._serving = self._load(wanted)
            return self._serving

    def _load(self, version: str | None) -> ServingChurn:
        if version is None:
            return model_store.load_serving(self._home)
        return ServingChurn(
            model_store.load(version, self._home), model_versions.decision_on(version, self._home)
        )
