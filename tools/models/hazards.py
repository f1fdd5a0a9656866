"""How an effect on the churn hazard turns into clients kept, tabled for fast drawing."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, Self

import numpy as np

from tools.models.frames import Floats

__all__ = [
    "EFFECT_DAYS",
    "AssumedEffect",
    "Book",
    "Clients",
    "Effect",
    "MeasuredEffect",
    "Tables",
    "leaving_within",
    "saved_probability",
]

EFFECT_DAYS: Final = 90
"""Days over which effects are measured, and after which they are taken to end."""
_GRID: Final = np.linspace(-6.0, 3.0, 91)
"""Logs of the ratio of churn hazards, from keeping nearly all leavers to 20 times the hazard."""
_Z: Final = 1.6449


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients to treat, arrays of (clients,).

    Attributes:
        prob: Probability of leaving within 90 days, with its 90 % interval.
        value_usd: ARR.
        group: Index of the group whose effect applies.
    """

    prob: Floats
    prob_low: Floats
    prob_high: Floats
    value_usd: Floats
    group: np.ndarray[tuple[int], np.dtype[np.intp]]

    @property
    def size(self) -> int:
        """How many."""
        return len(self.prob)

    def take(self, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> "Clients":
        """The clients of these positions."""
        arrays = (self.prob, self.prob_low, self.prob_high, self.value_usd)
        return Clients(*(values[rows] for values in arrays), group=self.group[rows])


class Book(NamedTuple):
    """Sums over the clients for each draw: (draws,)."""

    kept: Floats
    arr: Floats
    kept_variance: Floats
    arr_variance: Floats


class Effect(Protocol):
    """What a strategy does to the churn hazard."""

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw what is uncertain: (draws, anything)."""
        ...

    def ends(self) -> tuple[Floats, Floats]:
        """The 5th and the 95th percentile of what is uncertain, each as one draw."""
        ...

    def log_ratios(self, drawn: Floats, tables: "Tables") -> Floats:
        """Logs of the ratio of hazards: (draws, groups)."""
        ...

    def central(self, tables: "Tables") -> Floats:
        """The middle: (groups,)."""
        ...


@dataclass(frozen=True, slots=True)
class MeasuredEffect:
    """From a randomised test: the log hazard ratio of each group, normal.

    Attributes:
        mean: (groups,).
        common_sd: (groups,) doubt shared by all groups.
        own_sd: (groups,) the rest.
    """

    mean: Floats
    common_sd: Floats
    own_sd: Floats

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

    def log_ratios(self, drawn: Floats, tables: "Tables") -> Floats:
        """Logs of the ratio of hazards: (draws, groups)."""
        del tables
        return self.mean + drawn[:, :1] * self.common_sd + drawn[:, 1:] * self.own_sd

    def central(self, tables: "Tables") -> Floats:
        """The means: (groups,)."""
        del tables
        return self.mean


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

    def log_ratios(self, drawn: Floats, tables: "Tables") -> Floats:
        """The one ratio that keeps this share of the clients: (draws, groups)."""
        logs = tables.log_ratio_for(drawn[:, 0])
        return np.repeat(logs[:, None], tables.groups, axis=1)

    def central(self, tables: "Tables") -> Floats:
        """The middle of the range: (groups,)."""
        return self.log_ratios(np.array([[(self.low + self.high) / 2]]), tables)[0]


@dataclass(frozen=True, slots=True)
class Tables:
    """Sums over the clients of each group on a grid of hazard ratios.

    Attributes:
        kept: (3 probability levels, groups, grid); the levels are low, middle, high.
        arr: The same of ARR.
        spread: (2, groups, grid): variance of kept and of ARR by luck.
        kept_in_window: (grid,) share of all clients kept over `EFFECT_DAYS`.
    """

    kept: Floats
    arr: Floats
    spread: Floats
    kept_in_window: Floats
    horizon_days: int

    @classmethod
    def of(cls, clients: Clients, horizon_days: int) -> Self:
        """Table the sums for these clients."""
        groups = int(clients.group.max()) + 1
        members = np.zeros((groups, clients.size))
        members[clients.group, np.arange(clients.size)] = 1
        value = clients.value_usd[:, None]
        levels = [
            saved_probability(prob[:, None], _GRID, horizon_days)
            for prob in (clients.prob_low, clients.prob, clients.prob_high)
        ]
        size = np.abs(levels[1])
        luck = size * (1 - size)
        window = saved_probability(clients.prob[:, None], _GRID, EFFECT_DAYS)
        return cls(
            kept=np.stack([members @ saved for saved in levels]),
            arr=np.stack([members @ (saved * value) for saved in levels]),
            spread=np.stack([members @ (luck * value**power) for power in (0, 2)]),
            kept_in_window=window.mean(axis=0),
            horizon_days=horizon_days,
        )

    @property
    def groups(self) -> int:
        """How many groups."""
        return self.kept.shape[1]

    def read(self, logs: Floats, level: Floats) -> Book:
        """Interpolate.

        Args:
            logs: (draws, groups) logs of the ratio of hazards.
            level: (draws,) from -1 (low probabilities) over 0 to 1 (high).
        """
        sums = np.zeros((4, len(level)))
        for group in range(self.groups):
            log = logs[:, group]
            for row, table in enumerate((self.kept, self.arr)):
                low, middle, high = (np.interp(log, _GRID, table[k, group]) for k in range(3))
                step = np.where(level < 0, middle - low, high - middle)
                sums[row] += middle + level * step
            for row, table in enumerate(self.spread, start=2):
                sums[row] += np.interp(log, _GRID, table[group])
        return Book(*sums)

    def log_ratio_for(self, effect: Floats) -> Floats:
        """The ratio that keeps this share (0-1) of the clients over `EFFECT_DAYS`: (draws,)."""
        return np.interp(effect, self.kept_in_window[::-1], _GRID[::-1])

    def probability_at(self, clients: Clients, level: Floats) -> Floats:
        """Each client's churn probability at a level: (draws, clients)."""
        level = level[:, None]
        below, above = clients.prob - clients.prob_low, clients.prob_high - clients.prob
        return np.clip(clients.prob + level * np.where(level < 0, below, above), 0, 1)


def leaving_within(prob: Floats, days: int) -> Floats:
    """Probability of leaving within some days, from that of 90 days at a constant hazard."""
    return 1 - (1 - prob) ** (days / EFFECT_DAYS)


def saved_probability(prob: Floats, log_ratio: Floats, horizon_days: int) -> Floats:
    """Probability of being here at the horizon because of the treatment.

    Args:
        prob: Probability of leaving within 90 days.
        log_ratio: Log of the ratio of hazards; broadcast against `prob`.
        horizon_days: Beyond `EFFECT_DAYS` the usual hazard is back and wears the gain down.
    """
    acting = min(horizon_days, EFFECT_DAYS) / EFFECT_DAYS
    after = max(horizon_days - EFFECT_DAYS, 0) / EFFECT_DAYS
    staying = 1 - prob
    gain = staying ** (acting * np.exp(log_ratio)) - staying**acting
    return gain * staying**after
