"""What treating some clients would bring: Monte Carlo over effect, churn, value and cost.

A client who leaves with probability p leaves with 1 - (1 - p)^r when treated, where r is the
strategy's ratio of churn hazards: a client at high risk gains more than one who would stay anyway.
Sums over clients are tabled on a grid of r once and interpolated for each draw, so the work does
not grow with draws times clients. All money is in the base currency.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from tools.models.frames import Floats
from tools.models.hazards import (
    EFFECT_DAYS,
    Book,
    Clients,
    Effect,
    Tables,
    leaving_within,
    saved_probability,
)

__all__ = ["Costs", "Outcome", "Range", "Swing", "expected_saved", "simulate"]

DRAWS: Final = 10_000
LEVEL: Final = 0.9
"""Of every interval: from the 5th to the 95th percentile."""
VALUE_SPREAD: Final = 0.1
"""Standard deviation of a kept client's ARR against today's: seats and prices move."""
_FEW: Final = 40
"""Up to so many clients luck is drawn client by client."""
_SHARED: Final = 0.25
"""Share of the variance of churn probabilities that all clients have in common."""
_Z: Final = 1.6449
_TINY: Final = 1e-9
_YEAR_DAYS: Final = 360


class Range(NamedTuple):
    """The expected value and the interval in which the result lies 9 times in 10."""

    value: float
    low: float
    high: float


class Swing(NamedTuple):
    """The net result when one input is at its 5th or 95th percentile, the others in the middle."""

    name: str
    at_low_usd: float
    at_high_usd: float

    @property
    def width_usd(self) -> float:
        """How much the input matters."""
        return abs(self.at_high_usd - self.at_low_usd)


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a simulation.

    Attributes:
        leaving: Treated clients expected to leave without the treatment.
        effect_pct: Kept per hundred treated.
        roi_pct: None when nothing is spent.
        break_even_effect_pct: Kept per hundred treated at which the ARR saved pays the cost.
        cost_on_stayers_usd: The part of the cost spent on clients who would stay anyway.
        tornado: Inputs, the one that matters most first.
    """

    customers_treated: int
    leaving: float
    customers_retained: Range
    arr_saved_usd: Range
    cost_usd: Range
    net_usd: Range
    roi_pct: Range | None
    effect_pct: Range
    p_positive_prob: float
    break_even_effect_pct: float | None
    cost_on_stayers_usd: float
    tornado: tuple[Swing, ...]


class _Draws(NamedTuple):
    """Standardised inputs, one entry a draw: `effect` as the effect takes it, others normal."""

    effect: Floats
    prob: Floats
    value: Floats
    cost: Floats


def expected_saved(clients: Clients, effect: Effect, *, horizon_days: int) -> Floats:
    """Probability that treating a client keeps one who would have left: (clients,)."""
    tables = Tables.of(clients, horizon_days)
    logs = effect.central(tables)[clients.group]
    return saved_probability(clients.prob, logs, horizon_days)


