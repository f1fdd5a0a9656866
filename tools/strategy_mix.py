"""Tries a strategy on its clients within a budget, and the mix of strategies a budget buys."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tools.candidates import Population, clients_of
from tools.models.allocation import NOTHING, allocate, spend_in_order
from tools.models.frames import Floats, rows_where
from tools.models.hazards import EFFECT_DAYS, Clients
from tools.models.simulation import Part, expected_saved, simulate, simulate_plan
from tools.simulation_ranking import Mix, Tried
from tools.strategy_evidence import Evidence

__all__ = ["best_mix", "try_strategy"]

_WORTH_MIXING: Final = 1.01
"""A mix is told when it saves more than the best single strategy, by more than chance draws differ."""


def try_strategy(
    evidence: Evidence, rows: pd.DataFrame, budget: float | None, *, in_order: bool = False
) -> Tried:
    """Treat all clients, or within a budget those for whom it buys most.

    Args:
        evidence: Effect and cost.
        rows: The clients its effect is known for.
        budget: The most that may be spent; None for no limit.
        in_order: Spend the budget on the clients as they stand instead.
    """
    if rows.empty:
        return Tried(evidence, None, 0)
    clients = clients_of(rows, evidence)
    covered = clients.size
    if budget is not None:
        cost = evidence.costs.of(clients.value_usd)
        reached = (
            spend_in_order(cost, budget)
            if in_order
            else _worth_most(clients, evidence, cost, budget)
        )
        clients = clients.take(reached)
    if clients.size == 0:
        return Tried(evidence, None, covered)
    return Tried(evidence, simulate(clients, evidence.effect, evidence.costs), covered)


def _worth_most(
    clients: Clients, evidence: Evidence, cost_usd: Floats, budget: float
) -> NDArray[np.intp]:
    gain = expected_saved(clients, evidence.effect, horizon_days=EFFECT_DAYS) * clients.value_usd
    return np.flatnonzero(allocate(gain[:, None], cost_usd[:, None], budget) != NOTHING)


def best_mix(tried: Sequence[Tried], population: Population, budget: float) -> Mix | None:
    """Spend the budget over all strategies of the best grade, one a client."""
    pool = [each.evidence for each in tried if each.evidence.grade == tried[0].evidence.grade]
    if len(pool) < 2:
        return None
    gains: list[Any] = []
    costs: list[Any] = []
    for evidence in pool:
        clients = clients_of(population.rows, evidence)
        saved = expected_saved(clients, evidence.effect, horizon_days=EFFECT_DAYS)
        gains.append(saved * clients.value_usd * evidence.covers(population.rows))
        costs.append(evidence.costs.of(clients.value_usd))
    choice = allocate(np.column_stack(gains), np.column_stack(costs), budget)
    parts: dict[str, Part] = {}
    for position, evidence in enumerate(pool):
        rows = rows_where(population.rows, choice == position)
        if len(rows):
            clients = clients_of(rows, evidence)
            parts[evidence.strategy] = Part(clients, evidence.effect, evidence.costs)
    if len(parts) < 2:
        return None
    whole = simulate_plan(list(parts.values()))
    alone = [each.outcome.arr_saved_usd.value for each in tried if each.outcome]
    treated = {strategy: part.clients.size for strategy, part in parts.items()}
    return Mix(treated, whole) if whole.arr_saved_usd.value > _WORTH_MIXING * max(alone) else None
