from itertools import product

import numpy as np
from hypothesis import given, strategies as st

from tools.models.allocation import NOTHING, allocate, spend_in_order
from tools.models.frames import Floats


def _offers(clients: int, strategies: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    gain = rng.integers(-5, 60, (clients, strategies)).astype(float)
    return gain, rng.integers(0, 30, (clients, strategies)).astype(float)


def _spent_and_won(gain: Floats, cost: Floats, budget: float | None) -> tuple[float, float]:
    chosen = allocate(gain, cost, budget)
    rows = np.flatnonzero(chosen != NOTHING)
    spent = float(cost[rows, chosen[rows]].sum())
    return spent, float(gain[rows, chosen[rows]].sum()) - spent


@given(st.integers(1, 5), st.integers(0, 60), st.integers(0, 500))
def test_the_budget_is_held_and_well_spent(clients: int, budget: int, seed: int) -> None:
    """Never over budget, no losing choice, and within one client's gain of the optimum."""
    rng = np.random.default_rng(seed)
    gain = rng.integers(0, 40, (clients, 3)).astype(float)
    cost = rng.integers(1, 30, (clients, 3)).astype(float)
    chosen = allocate(gain, cost, budget)
    taken = [(i, c) for i, c in enumerate(chosen) if c != NOTHING]
    assert sum(cost[i, c] for i, c in taken) <= budget
    assert all(gain[i, c] > cost[i, c] for i, c in taken)
    best = 0.0
    for plan in product((NOTHING, 0, 1, 2), repeat=clients):
        pairs = [(i, c) for i, c in enumerate(plan) if c != NOTHING and gain[i, c] > cost[i, c]]
        if sum(cost[i, c] for i, c in pairs) <= budget:
            best = max(best, sum(gain[i, c] - cost[i, c] for i, c in pairs))
    reached = sum(gain[i, c] - cost[i, c] for i, c in taken)
    assert reached >= best - gain.max()


def test_without_a_budget_each_client_gets_the_best() -> None:
    """No limit: the highest net gain, or nothing when all lose."""
    gain = np.array([[10.0, 30.0], [5.0, 6.0], [9.0, 9.0]])
    cost = np.array([[1.0, 25.0], [9.0, 9.0], [2.0, 1.0]])
    assert list(allocate(gain, cost, None)) == [0, NOTHING, 1]


@given(st.integers(0, 30), st.integers(1, 5), st.integers(0, 300), st.integers(0, 100))
def test_more_budget_never_lowers_the_net(
    clients: int, strategies: int, budget: int, more: int
) -> None:
    """What is added to a budget is spent on what pays for itself, or not at all."""
    gain, cost = _offers(clients, strategies, seed=budget)
    spent, net = _spent_and_won(gain, cost, budget)
    spent_of_more, net_of_more = _spent_and_won(gain, cost, budget + more)
    assert spent <= budget
    assert spent_of_more <= budget + more
    assert net_of_more >= net - 1e-9


@given(st.integers(0, 30), st.integers(1, 5), st.integers(0, 99))
def test_a_budget_for_everything_is_no_limit(clients: int, strategies: int, seed: int) -> None:
    """Where the money lasts, each client gets the strategy with the highest net gain."""
    gain, cost = _offers(clients, strategies, seed)
    free = allocate(gain, cost, None)
    assert list(allocate(gain, cost, float(cost.sum()))) == list(free)
    best = (gain - cost).max(axis=1, initial=0.0)
    rows = np.flatnonzero(free != NOTHING)
    won = np.zeros(clients)
    won[rows] = (gain - cost)[rows, free[rows]]
    np.testing.assert_allclose(won, np.maximum(best, 0))


def test_a_hundred_thousand_clients_are_one_sum() -> None:
    """A large book is spent to the last affordable step."""
    rng = np.random.default_rng(3)
    gain, cost = rng.uniform(0, 900, (100_000, 5)), rng.uniform(1, 400, (100_000, 5))
    spent, net = _spent_and_won(gain, cost, 250_000.0)
    assert 249_000 < spent <= 250_000
    assert net > 10 * spent


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(0, 120))
def test_in_order_the_first_who_still_fit_are_treated(costs: list[int], budget: int) -> None:
    """Within the budget; whoever is passed over costs more than was left at their turn."""
    cost = np.array(costs, dtype=float)
    taken = spend_in_order(cost, budget).tolist()
    assert taken == sorted(taken)
    assert cost[taken].sum() <= budget
    for position in set(range(len(costs))) - set(taken):
        before = cost[[each for each in taken if each < position]].sum()
        assert cost[position] > budget - before
