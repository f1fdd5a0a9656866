"""What treating some clients would bring: Monte Carlo over effect, churn, value and cost.

A client who leaves with probability p leaves with 1 - (1 - p)^r when treated, where r is the
strategy's ratio of churn hazards: a client at high risk gains more than one who would stay anyway.
Sums over clients are tabled on a grid of r once and interpolated for each draw, so the work does
not grow with draws times clients. All money is in the base currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from tools.models.draws import (
    VALUE_SPREAD,
    Common,
    Costs,
    Range,
    draw_results,
    prob_level,
    range_of,
)
from tools.models.frames import Floats
from tools.models.hazard_effects import Effect
from tools.models.hazards import (
    EFFECT_DAYS,
    Book,
    Clients,
    Tables,
    leaving_within,
    saved_probability,
)

__all__ = [
    "Costs",
    "Outcome",
    "Part",
    "Plan",
    "Range",
    "Swing",
    "expected_saved",
    "simulate",
    "simulate_plan",
]

DRAWS: Final = 10_000
_Z: Final = 1.6449
_TINY: Final = 1e-9
_SLIGHT: Final = -0.1
"""Log of a ratio of hazards just below one."""


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


class Part(NamedTuple):
    """Clients of a plan who get the same strategy."""

    clients: Clients
    effect: Effect
    costs: Costs


@dataclass(frozen=True, slots=True)
class Plan:
    """What several strategies bring together, each to clients of its own."""

    customers_treated: int
    arr_saved_usd: Range
    cost_usd: Range
    net_usd: Range
    p_positive_prob: float


def expected_saved(clients: Clients, effect: Effect, *, horizon_days: int) -> Floats:
    """Probability that treating a client keeps one who would have left: (clients,)."""
    tables = Tables(clients, horizon_days)
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
    tables = Tables(clients, horizon_days)
    drawn = draw_results(rng, tables, effect, costs, Common.of(rng, draws))
    central = _central(effect, tables)
    size, spent = clients.size, float(drawn.cost_usd.mean())
    saved = float(drawn.usual_arr_usd.mean())
    net, nets = saved - spent, drawn.arr_usd - drawn.cost_usd
    leaving = leaving_within(clients.prob, horizon_days)
    cost_each = costs.of(clients.value_usd)
    kept = float(drawn.usual_kept.mean())
    return Outcome(
        customers_treated=size,
        leaving=float(leaving.sum()),
        customers_retained=range_of(kept, drawn.kept),
        arr_saved_usd=range_of(saved, drawn.arr_usd),
        cost_usd=range_of(spent, drawn.cost_usd),
        net_usd=range_of(net, nets),
        roi_pct=range_of(100 * net / spent, 100 * nets / drawn.cost_usd) if spent else None,
        effect_pct=range_of(100 * kept / size, 100 * drawn.usual_kept / size),
        p_positive_prob=float((nets > 0).mean()),
        break_even_effect_pct=_break_even(central, tables, spent),
        cost_on_stayers_usd=float((cost_each * (1 - leaving)).sum()),
        tornado=_tornado(effect, tables, costs, float(cost_each.sum())),
    )


def simulate_plan(
    parts: Sequence[Part],
    *,
    horizon_days: int = EFFECT_DAYS,
    draws: int = DRAWS,
    seed: int = 7,
) -> Plan:
    """Propagate all doubt to the result of a plan as a whole.

    The churn probabilities and the worth of clients are too high or too low for all parts
    together; effects and costs of different strategies are off independently.

    Args:
        parts: At least one; no client is in two of them.
        horizon_days: When the kept clients are counted, see `simulate`.
        draws: Number of draws.
        seed: Equal seeds give equal results.
    """
    rng = np.random.default_rng(seed)
    common = Common.of(rng, draws)
    drawn = [
        draw_results(rng, Tables(part.clients, horizon_days), part.effect, part.costs, common)
        for part in parts
    ]
    arr, usual, cost = (
        np.sum([getattr(each, name) for each in drawn], axis=0)
        for name in ("arr_usd", "usual_arr_usd", "cost_usd")
    )
    saved, spent, nets = float(usual.mean()), float(cost.mean()), arr - cost
    return Plan(
        customers_treated=sum(part.clients.size for part in parts),
        arr_saved_usd=range_of(saved, arr),
        cost_usd=range_of(spent, cost),
        net_usd=range_of(saved - spent, nets),
        p_positive_prob=float((nets > 0).mean()),
    )


def _central(effect: Effect, tables: Tables) -> Book:
    return tables.read(effect.central(tables)[None, :], np.zeros(1))


def _break_even(central: Book, tables: Tables, spent_usd: float) -> float | None:
    """Cost over the ARR of a kept client, per hundred treated (τ* = c / V).

    Where the effect keeps nobody, V is that of the clients any slight effect would keep.
    """
    value = _arr_of_kept(central)
    if value <= 0:
        value = _arr_of_kept(tables.read(np.full((1, tables.groups), _SLIGHT), np.zeros(1)))
    return 100 * spent_usd / value / tables.clients.size if value > 0 else None


def _arr_of_kept(book: Book) -> float:
    kept = float(book.kept[0])
    return float(book.arr[0]) / kept if abs(kept) > _TINY else 0.0


def _tornado(effect: Effect, tables: Tables, costs: Costs, cost_usd: float) -> tuple[Swing, ...]:
    """Move one input at a time."""
    arr = float(_central(effect, tables).arr[0])
    ends = effect.ends()
    by_effect = [
        float(tables.read(effect.log_ratios(end, tables), np.zeros(1)).arr[0]) for end in ends
    ]
    levels = prob_level(np.array([-_Z, _Z]))
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
