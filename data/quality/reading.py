"""What a column's values are, judged by a sample: numbers, dates and how they are written."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from data.quality.profile import Kind, Reading

EMPTY_WORDS = ("null", "nan", "none", "nat")
PLACEHOLDERS = ("n/a", "na", "#n/a", "-", "--", "?", "unknown", "not available", "tbd", "(blank)")
_MOST = 0.9
_BOOLEAN_WORDS = {"true", "false", "yes", "no", "y", "n", "t", "f"}
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_WHOLE = re.compile(r"[-+]?\d+(\.0*)?")
_PEOPLE_NUMBER = re.compile(
    r"[-+]?[$€£¥]?\s?[-+]?\d{1,3}(?:[.,'\u00a0\u202f ]?\d{3})*(?:[.,]\d+)?\s?[$€£¥]?"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?=.*[-+() /.])\+?\(?\d[\d\-() /.]{6,19}")
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|UTC|[+-]\d{2}(:?\d{2})?)?)?"
)
_THREE_NUMBERS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(.*)")
_EPOCH_FROM, _EPOCH_TO = 946_684_800, 4_102_444_800  # the years 2000 to 2100, in seconds
_TIMES = {
    "": "",
    "%H:%M": r"\d{1,2}:\d{2}",
    "%H:%M:%S": r"\d{1,2}:\d{2}:\d{2}",
    "%H:%M:%S.%f": r"\d{1,2}:\d{2}:\d{2}\.\d{1,6}",
    "%I:%M %p": r"\d{1,2}:\d{2} [AaPp][Mm]",
    "%I:%M:%S %p": r"\d{1,2}:\d{2}:\d{2} [AaPp][Mm]",
}
_WRITTEN_DAYS = (
    *("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y"),
    *("%d %B %Y", "%B %d, %Y", "%d/%b/%Y", "%a, %d %b %Y", "%Y-%m-%d"),
)


class _Dates(NamedTuple):
    formats: tuple[str, ...]
    share: float
    has_time: bool
    ambiguous: bool = False


def read_sample(counts: Sequence[tuple[str, int]]) -> Reading:
    """Say what the values are.

    Args:
        counts: Values of a sample with their frequency, trimmed and not empty.
    """
    values = Counter(
        {text: count for text, count in counts if text.lower() not in {*EMPTY_WORDS, *PLACEHOLDERS}}
    )
    if not values:
        return Reading("empty")
    length = sum(len(text) * count for text, count in values.items()) / values.total()
    if {text.lower() for text in values} <= _BOOLEAN_WORDS:
        return Reading("boolean", mean_length=length)
    dates = _dates(values)
    if dates.share >= _MOST:
        kind: Kind = "timestamp" if dates.has_time else "date"
        return Reading(kind, dates.formats, dates.ambiguous, mean_length=length)
    number = _number(values, length)
    return number or Reading("text", personal=_personal(values), mean_length=length)


def _number(values: Counter[str], length: float) -> Reading | None:
    if _share(values, _NUMBER) >= _MOST:
        kind: Kind = "integer" if _share(values, _WHOLE) >= _MOST else "number"
        return Reading(kind, mean_length=length)
    if _share(values, _PEOPLE_NUMBER) < _MOST or _share(values, _PHONE) >= _MOST:
        return None
    decimal, ambiguous = _decimal(values)
    return Reading("number", decimal=decimal, ambiguous_decimal=ambiguous, mean_length=length)


def _decimal(values: Iterable[str]) -> tuple[Literal[".", ","], bool]:
    """The sign before the cents, and whether nothing tells it from a thousands sign."""
    votes: Counter[str] = Counter()
    for text in values:
        signs = [sign for sign in text if sign in ".,"]
        if not signs:
            continue
        after_last = re.sub(r"\D", "", text[text.rindex(signs[-1]) :])
        if len(set(signs)) == 2 or (len(signs) == 1 and len(after_last) != 3):
            votes[signs[-1]] += 1
        elif len(signs) > 1:
            votes["," if signs[-1] == "." else "."] += 1
    decimal: Literal[".", ","] = "," if votes[","] > votes["."] else "."
    return decimal, not votes and any("," in text or "." in text for text in values)


def _personal(values: Counter[str]) -> str | None:
    if _share(values, _EMAIL) >= _MOST:
        return "e-mail addresses"
    if _share(values, _PHONE) >= _MOST:
        return "phone numbers"
    with_address = sum(count for text, count in values.items() if _EMAIL.search(text))
    return "e-mail addresses inside texts" if with_address > 0 else None


def _share(values: Counter[str], pattern: re.Pattern[str]) -> float:
    hits = sum(count for text, count in values.items() if pattern.fullmatch(text))
    distinct = sum(pattern.fullmatch(text) is not None for text in values)
    return max(hits / values.total(), distinct / len(values))


def _dates(values: Counter[str]) -> _Dates:
    found = max((_iso(values), _numeric_days(values), _written_days(values)), key=lambda d: d.share)
    epoch = _epoch(values)
    return max(found, epoch, key=lambda dates: dates.share)


def _iso(values: Counter[str]) -> _Dates:
    has_time = any(len(text) > 10 for text in values)
    return _Dates((), _share(values, _ISO), has_time)


def _epoch(values: Counter[str]) -> _Dates:
    for name, scale in (("epoch", 1), ("epoch_ms", 1000)):
        inside = sum(
            count
            for text, count in values.items()
            if text.isdigit() and _EPOCH_FROM * scale <= int(text) < _EPOCH_TO * scale
        )
        if inside / values.total() >= _MOST and len(text_lengths(values)) <= 2:
            return _Dates((name,), inside / values.total(), has_time=True)
    return _Dates((), 0.0, has_time=False)


def text_lengths(values: Iterable[str]) -> set[int]:
    """The lengths that occur."""
    return {len(text) for text in values}


def _numeric_days(values: Counter[str]) -> _Dates:
    """Dates such as 31/01/2026: which number is the day shows where one is above twelve."""
    found = [(match, count) for text, count in values.items() if (match := _three_numbers(text))]
    if not found:
        return _Dates((), 0.0, has_time=False)
    share = sum(count for _, count in found) / values.total()
    first_is_day = any(int(match[1]) > 12 for match, _ in found)
    second_is_day = any(int(match[3]) > 12 for match, _ in found)
    day_first, month_first = ("%d", "%m"), ("%m", "%d")
    orders = [day_first] if first_is_day or not second_is_day else []
    orders += [month_first] if second_is_day else []
    patterns: dict[str, None] = {}
    for first, second in orders:
        for match, _ in found:
            sign, year = match[2], "%Y" if len(match[4]) == 4 else "%y"
            pattern = f"{first}{sign}{second}{sign}{year}{_time_format(match[5])}"
            patterns[pattern] = None
    has_time = any(match[5] for match, _ in found)
    unsure = first_is_day is second_is_day
    return _Dates(tuple(patterns), share, has_time, ambiguous=unsure)


def _three_numbers(text: str) -> re.Match[str] | None:
    match = _THREE_NUMBERS.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= 31 or not 1 <= int(match[3]) <= 31:
        return None
    if min(int(match[1]), int(match[3])) > 12 or _time_format(match[5]) is None:
        return None
    return match


def _time_format(rest: str) -> str | None:
    """The format of what follows the day, with its separator; None when it is no time."""
    for code, pattern in _TIMES.items():
        if re.fullmatch(rf"[ T,]*{pattern}", rest) if code else not rest:
            lead = re.match(r"[ T,]*", rest)
            return f"{lead[0] if lead else ''}{code}"
    return None


def _written_days(values: Counter[str]) -> _Dates:
    best = _Dates((), 0.0, has_time=False)
    for day in _WRITTEN_DAYS:
        for time in _TIMES:
            pattern = f"{day} {time}".strip()
            hits = sum(count for text, count in values.items() if _parses(text, pattern))
            if hits / values.total() > best.share:
                best = _Dates((pattern,), hits / values.total(), has_time=bool(time))
    return best


def _parses(text: str, pattern: str) -> bool:
    if pattern == "%Y%m%d" and not re.fullmatch(r"(19|20)\d{6}", text):
        return False
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007 - only whether it is a date
    except ValueError:
        return False
    return True
