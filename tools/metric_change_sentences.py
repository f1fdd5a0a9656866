"""A change taken apart, in sentences."""

import math
from collections.abc import Iterable
from datetime import date
from typing import Final, cast

from data.periods import describe, month_end
from data.query import Period
from tools.contract import Unit
from tools.metric_changes import BY_CLIENT, Change, Group
from tools.metric_parts import Level, Ratio
from tools.wording import format_value, join_words

__all__ = ["change_sentences", "change_unit", "gainers", "losers"]

_GROUPS_SAID: Final = 3
_CLIENTS_SAID: Final = 3
_CHANGE_UNITS: Final[dict[str, Unit]] = {"pct": "points", "prob": "points"}


def change_sentences(change: Change, where: str, currency: str) -> str:
    """What changed, by which movements, where, and with whom."""
    return " ".join(part for part in _Writer(change, where, currency).sentences() if part)


def losers(change: Change) -> list[tuple[str, float]]:
    """The clients that lost most, the largest loss first."""
    return [each for each in change.clients[:_CLIENTS_SAID] if each[1] < 0]


def gainers(change: Change) -> list[tuple[str, float]]:
    """The clients that gained most, the largest gain first."""
    return [each for each in change.clients[: -_CLIENTS_SAID - 1 : -1] if each[1] > 0]


def change_unit(change: Change) -> Unit:
    """Unit of a difference: rates differ by points."""
    unit = change.metric.unit
    return _CHANGE_UNITS.get(unit, cast("Unit", unit))


def _rounded(value: float, unit: str) -> float:
    return float(round(value)) if unit in {"usd", "count"} else value


class _Writer:
    def __init__(self, change: Change, where: str, currency: str) -> None:
        self.change, self.currency = change, currency
        self.where = f" ({where})" if where else ""

    def sentences(self) -> list[str]:
        """Headline, movements or effects, groups, clients."""
        change = self.change
        middle = self._effects() if isinstance(change.part, Ratio) else self._movements()
        return [self._headline(), middle, self._groups(), *self._clients()]

    def _headline(self) -> str:
        change = self.change
        then, now = (self._at(p) for p in (change.span.before, change.span.now))
        before, after = (self._value(v) for v in (change.before, change.now))
        label = f"{change.metric.label}{self.where}"
        if not change.change:
            return f"{label} did not change: {after} {now} as {then}."
        way = "rose" if change.change > 0 else "fell"
        share = ""
        if change_unit(change) != "points" and change.before:
            percent = 100 * abs(change.change) / abs(change.before)
            share = f" ({format_value(percent, 'pct')})"
        size = self._size(change.change)
        return f"{label} {way} by {size}{share}, from {before} {then} to {after} {now}."

    def _movements(self) -> str:
        change = self.change
        if not isinstance(change.part, Level):
            return ""
        said = [
            f"{self._signed(value)} {move.label.lower()}"
            for move, value in zip(change.part.movements, change.moves, strict=True)
            if value
        ]
        return f"The movements: {join_words(said)}." if said else ""

    def _effects(self) -> str:
        by = self.change.split.replace("_", " ")
        mix = _sum(group.mix for group in self.change.groups)
        rate = _sum(group.rate for group in self.change.groups)
        return (
            f"Changed figures within the {_plural(by)} account for {self._signed(rate)}, a changed "
            f"mix of {_plural(by)} for {self._signed(mix)}."
        )

    def _groups(self) -> str:
        change = self.change
        shown = [group for group in change.groups if group.change][:_GROUPS_SAID]
        if change.split == BY_CLIENT or len(change.groups) < 2 or not shown:
            return ""
        by = change.split.replace("_", " ")
        head = f"The split by {by} shows it best" if change.chosen else f"By {by}"
        return f"{head}: {join_words([self._group(group) for group in shown])}."

    def _group(self, group: Group) -> str:
        said = f"{group.name.replace('_', ' ')} {self._signed(group.change)}"
        if isinstance(self.change.part, Ratio) and not math.isnan(group.before + group.now):
            said += f" (own figure from {self._value(group.before)} to {self._value(group.now)})"
        return said

    def _clients(self) -> list[str]:
        change = self.change
        said: list[str] = []
        if not isinstance(change.part, Level) and change.metric.unit == "count":
            return [self._busiest()]
        if change.metric.name == "customers":
            return []
        for word, clients in (("down", losers(change)), ("up", gainers(change))):
            names = [f"{name} ({self._signed(value)})" for name, value in clients]
            if names:
                said.append(f"Clients most {word}: {join_words(names)}.")
        return said

    def _busiest(self) -> str:
        """Counts of single clients are told only where they are more than 1."""
        parts = [*losers(self.change), *gainers(self.change)]
        parts = [each for each in parts if abs(each[1]) > 1]
        names = [f"{name} ({self._signed(value)})" for name, value in parts[:_CLIENTS_SAID]]
        return f"Clients that changed most: {join_words(names)}." if names else ""

    def _at(self, period: Period) -> str:
        if self.change.metric.kind != "point" or self.change.metric.name == "avg_resolution_hours":
            words = describe(period)
            return f"{'from' if ' to ' in words else 'in'} {words}"
        if period.end != month_end(period.end):
            return f"on {_day(period.end)}"
        return f"at the end of {period.end:%B %Y}"

    def _value(self, value: float) -> str:
        return format_value(_rounded(value, self.change.metric.unit), self.change.metric.unit,
                            currency=self.currency)  # fmt: skip

    def _size(self, value: float) -> str:
        unit = change_unit(self.change)
        text = format_value(abs(_rounded(value, unit)), unit, currency=self.currency)
        return f"{text} points" if unit == "points" else text

    def _signed(self, value: float) -> str:
        size = self._size(value)
        if not any(digit in size for digit in "123456789"):
            return "next to nothing"
        return f"{'-' if value < 0 else '+'}{size}"


def _sum(values: Iterable[float]) -> float:
    return math.fsum(values)


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
