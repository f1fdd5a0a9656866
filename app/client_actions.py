"""What was done for the clients and what is best done next, as a build hands both to the data."""

from contextlib import closing
from pathlib import Path
from typing import Final

import pandas as pd

from app.settings import Settings
from app.store.actions import Actions
from app.store.database import Database
from app.store.interventions import Interventions
from app.store.serving_churn import ServingChurn
from data.gold import Gold
from data.query import Scope
from data.scored import SCORED
from data.semantic_model import load_semantic_model
from knowledge.library import Library
from tools.best_actions import best_actions
from tools.contract import ToolContext

_PATIENCE_SECONDS: Final = 600.0
"""No person waits for a build's questions."""


def logged_interventions(settings: Settings) -> pd.DataFrame:
    """Actions and experiments that were logged here; an action without an arm was a treatment."""
    with closing(Database.open(settings.home, settings.database_url)) as database:
        rows = [
            (
                *(each.id, each.intervention.customer_id, each.intervention.strategy),
                *(each.intervention.arm or "treatment", each.intervention.assignment or "targeted"),
                *(each.intervention.propensity, each.at.date(), each.intervention.cost),
            )
            for each in Interventions(database).all()
        ]
    return pd.DataFrame(rows, columns=list(SCORED["interventions"]))


def next_best_actions(
    settings: Settings, warehouse: Path, churn: ServingChurn, library: Library
) -> pd.DataFrame:
    """Choose for every client as `recommend_action` would: see `tools.best_actions`.

    Args:
        settings: Where the log is.
        warehouse: The file with gold; it is closed again.
        churn: The model that scored it.
        library: The playbooks.

    Raises:
        NothingKnown: No strategy to choose from has a known effect.
        FinalToolError: The file cannot be read.
    """
    gold = Gold(warehouse, load_semantic_model(), time_limit_seconds=_PATIENCE_SECONDS)
    with closing(gold), closing(Database.open(settings.home, settings.database_url)) as database:
        log = Actions(Interventions(database))
        everyone = Scope()
        return best_actions(
            ToolContext("build", "admin", everyone, gold, churn, library, actions=log)
        )
