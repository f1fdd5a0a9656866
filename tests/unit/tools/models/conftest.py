"""A small world of snapshots whose churn follows known reasons, or none at all."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tools.models.churn import train
from tools.models.frames import column, days, rows_where
from tools.models.rules import RuleBook, load_default
from tools.models.trained import TrainedChurn

AS_OF = date(2026, 10, 20)
MakeFeatures = Callable[..., pd.DataFrame]


def make_features(
    *, clients: int = 250, months: int = 16, signal: float = 1.5, rate: float = 0.03, seed: int = 1
) -> pd.DataFrame:
    """Month-end snapshots; `signal` 0 makes churn a pure lottery of the monthly `rate`."""
    rng = np.random.default_rng(seed)
    dates = [*pd.date_range(end="2026-09-30", periods=months, freq="ME"), pd.Timestamp(AS_OF)]
    ids = np.array([f"C{number:04d}" for number in range(clients)])
    segments = rng.choice(["SMB", "Mid-Market", "Enterprise"], clients)
    term = rng.integers(0, 365, clients)
    level, alive = np.zeros(clients), np.ones(clients, dtype=bool)
    left = np.full(clients, np.datetime64("NaT"), dtype="datetime64[D]")
    frames: list[pd.DataFrame] = []
    for day in dates:
        level = 0.8 * level + rng.normal(0, 0.6, clients)
        tickets = rng.poisson(1.0, clients)
        frame = pd.DataFrame(
            {
                "customer_id": ids,
                "snapshot_date": day,
                "segment": segments,
                "contract_type": np.where(term % 2 == 0, "annual", "monthly"),
                "tenure_days": (day - pd.Timestamp("2025-01-01")).days + term,
                "mrr": 200.0 + term,
                "events_30d": np.maximum(0, np.round(40 * np.exp(level))),
                "avg_events_30d": 40.0,
                "event_change_30d": np.exp(level),
                "engagement_score": np.clip(50 + 25 * level, 0, 100),
                "days_since_last_login": np.round(rng.exponential(8, clients)),
                "tickets_30d": tickets,
                "tickets_open": tickets // 2,
                "nps_score": np.where(
                    rng.random(clients) < 0.5, rng.integers(0, 11, clients), np.nan
                ),
                "csat_avg": np.where(rng.random(clients) < 0.5, 3.5, np.nan),
                "revenue_decline_90d": rng.beta(1, 12, clients),
                "days_to_renewal": (term - day.day_of_year) % 365,
            }
        )
        frames.append(rows_where(frame, alive))
        push = signal * (-1.2 * level + 0.3 * (tickets - 1))
        leaves = alive & (rng.random(clients) < rate * np.exp(np.clip(push, -4, 3)))
        left[leaves] = np.datetime64(str(day)[:10], "D") + rng.integers(1, 28, leaves.sum())
        alive = alive & ~leaves
    features = pd.concat(frames, ignore_index=True)
    snapshots = days(features, "snapshot_date")
    number = column(features, "customer_id").str[1:].astype(int).to_numpy()
    away = (left[number] - snapshots).astype(float)
    away[np.isnat(left[number])] = np.inf
    for horizon in (30, 60, 90):
        known = snapshots + np.timedelta64(horizon, "D") <= np.datetime64(AS_OF)
        label = pd.Series(away <= horizon, dtype="boolean")
        features[f"churned_{horizon}d"] = label.where(pd.Series(known))
    return features


@pytest.fixture(scope="session")
def make() -> MakeFeatures:
    """Makes a world of snapshots."""
    return make_features


@pytest.fixture(scope="session")
def features() -> pd.DataFrame:
    """A world whose churn follows usage and tickets."""
    return make_features()


@pytest.fixture(scope="session")
def book() -> RuleBook:
    """The rules of the package."""
    return load_default()


@pytest.fixture(scope="session")
def model(features: pd.DataFrame, book: RuleBook) -> TrainedChurn:
    """A model of that world."""
    return train(features, as_of=AS_OF, seed=7, rules=book)


@pytest.fixture(scope="session")
def latest(features: pd.DataFrame) -> pd.DataFrame:
    """The clients of today."""
    return rows_where(features, days(features, "snapshot_date") == np.datetime64(AS_OF))
