"""Spending a budget where it saves most: a knapsack with one choice a client."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.models.frames import Floats

__all__ = ["NOTHING", "allocate", "spend_in_order"]

NOTHING: Final = -1
"""The choice for a client on whom nothing is spent."""

Positions = NDArray[np.intp]


class _Steps(NamedTuple):
    """Moves of a client from one strategy (or none) to a dearer one that saves more: (steps,)."""

    ratio: Floats
    client: Positions
    strategy: Positions
    cost_usd: Floats


def allocate(gain_usd: Floats, cost_usd: Floats, budget_usd: float | None) -> Positions:
    """Choose at most one strategy a client so that the gain is large and the budget holds.

    Sinha and Zoltners (1979): each client's strategies are reduced to those that are efficient,
    and the steps between them are taken in the order of gain per cost. A step that does not pay
    for itself is never taken, so more budget never lowers the net gain. Without a budget each
    client gets the highest net gain.

    Args:
        gain_usd: (clients, strategies) expected gain before cost.
        cost_usd: (clients, strategies), not negative.
        budget_usd: The most that may be spent; None for no limit.

    Returns:
        (clients,) index of the strategy, or `NOTHING`.
    """
    steps = _in_order(_efficient(gain_usd, cost_usd))
    taken = np.arange(steps.ratio.size)
    if budget_usd is not None:
        taken = _affordable(steps, budget_usd)
    chosen = np.full(len(gain_usd), NOTHING, dtype=np.intp)
    chosen[steps.client[taken]] = steps.strategy[taken]
    return chosen


def spend_in_order(cost_usd: Floats, budget_usd: float) -> Positions:
    """Treat clients as they stand while the budget lasts; one that no longer fits is passed over.

    Args:
        cost_usd: (clients,), not negative, the first to treat first.
        budget_usd: The most that may be spent.

    Returns:
        Positions of those treated, in their order.
    """
    taken: list[int] = []
    left = budget_usd
    for position, cost in enumerate(cost_usd.tolist()):
        if cost <= left:
            taken.append(position)
            left -= cost
    return np.array(taken, dtype=np.intp)


def _efficient(gain: Floats, cost: Floats) -> list[_Steps]:
    """The first efficient step of each client, the second of those that have one, and so on."""
    client = np.arange(len(gain))
    at_gain, at_cost = np.zeros((2, len(gain), 1))
    found: list[_Steps] = []
    for _ in range(gain.shape[1]):
        more, dearer = gain[client] - at_gain, cost[client] - at_cost
        pays = (more > dearer) & (dearer >= 0) & (more > 0)
        going = pays.any(axis=1)
        client, more, dearer, pays = client[going], more[going], dearer[going], pays[going]
        ratio = np.divide(more, dearer, out=np.full_like(more, np.inf), where=dearer > 0)
        ratio[~pays] = -np.inf
        highest = ratio.max(axis=1, keepdims=True, initial=-np.inf)
        best = np.where(ratio == highest, more, -np.inf).argmax(axis=1)
        row = np.arange(client.size)
        found.append(_Steps(ratio[row, best], client, best, dearer[row, best]))
        at_gain, at_cost = gain[client, best][:, None], cost[client, best][:, None]
    return found


def _in_order(parts: list[_Steps]) -> _Steps:
    """Merge them by ratio; a client's own steps keep their order."""
    ratio = np.concatenate([part.ratio for part in parts])
    client = np.concatenate([part.client for part in parts])
    strategy = np.concatenate([part.strategy for part in parts])
    cost = np.concatenate([part.cost_usd for part in parts])
    order = np.lexsort((client, -ratio))
    return _Steps(ratio[order], client[order], strategy[order], cost[order])


def _affordable(steps: _Steps, budget_usd: float) -> Positions:
    """Take steps while they fit; where one does not, its client goes no further."""
    spent = np.cumsum(steps.cost_usd)
    fitting = int(np.searchsorted(spent, budget_usd, side="right"))
    left = budget_usd - (float(spent[fitting - 1]) if fitting else 0.0)
    cheapest = np.minimum.accumulate(steps.cost_usd[::-1])[::-1].tolist()
    client, cost = steps.client.tolist(), steps.cost_usd.tolist()
    taken = list(range(fitting))
    closed: set[int] = set()
    for step in range(fitting, len(cost)):
        if cheapest[step] > left:
            break
        if client[step] in closed:
            continue
        if cost[step] > left:
            closed.add(client[step])
            continue
        taken.append(step)
        left -= cost[step]
    return np.array(taken, dtype=np.intp)
