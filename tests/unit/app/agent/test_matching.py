"""A printed figure says a value when it is that value, rounded as printed."""

from typing import get_args

import pytest
from hypothesis import assume, given, strategies as st

from app.agent.matching import says
from app.agent.numbers import Number, numbers_in
from tools.contract import Unit
from tools.wording import format_value


def _number(text: str) -> Number:
    (number,) = numbers_in(text)
    return number


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$1.2M", 1_203_400.0, "usd"),
        ("$1,203,400", 1_203_400.4, "usd"),
        ("12.3 %", 0.1234, "prob"),
        ("12.3 %", 12.34, "pct"),
        ("112 %", 1.1234, "ratio"),
        ("1 204", 1_204, "count"),
        ("0.34", 0.3449, "prob"),
        ("down 5", -5, "count"),
        ("fell by 3.2 %", -3.2, "pct"),
        ("lost $4.5K", -4_512.0, "usd"),
        ("5 % lower", -5.0, "pct"),
        ("7.7 pp", 7.66, "points"),
        ("7.7 pp", 0.0766, "prob"),
        ("90 days", 90, "days"),
        ("20 %", 0.2, None),
    ],
)
def test_says(text: str, value: float, unit: Unit | None) -> None:
    """Percent, fraction, rounding, scale and decrease in words are understood."""
    assert says(_number(text), value, unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$1.3M", 1_203_400.0, "usd"),
        ("$1M", 1_203_400.0, "usd"),
        ("$1M", 1_060_000.0, "usd"),
        ("12.3 %", 0.1244, "prob"),
        ("12.3 %", 12.3, "usd"),
        ("$12", 12, "count"),
        ("1,200", 1_204, "count"),
        ("up 5", -5, "count"),
        ("5", -5, "count"),
        ("-5 %", 5.0, "pct"),
        ("34", 0.34, "prob"),
    ],
)
def test_does_not_say(text: str, value: float, unit: Unit | None) -> None:
    """Another value, sign, unit or coarser rounding is refused."""
    assert not says(_number(text), value, unit)


_UNITS = st.sampled_from([unit for unit in get_args(Unit) if unit not in {"date", "text"}])
_VALUES = st.floats(-1e9, 1e9, allow_nan=False)


@given(_UNITS, _VALUES)
def test_every_house_wording_says_its_value(unit: Unit, value: float) -> None:
    """Law: whatever `tools.wording` prints of a value passes against it."""
    value = value / 1e9 if unit == "prob" else value
    text = format_value(value, unit)
    assert says(_number(f"It is {text}."), value, unit), text


@given(_UNITS, st.floats(0, 1e9), st.integers(1, 10**6), st.booleans())
def test_an_altered_figure_says_nothing(unit: Unit, value: float, by: int, up: bool) -> None:
    """Law: a figure moved by one or more of its last printed digits is refused."""
    value = value / 1e9 if unit == "prob" else value
    number = _number(f"It is {format_value(value, unit)}.")
    shift = by * number.step
    altered = number.value + shift if up else number.value - shift
    assume(abs(altered - number.value) >= number.step)
    moved = Number(
        altered, number.step, number.kind, number.scale, number.falls, "", number.start, number.end
    )
    factor = 100 if unit in {"prob", "ratio"} and number.kind == "pct" else 1
    assume(abs(altered - value * factor) > number.step / 2 * 1.001)
    assert not says(moved, value, unit)
