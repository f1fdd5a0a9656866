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


def write_actions(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> None:
    """Fill `next_best_action` of `gold.customer_health_scores`; who is left out has none.

    Raises:
        ScoredFrameError: A column is missing, or a client is there twice or is not in gold.
    """
    lacking = [name for name in ("customer_id", "next_best_action") if name not in frame.columns]
    if lacking:
        raise ScoredFrameError(f"The actions frame lacks {', '.join(lacking)}.")
    if not frame["customer_id"].is_unique:
        twice = frame.loc[frame["customer_id"].duplicated(), "customer_id"].iloc[0]
        raise ScoredFrameError(f"Client {twice!r} has two next best actions.")
    connection.register("actions_chosen", frame[["customer_id", "next_best_action"]])
    (written,) = connection.execute(
        "UPDATE gold.customer_health_scores AS scores "
        "SET next_best_action = CAST(chosen.next_best_action AS VARCHAR) "
        "FROM actions_chosen AS chosen WHERE scores.customer_id = chosen.customer_id"
    ).fetchall()[0]
    connection.unregister("actions_chosen")
    if strangers := len(frame) - written:
        are = "client with an action is" if strangers == 1 else "clients with an action are"
        raise ScoredFrameError(f"{strangers} {are} not in gold.")


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
