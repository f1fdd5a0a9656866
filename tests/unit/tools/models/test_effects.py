import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import stats

from tools.models.effects import (
    ArmCounts,
    ArmMean,
    detectable_effect,
    difference,
    power_for,
    sample_ratio_p,
    welch,
)
from tools.models.pooling import false_alarm_probability, heterogeneity_p, partial_pooling


@st.composite
def arms(draw: st.DrawFn) -> ArmCounts:
    """Any two arms with clients."""
    treated, control = draw(st.integers(1, 400)), draw(st.integers(1, 400))
    return ArmCounts(
        treated,
        draw(st.integers(0, treated)),
        control,
        draw(st.integers(0, control)),
    )


def test_newcombe_gives_the_published_interval() -> None:
    """56/70 against 48/80 is Newcombe's own example: 0.2000 (0.0524 to 0.3339)."""
    found = difference(ArmCounts(70, 56, 80, 48))
    assert found.effect == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(arms())
def test_the_interval_holds_the_effect_and_stays_possible(counts: ArmCounts) -> None:
    """An interval never leaves -1..1 nor its own estimate."""
    found = difference(counts)
    assert -1 - 1e-9 <= found.low <= found.effect + 1e-9
    assert found.effect - 1e-9 <= found.high <= 1 + 1e-9
    assert 0 <= found.p_value <= 1


@given(arms())
def test_swapping_the_arms_turns_the_effect_round(counts: ArmCounts) -> None:
    """Which arm is called treatment changes the sign and nothing else."""
    swapped = ArmCounts(counts.control, counts.control_kept, counts.treated, counts.treated_kept)
    one, other = difference(counts), difference(swapped)
    assert (one.effect, one.low, one.high) == pytest.approx(
        (-other.effect, -other.high, -other.low)
    )
    assert one.p_value == pytest.approx(other.p_value)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """In 2,000 repeated tests the 95 % interval misses the true effect about 1 time in 20."""
    rng = np.random.default_rng(3)
    treated, control = rng.binomial(215, 0.93, 2000), rng.binomial(215, 0.87, 2000)
    found = [
        difference(ArmCounts(215, int(t), 215, int(c)))
        for t, c in zip(treated, control, strict=True)
    ]
    assert 0.935 < np.mean([each.low <= 0.06 <= each.high for each in found]) < 0.97


@given(arms(), st.integers(2, 50))
def test_more_data_narrow_the_interval(counts: ArmCounts, times: int) -> None:
    """The same shares among more clients are known better, and no less significant."""
    more = ArmCounts(
        *(times * n for n in (counts.treated, counts.treated_kept)),
        *(times * n for n in (counts.control, counts.control_kept)),
    )
    one, many = difference(counts), difference(more)
    assert many.high - many.low < one.high - one.low
    assert many.effect == pytest.approx(one.effect)
    assert many.p_value <= one.p_value + 1e-9 or math.isclose(one.effect, 0, abs_tol=1e-9)


@pytest.mark.parametrize("share", [0.5, 0.9], ids=["half", "most"])
def test_p_is_even_where_nothing_works(share: float) -> None:
    """Of 4,000 tests without an effect 1 in 20 has p below .05, half have p below .5."""
    rng = np.random.default_rng(11)
    kept = rng.binomial(2_000, share, (4_000, 2)).tolist()
    found = np.array([difference(ArmCounts(2_000, t, 2_000, c)).p_value for t, c in kept])
    for level in (0.05, 0.2, 0.5, 0.8):
        assert np.mean(found < level) == pytest.approx(level, abs=0.03)


def test_p_is_that_of_the_textbook() -> None:
    """The chi-square test without a correction, and Fisher's where counts are few."""
    table = [[201, 14], [185, 30]]
    expected: Any = stats.chi2_contingency(table, correction=False)
    assert difference(ArmCounts(215, 201, 215, 185)).p_value == pytest.approx(expected.pvalue)
    few: Any = stats.fisher_exact([[9, 1], [4, 6]])
    assert difference(ArmCounts(10, 9, 10, 4)).p_value == pytest.approx(few.pvalue)


