import numpy as np
import pandas as pd
import pytest

from tools.models.boosting import MAX_ROUNDS, PARAMS, Ensemble, draw, fit_ensemble
from tools.models.calibration import sigmoid
from tools.models.features import Layout
from tools.models.frames import Clients, Floats
from tools.models.trained import TrainedChurn

LAYOUT = Layout(types=("q", "q", "c"), signs=(1, 0, 0))


def _world(*, even: bool, rows: int = 900) -> tuple[Floats, Floats, Clients]:
    """Outcomes that follow an even slope, or a step that no line can draw."""
    rng = np.random.default_rng(11)
    matrix = rng.normal(size=(rows, 3))
    matrix[:, 2] = rng.integers(0, 3, rows)
    matrix[rng.random(rows) < 0.1, 1] = np.nan
    jump = np.where(np.abs(matrix[:, 1]) < 0.7, 2.0, -2.0)
    push = 1.2 * matrix[:, 0] + 0.8 * np.nan_to_num(matrix[:, 1]) if even else jump
    y = (rng.random(rows) < sigmoid(push - 1)).astype(float)
    return matrix, y, np.array([f"C{i}" for i in range(rows)], dtype=object)


@pytest.fixture(scope="module")
def blend() -> Ensemble:
    """Three members fitted to an even slope."""
    return fit_ensemble(*_world(even=True), LAYOUT, 7, members=4)


def test_draws_are_a_poisson_bootstrap_of_clients() -> None:
    """Mean one, a client's rows drawn alike, about 37 % left out, members differ."""
    clients = np.array([f"C{i // 2}" for i in range(8000)], dtype=object)
    counts = draw(clients, member=0, seed=7)
    assert np.all(counts[::2] == counts[1::2])
    assert abs(counts.mean() - 1) < 0.05
    assert abs((counts == 0).mean() - 0.368) < 0.03
    assert np.any(counts != draw(clients, member=1, seed=7))
    assert np.any(counts != draw(clients, member=0, seed=8))


def test_left_out_is_who_was_not_drawn(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """Whom a member never saw can be told from the ids alone."""
    assert model.ensemble is not None
    clients = latest["customer_id"].to_numpy(dtype=object)
    left_out = model.ensemble.left_out(clients)
    assert left_out.shape == (len(model.ensemble.members), len(latest))
    assert np.all(left_out[2] == (draw(clients, 2, model.ensemble.seed) == 0))


def test_more_tickets_never_lower_the_risk(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """Directions that are beyond dispute hold for every client."""
    few = model.margins(latest.assign(tickets_30d=0))[0]
    many = model.margins(latest.assign(tickets_30d=12))[0]
    assert np.all(many >= few - 1e-6)


def test_lines_have_a_share_where_slopes_are_even(blend: Ensemble) -> None:
    """The share is found on clients that the members never saw, and is less than all."""
    assert blend.line is not None
    assert 0 < blend.line.share <= 1
    assert blend.line.coefficients.shape[0] == len(blend.members)


def test_trees_alone_serve_where_lines_do_not_help() -> None:
    """Steps and joint effects leave nothing to a line."""
    assert fit_ensemble(*_world(even=False), LAYOUT, 7, members=4).line is None


def test_a_blend_explains_all_of_its_margin(blend: Ensemble) -> None:
    """Contributions of trees and lines stand under one column and sum to the mean margin."""
    matrix, _, _ = _world(even=True)
    explained = blend.contributions(matrix)
    assert explained.shape == (len(matrix), matrix.shape[1] + 1)
    np.testing.assert_allclose(explained.sum(axis=1), blend.margins(matrix).mean(axis=0), atol=1e-4)


def test_a_blend_keeps_its_directions(blend: Ensemble) -> None:
    """Trees and lines obey one sign: a higher value of the first column never lowers a margin."""
    matrix, _, _ = _world(even=True)
    steps = np.linspace(-4, 4, 41)
    rows = np.repeat(matrix[:20], steps.size, axis=0)
    rows[:, 0] = np.tile(steps, 20)
    margins = blend.margins(rows).reshape(len(blend.members), 20, steps.size)
    assert np.all(np.diff(margins, axis=2) >= -1e-6)


def test_blind_margins_know_nothing_of_their_clients() -> None:
    """Shuffled outcomes are remembered by members that saw the client, and by no other."""
    matrix, y, clients = _world(even=True)
    shuffled = np.random.default_rng(1).permutation(y)
    ensemble = fit_ensemble(matrix, shuffled, clients, LAYOUT, 7, members=4)
    unseen, lost = ensemble.left_out(clients).any(axis=0), shuffled == 1
    gaps = [
        margin[unseen & lost].mean() - margin[unseen & ~lost].mean()
        for margin in (
            ensemble.blind_margins(matrix, clients),
            ensemble.margins(matrix).mean(axis=0),
        )
    ]
    assert abs(gaps[0]) < 0.1
    assert gaps[1] > gaps[0]


def test_growth_stops_early(blend: Ensemble) -> None:
    """A booster ends at its best round on the clients it did not draw."""
    assert all(booster.num_boosted_rounds() < MAX_ROUNDS for booster in blend.members)


def test_nothing_is_resampled_or_reweighted_by_outcome() -> None:
    """How often a client is drawn depends on its id alone, and no parameter weighs classes."""
    assert not {"scale_pos_weight", "max_delta_step"} & set(PARAMS)
    clients = np.array([f"C{i}" for i in range(500)], dtype=object)
    matrix, y, _ = _world(even=True, rows=500)
    ensemble = fit_ensemble(matrix, y, clients, LAYOUT, 7, members=2)
    mean = sigmoid(ensemble.margins(matrix).mean(axis=0)).mean()
    assert mean == pytest.approx(y.mean(), abs=0.05)


def test_categories_are_split_as_categories(blend: Ensemble) -> None:
    """XGBoost is told which columns are words, and a gap among them is scored."""
    matrix, _, _ = _world(even=True)
    assert blend._data(matrix).feature_types == ["q", "q", "c"]
    matrix[:, 2] = np.nan
    assert np.isfinite(blend.margins(matrix)).all()
