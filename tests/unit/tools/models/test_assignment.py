from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.assignment import (
    OTHER,
    Draw,
    draw_arms,
    imbalance,
    merged_strata,
    treated_by_stratum,
)

CELLS = st.lists(
    st.tuples(st.sampled_from(["SMB", "Enterprise"]), st.sampled_from(["low", "high"])),
    min_size=2,
    max_size=120,
)
FRACTIONS = st.floats(0.05, 0.95)


@given(CELLS, st.integers(2, 12))
def test_no_stratum_stays_small_and_nobody_changes_place(
    cells: list[tuple[str, str]], least: int
) -> None:
    """Every client has one stratum; all are large enough, unless everybody is in one."""
    names = merged_strata(cells, least=least)
    assert len(names) == len(cells)
    sizes = Counter(names)
    assert len(sizes) == 1 or min(sizes.values()) >= least
    large = Counter(cells)
    for cell, name in zip(cells, names, strict=True):
        if large[cell] >= least and OTHER not in name:
            assert name.startswith(cell[0])


@given(CELLS, FRACTIONS, st.integers(0, 2**32 - 1))
def test_the_shares_are_exact_in_every_stratum(
    cells: list[tuple[str, str]], fraction: float, seed: int
) -> None:
    """Each stratum treats its share to the nearest client, and both arms have somebody."""
    strata = merged_strata(cells, least=4)
    ids = [f"C{place}" for place in range(len(cells))]
    draw = draw_arms(ids, strata, fraction, seed=seed)
    for name, size in Counter(strata).items():
        inside = np.array(strata) == name
        treated = int(draw.treated[inside].sum())
        assert draw.propensity[inside] == pytest.approx(treated / size)
        assert 1 <= treated <= size - 1 or size == 1
        assert abs(treated - size * fraction) < 1 or treated in {1, size - 1}


@given(CELLS, FRACTIONS, st.randoms(use_true_random=False))
def test_the_order_of_the_clients_changes_nothing(
    cells: list[tuple[str, str]], fraction: float, shuffler: object
) -> None:
    """The same clients and seed give the same arms, however they are sorted."""
    ids = [f"C{place}" for place in range(len(cells))]
    strata = [f"{a}, {b}" for a, b in cells]
    order = list(range(len(ids)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    first = draw_arms(ids, strata, fraction, seed=7)
    again = draw_arms([ids[k] for k in order], [strata[k] for k in order], fraction, seed=7)
    assert [bool(first.treated[k]) for k in order] == [bool(one) for one in again.treated]
    assert [float(first.propensity[k]) for k in order] == [float(p) for p in again.propensity]


def test_the_whole_is_as_near_to_the_fraction_as_can_be() -> None:
    """Rounding down in each stratum would lose clients; the largest remainders get them."""
    sizes = {"a": 11, "b": 13, "c": 15}
    assert treated_by_stratum(sizes, 0.5) == {"a": 6, "b": 7, "c": 7}
    assert sum(treated_by_stratum(sizes, 0.5).values()) == round(39 * 0.5)


def test_every_client_is_drawn_as_often_as_the_fraction_says() -> None:
    """Over many seeds each client is treated in about 3 of 10 draws: nobody is favoured."""
    ids = [f"C{place}" for place in range(10)]
    draws = [draw_arms(ids, ["all"] * 10, 0.3, seed=seed).treated for seed in range(2_000)]
    shares = np.mean(draws, axis=0)
    assert shares == pytest.approx(np.full(10, 0.3), abs=0.05)


def test_a_draw_within_strata_keeps_the_arms_alike() -> None:
    """A trait that the strata carry differs less between the arms than in a simple draw."""
    risk = np.repeat([0.1, 0.9], 20)
    ids = [f"C{place:02}" for place in range(40)]
    strata = ["low"] * 20 + ["high"] * 20
    within = [abs(imbalance(risk, draw_arms(ids, strata, 0.5, seed=s))) for s in range(50)]
    simple = [abs(imbalance(risk, draw_arms(ids, ["all"] * 40, 0.5, seed=s))) for s in range(50)]
    assert max(within) == pytest.approx(0, abs=1e-12)
    assert max(simple) > 0.1


def test_an_imbalance_is_in_standard_deviations() -> None:
    """Arms one standard deviation apart differ by one; unknown or constant values by none."""
    draw = Draw(np.array([True, True, False, False]), np.full(4, 0.5))
    assert imbalance(np.array([1.0, 3.0, 0.0, 2.0]), draw) == pytest.approx(1.0)
    assert imbalance(np.full(4, np.nan), draw) == 0
    assert imbalance(np.ones(4), draw) == 0
