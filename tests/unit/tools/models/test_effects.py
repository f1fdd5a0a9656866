import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.effects import (
    ArmCounts,
    aipw,
    detectable_effect,
    difference,
    log_hazard_ratio,
    power_for,
    sample_ratio_p,
)
from tools.models.pooling import partial_pooling


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


def test_power_and_the_detectable_effect_agree() -> None:
    """The effect that is found 8 times in 10 has a power of 80 %."""
    counts = ArmCounts(215, 195, 215, 185)
    assert power_for(counts, detectable_effect(counts)) == pytest.approx(0.8, abs=1e-6)
    assert power_for(counts, 0.0) == pytest.approx(0.05, abs=1e-6)


def test_a_lopsided_draw_is_noticed() -> None:
    """Arms of 300 and 200 are no fair coin; equal arms and arms as planned are."""
    assert sample_ratio_p(300, 200, 0.5) < 0.001
    assert sample_ratio_p(250, 250, 0.5) == pytest.approx(1.0)
    assert sample_ratio_p(300, 200, 0.6) == pytest.approx(1.0)


def test_the_hazard_ratio_is_found() -> None:
    """Retention .9 against .9 ^ .4 in huge arms gives a ratio near .4."""
    control, treated = 0.8, 0.8**0.4
    log, variance = log_hazard_ratio(
        ArmCounts(10**6, int(treated * 10**6), 10**6, int(control * 10**6))
    )
    assert math.exp(log) == pytest.approx(0.4, abs=0.002)
    assert variance < 1e-4


def test_known_propensities_undo_the_choice() -> None:
    """Where the risky are treated, the naive difference misleads and AIPW does not."""
    rng = np.random.default_rng(5)
    risk = rng.uniform(0, 0.6, 40_000)
    chance = 0.1 + 1.2 * risk
    treated = (rng.random(risk.size) < chance).astype(float)
    kept = (rng.random(risk.size) < 1 - risk + 0.08 * treated).astype(float)
    naive = kept[treated == 1].mean() - kept[treated == 0].mean()
    found = aipw(treated, kept, chance, risk)
    truth = float(np.minimum(risk, 0.08).mean())
    assert naive < 0
    assert found.low < truth < found.high
    assert found.high - found.low < 0.04


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
