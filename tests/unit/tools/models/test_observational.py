from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from data.simulator.config import SimulationConfig
from data.simulator.report import strategy_truth
from data.simulator.vocabulary import STRATEGIES
from data.simulator.world import simulate
from tools.models.covariates import covariate_columns
from tools.models.frames import Floats
from tools.models.observational import aipw, ipw, overlap

AS_OF = date(2026, 11, 20)
# Half-width of six 95 % intervals that shall all hold at once (Bonferroni), in standard errors.
Z_SIX_INTERVALS = 2.64


def _chosen(rows: int, seed: int) -> tuple[Floats, Floats, Floats, Floats, float]:
    """Rows where the risky are treated: treated, kept, chance, risk, and the true effect."""
    rng = np.random.default_rng(seed)
    risk = rng.uniform(0, 0.6, rows)
    chance = 0.1 + 1.2 * risk
    treated = (rng.random(rows) < chance).astype(float)
    kept = (rng.random(rows) < 1 - risk + 0.08 * treated).astype(float)
    return treated, kept, chance, risk, float(np.minimum(risk, 0.08).mean())


def test_known_propensities_undo_the_choice() -> None:
    """Where the risky are treated, the naive difference misleads and weighting does not."""
    treated, kept, chance, risk, truth = _chosen(40_000, seed=5)
    naive = kept[treated == 1].mean() - kept[treated == 0].mean()
    found = aipw(treated, kept, chance, risk[:, None])
    assert naive < 0
    assert found.low < truth < found.high
    assert found.high - found.low < 0.04
    assert ipw(treated, kept, chance) == pytest.approx(truth, abs=0.02)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """300 logs of 300 rows each: the 95 % interval misses about 1 time in 20."""
    held = 0
    for seed in range(300):
        treated, kept, chance, risk, truth = _chosen(300, seed)
        found = aipw(treated, kept, chance, risk[:, None])
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 300 <= 0.98


def test_what_is_known_beforehand_narrows_the_interval() -> None:
    """A covariate that tells the outcome sharpens the estimate; noise hardly blunts it."""
    treated, kept, chance, risk, _ = _chosen(4_000, seed=2)
    noise = np.random.default_rng(9).normal(size=(4_000, 3))
    bare = aipw(treated, kept, chance, np.empty((4_000, 0)))
    told = aipw(treated, kept, chance, risk[:, None])
    blurred = aipw(treated, kept, chance, noise)
    assert told.standard_error < 0.99 * bare.standard_error
    assert blurred.standard_error < 1.01 * bare.standard_error


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_swapping_treatment_turns_the_effect_round(seed: int) -> None:
    """Which choice is called treatment changes the sign and nothing else."""
    treated, kept, chance, risk, _ = _chosen(200, seed)
    one = aipw(treated, kept, chance, risk[:, None])
    other = aipw(1 - treated, kept, 1 - chance, risk[:, None])
    assert one.low <= one.effect <= one.high
    assert one.effect == pytest.approx(-other.effect, abs=0.05)
    assert ipw(treated, kept, chance) == pytest.approx(-ipw(1 - treated, kept, 1 - chance))


def test_overlap_counts_who_has_no_counterpart() -> None:
    """Almost sure choices are outside; uneven weights are worth fewer clients."""
    treated = np.array([1.0, 0, 1, 0, 1, 0, 1, 0])
    chance = np.array([0.5, 0.5, 0.5, 0.5, 0.96, 0.04, 0.1, 0.9])
    found = overlap(treated, chance)
    assert found.inside.tolist() == [True] * 4 + [False] * 2 + [True] * 2
    assert found.outside_share == pytest.approx(0.25)
    assert found.treated_size == pytest.approx((2 + 2 + 10) ** 2 / (4 + 4 + 100))
    assert found.control_size == pytest.approx(found.treated_size)


def test_the_managers_choices_of_the_demo_are_undone() -> None:
    """On the simulated managers' choices the estimate holds the truth and the difference not."""
    world = simulate(SimulationConfig(AS_OF, customers=12_000, seed=13))
    cases, truth = world.lives.assignments, strategy_truth(world)
    closes = cases.week * 7 + 90
    kept = (world.lives.churn_day[cases.client] > closes).astype(float)
    misled = 0
    for code, strategy in enumerate(STRATEGIES):
        own = (cases.strategy == code) & ~cases.random & (closes <= world.config.as_of_day)
        treated, outcome = cases.treated[own].astype(float), kept[own]
        known = pd.DataFrame(
            {
                "attr_tickets": cases.state.tickets[own],
                "attr_use": cases.state.disengaged[own],
                "segment": world.traits.segment[cases.client[own]].astype(str),
            }
        )
        found = aipw(treated, outcome, cases.propensity[own], covariate_columns(known))
        true = truth[strategy]["targeted"]["effect"]
        assert abs(found.effect - true) < Z_SIX_INTERVALS * found.standard_error, strategy
        arms = [outcome[treated == 1], outcome[treated == 0]]
        error = np.sqrt(sum(arm.var() / arm.size for arm in arms))
        naive = arms[0].mean() - arms[1].mean()
        misled += abs(naive - true) > Z_SIX_INTERVALS * error
    assert misled >= 3


def test_covariates_are_whole_and_standard() -> None:
    """Gaps are filled and flagged, words are columns, what does not vary is none."""
    frame = pd.DataFrame(
        {
            "mrr": [100.0, 200, 400, None, 800] * 4,
            "seats": [3] * 20,
            "segment": ["SMB", "Enterprise"] * 10,
            "attr_region_code": ["a"] * 19 + ["b"],
            "churned_90d": [True, False] * 10,
        }
    )
    found = covariate_columns(frame)
    assert found.shape[0] == 20
    assert np.isfinite(found).all()
    assert found.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert found.std(axis=0) == pytest.approx(1)
    assert covariate_columns(frame.drop(columns=["churned_90d"])).shape == found.shape
    assert covariate_columns(pd.DataFrame({"seats": [3] * 20})).shape == (20, 0)
