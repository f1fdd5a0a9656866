import dataclasses

import numpy as np
import pytest

from tools.models.features import Layout
from tools.models.frames import Floats
from tools.models.linear import Line, Terms, fit_member, penalty_of

LAYOUT = Layout(types=("q", "q", "c"), signs=(1, -1, 0))


def _design(rows: int = 400) -> Floats:
    """A quantity, one with gaps, a category with gaps."""
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(rows, 3))
    matrix[:, 1] = rng.gamma(2.0, 30.0, rows)
    matrix[:, 2] = np.arange(rows) % 3
    matrix[::7, 1] = np.nan
    matrix[::11, 2] = np.nan
    return matrix


@pytest.fixture
def line() -> Line:
    """Three members fitted to an outcome that follows the quantities."""
    matrix = _design()
    rng = np.random.default_rng(3)
    chance = 1 / (1 + np.exp(-(matrix[:, 0] - 0.02 * np.nan_to_num(matrix[:, 1], nan=60.0))))
    y = (rng.random(len(matrix)) < chance).astype(float)
    terms = Terms.fit(matrix, LAYOUT)
    draws = rng.poisson(1.0, (3, len(matrix))).astype(float)
    bounds = terms.bounds(LAYOUT)
    beta = np.stack([fit_member(terms.of(matrix), y, drawn, bounds, 5.0) for drawn in draws])
    return Line(0.5, terms, beta[:, -1], beta[:, :-1])


def test_terms_are_centred_and_of_one_scale() -> None:
    """Each term adds nothing to the margin of the average row."""
    matrix = _design()
    centred = Terms.fit(matrix, LAYOUT).of(matrix)
    np.testing.assert_allclose(centred.mean(axis=0), 0.0, atol=1e-9)
    known = np.isfinite(matrix[:, 0])
    assert centred[known, 0].std() == pytest.approx(1.0)


def test_missing_and_unseen_values_are_neutral(line: Line) -> None:
    """An unknown word, and a gap where gaps are rare, leave the margin where it is."""
    typical = np.array([[np.nan, 60.0, np.nan], [np.nan, 60.0, 99.0]])
    pushes = line.contributions(typical)
    assert pushes[0, 0] == 0.0
    assert pushes[0, 2] == 0.0
    known_levels = [line.contributions(np.array([[0.0, 60.0, code]]))[0, 2] for code in range(3)]
    assert min(known_levels) <= pushes[1, 2] <= max(known_levels)


def test_a_gap_is_a_term_where_gaps_are_common() -> None:
    """What emptiness means is learned only from enough empty cells."""
    terms = Terms.fit(_design(), LAYOUT)
    assert terms.flagged.tolist() == [1]
    assert Terms.fit(_design(100), LAYOUT).flagged.size == 0


def test_extreme_values_count_as_large_ones(line: Line) -> None:
    """A typing error of nine digits does not throw the margin."""
    large, absurd = np.array([[0.0, 250.0, 1.0]]), np.array([[0.0, 1e9, 1.0]])
    np.testing.assert_allclose(line.margins(absurd), line.margins(large), atol=0.05)


def test_contributions_sum_to_the_margin(line: Line) -> None:
    """The terms of a column stand under one name, and nothing is lost."""
    matrix = _design()
    explained = line.contributions(matrix)
    assert explained.shape == (len(matrix), 4)
    np.testing.assert_allclose(explained.sum(axis=1), line.margins(matrix).mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(explained[:, :-1].mean(axis=0), 0.0, atol=1e-9)


def test_directions_hold_against_the_data() -> None:
    """A coefficient never turns against its sign, whatever the outcomes say."""
    matrix = _design()
    y = (matrix[:, 0] < 0).astype(float)
    terms = Terms.fit(matrix, LAYOUT)
    beta = fit_member(terms.of(matrix), y, np.ones(len(matrix)), terms.bounds(LAYOUT), 5.0)
    assert beta[0] == 0.0


def test_agrees_with_scikit_learn() -> None:
    """Without bounds and with every row drawn once it is the penalised regression of the books."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    matrix = _design()
    y = (matrix[:, 0] + np.random.default_rng(4).normal(size=len(matrix)) > 0).astype(float)
    free = dataclasses.replace(LAYOUT, signs=(0, 0, 0))
    terms = Terms.fit(matrix, free)
    centred = terms.of(matrix)
    beta = fit_member(centred, y, np.ones(len(matrix)), terms.bounds(free), 5.0)
    reference = linear_model.LogisticRegression(C=1 / 5.0, tol=1e-8, max_iter=1000).fit(centred, y)
    np.testing.assert_allclose(beta[:-1], reference.coef_[0], atol=2e-3)
    assert beta[-1] == pytest.approx(reference.intercept_[0], abs=2e-3)


def test_a_design_without_quantities_has_terms_too() -> None:
    """Words alone are enough, and so is one column."""
    words = Layout(types=("c",), signs=(0,))
    terms = Terms.fit(_design()[:, 2:], words)
    assert terms.of(_design()[:, 2:]).shape == (400, 3)


def test_the_penalty_counts_clients_not_their_snapshots() -> None:
    """Ten near copies of each client do not make ten times the evidence."""
    clients = np.array(["a", "b", "c"] * 10, dtype=object)
    assert penalty_of(clients) == pytest.approx(10 * penalty_of(clients[:3]))
