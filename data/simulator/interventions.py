"""The raw table `interventions`: who was offered what, at which cost, and who stayed."""

import numpy as np
import pandas as pd

from data.simulator.commerce import Commerce
from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.lives import Lives
from data.simulator.strategies import RETENTION_WINDOW_DAYS, treatment_cost_usd
from data.simulator.tables import customer_ids, date_column, ids
from data.simulator.vocabulary import STRATEGIES, labels


def interventions_table(config: SimulationConfig, lives: Lives, commerce: Commerce) -> pd.DataFrame:
    """One row an assignment; its outcome is known once its 90 days are over."""
    rows = lives.assignments
    day = rows.week * DAYS_A_WEEK
    closes = day + RETENTION_WINDOW_DAYS
    known = closes <= config.as_of_day
    retained = np.full(len(day), None, dtype=object)
    retained[known] = (lives.churn_day[rows.client] > closes)[known]
    cost = treatment_cost_usd(rows.strategy, commerce.mrr(rows.client, day))
    return pd.DataFrame(
        {
            "intervention_id": ids("I", np.arange(1, len(day) + 1), 6),
            "customer_id": customer_ids(len(lives.churn_day))[rows.client],
            "strategy": labels(STRATEGIES, rows.strategy),
            "arm": np.where(rows.treated, "treatment", "control"),
            "assignment": np.where(rows.random, "random", "targeted"),
            "assigned_at": date_column(config, day),
            "cost": np.where(rows.treated, cost, 0.0),
            "outcome_retained": retained,
            "outcome_at": date_column(config, closes, known),
            "propensity": rows.propensity,
        }
    )
