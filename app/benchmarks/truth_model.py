"""The churn model's recipe on fewer clients with fewer members, so that hundreds can be trained.

As `tools.models.churn` does: rolling origins tell how good it is, a refit on all that is known
serves, calibrated by members blind to each client. Left out are the 30- and 60-day horizons, the
baselines and the bootstraps around the marks.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd

from tools.models.boosting import Ensemble, fit_ensemble
from tools.models.calibration import Calibrator, fit_calibrator
from tools.models.features import Design
from tools.models.frames import Floats, client_ids, unit_hash
from tools.models.labels import Labelled, honest_design, labelled
from tools.models.trial import MIN_CHURNED_CLIENTS
from tools.models.windows import rolling_origins

__all__ = ["LightModel"]

MEMBERS: Final = 4
LEARNERS: Final = 600
"""Clients whose snapshots are learned from."""
_HIGHEST: Final = 0.999


@dataclass(frozen=True, slots=True)
class LightModel:
    """A serving model.

    Attributes:
        past: (rows, 2) later snapshots as they would have been served: outcome and probability.
    """

    design: Design
    ensemble: Ensemble
    curve: Calibrator
    past: Floats

    @classmethod
    def fit(cls, history: pd.DataFrame, seed: int) -> Self:
        """Learn from the snapshots of some clients."""
        known = labelled(history, seed)
        share = LEARNERS / np.unique(known.clients).size
        known = known.take(unit_hash(known.clients, seed) < share)
        design, _ = honest_design(known)
        margin, served = _replay(known, design, seed)
        ensemble, later = _fit(known, design, seed), known.take(np.isfinite(margin))
        blind = ensemble.blind_margins(design.matrix(later.frame), later.clients)
        past = np.column_stack([known.y[90], served])
        curve = _curve(later, blind, seed)
        return cls(design, ensemble, curve, past[np.isfinite(served)])

    def predict(self, features: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
        """Probability of churning within 90 days with its 90 % interval: (rows,) each."""
        votes = self.ensemble.margins(self.design.matrix(features))
        margin, spread = votes.mean(axis=0), votes.std(axis=0, ddof=1)
        low, high = self.curve.interval(margin, spread)
        prob = np.minimum(self.curve.probability(margin), _HIGHEST)
        return prob, np.minimum(low, prob), np.clip(high, prob, _HIGHEST)

    def predict_past(self, features: pd.DataFrame) -> Floats:
        """Probability by members that never saw the client: (rows,)."""
        matrix = self.design.matrix(features)
        return self.curve.probability(self.ensemble.blind_margins(matrix, client_ids(features)))


def _replay(known: Labelled, design: Design, seed: int) -> tuple[Floats, Floats]:
    """Margins and probabilities as they would have been served in past months, NaN before."""
    matrix = design.matrix(known.frame)
    margin, served = np.full(len(matrix), np.nan), np.full(len(matrix), np.nan)
    for block in rolling_origins(known.snapshots):
        past = known.take(block.known)
        if past.churned_clients < MIN_CHURNED_CLIENTS:
            continue
        margin[block.score] = _fit(past, design, seed).margins(matrix[block.score]).mean(axis=0)
        earlier = block.known & np.isfinite(margin)
        learned = known.take(earlier)
        if learned.has_both_outcomes:
            curve = _curve(learned, margin[earlier], seed)
            served[block.score] = curve.probability(margin[block.score])
    return margin, served


def _fit(part: Labelled, design: Design, seed: int) -> Ensemble:
    matrix = design.matrix(part.frame)
    return fit_ensemble(matrix, part.y[90], part.clients, design.layout, seed, members=MEMBERS)


def _curve(part: Labelled, margin: Floats, seed: int) -> Calibrator:
    return fit_calibrator(margin, part.y[90], part.clients, seed, periods=part.quarters)
