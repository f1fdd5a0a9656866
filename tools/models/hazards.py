"""How an effect on the churn hazard turns into clients kept, tabled for fast drawing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from tools.models.frames import Floats

__all__ = [
    "EFFECT_DAYS",
    "GRID",
    "Book",
    "Clients",
    "Tables",
    "leaving_within",
    "saved_probability",
]

EFFECT_DAYS: Final = 90
"""Days over which effects are measured, and after which they are taken to end."""
GRID: Final = np.linspace(-6.0, 3.0, 91)
"""Logs of the ratio of churn hazards, from keeping nearly all leavers to 20 times the hazard."""
_BLOCK: Final = 4_096
"""Clients tabled at a time."""
_CERTAIN: Final = 1e-12
"""No probability comes nearer to 1."""


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
        kept, arr = np.zeros((2, 3, self.groups, GRID.size))
        spread = np.zeros((2, self.groups, GRID.size))
        for block in self._blocks():
            member = block.group == np.arange(self.groups)[:, None]
            count, value = member.astype(np.float64), member * block.value_usd
            for level, prob in enumerate((block.prob_low, block.prob, block.prob_high)):
                saved = saved_probability(prob[:, None], GRID, self.horizon_days)
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
            saved_probability(block.prob[:, None], GRID, EFFECT_DAYS).sum(axis=0)
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
                low, middle, high = (np.interp(log, GRID, table[k, group]) for k in range(3))
                step = np.where(level < 0, middle - low, high - middle)
                total[row] += middle + level * step
            for row, table in enumerate(self.sums.spread, start=2):
                total[row] += np.interp(log, GRID, table[group])
        return Book(*total)

    def log_ratio_for(self, effect: Floats) -> Floats:
        """The ratio that keeps this share (0-1) of the clients over `EFFECT_DAYS`: (draws,)."""
        return np.interp(effect, self.kept_in_window[::-1], GRID[::-1])

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