def test_what_interval_and_p_disagree_on_is_not_clear() -> None:
    """3 of 3 against 0 of 3: the interval leaves out zero, Fisher's p is .1."""
    found = difference(ArmCounts(3, 3, 3, 0))
    assert found.low > 0
    assert found.p_value == pytest.approx(0.1)
    assert not found.is_clear
    assert found.is_borderline


QUANTITIES = st.lists(st.integers(-50, 50), min_size=2, max_size=20)


@settings(max_examples=40)
@given(QUANTITIES, QUANTITIES)
def test_means_are_compared_as_the_textbook_does(one: list[int], other: list[int]) -> None:
    """Welch's interval and p; swapping the arms changes the sign and nothing else."""
    treated, control = np.array(one, dtype=float), np.array(other, dtype=float)
    assume(treated.std() > 0 and control.std() > 0)
    found = welch(ArmMean.of(treated), ArmMean.of(control))
    expected: Any = stats.ttest_ind(treated, control, equal_var=False)
    interval = expected.confidence_interval()
    assert found.effect == pytest.approx(treated.mean() - control.mean())
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    swapped = welch(ArmMean.of(control), ArmMean.of(treated))
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))


def test_equal_clients_leave_no_doubt() -> None:
    """Without any spread the difference is exact."""
    same = ArmMean.of(np.full(5, 2.0))
    assert welch(same, same).p_value == 1
    assert welch(same, ArmMean.of(np.full(5, 1.0))).low == 1


def test_power_and_the_detectable_effect_agree() -> None:
    """The effect that is found 8 times in 10 has a power of 80 %."""
    counts = ArmCounts(215, 195, 215, 185)
    assert power_for(counts, detectable_effect(counts)) == pytest.approx(0.8, abs=1e-6)
    assert power_for(counts, 0.0) == pytest.approx(0.05, abs=1e-6)


def test_a_test_in_which_nobody_left_is_not_infinitely_sharp() -> None:
    """Ten of ten stayed in both arms: a small effect could not have been seen."""
    assert detectable_effect(ArmCounts(10, 10, 10, 10)) > 0.1
    assert power_for(ArmCounts(10, 10, 10, 10), 0.05) < 0.5


def test_a_lopsided_draw_is_noticed() -> None:
    """Arms of 300 and 200 are no fair coin; equal arms and arms as planned are."""
    assert sample_ratio_p([300, 200], [0.5, 0.5]) < 0.001
    assert sample_ratio_p([250, 250], [0.5, 0.5]) == pytest.approx(1.0)
    assert sample_ratio_p([300, 200], [0.6, 0.4]) == pytest.approx(1.0)
    assert sample_ratio_p([0, 0], [0.5, 0.5]) == 1


def test_groups_are_drawn_towards_each_other() -> None:
    """A small group moves far, a large one hardly; the order of precision is kept."""
    own = np.array([0.30, 0.05, 0.06])
    found = partial_pooling(own, np.array([0.02, 0.0004, 0.0004]), spread=0.05)
    moved = np.abs(found.estimates - own)
    assert moved[0] > 0.15
    assert moved[1:].max() < 0.02
    assert np.all(found.sds < np.sqrt([0.02, 0.0004, 0.0004]) + 1e-9)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.floats(1e-4, 1), st.floats(0.01, 1))
def test_pooling_stays_between_the_groups(own: list[float], variance: float, spread: float) -> None:
    """No pooled estimate lies outside the range of the estimates."""
    found = partial_pooling(np.array(own), np.full(len(own), variance), spread=spread)
    assert found.estimates.min() >= min(own) - 1e-9
    assert found.estimates.max() <= max(own) + 1e-9


def test_groups_that_differ_are_told_from_groups_that_vary() -> None:
    """Far apart for their precision, or not; one group differs from nothing."""
    variances = np.full(3, 0.0004)
    assert heterogeneity_p(np.array([0.0, 0.1, 0.2]), variances) < 0.001
    assert heterogeneity_p(np.array([0.05, 0.06, 0.04]), variances) > 0.5
    assert heterogeneity_p(np.array([0.05]), variances[:1]) == 1


def test_many_comparisons_raise_false_alarms() -> None:
    """Three looks at nothing: 1 - .95^3."""
    assert false_alarm_probability(1) == pytest.approx(0.05)
    assert false_alarm_probability(3) == pytest.approx(0.142625)
