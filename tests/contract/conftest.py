"""Shared by the tests that need a built warehouse."""

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from data.build import Build
from data.ingest import ingest_folder
from data.mapping import Mapping

Finish = Callable[..., None]


def _put_plausible_scores(build: Build) -> None:
    """Scores without a model: a fixed number a client, so that gold can be built and judged."""
    features = build.frame("silver.customer_features")
    probability = features["customer_id"].map(lambda key: crc32(key.encode()) % 97 / 100)
    risks = np.array(["low", "medium", "high"])[np.digitize(probability, [0.15, 0.35])]
    scored = pd.DataFrame(
        {
            "customer_id": features["customer_id"],
            "month_end": features["snapshot_date"],
            "health_score": 100 * (1 - probability),
            "churn_prob_90d": probability,
            "churn_risk": risks,
        }
    )
    build.put("history", scored)
    today = scored[features["snapshot_date"] == pd.Timestamp(build.as_of)]
    bands = np.array(["at_risk", "watch", "healthy"])[np.digitize(today["health_score"], [40, 70])]
    build.put(
        "health",
        today.assign(
            health_band=bands,
            churn_prob_30d=today["churn_prob_90d"] / 3,
            churn_prob_60d=today["churn_prob_90d"] / 2,
            churn_prob_90d_low=today["churn_prob_90d"] / 2,
            churn_prob_90d_high=(1 + today["churn_prob_90d"]) / 2,
            rule_score=0.2,
            rule_risk="medium",
            rules_fired=[["inactivity"]] * len(today),
            next_best_action="success_call",
            model_version="plausible-1",
        ),
    )


@pytest.fixture(scope="session")
def finish() -> Finish:
    """Takes a build from bronze to the served file, with plausible scores."""

    def _finish(build: Build, logged: pd.DataFrame | None = None) -> None:
        build.bronze()
        build.silver()
        _put_plausible_scores(build)
        if logged is not None:
            build.put("interventions", logged)
        build.gold()
        build.publish()

    return _finish


@pytest.fixture(scope="session")
def warehouse_of(finish: Finish) -> Callable[[Path, Mapping, Path], Path]:
    """Loads a folder, builds, and gives the warehouse file."""

    def _warehouse(folder: Path, mapping: Mapping, home: Path) -> Path:
        ingest_folder(folder, mapping, home / "landing")
        with Build(home=home, source=mapping) as build:
            finish(build)
        return home / "warehouse.duckdb"

    return _warehouse
