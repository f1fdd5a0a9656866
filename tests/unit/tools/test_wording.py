import math
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tools.wording import count_noun, format_value, join_words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1_203_400, "usd", "$1.2M"),
        (1_234_000, "usd", "$1.23M"),
        (2_500_000_000, "usd", "$2.5B"),
        (-12_345.67, "usd", "-$12,346"),
        (999.5, "usd", "$999.50"),
        (0, "usd", "$0"),
        (1204, "count", "1,204"),
        (12.34, "pct", "12.3 %"),
        (0.345, "pct", "0.34 %"),
        (0.1234, "prob", "12.3 %"),
        (1, "days", "1 day"),
        (12, "days", "12 days"),
        (36.04, "hours", "36 hours"),
        (0.55, "score", "0.55"),
        (72.44, "score", "72.4"),
        (-5.0, "points", "-5"),
        (date(2026, 5, 31), "date", "2026-05-31"),
        (True, "text", "yes"),
        (["a", "b", "c"], "text", "a, b and c"),
        (None, "usd", "n/a"),
        (math.nan, "pct", "n/a"),
    ],
)
def test_values_read_as_people_write_them(value: Any, unit: str, words: str) -> None:
    """One wording by unit, everywhere."""
    assert format_value(value, unit) == words


def test_other_currencies_have_their_sign() -> None:
    """The base currency is told by its sign, else by its code."""
    assert format_value(1200, "usd", currency="EUR") == "€1,200"
    assert format_value(1200, "usd", currency="CHF") == "CHF 1,200"


@given(
    value=st.floats(-1e11, 1e11), unit=st.sampled_from(["usd", "count", "pct", "points", "days"])
)
def test_rounding_never_costs_more_than_half_a_unit(value: float, unit: str) -> None:
    """What is printed equals the value, rounded as printed."""
    words = format_value(value, unit)
    digits = re.sub(r"[^0-9.\-]", "", words)
    scale = {"B": 1e9, "M": 1e6}.get(words[-1], 1)
    shown = float(digits) * scale
    places = len(digits.partition(".")[2])
    assert abs(shown - value) <= 0.5 * scale * 10**-places * 1.001 + 1e-6


def test_lists_and_counts_of_things() -> None:
    """Sentences read well for none, one and many."""
    assert [join_words(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert count_noun(1, "client") == "1 client"
    assert count_noun(1204, "client") == "1,204 clients"
    assert count_noun(2, "reply", "replies") == "2 replies"
