"""Who is judged on a day, and what the table says of it."""

import json

import numpy as np
import pandas as pd
import pytest

from app.benchmarks.oulad import (
    DAYS,
    OUTCOMES,
    Cell,
    Marks,
    OuladReport,
    lines,
    still_helped,
)
from tools.models.card import Measure

AFTER = [1.0, 13.0, 14.0, 20.0, 21.0, 28.0, 29.0, 200.0, np.nan]


@pytest.mark.parametrize(
    ("name", "judged", "withdrew"),
    [("next_28_days", 9, 6), ("from_day_14", 7, 6), ("from_day_21", 5, 4)],
)
def test_who_leaves_too_soon_for_a_warning_is_not_judged(
    name: str, judged: int, withdrew: int
) -> None:
    """Neither as a hit nor as a miss; who stays to the end counts as staying."""
    frame = pd.DataFrame({"withdrew_after": AFTER, "student": [str(n) for n in range(9)]})
    known = still_helped(frame, OUTCOMES[name])
    assert len(known.frame) == known.clients.size == judged
    assert known.y[90].sum() == withdrew
    assert known.y[90][-1] == 0


def test_the_table_says_what_the_json_does() -> None:
    """One line a day and scorer under each outcome; the base rate stands beside the precision."""
    measure = Measure(value=0.75, low=0.7, high=0.8)
    marks = Marks(auc=measure, precision=measure, recall=measure, ece=0.0123)
    cell = Cell(20_000, 9_000, 0.0368, marks, marks, marks)
    report = OuladReport(32_593, 10_072, {name: dict.fromkeys(DAYS, cell) for name in OUTCOMES})
    text = lines(report)
    assert sum("0.750 (0.700–0.800)" in line for line in text) == 3 * len(DAYS) * len(OUTCOMES)
    assert sum("9,000" in line and "3.7%" in line for line in text) == len(DAYS) * len(OUTCOMES)
    said = json.loads(json.dumps(report.as_json()))
    day_28 = said["outcomes"]["from_day_14"]["28"]
    assert day_28["served"]["auc"] == {"value": 0.75, "low": 0.7, "high": 0.8}
    assert day_28["base_rate"] == pytest.approx(0.0368)
