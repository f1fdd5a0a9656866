import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tools.models.rules import MAX_RULES, RuleBook, RuleBookError, load_default

BOOK = load_default()
QUIET: dict[str, Any] = {
    "days_since_last_login": 1,
    "tickets_30d": 0,
    "revenue_decline_90d": 0.0,
    "event_change_30d": 1.0,
    "days_to_renewal": 200,
    "nps_score": 9,
}


def _just_above(edge: float) -> float:
    return math.nextafter(edge, math.inf)


def _just_below(edge: float) -> float:
    return math.nextafter(edge, -math.inf)


EDGES = sorted({limit for rule in BOOK.rules for limit in rule.limits})
VALUES = st.one_of(
    st.none(),
    st.just(pd.NA),
    st.sampled_from([math.nan, math.inf, -math.inf, True, False, "12", "31.5", "-1", "", "soon"]),
    st.sampled_from([Decimal("30.5"), np.float32(0.21), np.int64(61), np.float64("nan")]),
    st.sampled_from([step(edge) for edge in EDGES for step in (float, _just_above, _just_below)]),
    st.integers(-200, 200),
    st.floats(-200, 200),
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(QUIET, VALUES)), min_size=1, max_size=8
)
BOOKS = st.lists(
    st.builds(
        lambda op, low, width, weight, feature: {
            "feature": feature,
            "op": op,
            "threshold": [low, low + width] if op == "between" else low,
            "weight": weight,
        },
        st.sampled_from([">", ">=", "<", "<=", "between"]),
        st.sampled_from([-1.0, 0.0, 0.5, 6.0, 30.0]),
        st.sampled_from([0.0, 0.2, 60.0]),
        st.floats(0.0001, 1),
        st.sampled_from(sorted(QUIET)),
    ),
    min_size=1,
    max_size=MAX_RULES,
)


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
    _check_paths_agree(BOOK, rows)


