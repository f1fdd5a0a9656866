"""How figures are written: one wording for summaries, tables and drafts.

Every number is rounded so that it still equals its fact as printed (`$1.23M`, `12.3 %`, `1,204`).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, SupportsFloat

MISSING: Final = "n/a"
"""What stands where a value is unknown."""

_SYMBOLS: Final[Mapping[str, str]] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_SCALES: Final = ((1e9, "B"), (1e6, "M"))


def format_value(value: object, unit: str, *, currency: str = "USD") -> str:
    """Write one value as a person reads it.

    Args:
        value: A number, date, word, list or None.
        unit: A unit of `tools.contract.Unit`; `prob` (0-1) is written in percent.
        currency: ISO code of the base currency, for `usd`.

    Returns:
        The wording, `n/a` for what is unknown.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    if isinstance(value, bool) or not isinstance(value, SupportsFloat) or isinstance(value, str):
        return _words(value)
    if unit == "usd":
        return _money(float(value), currency)
    return _WRITERS.get(unit, _plain)(float(value))


def join_words(words: Sequence[str], *, last: str = "and") -> str:
    """Join words as in a sentence: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def count_noun(count: float, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun: "1 client", "1,204 clients"."""
    return f"{_count(count)} {noun if count == 1 else plural or noun + 's'}"


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return join_words([str(item) for item in value]) or "none"
    return str(value)


def _decimals(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _money(value: float, currency: str) -> str:
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    sign, size = ("-" if value < 0 else ""), abs(value)
    for scale, letter in _SCALES:
        if size >= scale:
            return f"{sign}{symbol}{_decimals(size / scale, 2)}{letter}"
    if size >= 1000 or float(size).is_integer():
        return f"{sign}{symbol}{size:,.0f}"
    return f"{sign}{symbol}{size:,.2f}"


def _count(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else _decimals(value, 1)


def _percent(value: float) -> str:
    digits = 2 if 0 < abs(value) < 1 else 1
    return f"{_decimals(value, digits)} %"


def _score(value: float) -> str:
    return _decimals(value, 2 if abs(value) <= 1 else 1)


def _plain(value: float) -> str:
    return _decimals(value, 2)


_WRITERS: Final[Mapping[str, Callable[[float], str]]] = {
    "count": _count,
    "pct": _percent,
    "prob": lambda value: _percent(100 * value),
    "days": lambda value: count_noun(round(value, 1), "day"),
    "hours": lambda value: count_noun(round(value, 1), "hour"),
    "score": _score,
    "points": lambda value: _decimals(value, 1),
}
