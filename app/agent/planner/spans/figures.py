"""Finds numbers, ordinals ("the second one") and comparisons in time ("vs the month before")."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.agent.planner.normalise import Token
from app.agent.planner.spans.span import Span

NUMBER_WORDS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "dozen": 12,
}  # fmt: skip
_TIMES: Final = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "k": 1000}
_SHARES: Final = {"half": 50, "third": 100 / 3, "quarter": 25, "fifth": 20, "tenth": 10}
_UNITS: Final = {
    "percent": "pct", "pct": "pct", "percentage": "pct", "dollar": "usd", "dollars": "usd",
    "usd": "usd", "bucks": "usd", "eur": "usd", "euros": "usd", "grand": "usd",
}  # fmt: skip
_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "last": -1,
}  # fmt: skip
_SYMBOLS: Final = {">": ">", "<": "<", ">=": ">=", "<=": "<=", "=": "="}
_SEEN_AS: Final = (
    r"(?:one|client|customer|account|play|playbook|result|row|in the list|on the list)"
)
_UNIT: Final = r"(?:month|quarter|year|week|period)"
_VERSUS: Final = (
    r"(?:vs|versus|compared to|compared with|compare to|compare with|compare it to|against|"
    r"relative to|than|with|to|from|over|and)"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit: `usd`, `pct` or empty."""

    value: float
    unit: str = ""
    in_words: bool = False


def find_numbers(tokens: Sequence[Token]) -> Iterator[Span]:
    """Yield numbers in digits and in words, and operator signs."""
    words = [token.text for token in tokens]
    for i, token in enumerate(tokens):
        if token.number is not None:
            unit = _UNITS.get(words[i + 1] if i + 1 < len(words) else "", "")
            before = bool(i) and words[i - 1] in {"usd", "eur"}
            scale = 1000 if words[i + 1 : i + 2] == ["grand"] else 1
            figure = Figure(token.number * scale, unit or ("usd" if before else token.unit))
            yield Span(i - before, i + 1 + bool(unit), "number", figure)
        elif token.text in _SYMBOLS:
            yield Span(i, i + 1, "operator", _SYMBOLS[token.text])
        elif i == 0 or words[i - 1] not in NUMBER_WORDS:
            yield from _in_words(words, i)


def _in_words(words: Sequence[str], start: int) -> Iterator[Span]:
    """“Twenty five”, “two hundred”, “fifteen percent”, “a quarter of their …”."""
    if words[start] in {"a", "one"} and words[start + 2 : start + 3] == ["of"]:
        share = _SHARES.get(words[start + 1])
        if share:
            yield Span(start, start + 2, "number", Figure(share, "pct", in_words=True))
    if words[start] == "half" and words[start - 1 : start] != ["a"]:
        yield Span(start, start + 1, "number", Figure(50, "pct", in_words=True), 0.5)
    total, end = 0, start
    if words[start] == "a" and words[start + 1 : start + 2] in (
        ["hundred"],
        ["thousand"],
        ["dozen"],
    ):
        end += 1
    while end < len(words):
        word = words[end]
        if word in NUMBER_WORDS:
            total += NUMBER_WORDS[word]
        elif word in _TIMES and end > start:
            total = max(total, 1) * _TIMES[word]
        else:
            break
        end += 1
    if total or words[start] == "zero":
        unit = _UNITS.get(words[end] if end < len(words) else "", "")
        figure = Figure(total, unit, in_words=True)
        yield Span(start, end + bool(unit), "number", figure, 0.6 if end - start == 1 else 1.0)


def _ordinal(match: re.Match[str]) -> int:
    said = match["n"]
    return _ORDINALS[said] if said in _ORDINALS else int(said)


_ORDINAL: Final = re.compile(
    r"(?<!\w)(?:the\s)?(?:"
    rf"(?P<n>{'|'.join(_ORDINALS)}|\d+(?=\s(?:st|nd|rd|th)\s))\s(?:(?:st|nd|rd|th)\s)?{_SEEN_AS}"
    r")(?!\w)"
)
_BARE_ORDINAL: Final = re.compile(
    rf"(?<!\w)the\s(?P<n>{'|'.join(_ORDINALS)}|\d+(?=\s(?:st|nd|rd|th)))(?:\s(?:st|nd|rd|th))?"
    r"(?=$|\s?[?.!,]|\s(?:and|at|in full|please))"
)
_NUMBERED: Final = re.compile(
    r"(?<!\w)(?:number|client number|no|option|row|item)\s(?P<n>\d+|one|two|three)(?!\w)"
)
_TOP_ONE: Final = re.compile(r"(?<!\w)(?:the\s)?(?:top|worst|riskiest|highest|biggest)\sone(?!\w)")


def find_ordinals(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, position) of what points into a list; -1 is the last."""
    for pattern in (_ORDINAL, _BARE_ORDINAL):
        for match in pattern.finditer(text):
            if match["n"] != "one" and not (match["n"].isdigit() and int(match["n"]) > 50):
                yield match.start(), match.end(), _ordinal(match)
    for match in _NUMBERED.finditer(text):
        said = match["n"]
        yield match.start(), match.end(), NUMBER_WORDS.get(said) or int(said)
    for match in _TOP_ONE.finditer(text):
        yield match.start(), match.end(), 1


_YEAR_BEFORE: Final = (
    r"(?:the\s)?(?:last year|previous year|prior year|year before|year ago|year earlier)"
)
_SAME: Final = r"(?:time|period|month|quarter|one)"
_COMPARISONS: Final = (
    (
        rf"(?:{_VERSUS}\s)?(?:the\s)?{_UNIT}\s(?:before that|before|earlier|prior|preceding)",
        "previous_period",
    ),
    (
        rf"{_VERSUS}\s(?:the\s|its\s)?(?:previous|prior|preceding)\s(?:one|period|{_UNIT})",
        "previous_period",
    ),
    (
        r"(?:and|with|vs|versus|to)\s(?:the\s)?(?:one before|one prior|period before)",
        "previous_period",
    ),
    (
        rf"(?:mom|qoq|m m|q q|pop|{_UNIT}\s(?:over|on)\s(?:month|quarter|week|period))",
        "previous_period",
    ),
    (r"(?:yoy|y y|year over year|year on year|year to year)", "previous_year"),
    (
        rf"{_VERSUS}\s(?:the\s)?(?:same\s{_SAME}\s)?(?:of\s|in\s|a\s)?{_YEAR_BEFORE}",
        "previous_year",
    ),
    (
        rf"(?:the\s)?same\s{_SAME}\s(?:of\s|in\s|a\s)*{_YEAR_BEFORE}",
        "previous_year",
    ),
)
_COMPARE_RULES: Final = tuple(
    (re.compile(rf"(?<!\w){pattern}(?!\w)"), value) for pattern, value in _COMPARISONS
)


def find_comparisons(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, `previous_period` or `previous_year`)."""
    for pattern, value in _COMPARE_RULES:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), value
