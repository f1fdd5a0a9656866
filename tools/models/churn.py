"""How a churn model is made: one honest trial, then a refit on all that is known."""

import hashlib
from dataclasses import fields
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from tools.models.boosting import MEMBERS, PARAMS, Ensemble
from tools.models.calibration import base_rate
from tools.models.card import ModelCard
from tools.models.features import Design, typical_values
from tools.models.frames import content_hash, days, rows_where
from tools.models.labels import Labelled, honest_design, labelled
from tools.models.rules import RuleBook
from tools.models.trained import TrainedChurn, base_rate_calibrator, base_rate_shares
from tools.models.trial import (
    Quality,
    Trial,
    cross_validate,
    fit_model,
    run_trial,
    serving_curve,
)
from tools.models.windows import rolling_origins

__all__ = ["ModelCard", "TrainedChurn", "train"]

MIN_CHURNED_CLIENTS: Final = 25
"""Below this a booster would learn names, not reasons."""
_RECIPE: Final = 3
"""Raised when the way of training changes, so that versions differ."""


def train(features: pd.DataFrame, *, as_of: date, seed: int, rules: RuleBook) -> TrainedChurn:
    """Train the churn model on `gold.ai_model_features`.

    Args:
        features: All snapshots, labelled or not.
        as_of: The last date of the data.
        seed: Makes draws and growth reproducible.
        rules: The rule book, one of the baselines.

    Returns:
        A model in every case: with too little churn to learn from it serves the base rate and
        its card says so.
    """
    known = labelled(features, seed)
    version = _version(features, as_of, seed)
    design, leaking = honest_design(known)
    trial = None
    if design.columns and known.churned_clients >= MIN_CHURNED_CLIENTS and known.has_both_outcomes:
        blocks = rolling_origins(known.snapshots)
        if blocks:
            trial = run_trial(known, blocks, design, rules, seed)
        else:
            trial = cross_validate(known, rules, seed)
    if trial is None:
        return _base_rate_model(known, version, as_of, seed)
    ensemble, timing = fit_model(known, design, seed)
    curve = serving_curve(known, trial, ensemble, design, seed)
    measured = {field.name: getattr(trial.quality, field.name) for field in fields(Quality)}
    snapshots = days(features, "snapshot_date")
    latest = rows_where(features, snapshots == snapshots.max())
    card = _card(known, version, as_of, seed).model_copy(
        update=measured
        | {
            "kind": "xgboost",
            "features": list(design.columns),
            "typical": typical_values(latest, design),
            "calibration": curve.kind,
            "in_time": trial.in_time,
            "notes": _notes(leaking, trial, ensemble),
        }
    )
    return TrainedChurn(
        design=design,
        ensemble=ensemble,
        calibrator=curve,
        timing=timing,
        learned_until=known.snapshots.max().item(),
        card=card,
    )


def _base_rate_model(known: Labelled, version: str, as_of: date, seed: int) -> TrainedChurn:
    note = (
        f"{known.churned_clients} churned clients in {np.unique(known.snapshots).size} labelled "
        "snapshots are too few to train, calibrate and test on "
        f"({MIN_CHURNED_CLIENTS} are needed, some in every window): the base rate is served."
    )
    return TrainedChurn(
        design=Design((), {}),
        ensemble=None,
        calibrator=base_rate_calibrator(known.y[90]),
        timing=base_rate_shares(known.y),
        learned_until=None,
        card=_card(known, version, as_of, seed).model_copy(update={"notes": [note]}),
    )


def _card(known: Labelled, version: str, as_of: date, seed: int) -> ModelCard:
    return ModelCard(
        version=version,
        kind="base_rate",
        as_of=as_of,
        seed=seed,
        rows=len(known.frame),
        snapshots=int(np.unique(known.snapshots).size),
        clients=int(np.unique(known.clients).size),
        churned_clients=known.churned_clients,
        base_rate_90d=base_rate(known.y[90]),
        features=[],
        calibration="flat",
    )


_IN_TIME: Final = (
    "Measured from rolling origins: every score of the test window comes from a model and "
    "a calibration that knew only outcomes complete before it. The serving model was then "
    "refitted on all labelled snapshots, its calibration on the months "
    "of both windows, each client scored by members that never saw it."
)
_BY_FOLDS: Final = (
    "The history is too short for a test on later months, so the model was measured by "
    "cross-validation: each fifth of the clients was scored by a model and a calibration that "
    "knew the others only. It was then refitted on all of them. How well it foresees another "
    "season is not known."
)

_ALONE: Final = (
    "Trees alone serve: a logistic regression beside them did not clearly help to tell clients "
    "that the members had never seen."
)
_BLENDED: Final = (
    "Each member's margin is a mean of its trees and, with a weight of {share:.2f}, of a logistic "
    "regression: they tell clients that the members had never seen better together."
)


def _notes(leaking: list[str], trial: Trial, ensemble: Ensemble) -> list[str]:
    notes = [
        _IN_TIME if trial.in_time else _BY_FOLDS,
        _ALONE if ensemble.line is None else _BLENDED.format(share=ensemble.line.share),
        "No row was resampled or reweighted by outcome. Intervals: 95 % over client bootstraps.",
    ]
    if leaking:
        notes.append(f"Left out because they give the outcome away: {', '.join(leaking)}.")
    if not trial.quality.has_signal:
        notes.append(
            "The model does not rank better than chance, so the base rate is served with a "
            "hint of the ranking."
        )
    return notes


def _version(features: pd.DataFrame, as_of: date, seed: int) -> str:
    digest = hashlib.sha256(repr((_RECIPE, seed, MEMBERS, sorted(PARAMS.items()))).encode())
    digest.update(content_hash(features))
    return f"churn-{as_of:%Y%m%d}-{digest.hexdigest()[:8]}"
