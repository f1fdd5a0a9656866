"""Finds numbers, ordinals ("the second one") and comparisons in time ("vs the month before")."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.agent.planner.normalise import Token
from app.agent.planner.spans.span import Span

NUMBER_WORDS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "fifty": 50, "hundred": 100, "dozen": 12,
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
    for i, token in enumerate(tokens):
        if token.number is not None:
            follows = tokens[i + 1].text if i + 1 < len(tokens) else ""
            before = tokens[i - 1].text if i else ""
            if follows in {"percent", "pct", "percentage"}:
                yield Span(i, i + 2, "number", Figure(token.number, "pct"))
            elif follows in {"dollar", "dollars", "usd", "bucks", "eur", "euros"}:
                yield Span(i, i + 2, "number", Figure(token.number, "usd"))
            elif before in {"usd", "eur"}:
                yield Span(i - 1, i + 1, "number", Figure(token.number, "usd"))
            else:
                yield Span(i, i + 1, "number", Figure(token.number, token.unit))
        elif token.text in NUMBER_WORDS:
            yield Span(i, i + 1, "number", Figure(NUMBER_WORDS[token.text], "", in_words=True), 0.6)
        elif token.text in _SYMBOLS:
            yield Span(i, i + 1, "operator", _SYMBOLS[token.text])


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
