"""Effects of a two-armed test on a yes/no outcome: size, doubt, power, and whether it ran right.

Arms are compared by the difference of retained shares (0-1). Formulas: Newcombe (1998), method 10,
for the interval; the pooled score test for p; Robins, Rotnitzky and Zhao (1994) for AIPW.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from tools.models.frames import Floats

__all__ = [
    "ArmCounts",
    "Difference",
    "aipw",
    "detectable_effect",
    "difference",
    "log_hazard_ratio",
    "power_for",
    "sample_ratio_p",
    "wilson_interval",
]

_NORMAL: Final = NormalDist()
_LEAST_PROPENSITY: Final = 0.02
_HALF: Final = 0.5
"""Added to counts of which a logarithm is taken, so that an arm without leavers has one."""


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
class Difference:
    """An effect on the retained share (0-1) with its interval.

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
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


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
        p_value=_score_p(arms),
        standard_error=math.sqrt(_variance(arms)),
    )


def detectable_effect(arms: ArmCounts, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest true effect (0-1) that a test of this size finds with this power."""
    reach = _NORMAL.inv_cdf(1 - alpha / 2) + _NORMAL.inv_cdf(power)
    return reach * math.sqrt(_null_variance(arms))


def power_for(arms: ArmCounts, effect: float, *, alpha: float = 0.05) -> float:
    """Probability that a test of this size finds a true effect (0-1) of this size."""
    error = math.sqrt(_null_variance(arms))
    if error == 0:
        return math.nan
    bound, shift = _NORMAL.inv_cdf(1 - alpha / 2), abs(effect) / error
    return _NORMAL.cdf(shift - bound) + _NORMAL.cdf(-shift - bound)


def sample_ratio_p(treated: int, control: int, planned_share: float) -> float:
    """Probability of arms at least this uneven when the draw was fair (chi-square, 1 df).

    Args:
        treated: All clients assigned to treatment, open outcomes included.
        control: All clients assigned to control.
        planned_share: Planned share of treatment, inside (0, 1).
    """
    clients = treated + control
    if clients == 0:
        return 1.0
    expected = clients * planned_share
    off = (treated - expected) ** 2 / (expected * (1 - planned_share))
    return math.erfc(math.sqrt(off / 2))


def log_hazard_ratio(arms: ArmCounts) -> tuple[float, float]:
    """Log of the ratio of churn hazards, treated to control, and its variance (delta method).

    With proportional hazards the retained shares obey r_treated = r_control ^ ratio, so the
    ratio carries over to clients of another risk where the difference of shares does not.
    """
    treated, treated_variance = _log_hazard(arms.treated_kept, arms.treated)
    control, control_variance = _log_hazard(arms.control_kept, arms.control)
    return treated - control, treated_variance + control_variance


def aipw(treated: Floats, kept: Floats, propensity: Floats, risk: Floats) -> Difference:
    """Effect from rows that were chosen with known probabilities (augmented IPW).

    Args:
        treated: (rows,) 1 treated, 0 not.
        kept: (rows,) 1 stayed, 0 left.
        propensity: (rows,) probability of treatment, inside (0, 1).
        risk: (rows,) churn probability at assignment, the covariate of the outcome model.

    Returns:
        The average effect with a 95 % normal interval from the influence function.
    """
    chance = np.clip(propensity, _LEAST_PROPENSITY, 1 - _LEAST_PROPENSITY)
    if_treated = _fitted(kept, risk, treated / chance)
    if_not = _fitted(kept, risk, (1 - treated) / (1 - chance))
    scores = (
        if_treated
        - if_not
        + treated * (kept - if_treated) / chance
        - (1 - treated) * (kept - if_not) / (1 - chance)
    )
    effect = float(scores.mean())
    error = float(scores.std(ddof=1) / math.sqrt(scores.size))
    half = _NORMAL.inv_cdf(0.975) * error
    p_value = 2 * _NORMAL.cdf(-abs(effect) / error) if error else 1.0
    return Difference(effect, effect - half, effect + half, p_value, error)


def _fitted(kept: Floats, risk: Floats, weights: Floats) -> Floats:
    """Retention of every row as a line in its risk, fitted to one arm's weighted rows."""
    design = np.column_stack([np.ones_like(risk), risk])
    root = np.sqrt(weights)
    slopes = np.linalg.lstsq(design * root[:, None], kept * root, rcond=None)[0]
    return np.clip(design @ slopes, 0.0, 1.0)


def _log_hazard(kept: int, clients: int) -> tuple[float, float]:
    """Log of the cumulative hazard -ln(retained share), and its variance."""
    share = (kept + _HALF) / (clients + 2 * _HALF)
    hazard = -math.log(share)
    return math.log(hazard), (1 - share) / (clients * share * hazard**2)


def _score_p(arms: ArmCounts) -> float:
    error = math.sqrt(_null_variance(arms))
    if error == 0:
        return 1.0
    return 2 * _NORMAL.cdf(-abs(arms.treated_rate - arms.control_rate) / error)


def _null_variance(arms: ArmCounts) -> float:
    share = (arms.treated_kept + arms.control_kept) / arms.clients
    return share * (1 - share) * (1 / arms.treated + 1 / arms.control)


def _variance(arms: ArmCounts) -> float:
    treated, control = arms.treated_rate, arms.control_rate
    return treated * (1 - treated) / arms.treated + control * (1 - control) / arms.control