def simulate(
    clients: Clients,
    effect: Effect,
    costs: Costs,
    *,
    horizon_days: int = EFFECT_DAYS,
    draws: int = DRAWS,
    seed: int = 7,
) -> Outcome:
    """Propagate all doubt to the result of treating these clients.

    Args:
        clients: Those treated, at least one.
        effect: Measured or assumed.
        costs: Paid for every treated client, stayers included.
        horizon_days: When the kept clients are counted. The effect acts for `EFFECT_DAYS`;
            afterwards treated clients leave at their usual rate.
        draws: Number of draws.
        seed: Equal seeds give equal results.
    """
    rng = np.random.default_rng(seed)
    tables = Tables.of(clients, horizon_days)
    inputs = _Draws(effect.draw(rng, draws), *rng.standard_normal((3, draws)))
    logs = effect.log_ratios(inputs.effect, tables)
    level = _prob_level(inputs.prob, clients.size)
    book = tables.read(logs, level)
    value = np.maximum(1 + VALUE_SPREAD * inputs.value, 0)
    cost_each = costs.of(clients.value_usd)
    cost = float(cost_each.sum()) * np.maximum(1 + costs.relative_sd * inputs.cost, 0)
    kept, arr = _with_luck(rng, clients, tables, logs, level, book)
    saved_arr, lucky_arr = book.arr * value, arr * value
    central = _central(effect, tables)
    size, spent = clients.size, float(cost.mean())
    net, lucky_net = float(saved_arr.mean()) - spent, lucky_arr - cost
    leaving = leaving_within(clients.prob, horizon_days)
    return Outcome(
        customers_treated=size,
        leaving=float(leaving.sum()),
        customers_retained=_range(float(book.kept.mean()), kept),
        arr_saved_usd=_range(float(saved_arr.mean()), lucky_arr),
        cost_usd=_range(spent, cost),
        net_usd=_range(net, lucky_net),
        roi_pct=_range(100 * net / spent, 100 * lucky_net / cost) if spent else None,
        effect_pct=_range(100 * float(book.kept.mean()) / size, 100 * book.kept / size),
        p_positive_prob=float((lucky_net > 0).mean()),
        break_even_effect_pct=_break_even(central, spent, size),
        cost_on_stayers_usd=float((cost_each * (1 - leaving)).sum()),
        tornado=_tornado(effect, tables, costs, float(cost_each.sum()), size),
    )


def _with_luck(
    rng: np.random.Generator,
    clients: Clients,
    tables: Tables,
    logs: Floats,
    level: Floats,
    book: Book,
) -> tuple[Floats, Floats]:
    """Add who happens to be saved: client by client for few, by gamma laws for many."""
    if clients.size <= _FEW:
        prob = tables.probability_at(clients, level)
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


def _prob_level(normal: Floats, clients: int) -> Floats:
    """Where all churn probabilities lie together: -1 their low ends, 0 the middle, 1 the high."""
    return np.clip(normal / _Z * np.sqrt(_SHARED + (1 - _SHARED) / clients), -1, 1)


def _central(effect: Effect, tables: Tables) -> Book:
    return tables.read(effect.central(tables)[None, :], np.zeros(1))


def _break_even(central: Book, spent_usd: float, clients: int) -> float | None:
    """Cost over the ARR of a kept client, per hundred treated (τ* = c / V)."""
    kept = float(central.kept[0])
    value = float(central.arr[0]) / kept if abs(kept) > _TINY else 0.0
    return 100 * spent_usd / value / clients if value > 0 else None


def _tornado(
    effect: Effect, tables: Tables, costs: Costs, cost_usd: float, clients: int
) -> tuple[Swing, ...]:
    """Move one input at a time."""
    arr = float(_central(effect, tables).arr[0])
    ends = effect.ends()
    by_effect = [
        float(tables.read(effect.log_ratios(end, tables), np.zeros(1)).arr[0]) for end in ends
    ]
    levels = _prob_level(np.array([-_Z, _Z]), clients)
    logs = np.repeat(effect.central(tables)[None, :], 2, axis=0)
    by_prob = tables.read(logs, levels).arr
    swings = [
        Swing("effect", by_effect[0] - cost_usd, by_effect[1] - cost_usd),
        Swing("churn_probability", float(by_prob[0]) - cost_usd, float(by_prob[1]) - cost_usd),
        Swing(
            "value",
            arr * (1 - _Z * VALUE_SPREAD) - cost_usd,
            arr * (1 + _Z * VALUE_SPREAD) - cost_usd,
        ),
        Swing(
            "cost",
            arr - cost_usd * (1 - _Z * costs.relative_sd),
            arr - cost_usd * (1 + _Z * costs.relative_sd),
        ),
    ]
    return tuple(sorted(swings, key=lambda swing: -swing.width_usd))


def _range(value: float, draws: Floats) -> Range:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Range(value, min(float(low), value), max(float(high), value))
