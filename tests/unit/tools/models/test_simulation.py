from itertools import product

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.hazard_effects import AssumedEffect, MeasuredEffect
from tools.models.hazards import (
    EFFECT_DAYS,
    Clients,
    Tables,
    leaving_within,
    saved_probability,
)
from tools.models.simulation import (
    Costs,
    Outcome,
    Part,
    expected_saved,
    simulate,
    simulate_plan,
)


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


def test_doubt_alone_does_no_harm() -> None:
    """An effect of nought that is hardly known saves nothing on average, however wide its range."""
    clients = _clients(400)
    found = _run(clients, _measured(0.0, 0.35), Costs(0))
    at_stake = float(leaving_within(clients.prob, EFFECT_DAYS) @ clients.value_usd)
    assert abs(found.arr_saved_usd.value) < 0.05 * at_stake
    assert found.arr_saved_usd.low < -0.2 * at_stake
    assert found.arr_saved_usd.high > 0.2 * at_stake


@given(st.floats(-2, -0.3), st.integers(0, 99))
def test_twice_the_clients_are_twice_the_result(log_ratio: float, seed: int) -> None:
    """Expected results add up over clients; their ranges grow more slowly than they do."""
    once, effect = _clients(90, seed=seed), _measured(log_ratio)
    twice = once.take(np.tile(np.arange(90), 2))
    one, two = _run(once, effect, Costs(30)), _run(twice, effect, Costs(30))
    for name in ("customers_retained", "arr_saved_usd", "cost_usd"):
        alone, both = getattr(one, name), getattr(two, name)
        assert both.value == pytest.approx(2 * alone.value, rel=0.03)
        assert both.high - both.low <= 2 * (alone.high - alone.low) * 1.05 + 1e-6


@given(st.floats(-2, -0.05), st.integers(0, 99))
def test_treating_more_of_them_saves_more(log_ratio: float, seed: int) -> None:
    """A strategy that does no harm never saves less when clients are added."""
    clients, effect = _clients(200, seed=seed), _measured(log_ratio)
    saved = [
        _run(clients.take(np.arange(count)), effect, Costs(0)).arr_saved_usd.value
        for count in (20, 60, 120, 200)
    ]
    assert saved == sorted(saved)


@pytest.mark.parametrize("cost_usd", [20.0, 80.0, 300.0], ids=["cheap", "usual", "dear"])
def test_at_break_even_nothing_is_won_or_lost(cost_usd: float) -> None:
    """The stated effect, when it is what happens, pays exactly the cost."""
    clients = _clients(400)
    stated = _run(clients, AssumedEffect(0.02, 0.04), Costs(cost_usd)).break_even_effect_pct
    assert stated is not None
    share = stated / 100
    found = _run(clients, AssumedEffect(share, share), Costs(cost_usd))
    assert found.net_usd.value == pytest.approx(0, abs=0.03 * found.cost_usd.value)


def test_an_effect_of_nought_has_a_break_even() -> None:
    """What would have to be kept depends on cost and ARR, not on what was found."""
    nought = _run(_clients(200), _measured(0.0), Costs(50)).break_even_effect_pct
    slight = _run(_clients(200), _measured(-0.2), Costs(50)).break_even_effect_pct
    assert nought is not None
    assert nought == pytest.approx(slight, rel=0.1)


def test_any_number_of_clients_is_tabled_alike() -> None:
    """Sums over blocks of clients are the sums over all of them."""
    clients = _clients(5_000)
    logs = np.array([[-0.7, -0.2]])
    book = Tables(clients, EFFECT_DAYS).read(logs, np.zeros(1))
    saved = saved_probability(clients.prob, logs[0, clients.group], EFFECT_DAYS)
    assert book.kept[0] == pytest.approx(saved.sum(), rel=1e-3)
    assert book.arr[0] == pytest.approx(saved @ clients.value_usd, rel=1e-3)
    assert book.kept_variance[0] == pytest.approx((saved * (1 - saved)).sum(), rel=1e-2)


def test_a_plan_of_one_part_is_that_part() -> None:
    """The whole of a single strategy is what its own simulation says."""
    clients, effect, costs = _clients(150), _measured(-0.8, 0.2), Costs(40, 0.01, 0.1)
    alone = simulate(clients, effect, costs)
    plan = simulate_plan([Part(clients, effect, costs)])
    assert plan.customers_treated == alone.customers_treated
    for name in ("arr_saved_usd", "cost_usd", "net_usd"):
        assert getattr(plan, name) == pytest.approx(getattr(alone, name), rel=0.01)
    assert plan.p_positive_prob == pytest.approx(alone.p_positive_prob, abs=0.02)


def test_a_plan_adds_up_and_spreads_its_risk() -> None:
    """Expected values add; the range of the whole is narrower than the ranges laid end to end."""
    parts = [
        Part(_clients(120, seed=seed), _measured(log, 0.3), Costs(cost))
        for seed, (log, cost) in enumerate([(-1.0, 50), (-0.4, 20), (-0.7, 200)])
    ]
    plan = simulate_plan(parts)
    alone = [simulate(*part) for part in parts]
    assert plan.customers_treated == 360
    total = sum(each.net_usd.value for each in alone)
    assert plan.net_usd.value == pytest.approx(total, rel=0.02)
    assert plan.net_usd.low < plan.net_usd.value < plan.net_usd.high
    widths = sum(each.net_usd.high - each.net_usd.low for each in alone)
    assert plan.net_usd.high - plan.net_usd.low < 0.9 * widths


@given(st.integers(1, 40), st.floats(-0.1, 0.5), st.integers(0, 99))
def test_what_saves_a_client_does_not_depend_on_the_others(
    count: int, effect: float, seed: int
) -> None:
    """Each of many is as one simulated alone, whether the effect is measured or assumed."""
    clients = _clients(count, seed=seed)
    for known in (_measured(-effect), AssumedEffect(effect, effect)):
        together = known.saved_each(clients)
        for place in range(count):
            alone = clients.take(slice(place, place + 1))
            expected = expected_saved(alone, known, horizon_days=EFFECT_DAYS)
            assert together[place] == pytest.approx(expected[0], abs=2e-3)
            assert together[place] == known.saved_each(alone)[0]
