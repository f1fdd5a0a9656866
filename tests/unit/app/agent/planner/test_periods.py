"""Periods in words, resolved as the definitions say."""

from datetime import date

import pytest

from app.agent.planner.normalise import tokenise
from app.agent.planner.periods import When, find_periods

AS_OF = date(2026, 11, 20)


def _longest(text: str) -> When:
    found = sorted(find_periods(text, AS_OF), key=lambda hit: hit[1] - hit[0])
    return found[-1][2]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("this month", "2026-11-01", "2026-11-20"),
        ("this quarter", "2026-10-01", "2026-11-20"),
        ("this year", "2026-01-01", "2026-11-20"),
        ("ytd", "2026-01-01", "2026-11-20"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("last week", "2026-11-09", "2026-11-15"),
        ("last 6 months", "2026-05-01", "2026-10-31"),
        ("past twelve months", "2025-11-01", "2026-10-31"),
        ("last 2 quarters", "2026-04-01", "2026-09-30"),
        ("last 30 days", "2026-10-22", "2026-11-20"),
        ("last 90 days", "2026-08-23", "2026-11-20"),
        ("last couple of months", "2026-09-01", "2026-10-31"),
        ("since may", "2026-05-01", "2026-11-20"),
        ("since december", "2025-12-01", "2026-11-20"),
        ("since the beginning of the year", "2026-01-01", "2026-11-20"),
        ("since last quarter", "2026-07-01", "2026-11-20"),
        ("since 2025", "2025-01-01", "2026-11-20"),
        ("in march", "2026-03-01", "2026-03-31"),
        ("in december", "2025-12-01", "2025-12-31"),
        ("in november", "2026-11-01", "2026-11-20"),
        ("in may 2025", "2025-05-01", "2025-05-31"),
        ("q 2", "2026-04-01", "2026-06-30"),
        ("q 4", "2026-10-01", "2026-11-20"),
        ("q 1 2025", "2025-01-01", "2025-03-31"),
        ("q 3 of last year", "2025-07-01", "2025-09-30"),
        ("the second quarter", "2026-04-01", "2026-06-30"),
        ("h 1 2026", "2026-01-01", "2026-06-30"),
        ("between march and may", "2026-03-01", "2026-05-31"),
        ("from november to february", "2025-11-01", "2026-02-28"),
        ("between june 2025 and august 2025", "2025-06-01", "2025-08-31"),
        ("3 months ago", "2026-08-01", "2026-08-31"),
        ("over the summer", "2026-06-01", "2026-08-31"),
        ("last winter", "2025-12-01", "2026-02-28"),
        ("this fall", "2026-09-01", "2026-11-20"),
        ("in the spring", "2026-03-01", "2026-05-31"),
        ("yesterday", "2026-11-19", "2026-11-19"),
        ("in 2025", "2025-01-01", "2025-12-31"),
        ("next 60 days", "2026-11-21", "2027-01-19"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("next quarter", "2027-01-01", "2027-03-31"),
        ("by the end of the year", "2026-11-21", "2026-12-31"),
        ("until the end of january", "2026-11-21", "2027-01-31"),
        ("between 1 march and 15 april", "2026-03-01", "2026-04-15"),
        ("from 2026 03 to 2026 05", "2026-03-01", "2026-05-31"),
        ("since 1 march", "2026-03-01", "2026-11-20"),
        ("on 2026 06 30", "2026-06-30", "2026-06-30"),
        ("june 30 th", "2026-06-30", "2026-06-30"),
        ("the 15 th of may 2025", "2025-05-15", "2025-05-15"),
        ("jan mar", "2026-01-01", "2026-03-31"),
        ("q 4 to q 1", "2025-10-01", "2026-03-31"),
        ("q 3 25", "2025-07-01", "2025-09-30"),
        ("fy 26", "2026-01-01", "2026-11-20"),
        ("fiscal year 2025", "2025-01-01", "2025-12-31"),
        ("last fiscal quarter", "2026-07-01", "2026-09-30"),
        ("first two months of the year", "2026-01-01", "2026-02-28"),
        ("the month before last", "2026-09-01", "2026-09-30"),
    ],
)
def test_a_period_has_its_dates(text: str, start: str, end: str) -> None:
    """Both ends are included and as defined."""
    when = _longest(text)
    assert (str(when.start), str(when.end)) == (start, end)


@pytest.mark.parametrize(
    ("text", "days"), [("6 months", 180), ("next 2 weeks", 14), ("30 day", 30)]
)
def test_a_length_is_counted_in_days(text: str, days: int) -> None:
    """Six months of horizon are 180 days."""
    assert _longest(text).days == days


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-06-30", "2026 06 30"),
        ("30.06.2026", "2026 06 30"),
        ("6/30/26", "2026 06 30"),
        ("30/06/2026", "2026 06 30"),
        ("03/2026", "2026 03"),
        ("2026-03", "2026 03"),
    ],
)
def test_a_date_in_digits_is_one_token(written: str, read_as: str) -> None:
    """However it is written, year, month and day come in that order."""
    assert [token.text for token in tokenise(written, {})] == [read_as]


@pytest.mark.parametrize(
    "text",
    ["how may i help", "march on", "we may lose them", "3 clients", "a quarter of their spend"],
)
def test_no_period_is_heard_where_none_is(text: str) -> None:
    """Months that are everyday words need a sign that a month is meant."""
    assert list(find_periods(text, AS_OF)) == []
