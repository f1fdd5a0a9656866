"""The measuring of a prepare: what is told."""

from pathlib import Path

import pytest

from app.benchmarks.apart import MeasureError
from app.benchmarks.scale import ScaleReport, lines, scale
from app.settings import Settings


def test_a_prepare_that_fails_says_why(tmp_path: Path) -> None:
    """The reason is the simulator's own, and the temporary home is gone."""
    settings = Settings(home=tmp_path / "var")
    with pytest.raises(MeasureError, match=r"The measured prepare failed: .*SimulationError"):
        scale(settings, customers=-1, events=10, folder=None)
    assert list(tmp_path.iterdir()) == []


def test_the_table_keeps_every_step() -> None:
    """Steps, their sum, memory and sizes, one a line."""
    report = ScaleReport(2_000, 1_000_000, {"Writing": 3.0, "Reading": 4.5}, 4.5, 900.0, {"raw": 7})
    text = lines(report)
    assert text[0] == "2,000 clients, 1,000,000 events"
    assert [line.split()[-2] for line in text[1:]] == ["3.0", "4.5", "4.5", "900", "7.0"]
