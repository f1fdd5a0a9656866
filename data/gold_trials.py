"""Reads what else is known of the clients on whom a strategy was tried: before, and meanwhile.

Like all that measures a strategy these rows carry no scope: only aggregates of them are shown.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.client_selection import table
from data.gold import Gold
from data.semantic_filters import Params

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_known_before", "read_meanwhile"]


def read_meanwhile(gold: Gold, strategies: Sequence[str], *, within_days: int) -> "pd.DataFrame":
    """Read who got a treatment besides the one that a row is about.

    Args:
        gold: The reader.
        strategies: Canonical names.
        within_days: Days before and after a row's assignment that count.

    Returns:
        One row an intervention: intervention_id, alike (treatments by the same strategy) and
        otherwise (by another one).

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    named = ", ".join(params.add(name).sql("duckdb") for name in strategies) or "NULL"
    days = int(within_days)
    return gold.reader.frame(
        f"""
        SELECT
            i.intervention_id,
            count(o.strategy) FILTER (WHERE o.strategy = i.strategy) AS alike,
            count(o.strategy) FILTER (WHERE o.strategy <> i.strategy) AS otherwise
        FROM {table("interventions")} AS i
        LEFT JOIN {table("interventions")} AS o
            ON o.customer_id = i.customer_id AND o.intervention_id <> i.intervention_id
            AND o.arm = 'treatment'
            AND o.assigned_at > i.assigned_at - INTERVAL {days} DAY
            AND o.assigned_at < i.assigned_at + INTERVAL {days} DAY
        WHERE i.strategy IN ({named})
        GROUP BY i.intervention_id
        """,
        params.values,
    )


def read_known_before(gold: Gold, strategy: str) -> "pd.DataFrame":
    """Read the features of each client at the last snapshot before the assignment.

    Returns:
        One row an intervention that was not random: intervention_id and the columns of
        `gold.ai_model_features`, empty where no snapshot is older.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    named = params.add(strategy).sql("duckdb")
    return gold.reader.frame(
        f"""
        SELECT i.intervention_id, f.* EXCLUDE (customer_id)
        FROM (
            SELECT * FROM {table("interventions")}
            WHERE strategy = {named} AND assignment <> 'random'
        ) AS i
        ASOF LEFT JOIN {table("ai_model_features")} AS f
            ON i.customer_id = f.customer_id AND i.assigned_at > f.snapshot_date
        """,
        params.values,
    )
