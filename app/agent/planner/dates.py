"""Calendar arithmetic on whole months, quarters and years."""

from datetime import date, timedelta
from typing import Final, Literal

Unit = Literal["day", "week", "month", "quarter", "year"]

MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
UNIT_DAYS: Final[dict[str, int]] = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
"""Days of one unit as a horizon (six months are 180 days)."""


def add_months(day: date, months: int) -> date:
    """First day of the month that lies `months` after the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def start_of(unit: Unit, day: date) -> date:
    """First day of the week, month, quarter or year that `day` lies in."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return date(day.year, 1, 1)


def shift(unit: Unit, start: date, steps: int) -> date:
    """Move the first day of a unit by whole units."""
    if unit in {"day", "week"}:
        return start + timedelta(days=UNIT_DAYS[unit] * steps)
    return add_months(start, steps * {"month": 1, "quarter": 3, "year": 12}[unit])


def end_of(unit: Unit, start: date) -> date:
    """Last day of the unit that begins on `start`."""
    return shift(unit, start, 1) - timedelta(days=1)


def day_label(day: date) -> str:
    """“1 May 2026”."""
    return f"{day.day} {day.strftime('%B %Y')}"


def span_label(start: date, end: date) -> str:
    """“May 2026”, “May 2026 to July 2026”."""
    first, last = start.strftime("%B %Y"), end.strftime("%B %Y")
    return first if first == last else f"{first} to {last}"
