"""What a test did to the churn hazard, seen against the risk that its clients ran.

Retained shares alone understate a ratio of hazards: where a few clients run most of the risk, they
leave treated or not, and the share of all follows them. So each arm's hazard is taken as a multiple
of what its clients' churn probabilities foretell (indirect standardisation), and the ratio is that
of the two multiples. An error in the level of the probabilities meets both arms and cancels.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root_scalar

from tools.models.frames import Floats

__all__ = ["Cases", "log_hazard_ratio"]

_HALF: Final = 0.5
"""Leavers and stayers added to an arm, so that one without leavers has a logarithm."""
_LEAST_PROB, _MOST_PROB = 0.001, 0.999
_UNKNOWN_PROB: Final = 0.1
"""Where no risk is known; any value alike for all gives the ratio of the plain hazards."""
_FARTHEST: Final = 12.0


class Cases(NamedTuple):
    """Clients of a test with a known outcome, arrays of (clients,).

    Attributes:
        prob: Probability of leaving over the days of the test, as foretold before the assignment;
            NaN where unknown.
    """

    treated: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    prob: Floats

    @property
    def is_comparable(self) -> bool:
        """Whether both arms have clients."""
        return bool(self.treated.any() and not self.treated.all())


def log_hazard_ratio(cases: Cases) -> tuple[float, float]:
    """Log of the ratio of churn hazards, treated to control, and its variance.

    Args:
        cases: Both arms occur.
    """
    treated, kept, prob = cases
    hazard = -np.log1p(-_without_gaps(prob))
    own, other = (
        _log_multiple(hazard[arm], int((~kept[arm]).sum())) for arm in (treated, ~treated)
    )
    return own[0] - other[0], own[1] + other[1]


def _without_gaps(prob: Floats) -> Floats:
    """A client of unknown risk counts as the others' mean."""
    known = np.isfinite(prob)
    usual = float(prob[known].mean()) if known.any() else _UNKNOWN_PROB
    return np.clip(np.where(known, prob, usual), _LEAST_PROB, _MOST_PROB)


def _log_multiple(hazard: Floats, leavers: int) -> tuple[float, float]:
    """Log of the multiple of the foretold hazards that explains the leavers, and its variance."""
    clients = hazard.size
    expected = (leavers + _HALF) * clients / (clients + 2 * _HALF)

    def excess(log: float) -> float:
        return float((1 - np.exp(-hazard * math.exp(log))).sum()) - expected

    log = float(root_scalar(excess, bracket=(-_FARTHEST, _FARTHEST)).root)
    own = hazard * math.exp(log)
    stays = np.exp(-own)
    return log, float((stays * (1 - stays)).sum() / (own @ stays) ** 2)
