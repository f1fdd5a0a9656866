import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tools.models.hazard_effects import MeasuredEffect
from tools.models.hazard_ratio import Cases, log_hazard_ratio
from tools.models.hazards import Clients, Tables


def _test_of(clients: int, ratio: float, *, skew: float, seed: int = 4) -> Cases:
    """A fair draw among clients whose risks differ by `skew`, and who leave accordingly."""
    rng = np.random.default_rng(seed)
    hazard = 0.12 * np.exp(skew * rng.standard_normal(clients))
    treated = rng.random(clients) < 0.5
    kept = rng.random(clients) < np.exp(-hazard * np.where(treated, ratio, 1.0))
    return Cases(treated, kept, 1 - np.exp(-hazard))


@pytest.mark.parametrize("ratio", [0.25, 0.7, 1.0, 1.6], ids=str)
def test_the_ratio_is_found_among_clients_of_unlike_risk(ratio: float) -> None:
    """A few clients run most of the risk, and still the ratio is that of each single client."""
    log, variance = log_hazard_ratio(_test_of(60_000, ratio, skew=1.5))
    assert log == pytest.approx(math.log(ratio), abs=0.06)
    assert variance < 0.002


def test_shares_alone_would_understate_it() -> None:
    """Without the risks the same clients seem to be moved less."""
    cases = _test_of(60_000, 0.25, skew=1.5)
    blind, _ = log_hazard_ratio(cases._replace(prob=np.full(60_000, np.nan)))
    assert blind > math.log(0.25) + 0.1


def test_without_risks_it_is_the_ratio_of_the_plain_hazards() -> None:
    """600 of 1,000 treated and 400 of 1,000 others stayed: log(ln .6 / ln .4)."""
    treated = np.repeat([True, False], 1_000)
    kept = np.concatenate([np.arange(1_000) < 600, np.arange(1_000) < 400])
    log, _ = log_hazard_ratio(Cases(treated, kept, np.full(2_000, np.nan)))
    assert log == pytest.approx(math.log(math.log(0.6) / math.log(0.4)), abs=0.002)


def test_an_error_in_the_level_of_the_risks_cancels() -> None:
    """Probabilities that are all too low by a third give the same ratio."""
    cases = _test_of(20_000, 0.5, skew=0.8)
    right, _ = log_hazard_ratio(cases)
    low, _ = log_hazard_ratio(cases._replace(prob=1 - (1 - cases.prob) ** 0.67))
    assert low == pytest.approx(right, abs=1e-9)


@given(st.integers(2, 40), st.integers(0, 999))
def test_swapping_the_arms_turns_the_ratio_round(clients: int, seed: int) -> None:
    """Any small test has a finite ratio, with or without leavers, and it is antisymmetric."""
    cases = _test_of(clients, 0.6, skew=1.0, seed=seed)
    treated = cases.treated.copy()
    treated[:2] = (True, False)
    cases = cases._replace(treated=treated)
    log, variance = log_hazard_ratio(cases)
    other, same = log_hazard_ratio(cases._replace(treated=~treated))
    assert math.isfinite(log)
    assert variance > 0
    assert (other, same) == pytest.approx((-log, variance))


def test_its_interval_covers_the_ratio_as_often_as_it_says() -> None:
    """In 400 tests of 300 clients the 90 % interval holds the true ratio about 9 times in 10."""
    found = [log_hazard_ratio(_test_of(300, 0.4, skew=1.0, seed=seed)) for seed in range(400)]
    hit = [abs(log - math.log(0.4)) <= 1.645 * math.sqrt(variance) for log, variance in found]
    assert 0.85 < np.mean(hit) < 0.95


def test_segments_are_pooled_and_others_get_the_common_mean() -> None:
    """A last group stands for clients of no tested segment; it is known least."""
    groups = [_test_of(400, ratio, skew=0.5, seed=seed) for seed, ratio in enumerate((0.3, 0.5))]
    effect = MeasuredEffect.of_groups(groups)
    assert effect.mean.shape == (3,)
    assert effect.mean[:2].min() <= effect.mean[2] <= effect.mean[:2].max()
    sd = np.hypot(effect.common_sd, effect.own_sd)
    assert sd[2] > sd[:2].max()


def test_the_mean_of_the_drawn_ratios_is_what_was_found() -> None:
    """Doubt widens the range of a ratio and does not raise it."""
    effect = MeasuredEffect(np.array([-0.7]), np.array([0.5]), np.array([0.6]))
    drawn = effect.draw(np.random.default_rng(1), 40_000)
    one = np.array([0.1])
    tables = Tables(Clients(one, one, one, one, np.zeros(1, dtype=np.intp)), 90)
    ratios = np.exp(effect.log_ratios(drawn, tables))
    assert ratios.mean() == pytest.approx(math.exp(-0.7), rel=0.03)
