"""Numbers as people print them: found in a sentence, with the rounding they claim.

What is not a figure is left out: dates, list ordinals, ids, addresses, idioms like 24/7.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from app.agent.not_figures import mask

Kind = Literal["plain", "usd", "pct", "points"]

_NUMBER = re.compile(
    r"""
    (?<![A-Za-z_\d␀])
    (?P<sign>(?<![\d%\w])[-−–+](?=\s?[$€£¥₹.\d]|[A-Z]{3}\s?\d))?\s?
    (?P<currency>(?:US)?[$€£¥₹]
      |(?:USD|EUR|GBP|JPY|INR|CHF|CAD|AUD|SEK|NOK|DKK|PLN|BRL|CNY|SGD|ZAR)\s?)?\s?
    (?P<inner>-)?
    (?P<digits>\d{1,3}(?:[,\u00a0\u202f\u2009' ]\d{3})+(?!\d)|\d+|(?=\.\d))
    (?P<fraction>\.\d+)?
    (?P<scale>\s?(?:thousand|million|billion|bn|mn|k)\b|\s?[KMB]\b|m\b(?!²))?
    (?P<unit>\s?(?:%|percentage\spoints?|percent\b|per\scent\b|pp\b|pts?\b|points?\b))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCALES = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("m", "mn", "million"), 1e6),
    **dict.fromkeys(("b", "bn", "billion"), 1e9),
}
_LEAST_SCALE = 1000
_RANGE = re.compile(r"\s?(?:–|—|-|to|and)\s?[$€£¥₹]?$", re.IGNORECASE)

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"]
_SMALL_WORDS = {
    word: value
    for value, word in enumerate([*_ONES, "ten", *_TEENS, "eighteen", "nineteen"], start=1)
}
_DECADES = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_TENS = {word: value for value, word in zip(range(20, 100, 10), _DECADES, strict=True)}
_SPELLED = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<ones>{'|'.join(_ONES)}))?"
    rf"|(?P<small>{'|'.join(sorted(_SMALL_WORDS, key=len, reverse=True))}))"
    r"(?:[ -](?P<power>hundred|thousand|million|billion))?(?P<unit>\s(?:percent|per cent|%))?\b",
    re.IGNORECASE,
)
_POWERS = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
SPELLED_FROM = 11
"""Smaller numbers in words ("one of the two") are language, not figures."""

_DOWN = re.compile(
    r"\b(?:down|fell|fall(?:s|en|ing)?|drop(?:s|ped|ping)?|declin\w+|decreas\w+|los[est]\w*|loss(?:es)?"
    r"|less|lower\w*|shr[aiu]nk\w*|below|fewer|minus|negative|reduc\w+|cuts?|short|slipp?\w*|worse"
    r"|behind|under|costs?)\b",
    re.IGNORECASE,
)
_BEFORE_CHARS, _AFTER_CHARS = 60, 30


@dataclass(frozen=True, slots=True)
class Number:
    """One printed figure.

    Attributes:
        value: As printed, scale applied, sign as printed.
        step: Size of the last printed digit, scale applied; it claims no more than that.
        scale: 1, or what K, M or B stand for.
        falls: Whether a word nearby makes it a decrease ("down 5" says −5).
        noun: The word after it, lower case ("days").
    """

    value: float
    step: float
    kind: Kind
    scale: float
    falls: bool
    noun: str
    start: int
    end: int


def numbers_in(
    text: str, *, literals: tuple[str, ...] = (), smallest_word: int = SPELLED_FROM
) -> list[Number]:
    """Find the figures of a text.

    Args:
        text: A sentence or a table row.
        literals: Names that contain digits and are no figures ("Studio 54"); longest win.
        smallest_word: The smallest number in words that counts as a figure.
    """
    masked = mask(text, literals)
    found = [_printed(match, masked) for match in _NUMBER.finditer(masked) if _has_digits(match)]
    found += [
        number for match in _SPELLED.finditer(masked) if (number := _spelled(match, smallest_word))
    ]
    return _share_units(sorted(found, key=lambda number: number.start), masked)


def _has_digits(match: re.Match[str]) -> bool:
    return bool(match["digits"] or match["fraction"])


def _printed(match: re.Match[str], text: str) -> Number:
    fraction = match["fraction"] or ""
    whole = re.sub(r"\D", "", match["digits"])
    scale = _scale(match)
    value = float(f"{whole or '0'}{fraction}") * scale
    if match["sign"] in {"-", "−", "–"} or match["inner"]:
        value = -value
    return Number(
        value=value,
        step=10.0 ** -max(len(fraction) - 1, 0) * scale,
        kind=_kind(match),
        scale=scale,
        falls=_falls(text, match.start(), match.end()),
        noun=_noun(text, match.end()),
        start=match.start() + (len(match.group()) - len(match.group().lstrip())),
        end=match.end(),
    )


def _scale(match: re.Match[str]) -> float:
    """K, M and B; a lower-case m is a million only after a currency sign."""
    mark = (match["scale"] or "").strip()
    if mark == "m" and not match["currency"]:
        return 1.0
    return _SCALES.get(mark.lower(), 1.0)


def _kind(match: re.Match[str]) -> Kind:
    unit = (match["unit"] or "").strip().lower()
    if unit in {"%", "percent", "per cent"}:
        return "pct"
    if unit:
        return "points"
    return "usd" if match["currency"] else "plain"


def _spelled(match: re.Match[str], smallest: int) -> Number | None:
    if match["tens"]:
        value = _TENS[match["tens"].lower()] + _SMALL_WORDS.get((match["ones"] or "").lower(), 0)
    else:
        value = _SMALL_WORDS[match["small"].lower()]
    power = _POWERS.get((match["power"] or "").lower(), 1)
    if value * power < smallest:
        return None
    text = match.string
    return Number(
        value=float(value * power),
        step=float(power),
        kind="pct" if match["unit"] else "plain",
        scale=float(power),
        falls=_falls(text, match.start(), match.end()),
        noun=_noun(text, match.end()),
        start=match.start(),
        end=match.end(),
    )


def _falls(text: str, start: int, end: int) -> bool:
    around = text[max(0, start - _BEFORE_CHARS) : start] + " . " + text[end : end + _AFTER_CHARS]
    return _DOWN.search(around) is not None


def _noun(text: str, end: int) -> str:
    match = re.match(r"[\s-]*(?:full |more |last )?([A-Za-z]+)", text[end : end + 30])
    return match[1].lower() if match else ""


def _share_units(numbers: list[Number], text: str) -> list[Number]:
    """In a range ("12–15 %", "$1–2M") both figures have one unit and one scale."""
    shared = list(numbers)
    for index in range(len(numbers) - 2, -1, -1):
        first, second = shared[index], shared[index + 1]
        if _RANGE.fullmatch(text[first.end : second.start]):
            shared[index], shared[index + 1] = _as_range(first, second)
    return shared


def _as_range(first: Number, second: Number) -> tuple[Number, Number]:
    scale = second.scale if first.scale == 1 and abs(first.value) < _LEAST_SCALE else 1.0
    first = replace(
        first,
        value=first.value * scale,
        step=first.step * scale,
        scale=first.scale * scale,
        kind=second.kind if first.kind == "plain" else first.kind,
        noun=second.noun if first.noun in {"", "to", "and"} else first.noun,
    )
    return first, replace(second, kind="usd") if first.kind == "usd" else second
