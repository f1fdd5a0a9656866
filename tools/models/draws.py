"""One strategy's results over all draws of what is uncertain: effect, churn, value, cost and luck."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from tools.models.frames import Floats
from tools.models.hazard_effects import Effect
from tools.models.hazards import Book, Tables, saved_probability

__all__ = [
    "LEVEL",
    "VALUE_SPREAD",
    "Common",
    "Costs",
    "Drawn",
    "Range",
    "draw_results",
    "prob_level",
    "range_of",
]

LEVEL: Final = 0.9
"""Of every interval: from the 5th to the 95th percentile."""
VALUE_SPREAD: Final = 0.1
"""Standard deviation of a kept client's ARR against today's: seats and prices move."""
_FEW: Final = 40
"""Up to so many clients luck is drawn client by client."""
_Z: Final = 1.6449
_TINY: Final = 1e-9
_YEAR_DAYS: Final = 360


class Range(NamedTuple):
    """The expected value and the interval in which the result lies 9 times in 10."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What treating costs: an amount a client plus a share of the client's ARR.

    Attributes:
        relative_sd: Doubt about the amount, as a share of it.
    """

    per_client_usd: float
    share_of_arr: float = 0.0
    relative_sd: float = 0.0

    @classmethod
    def of_discount(cls, discount_pct: float, horizon_days: int) -> "Costs":
        """A share of each client's MRR over the horizon, in months of 30 days."""
        return cls(0.0, share_of_arr=discount_pct / 100 * horizon_days / _YEAR_DAYS)

    def of(self, value_usd: Floats) -> Floats:
        """Cost of each client: (clients,)."""
        return self.per_client_usd + self.share_of_arr * value_usd


class Common(NamedTuple):
    """Doubt that all clients share whatever their strategy, standard normal: (draws,)."""

    prob: Floats
    value: Floats

    @classmethod
    def of(cls, rng: np.random.Generator, draws: int) -> "Common":
        """Draw it."""
        return cls(*rng.standard_normal((2, draws)))


class Drawn(NamedTuple):
    """Results by draw: (draws,).

    Attributes:
        kept: Clients kept, luck included.
        arr_usd: Their ARR.
        cost_usd: Paid.
        usual_kept: Clients kept on average over the luck.
        usual_arr_usd: Their ARR.
    """

    kept: Floats
    arr_usd: Floats
    cost_usd: Floats
    usual_kept: Floats
    usual_arr_usd: Floats


def draw_results(
    rng: np.random.Generator, tables: Tables, effect: Effect, costs: Costs, common: Common
) -> Drawn:
    """Draw the results of treating the clients of some tables."""
    draws = common.prob.size
    logs = effect.log_ratios(effect.draw(rng, draws), tables)
    level = prob_level(common.prob)
    book = tables.read(logs, level)
    value = np.maximum(1 + VALUE_SPREAD * common.value, 0)
    amount = float(costs.of(tables.clients.value_usd).sum())
    cost = amount * np.maximum(1 + costs.relative_sd * rng.standard_normal(draws), 0)
    kept, arr = _with_luck(rng, tables, logs, level, book)
    return Drawn(kept, arr * value, cost, book.kept, book.arr * value)


def prob_level(normal: Floats) -> Floats:
    """Where all churn probabilities lie: -1 their low ends, 0 the middle, 1 the high.

    All lie there together, for a season, a price rise or an outage moves every client.
    """
    return np.clip(normal / _Z, -1, 1)


def range_of(value: float, draws: Floats) -> Range:
    """The interval of the draws, which holds the value."""
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Range(value, min(float(low), value), max(float(high), value))


def _with_luck(
    rng: np.random.Generator, tables: Tables, logs: Floats, level: Floats, book: Book
) -> tuple[Floats, Floats]:
    """Add who happens to be saved: client by client for few, by gamma laws for many."""
    clients = tables.clients
    if clients.size <= _FEW:
        prob = tables.probability_at(level)
        saved = saved_probability(prob, logs[:, clients.group], tables.horizon_days)
        hit = np.sign(saved) * (rng.random(saved.shape) < np.abs(saved))
        return hit.sum(axis=1), hit @ clients.value_usd
    return (
        _gamma(rng, book.kept, book.kept_variance),
        _gamma(rng, book.arr, book.arr_variance),
    )


def _gamma(rng: np.random.Generator, mean: Floats, variance: Floats) -> Floats:
    """Draw sums of this mean and variance that keep the sign of the mean and its skew."""
    size = np.maximum(np.abs(mean), _TINY)
    scale = np.maximum(variance, _TINY) / size
    return np.sign(mean) * rng.gamma(size / scale, scale)
