"""The frames that are handed back between silver and gold: their columns and types."""

from datetime import date
from types import MappingProxyType

import duckdb
import pandas as pd

from data.sql_text import identifier

SCORED: MappingProxyType[str, MappingProxyType[str, str]] = MappingProxyType(
    {
        "health": MappingProxyType(
            {
                "customer_id": "VARCHAR",
                "health_score": "DOUBLE",
                "health_band": "VARCHAR",
                "churn_prob_30d": "DOUBLE",
                "churn_prob_60d": "DOUBLE",
                "churn_prob_90d": "DOUBLE",
                "churn_prob_90d_low": "DOUBLE",
                "churn_prob_90d_high": "DOUBLE",
                "churn_risk": "VARCHAR",
                "rule_score": "DOUBLE",
                "rule_risk": "VARCHAR",
                "rules_fired": "VARCHAR[]",
                "next_best_action": "VARCHAR",
                "model_version": "VARCHAR",
            }
        ),
        "history": MappingProxyType(
            {
                "customer_id": "VARCHAR",
                "month_end": "DATE",
                "health_score": "DOUBLE",
                "churn_prob_90d": "DOUBLE",
                "churn_risk": "VARCHAR",
            }
        ),
        "feedback": MappingProxyType(
            {
                "source": "VARCHAR",
                "source_id": "VARCHAR",
                "sentiment": "DOUBLE",
                "topics": "VARCHAR[]",
                "topic_sentiments": "DOUBLE[]",
            }
        ),
        "interventions": MappingProxyType(
            {
                "intervention_id": "VARCHAR",
                "customer_id": "VARCHAR",
                "strategy": "VARCHAR",
                "arm": "VARCHAR",
                "assignment": "VARCHAR",
                "propensity": "DOUBLE",
                "assigned_at": "DATE",
                "cost": "DOUBLE",
            }
        ),
        "rules": MappingProxyType({"book": "VARCHAR"}),
    }
)


class ScoredFrameError(ValueError):
    """A frame does not fit the table it is meant for."""


def write_scored(connection: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    """Replace `silver.scored_<name>` by a frame.

    Raises:
        ScoredFrameError: No such table, or a column of it is missing.
    """
    columns = SCORED.get(name)
    if columns is None:
        raise ScoredFrameError(f"No scored table {name!r}. Allowed: {', '.join(SCORED)}.")
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        raise ScoredFrameError(f"The {name} frame lacks {', '.join(lacking)}.")
    taken = ", ".join(
        f"CAST({identifier(column)} AS {kind}) AS {identifier(column)}"
        for column, kind in columns.items()
    )
    connection.register("frame_from_models", frame[list(columns)])
    connection.execute(
        f"CREATE OR REPLACE TABLE silver.scored_{name} AS SELECT {taken} FROM frame_from_models"
    )
    connection.unregister("frame_from_models")


def logged_by(connection: duckdb.DuckDBPyConnection, day: date) -> bool:
    """Whether anything was logged here, up to a day, for a client of this source."""
    found = connection.execute(
        "SELECT 1 FROM silver.scored_interventions JOIN silver.customers USING (customer_id) "
        "WHERE assigned_at <= ? LIMIT 1",
        [day],
    )
    return found.fetchone() is not None


def create_missing(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty tables for what was not handed back, so that gold says null and not an error."""
    for name, columns in SCORED.items():
        declared = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns.items())
        connection.execute(f"CREATE TABLE IF NOT EXISTS silver.scored_{name} ({declared})")
