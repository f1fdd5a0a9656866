"""How an effect on the churn hazard turns into clients kept, tabled for fast drawing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, Protocol, Self

import numpy as np

from tools.models.frames import Floats
from tools.models.hazard_ratio import Cases, log_hazard_ratio
from tools.models.pooling import partial_pooling

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
HAZARD_SPREAD: Final = 1.0
"""Prior scale of how far groups' log hazard ratios differ: one group may well be hardly moved where
another loses most of its leavers."""
_OTHERS_SD: Final = 0.5
"""How far a group that was not in the test may lie from the mean of those that were."""
_GRID: Final = np.linspace(-6.0, 3.0, 91)
"""Logs of the ratio of churn hazards, from keeping nearly all leavers to 20 times the hazard."""
_BLOCK: Final = 4_096
"""Clients tabled at a time."""
_CERTAIN: Final = 1e-12
"""No probability comes nearer to 1."""
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

    def take(self, rows: np.ndarray[tuple[int], np.dtype[np.intp]] | slice) -> "Clients":
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

    def log_ratios(self, drawn: Floats, tables: "Tables") -> Floats:
        """Logs of the ratio of hazards: (draws, groups)."""
        del tables
        middle = self.mean - (self.common_sd**2 + self.own_sd**2) / 2
        return middle + drawn[:, :1] * self.common_sd + drawn[:, 1:] * self.own_sd

    def central(self, tables: "Tables") -> Floats:
        """Logs of the mean ratios: (groups,)."""
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


class Sums(NamedTuple):
    """Sums over the clients of each group on a grid of hazard ratios.

    Attributes:
        kept: (3 probability levels, groups, grid); the levels are low, middle, high.
        arr: The same of ARR.
        spread: (2, groups, grid): variance of kept and of ARR by luck.
    """

    kept: Floats
    arr: Floats
    spread: Floats


@dataclass(frozen=True)
class Tables:
    """What becomes of these clients at any hazard ratio, worked out when first asked for."""

    clients: Clients
    horizon_days: int

    @cached_property
    def sums(self) -> Sums:
        """Sums on the grid, a block of clients at a time so that any number fits in memory."""
        kept, arr = np.zeros((2, 3, self.groups, _GRID.size))
        spread = np.zeros((2, self.groups, _GRID.size))
        for block in self._blocks():
            member = block.group == np.arange(self.groups)[:, None]
            count, value = member.astype(np.float64), member * block.value_usd
            for level, prob in enumerate((block.prob_low, block.prob, block.prob_high)):
                saved = saved_probability(prob[:, None], _GRID, self.horizon_days)
                kept[level] += _sums(count, saved)
                arr[level] += _sums(value, saved)
                if prob is block.prob:
                    size = np.abs(saved)
                    luck = size * (1 - size)
                    spread += np.stack([_sums(count, luck), _sums(value * block.value_usd, luck)])
        return Sums(kept, arr, spread)

    @cached_property
    def kept_in_window(self) -> Floats:
        """Share of all clients kept over `EFFECT_DAYS`: (grid,)."""
        blocks = self._blocks()
        sums = [
            saved_probability(block.prob[:, None], _GRID, EFFECT_DAYS).sum(axis=0)
            for block in blocks
        ]
        return np.sum(sums, axis=0) / self.clients.size

    @property
    def groups(self) -> int:
        """How many groups."""
        return int(self.clients.group.max()) + 1

    def read(self, logs: Floats, level: Floats) -> Book:
        """Interpolate.

        Args:
            logs: (draws, groups) logs of the ratio of hazards.
            level: (draws,) from -1 (low probabilities) over 0 to 1 (high).
        """
        total = np.zeros((4, len(level)))
        for group in range(self.groups):
            log = logs[:, group]
            for row, table in enumerate((self.sums.kept, self.sums.arr)):
                low, middle, high = (np.interp(log, _GRID, table[k, group]) for k in range(3))
                step = np.where(level < 0, middle - low, high - middle)
                total[row] += middle + level * step
            for row, table in enumerate(self.sums.spread, start=2):
                total[row] += np.interp(log, _GRID, table[group])
        return Book(*total)

    def log_ratio_for(self, effect: Floats) -> Floats:
        """The ratio that keeps this share (0-1) of the clients over `EFFECT_DAYS`: (draws,)."""
        return np.interp(effect, self.kept_in_window[::-1], _GRID[::-1])

    def probability_at(self, level: Floats) -> Floats:
        """Each client's churn probability at a level: (draws, clients)."""
        clients, level = self.clients, level[:, None]
        below, above = clients.prob - clients.prob_low, clients.prob_high - clients.prob
        return np.clip(clients.prob + level * np.where(level < 0, below, above), 0, 1)

    def _blocks(self) -> Iterator[Clients]:
        for start in range(0, self.clients.size, _BLOCK):
            yield self.clients.take(slice(start, start + _BLOCK))


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
    hazard = -np.log1p(-np.minimum(prob, 1 - _CERTAIN))
    gain = np.exp(-acting * hazard * np.exp(log_ratio)) - np.exp(-acting * hazard)
    return gain * np.exp(-after * hazard)


def _sums(weights: Floats, values: Floats) -> Floats:
    """Weighted sums over the clients: (groups, clients) × (clients, grid) → (groups, grid).

    Not by BLAS, whose threads wait for each other on a busy machine.
    """
    return np.einsum("gc,cr->gr", weights, values)