@settings(deadline=None, max_examples=50)
@given(BOOKS, ROWS)
def test_paths_agree_for_any_book(rules: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Any operators, limits, odd weights and as many rules as are allowed."""
    named = [
        {"id": f"r{i}", "message": "R", "unit": "count", "theme": "usage"} | rule
        for i, rule in enumerate(rules)
    ]
    _check_paths_agree(BOOK.model_validate({"rules": named, "bands": BOOK.bands}), rows)


def _check_paths_agree(book: RuleBook, rows: list[dict[str, Any]]) -> None:
    frame = book.evaluate_frame(pd.DataFrame(rows, dtype=object))
    for row, scored in zip(rows, frame.to_dict("records"), strict=True):
        single = book.evaluate(row)
        assert scored == {
            "rule_score": single.score,
            "rule_risk": single.risk,
            "rules_fired": list(single.fired),
        }
        assert 0 <= single.score <= 1


def test_a_typed_column_fires_as_its_values_do() -> None:
    """Nullable integers of a source and floats of another are the same numbers."""
    for kind in ("Int64", "float64", "Float32", "object"):
        frame = pd.DataFrame({"tickets_30d": pd.Series([5, 6, None], dtype=kind)})
        assert BOOK.evaluate_frame(frame)["rules_fired"].tolist() == [[], ["many_tickets"], []]


def test_an_index_of_any_kind_is_kept() -> None:
    """Scores stay with their clients when the frame is a part of another."""
    frame = pd.DataFrame({"nps_score": [9, 3]}, index=[7, 7])
    scored = BOOK.evaluate_frame(frame)
    assert scored.index.tolist() == [7, 7]
    assert scored["rules_fired"].tolist() == [[], ["nps_detractor"]]
    assert BOOK.evaluate_frame(frame.head(0)).empty


def test_words_follow_the_threshold() -> None:
    """A changed limit is what people read."""
    text = YAML.replace("threshold: 30", "threshold: 45")
    assert [rule.label() for rule in RuleBook.from_yaml(text).rules] == [
        "No login for more than 45 days",
        "B",
        "Ends within 60 days, not before 0 days",
    ]


def test_a_limit_in_money_is_in_the_currency_of_the_data() -> None:
    """No dollars for those who count in euros."""
    rule = BOOK.rules[0].model_copy(update={"unit": "usd", "threshold": 500})
    assert rule.label("EUR") == "No login for more than €500"


def test_a_book_survives_being_kept_with_the_data() -> None:
    """What gold keeps is the same book when it is read again."""
    assert RuleBook.model_validate_json(BOOK.model_dump_json()) == BOOK


def test_the_book_has_every_category() -> None:
    """Engagement, support volume, revenue, contract and sentiment each have a rule."""
    themes = {rule.theme for rule in BOOK.rules}
    assert themes >= {"usage", "support", "price", "contract", "satisfaction"}


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


YAML = (
    "rules:\n"
    "  - {id: inactive, message: 'No login for more than {threshold}', "
    "feature: days_since_last_login, op: '>', threshold: 30, weight: 0.3, unit: days, "
    "theme: usage}\n"
    "  - {id: many_tickets, message: B, feature: tickets_30d, op: '>', threshold: 5, "
    "weight: 0.2, unit: count, theme: support}\n"
    "  - {id: renewal, message: 'Ends within {high}, not before {low}', "
    "feature: days_to_renewal, op: between, threshold: [0, 60], "
    "weight: 0.1, unit: days, theme: contract}\n"
    "bands:\n"
    "  rule_risk: {medium: 0.2, high: 0.5}\n"
    "  churn_risk: {medium: 0.15, high: 0.35}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("feature: tickets_30d", "feature: tickets",
         "rule many_tickets, feature: 'tickets' does not fit, allowed: days_since_last_login"),
        ("feature: tickets_30d", "feature: segment", "feature: 'segment' does not fit"),
        ("[0, 60]", "60", "rule renewal, threshold: 60 does not fit, op 'between' takes [low, high]"),
        ("[0, 60]", "[60, 0]", "threshold: [60, 0] does not fit"),
        ("threshold: 5", "threshold: [5, 6]",
         "rule many_tickets, threshold: [5, 6] does not fit, op '>' takes a number"),
        ("threshold: 5", "threshold: .nan", "threshold: nan does not fit"),
        ("threshold: 5", "threshold: true", "threshold: True does not fit"),
        ("threshold: 5", "threshold: five", "threshold: 'five' does not fit"),
        ("threshold: 5, ", "", "rule many_tickets, threshold is missing"),
        ("op: '>', threshold: 5", "op: '=', threshold: 5",
         "rule many_tickets, op: '=' does not fit, allowed: '>', '>=', '<', '<=' or 'between'"),
        ("theme: support", "theme: moon", "theme: 'moon' does not fit, allowed: usage, support"),
        ("id: many_tickets", "id: inactive", "rule ids must be unique, repeated: inactive"),
        ("id: many_tickets", "id: Many", "rule Many, id: 'Many' does not fit, use small letters"),
        ("id: many_tickets, ", "", "rule number 2, id is missing"),
        ("weight: 0.3", "weight: 3", "rule inactive, weight: 3 does not fit, must be at most 1"),
        ("weight: 0.3", "weight: 0", "weight: 0 does not fit, must be at least 0.0001"),
        ("weight: 0.3", "wieght: 0.3", "there is no field 'wieght'; did you mean weight?"),
        ("message: B", "message: 'B {low}'", "allowed in braces: {threshold}"),
        ("message: B", "message: 'B {'", "allowed in braces: {threshold}"),
        ("message: B", "message: ''", "message: '' does not fit, must not be empty"),
        ("{medium: 0.2, high: 0.5}", "{medium: 0.6, high: 0.5}",
         "bands.rule_risk.high: 0.5 does not fit, high must lie above medium (0.6)"),
        ("high: 0.5}", "hihg: 0.5}", "did you mean high?"),
        ("rules:", "rules: [", "is not valid YAML"),
        ("rules:", "rule:", "rules is missing; there is no field 'rule'; did you mean rules?"),
        (YAML, "", "mine.yml: `rules`, a list, and `bands` are needed"),
        (YAML, "- 1", "`rules`, a list, and `bands` are needed"),
        (YAML, "rules: []\nbands: 3", "rules: [] does not fit, at least one rule is needed"),
    ],
)  # fmt: skip
def test_a_fault_names_rule_field_value_and_what_is_allowed(old: str, new: str, said: str) -> None:
    """A typo in the edited file can be mended from the message alone."""
    assert old in YAML
    with pytest.raises(RuleBookError) as caught:
        RuleBook.from_yaml(YAML.replace(old, new), "mine.yml")
    assert str(caught.value).startswith("mine.yml")
    assert said in str(caught.value)


def test_every_fault_is_told_at_once() -> None:
    """Nobody mends a file one error at a time."""
    text = YAML.replace("weight: 0.3", "weight: 3").replace("theme: support", "theme: moon")
    with pytest.raises(RuleBookError, match=r"rule inactive, weight.*; rule many_tickets, theme"):
        RuleBook.from_yaml(text)
