"""Reads the clients of a randomised test as they were known before it, with what became of them."""

from typing import TYPE_CHECKING

from data.client_selection import table
from data.gold import Gold
from data.semantic_filters import Params

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_assigned"]


def read_assigned(gold: Gold, strategy: str) -> "pd.DataFrame":
    """Read the randomised rows whose outcome is known and whose client had a snapshot before.

    They teach and judge a model of the whole company and are shown to nobody, so they carry no
    scope.

    Returns:
        arm, propensity, retained, churn_prob (at assignment), and the columns of the client's last `gold.ai_model_features` before the assignment.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    named = params.add(strategy).sql("duckdb")
    return gold.reader.frame(
        f"""
        SELECT
            i.arm, i.propensity, i.retained, i.churn_prob_at_assignment AS churn_prob, f.*
        FROM {table("interventions")} AS i
        ASOF JOIN {table("ai_model_features")} AS f
            ON i.customer_id = f.customer_id AND i.assigned_at > f.snapshot_date
        WHERE i.strategy = {named} AND i.assignment = 'random' AND i.retained IS NOT NULL
            AND (i.propensity IS NULL OR (i.propensity > 0 AND i.propensity < 1))
        ORDER BY i.intervention_id
        """,
        params.values,
    )
