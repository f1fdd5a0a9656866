"""What a strategy does to the churn hazard, and how sure that is: measured, or assumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np

from tools.models.frames import Floats
from tools.models.hazard_ratio import Cases, log_hazard_ratio
from tools.models.hazards import EFFECT_DAYS, GRID, Clients, Tables, saved_probability
from tools.models.pooling import partial_pooling

__all__ = ["AssumedEffect", "Effect", "MeasuredEffect"]

HAZARD_SPREAD: Final = 1.5
"""Prior scale of how far groups' log hazard ratios differ: one group may well be hardly moved where
another loses most of its leavers."""
_OTHERS_SD: Final = 0.5
"""How far a group that was not in the test may lie from the mean of those that were."""
_Z: Final = 1.6449


class Effect(Protocol):
    """What a strategy does to the churn hazard."""

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw what is uncertain: (draws, anything)."""
        ...

    def ends(self) -> tuple[Floats, Floats]:
        """The 5th and the 95th percentile of what is uncertain, each as one draw."""
        ...

    def log_ratios(self, drawn: Floats, tables: Tables) -> Floats:
        """Logs of the ratio of hazards: (draws, groups)."""
        ...

    def central(self, tables: Tables) -> Floats:
        """The middle: (groups,)."""
        ...

    def saved_each(self, clients: Clients) -> Floats:
        """Probability that treating a client keeps one who would have left: (clients,).

        It is that of the client alone, whoever else is looked at.
        """
        ...


@dataclass(frozen=True, slots=True)
class MeasuredEffect:
    """From a randomised test: the hazard ratio of each group, log-normal.

    Its mean, not its median, is what the test found: doubt alone must not make a strategy look
    harmful (Briggs, Claxton and Sculpher, 2006).

    Attributes:
        mean: (groups,) logs of the mean ratios.
        common_sd: (groups,) doubt shared by all groups.
        own_sd: (groups,) the rest.
    """

    mean: Floats
    common_sd: Floats
    own_sd: Floats

    @classmethod
    def of_groups(cls, groups: Sequence[Cases]) -> Self:
        """Pool what a test found in each group, and add a last group that stands for all others.

        Args:
            groups: Cases of each group, both arms occur.
        """
        found = [log_hazard_ratio(cases) for cases in groups]
        pooled = partial_pooling(*np.array(found).T, spread=HAZARD_SPREAD)
        return cls(
            mean=np.append(pooled.estimates, pooled.mean),
            common_sd=np.append(pooled.common_sds, pooled.mean_sd),
            own_sd=np.append(pooled.own_sds, _OTHERS_SD),
        )

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw one shared and each group's own deviation: (draws, 1 + groups)."""
        return rng.standard_normal((draws, 1 + len(self.mean)))

    def ends(self) -> tuple[Floats, Floats]:
        """All groups together at the weak and at the strong end."""
        sd = np.hypot(self.common_sd, self.own_sd)
        share = np.divide(self.own_sd, sd, out=np.zeros_like(sd), where=sd > 0)
        common = np.sqrt(1 - share**2)
        strong = -_Z * np.concatenate([[float(common.mean())], share])
        return -strong[None, :], strong[None, :]

    def log_ratios(self, drawn: Floats, tables: Tables) -> Floats:
        """Logs of the ratio of hazards: (draws, groups)."""
        del tables
        middle = self.mean - (self.common_sd**2 + self.own_sd**2) / 2
        return middle + drawn[:, :1] * self.common_sd + drawn[:, 1:] * self.own_sd

    def central(self, tables: Tables) -> Floats:
        """Logs of the mean ratios: (groups,)."""
        del tables
        return self.mean

    def saved_each(self, clients: Clients) -> Floats:
        """By the mean ratio of each client's group: (clients,)."""
        return saved_probability(clients.prob, self.mean[clients.group], EFFECT_DAYS)


@dataclass(frozen=True, slots=True)
class AssumedEffect:
    """From a playbook: the retained share rises by `low` to `high` (0-1), each equally likely.

    It is what the treated clients gain on average over `EFFECT_DAYS`; no more is kept than would
    have left.
    """

    low: float
    high: float

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw the effect: (draws, 1)."""
        return rng.uniform(self.low, self.high, (draws, 1))

    def ends(self) -> tuple[Floats, Floats]:
        """The 5th and the 95th percentile."""
        width = self.high - self.low
        return np.array([[self.low + 0.05 * width]]), np.array([[self.high - 0.05 * width]])

    def log_ratios(self, drawn: Floats, tables: Tables) -> Floats:
        """The one ratio that keeps this share of the clients: (draws, groups)."""
        logs = tables.log_ratio_for(drawn[:, 0])
        return np.repeat(logs[:, None], tables.groups, axis=1)

    def central(self, tables: Tables) -> Floats:
        """The middle of the range: (groups,)."""
        return self.log_ratios(np.array([[self.middle]]), tables)[0]

    def saved_each(self, clients: Clients) -> Floats:
        """The middle of the range, but no more than any ratio can do: (clients,)."""
        most, least = (
            saved_probability(clients.prob, end, EFFECT_DAYS) for end in (GRID[:1], GRID[-1:])
        )
        return np.clip(self.middle, least, most)

    @property
    def middle(self) -> float:
        """The middle of the range (0-1)."""
        return (self.low + self.high) / 2
