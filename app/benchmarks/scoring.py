"""`aura bench scoring`: churn, rules and SHAP over many clients, in a process of its own."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
import pandas as pd

from app.benchmarks.apart import measure_apart, resident_bytes
from app.settings import Settings
from app.store.following_churn import FollowingChurn
from data.gold import Gold
from data.gold_reader import GoldError
from data.query import Scope
from data.semantic_model import load_semantic_model
from tools.models.frames import numbers
from tools.models.scoring import in_chunks
from tools.rule_book import rule_book

JITTER: Final = 0.1
"""Spread by which a copy's figures differ from the client's, so that no two are alike."""
SHAP_ROWS: Final = 5_000
_SHAP_CHUNK: Final = 1_000
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of score over many clients."""

    name: str
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Throughput."""
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class ScoringReport:
    """What scoring cost.

    Attributes:
        originals: Clients of the home of which the many are copies.
        held_mb: Memory of the process before it scored: programs and the clients' features.
        peak_mb: Most memory it held.
    """

    clients: int
    originals: int
    stages: tuple[Stage, ...]
    held_mb: float
    peak_mb: float

    def as_json(self) -> dict[str, Any]:
        """The report as one object."""
        stages = {
            stage.name: {
                "rows": stage.rows,
                "seconds": stage.seconds,
                "rows_per_second": round(stage.rows_per_second),
            }
            for stage in self.stages
        }
        return {
            "clients": self.clients,
            "originals": self.originals,
            "stages": stages,
            "held_mb": self.held_mb,
            "peak_mb": self.peak_mb,
        }


def scoring(settings: Settings, *, clients: int) -> ScoringReport:
    """Score copies of the clients of a home.

    Args:
        settings: Whose home holds the clients and the serving model.
        clients: How many copies.

    Raises:
        MeasureError: The process failed.
        GoldError: Nothing is prepared in the home.
    """
    if not (settings.home / "warehouse.duckdb").exists():
        raise GoldError(f"nothing is prepared in {settings.home}; run `aura prepare` first")
    measured = measure_apart("scoring", __name__, [settings.home, clients], settings.home)
    found = measured.found
    return ScoringReport(
        clients=clients,
        originals=found["originals"],
        stages=tuple(Stage(**stage) for stage in found["stages"]),
        held_mb=found["held_mb"],
        peak_mb=measured.peak_mb,
    )


def lines(report: ScoringReport) -> list[str]:
    """The report as a table."""
    rows = [f"{report.clients:,} clients, copies of {report.originals:,} with other figures"]
    rows += [
        f"{stage.name:<44}{stage.rows:>11,} clients{stage.seconds:>9.1f} s"
        f"{stage.rows_per_second:>12,.0f} a second"
        for stage in report.stages
    ]
    rows.append(f"{'Memory with all features, before scoring':<44}{report.held_mb:>11,.0f} MB")
    rows.append(f"{'Peak memory':<44}{report.peak_mb:>11,.0f} MB")
    return rows


def crowd(features: pd.DataFrame, clients: int, seed: int) -> pd.DataFrame:
    """Copy clients until there are enough; every known number moves a little.

    Args:
        features: Of real clients, one row each.
        clients: Rows wanted.
        seed: Makes the copies reproducible.
    """
    rng = np.random.default_rng(seed)
    copies = features.iloc[np.arange(clients) % len(features)].reset_index(drop=True)
    for name in copies.select_dtypes("number").columns:
        moved = numbers(copies, str(name))
        moved *= rng.normal(1.0, JITTER, clients)
        copies[name] = moved
    copies["customer_id"] = [f"copy-{number}" for number in range(clients)]
    return copies


def _score(home: Path, clients: int) -> dict[str, Any]:
    gold = Gold(home / "warehouse.duckdb", load_semantic_model())
    originals = gold.features(Scope())
    churn, book = FollowingChurn(home, lambda: gold.build.model_version), rule_book(gold)
    many = crowd(originals, clients, _SEED)
    explained = many.head(min(SHAP_ROWS, clients))
    held = resident_bytes(os.getpid())
    stages = [
        _timed("Churn, 30/60/90 days with interval", many, lambda f: in_chunks(churn.predict, f)),
        _timed("Rules", many, book.evaluate_frame),
        _timed("SHAP, reasons in words", explained, lambda f: _explain_all(churn, f)),
    ]
    gold.close()
    return {
        "originals": len(originals),
        "stages": stages,
        "held_mb": round(held / 1e6, 1),
    }


def _timed(
    name: str, frame: pd.DataFrame, work: Callable[[pd.DataFrame], object]
) -> dict[str, Any]:
    work(frame.head(100))  # late imports are not scoring
    start = perf_counter()
    work(frame)
    return {"name": name, "rows": len(frame), "seconds": round(perf_counter() - start, 2)}


def _explain_all(churn: FollowingChurn, frame: pd.DataFrame) -> None:
    for start in range(0, len(frame), _SHAP_CHUNK):
        churn.explain(frame.iloc[start : start + _SHAP_CHUNK])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_score(Path(sys.argv[1]), int(sys.argv[2]))) + "\n")
