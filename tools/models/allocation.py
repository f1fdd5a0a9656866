"""Spending a budget where it saves most: a knapsack with one choice a client."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.models.frames import Floats

__all__ = ["NOTHING", "allocate"]

NOTHING: Final = -1
"""The choice for a client on whom nothing is spent."""


class _Step(NamedTuple):
    """Moving a client from one strategy (or none) to a dearer one that saves more."""

    ratio: float
    client: int
    strategy: int
    cost_usd: float


def allocate(gain_usd: Floats, cost_usd: Floats, budget_usd: float | None) -> NDArray[np.intp]:
    """Choose at most one strategy a client so that the gain is large and the budget holds.

    Sinha and Zoltners (1979): each client's strategies are reduced to those that are efficient,
    and the steps between them are taken in the order of gain per cost. A step that does not pay
    for itself is never taken. Without a budget each client gets the highest net gain.

    Args:
        gain_usd: (clients, strategies) expected gain before cost.
        cost_usd: (clients, strategies), not negative.
        budget_usd: The most that may be spent; None for no limit.

    Returns:
        (clients,) index of the strategy, or `NOTHING`.
    """
    chosen = np.full(len(gain_usd), NOTHING, dtype=np.intp)
    steps = [
        step
        for client in range(len(gain_usd))
        for step in _steps(client, gain_usd[client], cost_usd[client])
    ]
    left = np.inf if budget_usd is None else budget_usd
    closed: set[int] = set()
    for step in sorted(steps, key=lambda step: (-step.ratio, step.client)):
        if step.client in closed:
            continue
        if step.cost_usd > left:
            closed.add(step.client)
            continue
        chosen[step.client] = step.strategy
        left -= step.cost_usd
    return chosen


def _steps(client: int, gain: Floats, cost: Floats) -> list[_Step]:
    """The efficient steps of one client, the best ratio first."""
    at_gain, at_cost = 0.0, 0.0
    steps: list[_Step] = []
    while True:
        more, dearer = gain - at_gain, cost - at_cost
        pays = (more > dearer) & (dearer >= 0) & (more > 0)
        if not pays.any():
            return steps
        ratio = np.divide(more, dearer, out=np.full_like(more, np.inf), where=dearer > 0)
        ratio[~pays] = -np.inf
        alike = ratio == ratio.max()
        best = int(np.where(alike, more, -np.inf).argmax())
        steps.append(_Step(float(ratio[best]), client, best, float(dearer[best])))
        at_gain, at_cost = float(gain[best]), float(cost[best])
