import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tools.models.returns import ArmMoney, returns


def _arm(rng: np.random.Generator, clients: int, leaving: float, cost: float) -> ArmMoney:
    arr = rng.lognormal(9, 1, clients)
    return ArmMoney(arr, (rng.random(clients) < leaving).astype(float), np.full(clients, cost))


def test_saved_net_and_return_are_what_they_are_called() -> None:
    """Control clients lose 300 on average, treated ones 100; a treatment costs 50."""
    treated = ArmMoney(np.full(6, 600.0), np.array([1.0, 0, 0, 0, 0, 0]), np.full(6, 50.0))
    control = ArmMoney(np.full(4, 600.0), np.array([1.0, 1, 0, 0]), np.zeros(4))
    found = returns(treated, control)
    assert (found.treated_lost_usd, found.control_lost_usd) == pytest.approx((100, 300))
    assert found.arr_saved_usd.value == pytest.approx(200)
    assert found.net_usd.value == pytest.approx(150)
    assert found.roi_pct is not None
    assert found.roi_pct.value == pytest.approx(300)


def test_arms_of_different_size_clients_still_compare() -> None:
    """Where nobody leaves nothing is saved, however large one arm's clients happen to be."""
    treated = ArmMoney(np.full(200, 90_000.0), np.zeros(200), np.zeros(200))
    control = ArmMoney(np.full(200, 1_000.0), np.zeros(200), np.zeros(200))
    found = returns(treated, control)
    assert found.arr_saved_usd.value == 0
    assert found.arr_saved_usd.low <= 0 <= found.arr_saved_usd.high
    assert found.roi_pct is None


def test_what_works_can_lose_money() -> None:
    """Half the leavers are kept, at a price above what they are worth."""
    rng = np.random.default_rng(4)
    found = returns(_arm(rng, 5_000, 0.1, 5_000), _arm(rng, 5_000, 0.2, 0))
    assert found.arr_saved_usd.low > 0
    assert found.net_usd.high < 0
    assert found.p_positive_prob < 0.01


@settings(max_examples=20)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 10_000))
def test_every_interval_holds_its_value(treated: int, control: int, seed: int) -> None:
    """However small the arms."""
    rng = np.random.default_rng(seed)
    found = returns(_arm(rng, treated, 0.3, 10), _arm(rng, control, 0.3, 0), draws=100)
    for each in (found.arr_saved_usd, found.net_usd, found.roi_pct):
        assert each is not None
        assert each.low <= each.value <= each.high


def test_more_clients_narrow_the_interval() -> None:
    """Four times the clients, about half the width."""
    rng = np.random.default_rng(8)
    widths = [
        net.high - net.low
        for clients in (250, 1_000, 4_000)
        for net in [returns(_arm(rng, clients, 0.1, 10), _arm(rng, clients, 0.2, 0)).net_usd]
    ]
    assert widths[0] > 1.4 * widths[1] > 1.4 * 1.4 * widths[2]


def test_many_clients_are_resampled_by_the_normal_law() -> None:
    """Just below and above the limit the intervals are nearly the same."""
    rng = np.random.default_rng(8)
    treated, control = _arm(rng, 2_000, 0.1, 300), _arm(rng, 2_000, 0.2, 0)
    fewer = [ArmMoney(a.arr_usd[1:], a.left[1:], a.cost_usd[1:]) for a in (treated, control)]
    drawn, by_law = returns(*fewer).net_usd, returns(treated, control).net_usd
    assert by_law.low == pytest.approx(drawn.low, abs=0.1 * (drawn.high - drawn.low))
    assert by_law.high == pytest.approx(drawn.high, abs=0.1 * (drawn.high - drawn.low))


def test_the_interval_covers_the_truth_nearly_as_often_as_it_says() -> None:
    """Few leavers of very different size: 150 tests of 215 clients an arm."""
    rng = np.random.default_rng(6)
    worth = np.exp(9 + 0.5)
    truth, held = 0.07 * worth - 200, 0
    for _ in range(150):
        found = returns(_arm(rng, 215, 0.07, 200), _arm(rng, 215, 0.14, 0), draws=200)
        held += found.net_usd.low <= truth <= found.net_usd.high
    assert 0.90 <= held / 150 <= 0.99
