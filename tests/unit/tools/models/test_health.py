from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from data.semantic_model import load_semantic_model
from tools.models.health import health_bands, health_parts, health_scores

DEFINITION: dict[str, Any] = load_semantic_model().scores["health"]
EXAMPLE: dict[str, Any] = DEFINITION["example"]
VALUES = st.one_of(st.none(), st.floats(-1e4, 1e4))


def test_worked_example_of_the_definition() -> None:
    """The published example comes out to the digit, part by part."""
    frame = pd.DataFrame([EXAMPLE["inputs"]])
    parts = health_parts(frame, DEFINITION).iloc[0]
    assert {name: pytest.approx(value) for name, value in EXAMPLE["parts"].items()} == dict(parts)
    assert health_scores(frame, DEFINITION).iloc[0] == pytest.approx(EXAMPLE["score"])


def test_unknown_parts_drop_out() -> None:
    """With engagement alone known, the score is the engagement."""
    frame = pd.DataFrame([{"engagement_score": 62.0, "nps_score": None}])
    assert health_scores(frame, DEFINITION).iloc[0] == pytest.approx(62)


def test_nothing_known_is_no_score() -> None:
    """No data gives no score and no band, instead of a bad one."""
    scores = health_scores(pd.DataFrame({"customer_id": ["C1"]}), DEFINITION)
    assert scores.isna().all()
    assert health_bands(scores, DEFINITION) == [None]


@settings(deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(EXAMPLE["inputs"], VALUES)))
def test_score_stays_within_its_range(row: dict[str, float | None]) -> None:
    """Whatever the inputs, 0 to 100 or unknown."""
    score = float(health_scores(pd.DataFrame([row], dtype=object), DEFINITION).iloc[0])
    assert np.isnan(score) or 0 <= score <= 100


def test_bands_begin_where_defined() -> None:
    """Healthy from 70, watch from 40."""
    bands = health_bands(pd.Series([70.0, 69.9, 40.0, 39.9]), DEFINITION)
    assert bands == ["healthy", "watch", "watch", "at_risk"]


def test_unknown_weight_is_refused() -> None:
    """A part that does not exist is told with those that do."""
    wrong = {**DEFINITION, "weights": {"vibes": 1.0}}
    with pytest.raises(ValueError, match=r"vibes.*engagement"):
        health_scores(pd.DataFrame([EXAMPLE["inputs"]]), wrong)
