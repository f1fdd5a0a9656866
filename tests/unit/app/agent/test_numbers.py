"""Figures are found as printed, and what is no figure is left alone."""

import pytest
from hypothesis import given, strategies as st

from app.agent.numbers import Kind, numbers_in


@pytest.mark.parametrize(
    ("text", "value", "step", "kind"),
    [
        ("MRR is $1,203,400.", 1_203_400, 1, "usd"),
        ("It is $1.2M today", 1_200_000, 100_000, "usd"),
        ("about 3K events", 3_000, 1_000, "plain"),
        ("€4.5 million", 4_500_000, 100_000, "usd"),
        ("USD 1,200 a month", 1_200, 1, "usd"),
        ("1 204 clients", 1_204, 1, "plain"),
        ("1\u00a0204 clients", 1_204, 1, "plain"),
        ("a share of 34.1 %", 34.1, 0.1, "pct"),
        ("12.30% of them", 12.3, 0.01, "pct"),
        ("7.66 percentage points", 7.66, 0.01, "points"),
        ("gained 3 pp", 3, 1, "points"),
        ("a probability of .35", 0.35, 0.01, "plain"),
        ("-3.2 % growth", -3.2, 0.1, "pct"),
        ("−$4.5K net", -4_500, 100, "usd"),
        ("$-300 net", -300, 1, "usd"),
        ("the next 90d", 90, 1, "plain"),
        ("1.5× as many", 1.5, 0.1, "plain"),
        ("twenty-three clients", 23, 1, "plain"),
        ("two hundred clients", 200, 100, "plain"),
        ("**$750**", 750, 1, "usd"),
        ("| 2,026 |", 2_026, 1, "plain"),
    ],
)
def test_reads_one_figure(text: str, value: float, step: float, kind: Kind) -> None:
    """Separators, currency, percent, scale, sign and words are understood."""
    (number,) = numbers_in(text)
    assert number.value == pytest.approx(value)
    assert number.step == pytest.approx(step)
    assert number.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-10-20 at 14:30",
        "on 5 May 2026, in Oct 2026, since 2025",
        "from May 1, 2026 to the 1–20 November 2026",
        "in Q3 2026 and 2026-Q2",
        "by 20.10.2026",
        "1. First\n2) Second\n- 3. Third",
        "the 1st and the 22nd, #4, [2]",
        "client C-00123, cust_17, arr_90d, v2.3.1",
        "the play renewal-90-days",
        "model gpt-oss-120b",
        "see https://example.com/a1?b=2",
        "write to a1@b2.example",
        "around the clock, 24/7, 1:1",
        "one of the two, or ten",
        "May they stay",
    ],
)
def test_leaves_out_what_is_no_figure(text: str) -> None:
    """Dates, ordinals, ids, addresses and idioms are not judged."""
    assert numbers_in(text) == []


def test_a_range_shares_its_unit() -> None:
    """Both ends of "12–15 %" are percentages, of "$1–2M" millions of dollars."""
    low, high = numbers_in("between 12–15 %")
    assert (low.value, low.kind, high.value, high.kind) == (12, "pct", 15, "pct")
    low, high = numbers_in("$1–2M")
    assert (low.value, low.kind, high.value, high.kind) == (1e6, "usd", 2e6, "usd")


def test_a_range_is_not_a_sign() -> None:
    """The dash of "5-10" makes nothing negative."""
    assert [number.value for number in numbers_in("5-10 clients, 5–10 seats")] == [5, 10, 5, 10]


def test_two_amounts_joined_by_and_keep_their_scales() -> None:
    """“1,200 and €3m” are no range of millions."""
    assert [number.value for number in numbers_in("$1,200 and €3m")] == [1_200, 3_000_000]


def test_a_name_with_a_digit_is_no_figure() -> None:
    """“Studio 54” is a client; another 54 in the sentence still counts."""
    numbers = numbers_in("Studio 54 has 54 seats", literals=("Studio 54",))
    assert [number.start for number in numbers] == [14]


def test_horizons_are_no_date() -> None:
    """“30/60/90” are three figures, not a day."""
    assert [number.value for number in numbers_in("30/60/90 days")] == [30, 60, 90]


@given(st.integers(0, 10**9), st.sampled_from(["{:,}", "{}", "${:,}", "{:,} clients", "({:,})"]))
def test_every_whole_number_is_read_back(value: int, shape: str) -> None:
    """Law: what is printed with or without separators is read as the same number."""
    values = [number.value for number in numbers_in(f"There are {shape.format(value)} here.")]
    assert values == [value]


@given(st.text(max_size=200))
def test_reads_any_text(text: str) -> None:
    """Law: no text breaks the reader, and spans lie inside it."""
    for number in numbers_in(text):
        assert 0 <= number.start < number.end <= len(text)
