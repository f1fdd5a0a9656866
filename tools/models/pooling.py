"""Partial pooling: what several small groups tell about each other.

The normal-normal model of empirical Bayes (Efron and Morris, 1975). The spread between groups is
averaged over its likelihood times a half-normal prior, because three or four groups alone
cannot say how much they differ.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from tools.models.frames import Floats

__all__ = ["Pooled", "false_alarm_probability", "heterogeneity_p", "partial_pooling"]

_SPREADS: Final = 60


@dataclass(frozen=True, slots=True)
class Pooled:
    """Estimates of groups, each drawn towards the common mean as far as it is uncertain.

    Attributes:
        estimates: (groups,).
        common_sds: (groups,) doubt that all groups share: where the mean lies.
        own_sds: (groups,) the rest, independent between groups.
        mean: The common mean.
        mean_sd: Its standard deviation.
    """

    estimates: Floats
    common_sds: Floats
    own_sds: Floats
    mean: float
    mean_sd: float

    @property
    def sds(self) -> Floats:
        """Standard deviation of each group's estimate: (groups,)."""
        return np.hypot(self.common_sds, self.own_sds)


def partial_pooling(estimates: Floats, variances: Floats, *, spread: float) -> Pooled:
    """Shrink the estimates of groups towards their common mean.

    Args:
        estimates: (groups,) unbiased estimates, at least one.
        variances: (groups,) sampling variances, all positive.
        spread: Scale of the half-normal prior on the standard deviation between groups.
    """
    between = np.linspace(0.0, 3 * spread, _SPREADS)[:, None]
    total = variances + between**2
    weights = 1 / total
    mean_variance = 1 / weights.sum(axis=1)
    means = (weights * estimates).sum(axis=1) * mean_variance
    likelihood = (
        0.5 * np.log(mean_variance)
        - 0.5 * np.log(total).sum(axis=1)
        - 0.5 * (weights * (estimates - means[:, None]) ** 2).sum(axis=1)
        - 0.5 * (between[:, 0] / spread) ** 2
    )
    chance = np.exp(likelihood - likelihood.max())
    chance /= chance.sum()
    pull = variances / total
    shrunk = pull * means[:, None] + (1 - pull) * estimates
    estimate = chance @ shrunk
    mean = float(chance @ means)
    own = chance @ ((1 - pull) * variances + (shrunk - estimate) ** 2)
    return Pooled(
        estimates=estimate,
        common_sds=np.sqrt(chance @ (pull**2 * mean_variance[:, None])),
        own_sds=np.sqrt(own),
        mean=mean,
        mean_sd=float(np.sqrt(chance @ (mean_variance + (means - mean) ** 2))),
    )


def heterogeneity_p(estimates: Floats, variances: Floats) -> float:
    """Probability of groups at least this different when all have one effect (Cochran's Q).

    Args:
        estimates: (groups,) unbiased estimates, at least one.
        variances: (groups,) sampling variances, all positive.
    """
    weights = 1 / variances
    mean = weights @ estimates / weights.sum()
    spread = float(weights @ (estimates - mean) ** 2)
    return float(stats.chi2.sf(spread, len(estimates) - 1)) if len(estimates) > 1 else 1.0


def false_alarm_probability(groups: int, *, alpha: float = 0.05) -> float:
    """Chance that at least one of some groups looks significant where nothing has an effect."""
    return 1 - (1 - alpha) ** groups
