import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tools.models.rules import RuleBook, RuleBookError, load_default

BOOK = load_default()
QUIET: dict[str, Any] = {
    "days_since_last_login": 1,
    "tickets_30d": 0,
    "revenue_decline_90d": 0.0,
    "event_change_30d": 1.0,
    "days_to_renewal": 200,
    "nps_score": 9,
}
VALUES = st.one_of(st.none(), st.just(math.nan), st.integers(-5, 200), st.floats(-2, 200))
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(QUIET, VALUES)), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("feature", "silent", "loud", "weight"),
    [
        ("days_since_last_login", 30, 31, 0.3),
        ("tickets_30d", 5, 6, 0.2),
        ("revenue_decline_90d", 0.2, 0.21, 0.5),
        ("event_change_30d", 0.5, 0.49, 0.2),
        ("days_to_renewal", 61, 60, 0.1),
        ("days_to_renewal", -1, 0, 0.1),
        ("nps_score", 7, 6, 0.1),
    ],
)
def test_thresholds_and_weights(feature: str, silent: float, loud: float, weight: float) -> None:
    """Each rule fires just past its threshold and adds its weight."""
    assert BOOK.evaluate(QUIET | {feature: silent}).score == 0
    result = BOOK.evaluate(QUIET | {feature: loud})
    assert result.score == pytest.approx(weight)
    assert len(result.fired) == 1


@settings(deadline=None)
@given(ROWS)
def test_one_by_one_equals_all_at_once(rows: list[dict[str, Any]]) -> None:
    """The single and the vectorised path agree on score, band and rules for any values."""
    frame = BOOK.evaluate_frame(pd.DataFrame(rows, dtype=object))
    for row, scored in zip(rows, frame.to_dict("records"), strict=True):
        single = BOOK.evaluate(row)
        assert scored == {
            "rule_score": single.score,
            "rule_risk": single.risk,
            "rules_fired": list(single.fired),
        }
        assert 0 <= single.score <= 1


def test_score_is_capped_and_banded() -> None:
    """Everything at once is 1, not more, and high."""
    worst = BOOK.evaluate(
        {
            "days_since_last_login": 90,
            "tickets_30d": 9,
            "revenue_decline_90d": 0.6,
            "event_change_30d": 0.0,
            "days_to_renewal": 5,
            "nps_score": 0,
        }
    )
    assert (worst.score, worst.risk, len(worst.fired)) == (1.0, "high", 6)


def test_unknown_values_never_fire() -> None:
    """No data is no accusation."""
    assert BOOK.evaluate({}).score == 0
    assert BOOK.evaluate_frame(pd.DataFrame({"customer_id": ["C1"]}))["rule_score"].tolist() == [0]


def test_churn_bands_are_those_of_the_contract() -> None:
    """Low below 0.15, high from 0.35."""
    bands = BOOK.bands.churn_risk
    assert [bands.of(p) for p in (0.149, 0.15, 0.349, 0.35)] == ["low", "medium", "medium", "high"]


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (("feature: tickets_30d", "feature: tickets"), "tickets_30d"),
        (("threshold: [0, 60]", "threshold: 60"), "[low, high]"),
        (("theme: support", "theme: moon"), "satisfaction"),
        (("id: many_tickets", "id: inactive"), "unique"),
        (("{medium: 0.2, high: 0.5}", "{medium: 0.6, high: 0.5}"), "below high"),
        (("weight: 0.3", "weight: 3"), "less than or equal to 1"),
        (("rules:", "rules: ["), "YAML"),
    ],
)
def test_faults_are_named(change: tuple[str, str], hint: str) -> None:
    """A typo in the edited file is told with what is allowed."""
    text = (
        "rules:\n"
        "  - {id: inactive, label: A, feature: days_since_last_login, op: '>', threshold: 30, "
        "weight: 0.3, unit: days, theme: usage}\n"
        "  - {id: many_tickets, label: B, feature: tickets_30d, op: '>', threshold: 5, "
        "weight: 0.2, unit: count, theme: support}\n"
        "  - {id: renewal, label: C, feature: days_to_renewal, op: between, threshold: [0, 60], "
        "weight: 0.1, unit: days, theme: contract}\n"
        "bands:\n"
        "  rule_risk: {medium: 0.2, high: 0.5}\n"
        "  churn_risk: {medium: 0.15, high: 0.35}\n"
    )
    RuleBook.from_yaml(text)
    with pytest.raises(RuleBookError) as caught:
        RuleBook.from_yaml(text.replace(*change))
    assert hint in str(caught.value)
