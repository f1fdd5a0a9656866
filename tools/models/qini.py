"""How well a ranking tells whom to treat, judged on the rows of a randomised test.

A row's *gain* estimates without bias what treating its client does. The Qini curve adds the gains
in the order of the ranking; the coefficient is the area between that curve and the straight line
of a random order, over the same area of the best order there is: 0 is random, 1 is perfect, below
0 is worse than random (Radcliffe 2007; with known propensities, Yadlowsky et al. 2021). The best
order puts the treated with the event first and the others with it last, as in scikit-uplift.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.models.evaluation import Metric, Weighted
from tools.models.frames import Floats

__all__ = ["Randomised", "gain_within", "gains", "qini"]

_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Randomised:
    """Rows of a randomised test, arrays of (rows,).

    Attributes:
        event: 1 where it happened, else 0. Of two outcomes take the rarer: its gains vary less.
        treated: 1 treated, 0 control.
        propensity: Known probability of treatment, inside (0, 1).
    """

    event: Floats
    treated: Floats
    propensity: Floats

    def take(self, rows: np.ndarray) -> "Randomised":
        """Keep some rows."""
        return Randomised(self.event[rows], self.treated[rows], self.propensity[rows])


def gains(rows: Randomised) -> Floats:
    """What treatment does to each row's event (Horvitz and Thompson 1952): (rows,).

    Single values are coarse; the mean over any group fixed beforehand is its average effect.
    """
    treated, chance = rows.treated, rows.propensity
    return rows.event * (treated / chance - (1 - treated) / (1 - chance))


def qini(gain: Floats, score: Floats) -> Weighted:
    """The Qini coefficient of a ranking; NaN where no order is better than another.

    Args:
        gain: (rows,) what treatment does to each row.
        score: (rows,) the highest are treated first; ties in random order.
    """
    own, best = _area(gain, score), _area(gain, gain)

    def of_weights(weight: Floats) -> float:
        most = best(weight)
        return own(weight) / most if most > _TINY else float("nan")

    return of_weights


def gain_within(share: float) -> Metric:
    """A point of the Qini curve: gain per client of the whole when this share is treated."""

    def metric(gain: Floats, score: Floats) -> Weighted:
        place = _places(score)

        def of_weights(weight: Floats) -> float:
            whole = float(weight.sum())
            size = np.bincount(place, weights=weight)
            summed = np.cumsum(np.bincount(place, weights=weight * gain))
            reached = np.concatenate([[0.0], np.cumsum(size)]) / whole
            return float(np.interp(share, reached, np.concatenate([[0.0], summed]) / whole))

        return of_weights

    return metric


def _area(gain: Floats, score: Floats) -> Weighted:
    """Area between a ranking's curve and a random order's, per client."""
    place = _places(score)

    def of_weights(weight: Floats) -> float:
        whole = float(weight.sum())
        size = np.bincount(place, weights=weight)
        middle = (np.cumsum(size) - size / 2) / whole
        summed = np.bincount(place, weights=weight * gain)
        return float(np.sum(summed * (0.5 - middle))) / whole

    return of_weights


def _places(score: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Position of each row from the highest score down; equal scores share one."""
    return np.unique(-score, return_inverse=True)[1]
