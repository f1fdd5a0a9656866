from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from data.periods import (
    add_months,
    bucket_key,
    describe,
    last_full_months,
    month_end,
    on_month_borders,
    shifted_back,
    whole_months,
    year_before,
)
from data.query import Period

AS_OF = date(2026, 4, 20)
DAYS = st.dates(date(2019, 1, 1), date(2030, 12, 31))


def period(start: str, end: str) -> Period:
    """A period from ISO dates."""
    return Period(start=date.fromisoformat(start), end=date.fromisoformat(end))


@pytest.mark.parametrize(
    ("as_of", "months", "expected"),
    [
        ("2026-04-20", 1, ("2026-03-01", "2026-03-31")),
        ("2026-04-30", 1, ("2026-04-01", "2026-04-30")),
        ("2026-01-05", 3, ("2025-10-01", "2025-12-31")),
    ],
)
def test_last_full_months_never_takes_a_month_that_still_runs(
    as_of: str, months: int, expected: tuple[str, str]
) -> None:
    """The period taken by default is over."""
    assert last_full_months(date.fromisoformat(as_of), months) == period(*expected)


@pytest.mark.parametrize(
    ("asked", "before", "months", "days"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), 1, 0),
        (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31"), 3, 0),
        (("2026-04-01", "2026-04-20"), ("2026-03-12", "2026-03-31"), 0, 20),
    ],
)
def test_previous_period_has_the_same_length(
    asked: tuple[str, str], before: tuple[str, str], months: int, days: int
) -> None:
    """Whole months are compared with whole months, days with as many days."""
    assert shifted_back(period(*asked)) == (period(*before), months, days)


@given(start=DAYS, length=st.integers(0, 400))
def test_previous_period_ends_the_day_before(start: date, length: int) -> None:
    """No day is counted twice or left out between a period and the one before."""
    asked = Period(start=start, end=start + timedelta(days=length))
    before, _, _ = shifted_back(asked)
    assert before.end + timedelta(days=1) == asked.start


@given(start=DAYS, length=st.integers(0, 400))
def test_widening_keeps_every_day(start: date, length: int) -> None:
    """Month borders only ever add days, up to the last day of the data."""
    asked = Period(start=start, end=start + timedelta(days=length))
    as_of = asked.end + timedelta(days=3)
    wide = whole_months(asked, as_of)
    assert wide.start <= asked.start
    assert asked.end <= wide.end <= as_of
    assert on_month_borders(wide, as_of)


@given(day=DAYS, months=st.integers(-40, 40))
def test_moving_by_months_lands_in_the_right_month(day: date, months: int) -> None:
    """31 January plus a month is the end of February, never March."""
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == min(day.day, month_end(moved).day)


def test_year_before_keeps_a_month_end() -> None:
    """February's end stays February's end over a leap year."""
    assert year_before(period("2025-02-01", "2025-02-28")) == period("2024-02-01", "2024-02-29")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("2026-03-01", "2026-03-31"), "March 2026"),
        (("2026-01-01", "2026-03-31"), "Q1 2026"),
        (("2025-01-01", "2025-12-31"), "2025"),
        (("2026-02-01", "2026-04-30"), "February 2026 to April 2026"),
        (("2026-04-03", "2026-04-03"), "3 April 2026"),
        (("2026-04-01", "2026-04-20"), "1 April 2026 to 20 April 2026"),
    ],
)
def test_periods_read_as_people_say_them(asked: tuple[str, str], words: str) -> None:
    """Answers say months, quarters and years by name."""
    assert describe(period(*asked)) == words


def test_bucket_names() -> None:
    """Facts of a trend carry short, sortable names."""
    day = date(2026, 4, 1)
    assert [bucket_key(day, grain) for grain in ("month", "quarter", "year", "day")] == [
        "2026-04",
        "2026-Q2",
        "2026",
        "2026-04-01",
    ]
