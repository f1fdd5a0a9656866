"""Days, months, quarters and years by name or in digits: "15 April", "03/2026", "June 30th"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.agent.planner.dates import MONTHS, Unit, end_of

MONTH: Final = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
YEAR: Final = r"(?:19|20)\d\d"
_NTH: Final = r"(?:\s(?:st|nd|rd|th))?"
_NOT_COUNTED: Final = (
    r"(?!\s(?:clients?|customers?|accounts?|days?|weeks?|months?|quarters?|years?|tickets?|seats?))"
)
_SHAPES: Final = (
    rf"{YEAR}\s\d\d\s\d\d",
    rf"(?:the\s)?\d{{1,2}}{_NTH}\s(?:of\s)?{MONTH}(?:\s{YEAR})?",
    rf"{MONTH}\s(?:the\s)?\d{{1,2}}{_NTH}{_NOT_COUNTED}(?:\s,)?(?:\s{YEAR})?(?!\d)",
    rf"{YEAR}\s\d\d",
    rf"{MONTH}(?:\s{YEAR})?",
    rf"q\s[1-4](?:\s{YEAR}|\s2\d{_NOT_COUNTED})?",
    YEAR,
)
MOMENT: Final = rf"(?:{'|'.join(_SHAPES)})"
DATED: Final = rf"(?:{'|'.join(_SHAPES[:4])})"
"""What can only be a date, with no word around it that says so."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A named stretch of the calendar; `year` is None where none was said."""

    unit: Unit
    month: int
    day: int
    year: int | None

    def start(self, year: int) -> date:
        """First day in a year; the last of the month where the month has no such day."""
        first = date(year, self.month, 1)
        return min(first + timedelta(days=self.day - 1), end_of("month", first))

    def last_day(self, start: date) -> date:
        """Last day of the one that begins on `start`."""
        return end_of(self.unit, start)

    def latest(self, as_of: date) -> date:
        """Start of the most recent one that has begun."""
        year = self.year or as_of.year
        start = self.start(year)
        return self.start(year - 1) if self.year is None and start > as_of else start

    def upcoming(self, as_of: date) -> date:
        """Start of the first one that has not ended."""
        year = self.year or as_of.year
        return self.start(
            year + 1 if self.year is None and self.last_day(self.start(year)) <= as_of else year
        )


def moment_of(words: str) -> Moment:
    """Read a text that `MOMENT` matches."""
    numbers = [int(n) for n in re.findall(r"\d+", words)]
    name = re.search(MONTH, words)
    if words.startswith("q "):
        year = numbers[1] if len(numbers) > 1 else None
        return Moment("quarter", 3 * numbers[0] - 2, 1, year and year % 100 + 2000)
    if name:
        month = next(i for i, full in enumerate(MONTHS, 1) if full.startswith(name[0][:3]))
        year = next((n for n in numbers if n > 31), None)
        day = next((n for n in numbers if n <= 31), None)
        return Moment("day" if day else "month", month, max(day or 1, 1), year)
    if len(numbers) == 1:
        return Moment("year", 1, 1, numbers[0])
    month = min(max(numbers[1], 1), 12)
    if len(numbers) == 2:
        return Moment("month", month, 1, numbers[0])
    return Moment("day", month, max(numbers[2], 1), numbers[0])
