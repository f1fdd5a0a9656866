"""Dates of each kind of period; `periods.py` says how they are worded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, cast

from app.agent.planner.dates import (
    UNIT_DAYS,
    Unit,
    add_months,
    day_label,
    end_of,
    shift,
    span_label,
    start_of,
)
from app.agent.planner.moments import Moment, moment_of

Direction = Literal["past", "future", "now", "open"]


@dataclass(frozen=True, slots=True)
class When:
    """A period as it was said.

    Attributes:
        start: First day; None for a bare duration ("30 days").
        end: Last day, included.
        label: How a person says it.
        direction: `now` is a point in time; `open` is a bare duration.
        days: Length of a duration or of the way ahead, in days.
    """

    start: date | None
    end: date | None
    label: str
    direction: Direction
    days: int | None = None
    unit: Unit = "day"
    count: int | None = None


NUMBER_WORDS: Final[Mapping[str, int]] = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "couple": 2, "three": 3, "few": 3,
    "several": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fourteen": 14, "eighteen": 18, "twenty": 20, "thirty": 30,
    "fifteen": 15, "forty": 40, "forty five": 45, "sixty": 60, "ninety": 90,
    "a hundred": 100, "one hundred": 100, "hundred": 100, "one hundred eighty": 180,
}  # fmt: skip
_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "1 st": 1, "2 nd": 2, "3 rd": 3, "4 th": 4,
}  # fmt: skip


def number_of(word: str) -> int:
    """Value of a number in digits or words."""
    return int(word) if word.isdigit() else NUMBER_WORDS[word]


def _unit(word: str) -> Unit:
    return cast("Unit", word.rstrip("s"))


def _past(
    start: date, end: date, label: str, *, days: int | None = None, unit: Unit = "day",
    count: int | None = None,
) -> When:  # fmt: skip
    return When(start, end, label, "past", days, unit, count)


def this_period(match: re.Match[str], as_of: date) -> When:
    """“This quarter”: from its first day to today."""
    unit = _unit(match["unit"])
    return _past(start_of(unit, as_of), as_of, f"this {unit}", unit=unit)


def to_date_period(match: re.Match[str], as_of: date) -> When:
    """“YTD”: the running unit so far."""
    unit = cast("Unit", {"m": "month", "q": "quarter", "y": "year"}[match["unit"][0]])
    return _past(start_of(unit, as_of), as_of, f"this {unit}", unit=unit)


def last_period(match: re.Match[str], as_of: date) -> When:
    """“Last month”: the full one before."""
    unit = _unit(match["unit"])
    if unit == "day":
        return _past(as_of - timedelta(days=1), as_of - timedelta(days=1), "yesterday")
    start = shift(unit, start_of(unit, as_of), -1)
    return _past(start, end_of(unit, start), f"last {unit}", unit=unit, count=1)


def last_n_period(match: re.Match[str], as_of: date) -> When:
    """“Last 3 months”: full ones before the current; “last 30 days” end today."""
    count, unit = number_of(match["n"]), _unit(match["unit"])
    noun = unit if count == 1 else f"{unit}s"
    if unit in {"day", "week"}:
        days = count * UNIT_DAYS[unit]
        start = as_of - timedelta(days=days - 1)
        return _past(start, as_of, f"the last {count} {noun}", days=days, unit=unit, count=count)
    this = start_of(unit, as_of)
    start = shift(unit, this, -count)
    return _past(
        start, this - timedelta(days=1), f"the last {count} {noun}",
        days=count * UNIT_DAYS[unit], unit=unit, count=count,
    )  # fmt: skip


def ttm_period(_: re.Match[str], as_of: date) -> When:
    """The twelve full months before the current one."""
    this = start_of("month", as_of)
    return _past(add_months(this, -12), this - timedelta(days=1), "the last 12 months", unit="year")


def ago_period(match: re.Match[str], as_of: date) -> When:
    """“3 months ago”: that calendar month."""
    count, unit = number_of(match["n"]), _unit(match["unit"])
    if unit in {"day", "week"}:
        day = as_of - timedelta(days=count * UNIT_DAYS[unit])
        return _past(day, day, day.isoformat())
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    step: Unit = "quarter" if unit == "quarter" else "month"
    start = start_of(step, add_months(as_of, -months))
    return _past(start, end_of(step, start), span_label(start, end_of(step, start)), unit=step)


def future_period(match: re.Match[str], as_of: date) -> When:
    """“Next 60 days”: tomorrow to the sixtieth day."""
    count, unit = number_of(match["n"]), _unit(match["unit"])
    days = count * UNIT_DAYS[unit]
    noun = unit if count == 1 else f"{unit}s"
    return When(
        as_of + timedelta(days=1), as_of + timedelta(days=days), f"the next {count} {noun}",
        "future", days, unit, count,
    )  # fmt: skip


def next_period(match: re.Match[str], as_of: date) -> When:
    """“Next quarter”: the full one after the current."""
    unit = _unit(match["unit"])
    start = shift(unit, start_of(unit, as_of), 1)
    return When(start, end_of(unit, start), f"next {unit}", "future", UNIT_DAYS[unit], unit, 1)


def until_end_period(match: re.Match[str], as_of: date) -> When:
    """“By the end of the year”: tomorrow to the last day."""
    unit = _unit(match["unit"])
    end = end_of(unit, start_of(unit, as_of))
    days = max((end - as_of).days, 1)
    label = f"until the end of the {unit}"
    return When(as_of + timedelta(days=1), as_of + timedelta(days=days), label, "future", days)


def bare_period(match: re.Match[str], _: date) -> When:
    """“6 months”: a length of time without dates."""
    count, unit = number_of(match["n"]), _unit(match["unit"])
    noun = unit if count == 1 else f"{unit}s"
    days = count * UNIT_DAYS[unit]
    return When(None, None, f"{count} {noun}", "open", days, unit, count)


def now_period(_: re.Match[str], as_of: date) -> When:
    """“Today”: a point in time."""
    return When(as_of, as_of, "today", "now")


def yesterday_period(_: re.Match[str], as_of: date) -> When:
    """The day before today."""
    day = as_of - timedelta(days=1)
    return _past(day, day, "yesterday")


def _year_of(match: re.Match[str], as_of: date) -> int | None:
    groups = match.groupdict()
    said = groups.get("year") or groups.get("year2")
    if not said:
        return None
    if said.isdigit():
        return int(said) % 100 + 2000 if len(said) == 2 else int(said)
    return as_of.year - 1 if said.split()[0] in {"last", "previous", "prior"} else as_of.year


def in_month_period(match: re.Match[str], as_of: date) -> When:
    """“In March”: the most recent one that has begun."""
    moment = moment_of(match["month"])
    year = _year_of(match, as_of)
    return _during(moment, moment.start(year) if year else moment.latest(as_of), as_of)


def dated_period(match: re.Match[str], as_of: date) -> When:
    """“On 30 June”, “03/2026”."""
    moment = moment_of(match["at"])
    return _during(moment, moment.latest(as_of), as_of)


def _during(moment: Moment, start: date, as_of: date) -> When:
    end = moment.last_day(start)
    label = day_label(start) if moment.unit == "day" else start.strftime("%B %Y")
    if start > as_of:
        return When(start, end, label, "future", (end - as_of).days, moment.unit, 1)
    return _past(start, min(end, as_of), label, unit=moment.unit)


def between_period(match: re.Match[str], as_of: date) -> When | None:
    """“Between March and May”, “from 1 March to 15 April”: both ends included."""
    opening = match["first"] or match.groupdict().get("opening") or ""
    first, last = moment_of(opening), moment_of(match["last"])
    last_start = last.latest(as_of)
    year = first.year or last_start.year
    start = first.start(year)
    if first.year is None and start > last_start:
        start = first.start(year - 1)
    if start > last_start or start > as_of:
        return None
    end = min(last.last_day(last_start), as_of)
    whole = {first.unit, last.unit} <= {"month", "quarter", "year"}
    label = span_label(start, end) if whole else f"{day_label(start)} to {day_label(end)}"
    return _past(start, end, label, unit="month" if whole else "day")


def since_moment_period(match: re.Match[str], as_of: date) -> When | None:
    """“Since May”: from the last 1 May to today."""
    moment = moment_of(match["since"])
    if match[0].startswith("from") and moment.unit in {"quarter", "year"}:
        return None
    year = _year_of(match, as_of)
    start = moment.start(year) if year else moment.latest(as_of)
    return None if start > as_of else _past(start, as_of, f"since {day_label(start)}")


def until_moment_period(match: re.Match[str], as_of: date) -> When | None:
    """“By the end of January”: tomorrow to its last day; None when that is over."""
    moment = moment_of(match["until"])
    end = moment.last_day(moment.upcoming(as_of))
    days = (end - as_of).days
    if days < 1:
        return None
    return When(as_of + timedelta(days=1), end, f"until {day_label(end)}", "future", days)


def first_n_period(match: re.Match[str], as_of: date) -> When | None:
    """“The first two months of the year”."""
    count, unit = number_of(match["n"]), _unit(match["unit"])
    start = date(_year_of(match, as_of) or as_of.year, 1, 1)
    end = min(shift(unit, start, count) - timedelta(days=1), as_of)
    return None if start > as_of else _past(start, end, span_label(start, end), unit=unit)


def before_last_period(match: re.Match[str], as_of: date) -> When:
    """“The month before last”."""
    unit = _unit(match["unit"])
    start = shift(unit, start_of(unit, as_of), -2)
    label = str(start.year) if unit == "year" else span_label(start, end_of(unit, start))
    return _past(start, end_of(unit, start), label, unit=unit)


def since_unit_period(match: re.Match[str], as_of: date) -> When:
    """“Since last quarter”: from its first day to today."""
    unit = _unit(match["unit"])
    start = start_of(unit, as_of)
    if match["which"] in {"last", "previous"}:
        start = shift(unit, start, -1)
    return _past(start, as_of, f"since {day_label(start)}")


def quarter_period(match: re.Match[str], as_of: date) -> When:
    """“Q2”: the most recent one that has begun."""
    said = match["q"]
    number = int(said) if said.isdigit() else _ORDINALS[said]
    year = _year_of(match, as_of)
    start = date(year or as_of.year, 3 * number - 2, 1)
    if year is None and start > as_of:
        start = start.replace(year=as_of.year - 1)
    end = min(end_of("quarter", start), as_of)
    return _past(start, max(end, start), f"Q{number} {start.year}", unit="quarter")


def half_period(match: re.Match[str], as_of: date) -> When:
    """“H1”: the most recent half-year that has begun."""
    said = match["h"]
    number = int(said) if said.isdigit() else _ORDINALS[said]
    year = _year_of(match, as_of) or as_of.year
    start = date(year, 6 * number - 5, 1)
    if start > as_of:
        start = start.replace(year=year - 1)
    end = min(add_months(start, 6) - timedelta(days=1), as_of)
    return _past(start, end, f"H{number} {start.year}")


def whole_year_period(match: re.Match[str], as_of: date) -> When | None:
    """“2025”: the calendar year up to today."""
    year = _year_of(match, as_of) or as_of.year
    if not as_of.year - 10 <= year <= as_of.year:
        return None
    return _past(date(year, 1, 1), min(date(year, 12, 31), as_of), str(year), unit="year")
