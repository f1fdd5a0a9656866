"""Calendar arithmetic on periods: pure, and always told what day it is."""

from calendar import monthrange
from datetime import date, timedelta

from data.query import Grain, Period

__all__ = [
    "add_months",
    "bucket_key",
    "describe",
    "last_full_months",
    "month_end",
    "month_start",
    "months_in",
    "on_month_borders",
    "shifted_back",
    "whole_months",
    "year_before",
]

_DAY = timedelta(days=1)


def month_start(day: date) -> date:
    """First day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """Last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Move by months; the day is cut to the length of the month reached."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_full_months(as_of: date, months: int = 1) -> Period:
    """The last `months` calendar months that are over on `as_of`."""
    end = as_of if as_of == month_end(as_of) else month_start(as_of) - _DAY
    return Period(start=add_months(month_start(end), 1 - months), end=end)


def on_month_borders(period: Period, as_of: date) -> bool:
    """Whether the period is made of whole months, the current one up to `as_of` included."""
    ends = period.end == month_end(period.end) or period.end >= as_of
    return period.start == month_start(period.start) and ends


def whole_months(period: Period, as_of: date) -> Period:
    """Widen to month borders, never past `as_of`."""
    return Period(start=month_start(period.start), end=min(month_end(period.end), as_of))


def months_in(period: Period) -> int:
    """Number of calendar months that the period touches."""
    start, end = period.start, period.end
    return (end.year - start.year) * 12 + end.month - start.month + 1


def shifted_back(period: Period) -> tuple[Period, int, int]:
    """The period of the same length just before.

    Returns:
        The period, then the distance as months and as days (one of them is 0): whole months are
        compared with whole months, anything else with as many days.
    """
    if period.start == month_start(period.start) and period.end == month_end(period.end):
        months = months_in(period)
        start = add_months(period.start, -months)
        return Period(start=start, end=period.start - _DAY), months, 0
    days = (period.end - period.start).days + 1
    return (
        Period(start=period.start - days * _DAY, end=period.start - _DAY),
        0,
        days,
    )


def year_before(period: Period) -> Period:
    """The same dates one year earlier; a month's end stays a month's end."""
    end = add_months(period.end, -12)
    if period.end == month_end(period.end):
        end = month_end(end)
    return Period(start=add_months(period.start, -12), end=end)


def describe(period: Period) -> str:
    """Say a period in words: "October 2026", "Q3 2026", "1 May 2026 to 20 November 2026"."""
    start, end = period.start, period.end
    if start == end:
        return _day(start)
    if start != month_start(start) or end != month_end(end):
        return f"{_day(start)} to {_day(end)}"
    months = months_in(period)
    if months == 1:
        return f"{start:%B %Y}"
    if months == 3 and start.month % 3 == 1:
        return f"Q{start.month // 3 + 1} {start.year}"
    if months == 12 and start.month == 1:
        return str(start.year)
    return f"{start:%B %Y} to {end:%B %Y}"


def bucket_key(day: date, grain: Grain) -> str:
    """Short name of a time bucket: "2026-10", "2026-Q3", "2026", else the ISO date."""
    if grain == "month":
        return f"{day:%Y-%m}"
    if grain == "quarter":
        return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
    return str(day.year) if grain == "year" else day.isoformat()


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
