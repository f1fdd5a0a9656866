"""The effect of a choice made with known probabilities, which is an estimate and no test.

Augmented inverse-probability weighting (Robins, Rotnitzky and Zhao, 1994), the outcome models
fitted on other folds than they predict (Chernozhukov et al., 2018). Overlap is judged by the
propensities themselves (Crump et al., 2009) and by Kish's effective sample size.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.models.effects import Difference, student
from tools.models.frames import Floats

__all__ = ["LEAST", "MOST", "Overlap", "aipw", "ipw", "overlap"]

LEAST: Final = 0.05
"""Below this probability of treatment hardly anyone alike was treated."""
MOST: Final = 0.95
"""Above it hardly anyone alike was left untreated."""
PENALTY: Final = 10.0
"""Precision of the belief that a covariate does nothing, in rows."""
_FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far treated and untreated rows can be compared.

    Attributes:
        inside: (rows,) whether the probability of treatment lies from `LEAST` to `MOST`.
        treated_size: Effective sample size of the treated rows inside: weighted by how few alike
            were treated, they are worth so many of a fair draw.
        control_size: The same of the untreated.
    """

    inside: NDArray[np.bool_]
    treated_size: float
    control_size: float

    @property
    def outside_share(self) -> float:
        """Share of rows (0-1) that have no counterpart."""
        return 1 - float(self.inside.mean()) if self.inside.size else 0.0


def overlap(treated: Floats, propensity: Floats) -> Overlap:
    """Judge the overlap of two groups.

    Args:
        treated: (rows,) 1 treated, 0 not.
        propensity: (rows,) probability of treatment.
    """
    inside = (propensity >= LEAST) & (propensity <= MOST)
    taken, chance = treated[inside], propensity[inside]
    return Overlap(inside, _size(taken / chance), _size((1 - taken) / (1 - chance)))


def ipw(treated: Floats, outcome: Floats, propensity: Floats) -> float:
    """Effect by weighting alone (Hájek's ratio), without an outcome model."""
    up, down = treated / propensity, (1 - treated) / (1 - propensity)
    return float(up @ outcome / up.sum() - down @ outcome / down.sum())


def aipw(
    treated: Floats,
    outcome: Floats,
    propensity: Floats,
    covariates: Floats,
    *,
    level: float = 0.95,
    seed: int = 7,
) -> Difference:
    """Effect from rows that were chosen with known probabilities.

    Args:
        treated: (rows,) 1 treated, 0 not; both occur at least twice.
        outcome: (rows,) 0 or 1, or a quantity.
        propensity: (rows,) probability of treatment, inside (0, 1).
        covariates: (rows, columns) of what was known before, standardised, without gaps.
        level: Of the interval.
        seed: Of the folds.

    Returns:
        The average effect; the interval is Student's on the influence function, with as many
        degrees of freedom as the smaller effective sample gives.
    """
    fold = _folds(treated, seed)
    if_treated = _predicted(outcome, covariates, treated / propensity, fold)
    if_not = _predicted(outcome, covariates, (1 - treated) / (1 - propensity), fold)
    scores = (
        if_treated
        - if_not
        + treated * (outcome - if_treated) / propensity
        - (1 - treated) * (outcome - if_not) / (1 - propensity)
    )
    effect = float(scores.mean())
    error = float(scores.std(ddof=1) / math.sqrt(scores.size))
    if error == 0:
        return Difference(effect, effect, effect, 1.0 if effect == 0 else 0.0, 0.0)
    found = overlap(treated, propensity)
    freedom = max(min(found.treated_size, found.control_size) - 1, 1.0)
    return student(effect, error, freedom, level=level)


def _folds(treated: Floats, seed: int) -> NDArray[np.int64]:
    """Fold of each row, each arm spread evenly: (rows,)."""
    order = np.random.default_rng(seed).permutation(treated.size)
    order = order[np.argsort(treated[order], kind="stable")]
    fold = np.empty(treated.size, dtype=np.int64)
    fold[order] = np.arange(treated.size) % _FOLDS
    return fold


def _predicted(
    outcome: Floats, covariates: Floats, weights: Floats, fold: NDArray[np.int64]
) -> Floats:
    """Outcome of every row under one arm, as the arm's rows of the other folds tell it."""
    predicted = np.empty(outcome.size)
    for held in range(_FOLDS):
        learned, asked = fold != held, fold == held
        weight = weights[learned]
        mean = float(np.average(outcome[learned], weights=weight)) if weight.any() else 0.0
        slopes, centre = _ridge(outcome[learned] - mean, covariates[learned], weight)
        predicted[asked] = mean + (covariates[asked] - centre) @ slopes
    return np.clip(predicted, outcome.min(), outcome.max())


def _ridge(residual: Floats, covariates: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Slopes of a weighted line that shrink towards none, and where it is centred."""
    total = weights.sum()
    if total == 0:
        return np.zeros(covariates.shape[1]), np.zeros(covariates.shape[1])
    centre = weights @ covariates / total
    centred = covariates - centre
    scale = np.count_nonzero(weights) / total
    weighted = centred * (weights * scale)[:, None]
    gram = weighted.T @ centred + PENALTY * np.eye(covariates.shape[1])
    return np.linalg.solve(gram, weighted.T @ residual), centre


def _size(weights: Floats) -> float:
    """Kish's effective sample size."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0
