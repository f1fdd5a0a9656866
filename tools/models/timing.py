"""When, within 90 days, those who churn do: what makes 30 and 60 days follow from 90.

P(≤60) = P(≤90) · P(≤60 | ≤90) and P(≤30) = P(≤60) · P(≤30 | ≤60), so the horizons can never
contradict each other and the 90-day probability stays the one that is calibrated and explained.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.models.boosting import Ensemble, fit_ensemble
from tools.models.calibration import sigmoid
from tools.models.features import Layout
from tools.models.frames import Clients, Floats

MIN_CLIENTS: Final = 100
"""Churned clients below which the share is one number for all."""
_MEMBERS: Final = 5
_SOONEST, _LATEST = 0.02, 0.98


@dataclass(frozen=True, slots=True)
class Timing:
    """The share of a longer horizon's churn that falls into a shorter one.

    Attributes:
        share: The share over all churned rows.
        ensemble: The share by row, where there were churners enough to learn it.
    """

    share: float
    ensemble: Ensemble | None

    def shares(self, X: Floats) -> Floats:
        """Give each row's share: (rows,), within (0, 1)."""
        if self.ensemble is None:
            return np.full(X.shape[0], self.share)
        shares = sigmoid(self.ensemble.margins(X).mean(axis=0))
        return np.clip(shares, _SOONEST, _LATEST)


def fit_timing(
    X: Floats, sooner: Floats, later: Floats, clients: Clients, layout: Layout, seed: int
) -> Timing:
    """Fit the share of `later` that is `sooner`.

    Args:
        X: (rows, columns) design.
        sooner: (rows,) outcome within the shorter horizon.
        later: (rows,) outcome within the longer horizon.
        clients: (rows,) ids.
        layout: Types and directions of the columns.
        seed: Makes the fit reproducible.
    """
    rows = (later == 1) & np.isfinite(sooner)
    share = float((sooner[rows].sum() + 1) / (rows.sum() + 2))
    churned = np.unique(clients[rows]).size
    if churned < MIN_CLIENTS or not 0 < sooner[rows].mean() < 1:
        return Timing(share, None)
    ensemble = fit_ensemble(X[rows], sooner[rows], clients[rows], layout, seed, members=_MEMBERS)
    return Timing(share, ensemble)
