import dataclasses
from pathlib import Path

import numpy as np
import pytest

from app.store.member_files import StoredEnsemble, read_ensemble, write_ensemble
from tools.models.boosting import Ensemble, fit_ensemble
from tools.models.features import Layout
from tools.models.frames import Floats

ROWS = 500


def _matrix() -> Floats:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(ROWS, 2))
    matrix[:, 1] = rng.integers(0, 3, ROWS)
    matrix[::9] = np.nan
    return matrix


@pytest.fixture(scope="module")
def blend() -> Ensemble:
    """Two boosters with their lines, fitted to an even slope."""
    matrix = _matrix()
    y = (np.nan_to_num(matrix[:, 0]) + np.random.default_rng(6).normal(size=ROWS) > 0).astype(float)
    clients = np.array([f"C{i}" for i in range(ROWS)], dtype=object)
    fitted = fit_ensemble(matrix, y, clients, Layout(("q", "c"), (1, 0)), 7, members=2)
    assert fitted.line is not None
    return fitted


def test_what_is_read_scores_and_explains_as_what_was_written(
    blend: Ensemble, tmp_path: Path
) -> None:
    """Boosters and lines come back whole, through text and nothing but text."""
    stored = write_ensemble(blend, tmp_path, "risk")
    assert stored is not None
    again = read_ensemble(StoredEnsemble.model_validate_json(stored.model_dump_json()), tmp_path)
    assert again is not None
    np.testing.assert_array_equal(again.margins(_matrix()), blend.margins(_matrix()))
    np.testing.assert_array_equal(again.contributions(_matrix()), blend.contributions(_matrix()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["risk-00.json", "risk-01.json"]


def test_trees_alone_are_stored_without_lines(blend: Ensemble, tmp_path: Path) -> None:
    """Models of the time before the lines have none, and are still read."""
    stored = write_ensemble(dataclasses.replace(blend, line=None), tmp_path, "risk")
    assert stored is not None
    before = StoredEnsemble.model_validate(stored.model_dump(exclude={"line"}))
    again = read_ensemble(before, tmp_path)
    assert again is not None
    assert again.line is None
    assert write_ensemble(None, tmp_path, "t60") is None
    assert read_ensemble(None, tmp_path) is None


@pytest.mark.parametrize("damage", ["member lost", "column unknown", "coefficient lost"])
def test_lines_of_another_model_are_refused(blend: Ensemble, tmp_path: Path, damage: str) -> None:
    """Lines that do not fit the boosters are never scored with."""
    stored = write_ensemble(blend, tmp_path, "risk")
    assert stored is not None
    raw = stored.model_dump()
    line = raw["line"]
    if damage == "member lost":
        line["intercepts"].pop()
    elif damage == "column unknown":
        line["terms"]["numbers"] = [99]
    else:
        line["coefficients"][0].pop()
    with pytest.raises(ValueError, match="do not fit"):
        read_ensemble(StoredEnsemble.model_validate(raw), tmp_path)
