"""`aura bench telco`: how well churn is told on IBM's Telco data, 5 folds three times.

The file is loaded through its mapping like any source. Everything that learns is fitted inside
the folds: columns, boosters, calibration, and the two baselines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from data.build import Build
from data.ingest import ingest_folder
from data.mapping import load_mapping
from tools.models.baselines import fit_logistic, logistic_probability
from tools.models.boosting import fit_ensemble
from tools.models.calibration import fit_calibrator
from tools.models.evaluation import ece
from tools.models.features import Design
from tools.models.frames import Floats
from tools.models.labels import Labelled, honest_design, labelled

FOLDS: Final = 5
REPEATS: Final = 3
SEED: Final = 7
_FLOOR_DRAWS: Final = 20


@dataclass(frozen=True, slots=True)
class Marks:
    """Means over the folds, with the standard deviation between folds."""

    auc: float
    pr_auc: float
    brier: float
    ece: float
    auc_sd: float
    ece_sd: float


@dataclass(frozen=True, slots=True)
class TelcoReport:
    """The served recipe and the baselines on the same folds.

    Attributes:
        ece_floor: Mean ECE that the served probabilities would show on these folds if they were
            exactly right: what chance alone leaves in bins of so many rows.
    """

    clients: int
    churned: int
    folds: int
    permuted: bool
    served: Marks
    ece_floor: float
    baselines: dict[str, Marks]

    def as_json(self) -> dict[str, object]:
        """Four figures of the served recipe at the top, everything else below."""
        own = _rounded(self.served)
        return {
            **{name: own[name] for name in ("auc", "brier", "ece", "pr_auc")},
            "served": own,
            "ece_floor": round(self.ece_floor, 4),
            "baselines": {name: _rounded(marks) for name, marks in self.baselines.items()},
            "clients": self.clients,
            "churned": self.churned,
            "folds": self.folds,
            "permuted": self.permuted,
        }


def telco(folder: Path, *, permute: bool = False, seed: int = SEED) -> TelcoReport:
    """Cross-validate the churn recipe.

    Args:
        folder: Holds IBM's `*Telco-Customer-Churn*.csv`.
        permute: Shuffle the outcomes first: nothing may be learned then (AUC 0.5).
        seed: Of the folds, the draws and the shuffle.

    Raises:
        IngestError: The folder does not hold the file.
    """
    known = _load(folder, seed)
    if permute:
        order = np.random.default_rng(seed).permutation(len(known.frame))
        shuffled = {days: y[order] for days, y in known.y.items()}
        known = Labelled(known.frame, shuffled, known.clients)
    y = known.y[90]
    scores: dict[str, list[tuple[float, ...]]] = {}
    floors: list[float] = []
    rng = np.random.default_rng(seed)
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=seed)
    for learned, held in folds.split(y, y):
        past, rows = known.take(_mask(learned, y.size)), _mask(held, y.size)
        frame = known.take(rows).frame
        design, _ = honest_design(past)
        for name, scorer in _SCORERS.items():
            score = scorer(past, design, frame, seed)
            scores.setdefault(name, []).append(_judge(y[rows], score))
            if name == "served":
                floors.append(_ece_by_chance(score, rng))
    marks = {name: _marks(rows) for name, rows in scores.items()}
    served = marks.pop("served")
    floor = float(np.mean(floors))
    return TelcoReport(y.size, int(y.sum()), FOLDS * REPEATS, permute, served, floor, marks)


def lines(report: TelcoReport) -> list[str]:
    """The report as a table."""
    shuffled = ", outcomes shuffled" if report.permuted else ""
    rows = {"served": report.served, **report.baselines}
    return [
        f"{report.clients:,} clients, {report.churned:,} churned, {report.folds} folds{shuffled}",
        f"{'':<20}{'AUC':>8}{'PR-AUC':>8}{'Brier':>8}{'ECE':>8}",
        *(
            f"{name.replace('_', ' '):<20}{m.auc:>8.4f}{m.pr_auc:>8.4f}{m.brier:>8.4f}{m.ece:>8.4f}"
            for name, m in rows.items()
        ),
        f"ECE by chance alone, were the served probabilities exact: {report.ece_floor:.4f}",
    ]


def _load(folder: Path, seed: int) -> Labelled:
    mapping = load_mapping("telco")
    with TemporaryDirectory(prefix="aura-telco-") as name:
        home = Path(name)
        ingest_folder(folder, mapping, home / "landing")
        with Build(home=home, source=mapping) as build:
            build.bronze()
            build.silver()
            features = build.frame("silver.customer_features")
    return labelled(features.sort_values("customer_id", ignore_index=True), seed)


def _served(past: Labelled, design: Design, frame: pd.DataFrame, seed: int) -> Floats:
    """The recipe of `tools.models.churn` for one picture of a day."""
    learned, y = design.matrix(past.frame), past.y[90]
    ensemble = fit_ensemble(learned, y, past.clients, design.layout, seed)
    blind = ensemble.blind_margins(learned, past.clients)
    curve = fit_calibrator(blind, y, past.clients, seed)
    return curve.probability(ensemble.margins(design.matrix(frame)).mean(axis=0))


def _logistic(past: Labelled, design: Design, frame: pd.DataFrame, seed: int) -> Floats:
    del seed
    model = fit_logistic(design, design.matrix(past.frame), past.y[90])
    return logistic_probability(model, design.matrix(frame))


def _xgboost_defaults(past: Labelled, design: Design, frame: pd.DataFrame, seed: int) -> Floats:
    types = list(design.layout.types)
    train, held = (
        xgb.DMatrix(design.matrix(part), label, feature_types=types, enable_categorical=True)
        for part, label in ((past.frame, past.y[90]), (frame, None))
    )
    model = xgb.train({"objective": "binary:logistic", "seed": seed, "nthread": 1}, train, 100)
    return np.asarray(model.predict(held), dtype=np.float64)


_SCORERS: Final[dict[str, Callable[[Labelled, Design, pd.DataFrame, int], Floats]]] = {
    "served": _served,
    "logistic": _logistic,
    "xgboost_defaults": _xgboost_defaults,
}


def _judge(y: Floats, score: Floats) -> tuple[float, ...]:
    return (
        float(roc_auc_score(y, score)),
        float(average_precision_score(y, score)),
        float(brier_score_loss(y, score)),
        ece(y, score)(np.ones_like(y)),
    )


def _ece_by_chance(score: Floats, rng: np.random.Generator) -> float:
    """ECE when the outcomes are drawn from the probabilities themselves."""
    draws = [(rng.random(score.size) < score).astype(float) for _ in range(_FLOOR_DRAWS)]
    return float(np.mean([ece(drawn, score)(np.ones_like(drawn)) for drawn in draws]))


def _marks(rows: list[tuple[float, ...]]) -> Marks:
    mean, sd = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1)
    return Marks(*(float(value) for value in mean), auc_sd=float(sd[0]), ece_sd=float(sd[3]))


def _mask(rows: np.ndarray, size: int) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    mask[rows] = True
    return mask


def _rounded(marks: Marks) -> dict[str, float]:
    return {name: round(getattr(marks, name), 4) for name in Marks.__slots__}
