"""The comparison with the planted truth: the machinery exactly, the marks at a tiny size."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from app.benchmarks.truth import Coverage, TruthReport, lines, truth
from app.benchmarks.truth_company import Company
from data.simulator.config import SimulationConfig
from data.simulator.world import simulate
from tools.models.frames import numbers


@pytest.fixture(scope="module")
def company() -> Company:
    """A small company of two years."""
    return Company(simulate(SimulationConfig(as_of=date(2026, 10, 20), customers=120, seed=5)))


def test_the_planted_truth_is_found_at_a_tiny_size() -> None:
    """Six companies of 200: bounds so loose that only a wrong estimate breaks them."""
    report = truth(6, customers=200, workers=1)
    hits = [each.covered_pct for each in report.effects.values()]
    assert np.mean(hits) >= 90
    assert min(hits) >= 60
    assert report.saved_covered_pct >= 80
    assert report.ece_mean <= 0.05
    assert sum(each.intervals for each in report.saved.values()) >= 50


def test_outcomes_are_the_simulators_and_open_ones_unknown(company: Company) -> None:
    """A snapshot's label says whether the client left within 90 days, where 90 days are over."""
    world, history = company.world, company.history()
    day = world.config.day_numbers(history["snapshot_date"].to_numpy("datetime64[D]"))
    left = world.lives.churn_day[np.searchsorted(company.ids, history["customer_id"])]
    known = history["churned_90d"].notna().to_numpy()
    np.testing.assert_array_equal(known, day + 90 <= world.config.as_of_day)
    labels = history.loc[known, "churned_90d"].astype(bool).to_numpy()
    np.testing.assert_array_equal(labels, (left <= day + 90)[known])
    assert (left > day).all()


def test_features_look_back_only(company: Company) -> None:
    """What comes after a day changes nothing that is known on it, and windows nest."""
    day = int(company.month_ends[10])
    rows = company.here(day)
    level = company.world.lives.level.copy()
    level[day // 7 + 1 :] = 0
    stopped = Company(replace(company.world, lives=replace(company.world.lives, level=level)))
    known = company.snapshot(day, rows).filter(regex="^(events|active|days_since|avg)")
    assert known.equals(stopped.snapshot(day, rows)[known.columns])
    assert (numbers(known, "events_30d") <= numbers(known, "events_90d")).all()
    assert (numbers(known, "days_since_last_login") >= 0).all()


def test_treatment_meets_the_same_fate_and_only_helps(company: Company) -> None:
    """With the same chances nobody leaves treated who stays untreated; no effect changes nobody."""
    stays, stays_treated = company.stays(company.free)
    assert (stays_treated >= stays).all()
    assert (stays_treated[-1] == stays).all(), "contract_upgrade does nothing"
    assert stays_treated.sum() > 6 * stays.sum()


def test_the_report_is_a_table_a_line_each() -> None:
    """Every estimate has a line; the coverage of all savings weighs each interval alike."""
    one, two = Coverage(3, 100.0, 0.07, 0.08, 0.1), Coverage(1, 0.0, 5.0, 6.0, 7.0)
    report = TruthReport(3, 50, {"discount": one}, {}, {"a:all": one, "b:all": two}, 0.02, 0.01)
    assert report.saved_covered_pct == pytest.approx(75)
    assert report.as_json()["saved_covered_pct"] == pytest.approx(75)
    text = "\n".join(lines(report))
    assert "discount" in text
    assert "75.0 %" in text
    assert "0.0200" in text
