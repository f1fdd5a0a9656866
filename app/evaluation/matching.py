"""Does this value stand in that answer? Numbers as printed, words in any case, dates in any form."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.agent.events import TurnAnswer

NUMBER = re.compile(
    r"(?P<sign>[-−]?)(?P<money>[$€£])?\s?(?P<digits>\d{1,3}(?:[,   ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s?(?P<suffix>%|percent\b|[KMB](?![a-zA-Z]))?"
)
SCALES = {"K": 1e3, "M": 1e6, "B": 1e9}
ROUNDING_SHARE = 0.05
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
DATES = re.compile(
    r"\b\d{4}-\d{2}(?:-\d{2})?\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH}(?:\s\d{{4}})?"
    rf"|\b{_MONTH}\s\d{{1,2}}(?:,?\s\d{{4}})?\b"
    rf"|\b{_MONTH}\s\d{{4}}\b"
    r"|\bQ[1-4](?:\s\d{4})?\b"
    r"|\b(?:in|of|since|until|from|to|and|than|before|H[12]) (?:19|20)\d\d\b(?![-.,]?\d|\s?%)"
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it stands in a text: `12.3 %` is value 12.3, decimals 1, suffix %."""

    value: float
    decimals: int
    suffix: str

    def means(self, truth: float) -> bool:
        """Whether this is `truth`, rounded as printed; the sign does not count."""
        target = abs(truth)
        if self.suffix in SCALES:
            shown = target / SCALES[self.suffix]
            close = abs(shown - self.value) <= ROUNDING_SHARE * max(shown, 1e-9)
            return close and self._rounds(shown)
        if self.suffix:
            return self._rounds(target * 100) or self._rounds(target)
        return self._rounds(target)

    def _rounds(self, target: float) -> bool:
        return abs(target - self.value) <= 0.5 * 10**-self.decimals + 1e-9 * max(target, 1.0)


def numbers_in(text: str) -> Iterator[Printed]:
    """Every number of a text, dates left out."""
    for match in NUMBER.finditer(DATES.sub(" ", text)):
        digits = re.sub(r"[,   ]", "", match.group("digits"))
        suffix = (match.group("suffix") or "").replace("percent", "%")
        decimals = len(digits.partition(".")[2])
        yield Printed(float(digits), decimals, suffix)


def holds(value: Any, answer: TurnAnswer) -> bool:
    """Whether a true value is in the answer's text or in its table."""
    return in_text(value, answer.answer) or any(
        _same_cell(value, cell)
        for row in (answer.table.rows if answer.table else [])
        for cell in row
    )


def in_text(value: Any, text: str) -> bool:
    """Whether a true value stands in a text."""
    if value is None:
        return True
    if isinstance(value, bool):
        return ("yes" if value else "no") in text.lower()
    if isinstance(value, date | datetime):
        return any(form.lower() in text.lower() for form in date_forms(value))
    if isinstance(value, str):
        return _normal(value) in _normal(text)
    return any(number.means(float(value)) for number in numbers_in(text))


def date_forms(day: date) -> list[str]:
    """The ways a date is written."""
    return [
        f"{day:%Y-%m-%d}",
        f"{day.day} {day:%b %Y}",
        f"{day.day} {day:%B %Y}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%b} {day.day}, {day.year}",
    ]


def ordered(values: Iterable[Any], answer: TurnAnswer) -> bool:
    """Whether the values appear in this order, in the table or in the text."""
    wanted = list(values)
    rows = iter(answer.table.rows if answer.table else [])
    if wanted and all(any(_stands_in(value, row) for row in rows) for value in wanted):
        return True
    return _in_order([str(value) for value in wanted], _normal(answer.answer))


def _stands_in(value: Any, row: Sequence[Any]) -> bool:
    """Whether a cell is the value: a name whole, a sum whatever its last digit."""
    if isinstance(value, str):
        return any(_normal(value) == _normal(str(cell)) for cell in row)
    return any(_same_cell(value, cell) for cell in row)


def _in_order(wanted: list[str], text: str) -> bool:
    # A headline may name the first one ahead of the list, so look from each start.
    for start in [m.start() for m in re.finditer(re.escape(_normal(wanted[0])), text)]:
        position = start
        for value in wanted:
            position = text.find(_normal(value), position)
            if position < 0:
                break
        else:
            return True
    return False


def _same_cell(value: Any, cell: Any) -> bool:
    if value is None or cell is None:
        return value is cell
    if isinstance(value, int | float) and isinstance(cell, int | float):
        scale = max(abs(float(value)), 1.0)
        return min(abs(abs(cell) - abs(value)), abs(abs(cell) - 100 * abs(value))) <= 1e-6 * scale
    if isinstance(value, int | float):
        return any(number.means(float(value)) for number in numbers_in(str(cell)))
    return in_text(value, str(cell))


def _normal(text: str) -> str:
    return re.sub(r"\s+", " ", text.casefold()).strip()
