from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from data.simulator.config import SimulationConfig
from data.simulator.hazard import new_state, weekly_hazard
from data.simulator.outlook import look_ahead
from data.simulator.population import make_population
from data.simulator.report import expected_auc, strategy_truth, truth_of
from data.simulator.vocabulary import STRATEGIES
from data.simulator.world import World, simulate

# A simulated company whose tables are read: pandas' annotations admit more than they hold.
Company = Any
AS_OF = date(2026, 11, 20)
# Half-width of six 95 % intervals that shall all hold at once (Bonferroni), in standard errors.
Z_SIX_INTERVALS = 2.64


@pytest.fixture(scope="module")
def big() -> World:
    """A company large enough to see the planted effects; its tables of texts are never made."""
    return simulate(SimulationConfig(AS_OF, customers=20_000, seed=11))


def test_planted_effects_are_found_by_difference_in_means(big: Company) -> None:
    """The randomised rows alone lead back to the published effects."""
    rows, truth = big.interventions, strategy_truth(big)
    coin = rows[(rows["assignment"] == "random") & rows["outcome_retained"].notna()]
    significant: set[str] = set()
    for strategy in STRATEGIES:
        own = coin[coin["strategy"] == strategy]
        stays = own["outcome_retained"].astype(float)
        arms = [stays[own["arm"] == arm].to_numpy() for arm in ("treatment", "control")]
        found = arms[0].mean() - arms[1].mean()
        error = np.sqrt(sum(arm.var() / len(arm) for arm in arms))
        true = truth[strategy]["overall"]["effect"]
        assert abs(found - true) < Z_SIX_INTERVALS * error, strategy
        if found > Z_SIX_INTERVALS * error:
            significant.add(strategy)
    assert {"discount", "success_call", "onboarding_help"} <= significant
    assert "contract_upgrade" not in significant


def test_some_strategies_work_some_do_not_one_loses_money(big: Company) -> None:
    """The truth has the kinds of strategy a test should be able to tell apart."""
    overall = {name: row["overall"] for name, row in strategy_truth(big).items()}
    assert overall["contract_upgrade"]["effect"] == 0
    assert overall["success_call"]["effect"] > 0.05
    assert overall["success_call"]["net_per_treated_usd"] > 0
    assert overall["discount"]["effect"] > 0.05
    assert overall["discount"]["net_per_treated_usd"] < 0


def test_managers_choices_mislead(big: Company) -> None:
    """Who is treated by choice is shakier, so comparing those rows naively understates."""
    rows, truth = big.interventions, strategy_truth(big)
    chosen = rows[(rows["assignment"] == "targeted") & rows["outcome_retained"].notna()]
    bias: list[float] = []
    for strategy in STRATEGIES:
        own = chosen[chosen["strategy"] == strategy]
        stays = own["outcome_retained"].astype(float).groupby(own["arm"]).mean()
        naive = stays["treatment"] - stays["control"]
        bias.append(naive - truth[strategy]["targeted"]["effect"])
    assert np.mean(bias) < -0.01


def test_a_tenth_of_each_segment_is_at_high_risk() -> None:
    """Between 5 and 15 % in the default company: lists of clients at risk are never empty."""
    churn = truth_of(simulate(SimulationConfig(AS_OF)))["churn"]
    for name, segment in churn["by_segment"].items():
        assert 0.05 <= segment["high_risk_share"] <= 0.15, name
        assert 0.05 < segment["churn_per_client_year"] < 0.30, name
    assert churn["best_possible_auc"] > 0.85


def test_outlook_is_what_happens() -> None:
    """True probabilities are calibrated: the same weeks lived for real lose as many clients."""
    world = simulate(SimulationConfig(AS_OF, customers=20_000, months=12, seed=5))
    rows = world.lives.assignments
    control = ~rows.treated & rows.random & (rows.week * 7 + 90 <= world.config.as_of_day)
    who = np.flatnonzero(control)
    outlook = look_ahead(
        world.traits.take(rows.client[who]),
        rows.state.take(who),
        rows.week[who],
        world.config.rng("test"),
        weeks=13,
        paths=4,
    ).untreated
    lost = world.lives.churn_day[rows.client[who]] <= rows.week[who] * 7 + 90
    error = np.sqrt(lost.mean() * (1 - lost.mean()) / len(who))
    assert abs(lost.mean() - outlook.mean()) < 3 * error
    assert roc_auc_score(lost, outlook) > 0.85


def test_treatment_lowers_only_through_its_ratio() -> None:
    """Ratio 1 changes nothing, a smaller one helps everybody at risk."""
    config = SimulationConfig(AS_OF, customers=200)
    traits = make_population(config)
    state = new_state(traits)
    same = look_ahead(traits, state, 60, config.rng("a"), weeks=13, paths=2)
    half = look_ahead(traits, state, 60, config.rng("a"), weeks=13, paths=2, hazard_ratio=0.5)
    np.testing.assert_array_equal(same.untreated, same.treated)
    np.testing.assert_array_equal(same.untreated, half.untreated)
    assert (half.treated[half.untreated > 0] < half.untreated[half.untreated > 0]).all()


@pytest.mark.parametrize(
    ("field", "value"), [("strain", 0.6), ("tickets", 4.0), ("satisfaction", 0.2)]
)
def test_every_driver_raises_the_hazard(field: str, value: float) -> None:
    """Cooling off, tickets and discontent each make a churn likelier."""
    traits = make_population(SimulationConfig(AS_OF, customers=300))
    calm = new_state(traits)
    worse = replace(calm, **{field: np.full(300, value)})
    before, after = weekly_hazard(traits, calm, 110), weekly_hazard(traits, worse, 110)
    assert (after > before).all()


def test_a_contract_about_to_end_is_when_clients_go() -> None:
    """Fixed terms protect until their last weeks, monthly clients are free all along."""
    traits = make_population(SimulationConfig(AS_OF, customers=500))
    state = new_state(traits)
    annual = np.flatnonzero(traits.term_months == 12)
    last_week = traits.renewal_day[0] // 7
    hazard_late = weekly_hazard(traits, state, last_week)[annual]
    hazard_early = weekly_hazard(traits, state, last_week - 20)[annual]
    assert (hazard_late > 10 * hazard_early).mean() > 0.9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 0.99), min_size=5, max_size=40), st.integers(0, 1_000))
def test_expected_auc_is_the_mean_over_draws(probs: list[float], seed: int) -> None:
    """The formula agrees with drawing outcomes many times and weighting by pairs."""
    prob = np.array(probs) + np.linspace(0, 1e-6, len(probs))
    rng = np.random.default_rng(seed)
    wins, pairs, draws = 0.0, 0.0, 0
    for _ in range(3_000):
        left: NDArray[np.bool_] = rng.random(len(prob)) < prob
        above = prob[left][:, None] > prob[~left][None, :]
        wins, pairs, draws = wins + above.sum(), pairs + above.size, draws + (above.size > 0)
    assume(draws >= 100)
    five_standard_errors = 5 * 0.5 / np.sqrt(draws)
    assert expected_auc(prob) == pytest.approx(wins / pairs, abs=five_standard_errors)
