import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.decomposition import mix_and_rate, surprise
from tools.models.frames import Floats

AMOUNTS = st.floats(0, 1e6, allow_subnormal=False)
GROUPS = st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=8)


def columns(groups: list[tuple[float, float, float, float]]) -> tuple[Floats, ...]:
    """Numerator and denominator before, then now; the wholes are above 0."""
    table = np.array(groups, dtype=float).T
    return table[0], table[1] + 1.0, table[2], table[3] + 1.0


@given(GROUPS)
def test_the_parts_add_up_to_the_change(groups: list[tuple[float, float, float, float]]) -> None:
    """Mix and rate of all groups are the whole change, with nothing left over."""
    parts = mix_and_rate(*columns(groups))
    scale = max(abs(parts.before), abs(parts.now), 1.0)
    assert parts.change.sum() == pytest.approx(parts.now - parts.before, abs=1e-9 * scale)
    assert parts.weight_before.sum() == pytest.approx(1)
    assert parts.weight_now.sum() == pytest.approx(1)


@given(GROUPS, st.randoms(use_true_random=False))
def test_each_part_belongs_to_its_group(
    groups: list[tuple[float, float, float, float]], shuffler: object
) -> None:
    """The order of the groups changes nothing."""
    order = list(range(len(groups)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    first = mix_and_rate(*columns(groups))
    again = mix_and_rate(*columns([groups[place] for place in order]))
    scale = max(abs(first.before), abs(first.now), 1.0)
    assert again.mix == pytest.approx(first.mix[order], abs=1e-9 * scale)
    assert again.rate == pytest.approx(first.rate[order], abs=1e-9 * scale)


def test_unchanged_rates_leave_only_mix() -> None:
    """Churn of 10 % and 2 %, and more of the worse group: all of the rise is mix."""
    parts = mix_and_rate(
        np.array([10.0, 2.0]),
        np.array([100.0, 100.0]),
        np.array([20.0, 1.0]),
        np.array([200.0, 50.0]),
    )
    assert parts.rate == pytest.approx([0, 0])
    assert parts.mix.sum() == pytest.approx(21 / 250 - 12 / 200)
    assert (parts.mix > 0).all()


def test_unchanged_weights_leave_only_rate() -> None:
    """Each group's part is its weight times its own change."""
    parts = mix_and_rate(
        np.array([10.0, 2.0]),
        np.array([100.0, 300.0]),
        np.array([30.0, 4.0]),
        np.array([200.0, 600.0]),
    )
    assert parts.mix == pytest.approx([0, 0])
    assert parts.rate == pytest.approx([0.25 * 0.05, 0.75 * (4 / 600 - 2 / 300)])


def test_a_group_that_is_new_counts_by_its_weight() -> None:
    """It has no earlier quotient, so nothing of its part is a changed quotient."""
    parts = mix_and_rate(
        np.array([10.0, 0.0]),
        np.array([100.0, 0.0]),
        np.array([10.0, 30.0]),
        np.array([100.0, 100.0]),
    )
    assert np.isnan(parts.own_before[1])
    assert parts.rate[1] == pytest.approx(0)
    assert parts.change.sum() == pytest.approx(0.1)


def test_a_numerator_without_a_denominator_is_not_lost() -> None:
    """Clients who joined and left within the period have no opening clients, and still count."""
    parts = mix_and_rate(
        np.array([5.0, 0.0]),
        np.array([100.0, 0.0]),
        np.array([5.0, 3.0]),
        np.array([100.0, 0.0]),
    )
    assert parts.change[1] == pytest.approx(0.03)


def test_a_surprise_is_a_departure_from_the_share() -> None:
    """Alike groups surprise by nothing; one that goes its own way does by as much."""
    shares = np.array([0.5, 0.3, 0.2])
    assert surprise(10 * shares, shares) == pytest.approx(0)
    assert surprise(np.array([10.0, 0.0, 0.0]), shares) == pytest.approx(5)
    assert surprise(np.array([]), np.array([])) == 0
