from itertools import product

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.allocation import NOTHING, allocate
from tools.models.hazards import (
    EFFECT_DAYS,
    AssumedEffect,
    Clients,
    MeasuredEffect,
    leaving_within,
    saved_probability,
)
from tools.models.simulation import Costs, Outcome, simulate


def _clients(count: int, *, seed: int = 0) -> Clients:
    rng = np.random.default_rng(seed)
    prob = rng.beta(1, 5, count)
    return Clients(
        prob=prob,
        prob_low=prob * 0.8,
        prob_high=np.minimum(prob * 1.2, 0.999),
        value_usd=rng.lognormal(9, 1, count),
        group=rng.integers(0, 2, count),
    )


def _measured(log_ratio: float, sd: float = 0.0) -> MeasuredEffect:
    return MeasuredEffect(np.full(2, log_ratio), np.full(2, sd), np.full(2, sd))


def _run(clients: Clients, effect: MeasuredEffect | AssumedEffect, costs: Costs) -> Outcome:
    return simulate(clients, effect, costs, draws=2000)


@given(st.integers(1, 120), st.floats(-2, 1), st.floats(0, 500), st.integers(0, 99))
def test_the_books_balance(count: int, log_ratio: float, cost: float, seed: int) -> None:
    """Net is saved less cost, ROI is net over cost, and each value lies in its interval."""
    found = _run(_clients(count, seed=seed), _measured(log_ratio, 0.2), Costs(cost, 0.01, 0.1))
    arr, paid, net = found.arr_saved_usd, found.cost_usd, found.net_usd
    assert net.value == pytest.approx(arr.value - paid.value)
    assert found.roi_pct is not None
    assert found.roi_pct.value == pytest.approx(100 * net.value / paid.value)
    for each in (found.customers_retained, arr, paid, net, found.roi_pct, found.effect_pct):
        assert each.low <= each.value <= each.high
    assert 0 <= found.p_positive_prob <= 1
    assert found.customers_retained.value <= found.leaving + 1e-6


def test_equal_seeds_give_equal_results() -> None:
    """A question asked twice gets one answer."""
    clients, effect = _clients(300), _measured(-0.7, 0.2)
    assert _run(clients, effect, Costs(50)) == _run(clients, effect, Costs(50))


def test_a_known_case_comes_out() -> None:
    """100 alike clients at 36 %, hazard halved: 16 kept (0.8 stay instead of 0.64)."""
    clients = Clients(
        np.full(100, 0.36),
        np.full(100, 0.36),
        np.full(100, 0.36),
        np.full(100, 1000.0),
        np.zeros(100, dtype=np.intp),
    )
    found = _run(clients, _measured(np.log(0.5)), Costs(40))
    assert found.customers_retained.value == pytest.approx(16, rel=0.01)
    assert found.cost_usd.value == pytest.approx(4000)
    assert found.break_even_effect_pct == pytest.approx(4, rel=0.01)
    assert found.cost_on_stayers_usd == pytest.approx(4000 * 0.64)
    luck = found.customers_retained
    assert luck.high - luck.low == pytest.approx(2 * 1.645 * np.sqrt(100 * 0.16 * 0.84), rel=0.1)


def test_a_strategy_without_effect_only_costs() -> None:
    """A ratio of one keeps nobody, and the whole cost is lost."""
    found = _run(_clients(200), _measured(0.0), Costs(10))
    assert found.customers_retained.value == pytest.approx(0, abs=1e-6)
    assert found.net_usd.value == pytest.approx(-2000, rel=0.01)
    assert found.p_positive_prob == 0


def test_break_even_parts_gain_from_loss() -> None:
    """The effect beats the break-even exactly when the net result is positive."""
    clients = _clients(200)
    for cost, log_ratio in product((5, 50, 500, 5000), (-1.5, -0.5, -0.1)):
        found = _run(clients, _measured(log_ratio), Costs(cost))
        assert found.break_even_effect_pct is not None
        gap = found.effect_pct.value - found.break_even_effect_pct
        if abs(gap) > 0.02 * found.break_even_effect_pct:
            assert (gap > 0) == (found.net_usd.value > 0)


def test_an_assumed_range_is_met_on_average() -> None:
    """A playbook's 2 to 6 points keep 4 of 100 clients, and never more than would leave."""
    found = _run(_clients(500), AssumedEffect(0.02, 0.06), Costs(10))
    assert found.effect_pct.value == pytest.approx(4, rel=0.05)
    assert found.effect_pct.low == pytest.approx(2.2, rel=0.15)
    capped = _run(_clients(500), AssumedEffect(0.9, 0.95), Costs(10))
    assert capped.customers_retained.value <= capped.leaving


def test_few_and_many_clients_agree() -> None:
    """Drawing luck client by client and by its law gives the same interval."""
    few = _clients(40)
    twice = Clients(
        *(np.tile(a, 2) for a in (few.prob, few.prob_low, few.prob_high)),
        value_usd=np.tile(few.value_usd / 2, 2),
        group=np.tile(few.group, 2),
    )
    one = simulate(few, _measured(-1, 0.1), Costs(1))
    two = simulate(twice, _measured(-1, 0.1), Costs(1))
    assert two.arr_saved_usd.value == pytest.approx(one.arr_saved_usd.value, rel=0.02)
    assert two.arr_saved_usd.high < one.arr_saved_usd.high


@given(st.floats(0, 0.99), st.floats(-3, 0), st.integers(7, 720))
def test_more_days_after_the_effect_never_add(prob: float, log_ratio: float, days: int) -> None:
    """Beyond 90 days the gain only wears down, and it never exceeds those who would leave."""
    risk = np.array([prob])
    now = float(saved_probability(risk, np.array([log_ratio]), max(days, EFFECT_DAYS))[0])
    later = float(saved_probability(risk, np.array([log_ratio]), max(days, EFFECT_DAYS) + 30)[0])
    assert -1e-12 <= later <= now + 1e-12
    assert now <= float(leaving_within(risk, max(days, EFFECT_DAYS))[0]) + 1e-12


def test_the_tornado_is_sorted_by_what_matters() -> None:
    """The widest swing stands first; a certain cost does not swing."""
    found = _run(_clients(100), _measured(-0.8, 0.3), Costs(20))
    widths = [swing.width_usd for swing in found.tornado]
    assert widths == sorted(widths, reverse=True)
    assert found.tornado[0].name == "effect"
    assert {s.name: s.width_usd for s in found.tornado}["cost"] == pytest.approx(0)


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
