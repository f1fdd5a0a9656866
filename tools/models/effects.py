"""Effects of a randomised test: size, doubt, power, and whether the draw was fair.

Shares are 0-1. Formulas: Newcombe (1998), method 10, for the interval of a difference of shares;
the pooled score test for its p, Fisher's exact test where the counts are too few for it; Welch
(1947) for means.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final, Self

import numpy as np
from scipy import special, stats

from tools.models.frames import Floats

__all__ = [
    "ALPHA",
    "ArmCounts",
    "ArmMean",
    "Difference",
    "detectable_effect",
    "difference",
    "power_for",
    "sample_ratio_p",
    "student",
    "welch",
    "wilson_interval",
]

ALPHA: Final = 0.05
_NORMAL: Final = NormalDist()
_FEW: Final = 5
"""Below this expected count the score test's normal law is off."""
_HALF: Final = 0.5
"""Client by which a count is kept off nobody and everybody."""


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """Clients with a known outcome and those of them who stayed, by arm."""

    treated: int
    treated_kept: int
    control: int
    control_kept: int

    @property
    def clients(self) -> int:
        """Clients of both arms."""
        return self.treated + self.control

    @property
    def treated_rate(self) -> float:
        """Share of the treated who stayed; NaN without any."""
        return self.treated_kept / self.treated if self.treated else math.nan

    @property
    def control_rate(self) -> float:
        """Share of the control group who stayed; NaN without any."""
        return self.control_kept / self.control if self.control else math.nan

    @property
    def is_comparable(self) -> bool:
        """Whether both arms have clients."""
        return self.treated > 0 and self.control > 0


@dataclass(frozen=True, slots=True)
class ArmMean:
    """Mean of a quantity in one arm, and its variance between clients."""

    clients: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Take it from the clients' values, at least two: (clients,)."""
        return cls(values.size, float(values.mean()), float(values.var(ddof=1)))


@dataclass(frozen=True, slots=True)
class Difference:
    """An effect with its interval, in the unit of what was compared.

    Attributes:
        p_value: Two-sided, of no effect at all.
    """

    effect: float
    low: float
    high: float
    p_value: float
    standard_error: float

    @property
    def is_clear(self) -> bool:
        """Whether interval and p agree that there is an effect."""
        return (self.low > 0 or self.high < 0) and self.p_value < ALPHA

    @property
    def is_borderline(self) -> bool:
        """Whether one of them sees an effect and the other does not."""
        return (self.low > 0 or self.high < 0) != (self.p_value < ALPHA)


def wilson_interval(kept: int, clients: int, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share."""
    z = _NORMAL.inv_cdf((1 + level) / 2)
    share = kept / clients
    middle = share + z**2 / (2 * clients)
    half = z * math.sqrt(share * (1 - share) / clients + z**2 / (4 * clients**2))
    scale = 1 + z**2 / clients
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def difference(arms: ArmCounts, *, level: float = 0.95) -> Difference:
    """Retained share of the treated less that of the control group.

    Args:
        arms: Both arms must have clients.
        level: Of the interval (Newcombe's, from Wilson's intervals of the arms).
    """
    treated, control = arms.treated_rate, arms.control_rate
    treated_low, treated_high = wilson_interval(arms.treated_kept, arms.treated, level=level)
    control_low, control_high = wilson_interval(arms.control_kept, arms.control, level=level)
    effect = treated - control
    return Difference(
        effect=effect,
        low=effect - math.hypot(treated - treated_low, control_high - control),
        high=effect + math.hypot(treated_high - treated, control - control_low),
        p_value=_p_of_no_effect(arms),
        standard_error=math.sqrt(_variance(arms)),
    )


def welch(treated: ArmMean, control: ArmMean, *, level: float = 0.95) -> Difference:
    """Mean of the treated less that of the control group, the variances not taken as equal.

    Args:
        treated: At least two clients.
        control: At least two clients.
        level: Of the interval (Student's, degrees of freedom by Welch and Satterthwaite).
    """
    effect = treated.mean - control.mean
    parts = [arm.variance / arm.clients for arm in (treated, control)]
    total = sum(parts)
    if total == 0:
        return Difference(effect, effect, effect, 1.0 if effect == 0 else 0.0, 0.0)
    sizes = (treated.clients, control.clients)
    freedom = total**2 / sum(p**2 / (n - 1) for p, n in zip(parts, sizes, strict=True))
    error = math.sqrt(total)
    return student(effect, error, freedom, level=level)


def student(effect: float, error: float, freedom: float, *, level: float = 0.95) -> Difference:
    """An effect with Student's interval and p.

    Args:
        effect: The estimate.
        error: Its standard error, positive.
        freedom: Degrees of freedom, positive.
        level: Of the interval.
    """
    half = float(special.stdtrit(freedom, (1 + level) / 2)) * error
    p_value = 2 * float(special.stdtr(freedom, -abs(effect) / error))
    return Difference(effect, effect - half, effect + half, p_value, error)


def detectable_effect(arms: ArmCounts, *, power: float = 0.8, alpha: float = ALPHA) -> float:
    """The smallest true effect (0-1) that a test of this size finds with this power."""
    reach = _NORMAL.inv_cdf(1 - alpha / 2) + _NORMAL.inv_cdf(power)
    return reach * math.sqrt(_planning_variance(arms))


def power_for(arms: ArmCounts, effect: float, *, alpha: float = ALPHA) -> float:
    """Probability that a test of this size finds a true effect (0-1) of this size."""
    error = math.sqrt(_planning_variance(arms))
    bound, shift = _NORMAL.inv_cdf(1 - alpha / 2), abs(effect) / error
    return _NORMAL.cdf(shift - bound) + _NORMAL.cdf(-shift - bound)


def sample_ratio_p(assigned: Sequence[int], planned: Sequence[float]) -> float:
    """Probability of arms at least this uneven when the draw was fair (chi-square).

    Args:
        assigned: Clients of each arm, open outcomes included.
        planned: Planned share of each arm, all positive; they add up to 1.
    """
    clients = sum(assigned)
    if clients == 0:
        return 1.0
    expected = clients * np.asarray(planned, dtype=np.float64)
    return float(stats.chisquare(assigned, expected).pvalue)


def _p_of_no_effect(arms: ArmCounts) -> float:
    kept = arms.treated_kept + arms.control_kept
    left = arms.clients - kept
    if min(kept, left) * min(arms.treated, arms.control) < _FEW * arms.clients:
        table = [
            [arms.treated_kept, arms.treated - arms.treated_kept],
            [arms.control_kept, arms.control - arms.control_kept],
        ]
        exact: Any = stats.fisher_exact(table)
        return min(float(exact.pvalue), 1.0)
    error = math.sqrt(_null_variance(arms))
    return math.erfc(abs(arms.treated_rate - arms.control_rate) / error / math.sqrt(2))


def _planning_variance(arms: ArmCounts) -> float:
    """Variance without an effect; where nobody or everybody left, as if half a client had not."""
    kept = arms.treated_kept + arms.control_kept
    share = min(max(kept, _HALF), arms.clients - _HALF) / arms.clients
    return share * (1 - share) * (1 / arms.treated + 1 / arms.control)


def _null_variance(arms: ArmCounts) -> float:
    share = (arms.treated_kept + arms.control_kept) / arms.clients
    return share * (1 - share) * (1 / arms.treated + 1 / arms.control)


def _variance(arms: ArmCounts) -> float:
    treated, control = arms.treated_rate, arms.control_rate
    return treated * (1 - treated) / arms.treated + control * (1 - control) / arms.control
