"""The filters of the first page as they stand in its address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from data.gold import Gold
from data.periods import add_months, describe, last_full_months, month_end, month_start
from data.query import Filter, Period, Scope
from tools.wording import join_words

DIMENSIONS = ("segment", "region", "plan", "account_manager")
DEFAULT_PERIOD = "12m"
_LAST_MONTHS = {"3m": 3, "6m": 6, "12m": 12, "24m": 24}


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a select box."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Box:
    """A select box of the filter bar."""

    name: str
    label: str
    chosen: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class PageFilters:
    """What the page is narrowed to.

    Attributes:
        chosen: Dimension → value, as the data spells it.
        period_key: The period's word in the address.
        period: The months the trends cover.
        problems: What could not be used, each with what is allowed.
    """

    chosen: Mapping[str, str]
    period_key: str
    period: Period
    problems: tuple[str, ...] = field(default=())

    @property
    def filters(self) -> list[Filter]:
        """For the semantic layer."""
        return [Filter(dimension=name, op="=", value=value) for name, value in self.chosen.items()]

    @property
    def key(self) -> tuple[tuple[tuple[str, str], ...], str]:
        """What makes two pages the same."""
        return tuple(self.chosen.items()), self.period_key

    def query(self, **more: str | int) -> str:
        """The address' query for these filters, the defaults left out."""
        entries: dict[str, str | int] = dict(self.chosen)
        if self.period_key != DEFAULT_PERIOD:
            entries["period"] = self.period_key
        return urlencode({**entries, **more})


def read_filters(given: Mapping[str, str], gold: Gold, scope: Scope) -> PageFilters:
    """Read the filters of an address; what does not fit is left out and said."""
    chosen: dict[str, str] = {}
    problems: list[str] = []
    for name in DIMENSIONS:
        value = given.get(name, "").strip()
        if not value:
            continue
        known = gold.values(name, scope)
        spelled = {entry.casefold(): entry for entry in known}.get(value.casefold())
        if spelled is None:
            problems.append(_unknown(_label(gold, name).lower(), value, known))
        else:
            chosen[name] = spelled
    key = given.get("period", "").strip() or DEFAULT_PERIOD
    period = _period(key, gold)
    if period is None:
        known = [choice.value for choice in _period_choices(gold)]
        problems.append(_unknown("period", key, known[:8]))
        key = DEFAULT_PERIOD
    return PageFilters(chosen, key, period or _last(12, gold), tuple(problems))


def filter_boxes(filters: PageFilters, gold: Gold, scope: Scope) -> tuple[Box, ...]:
    """The select boxes; a dimension with one value has nothing to choose from."""
    boxes: list[Box] = []
    for name in DIMENSIONS:
        known = gold.values(name, scope)
        if len(known) > 1:
            label = _label(gold, name)
            choices = (Choice("", f"All {_plural(label)}"), *(Choice(v, v) for v in known))
            boxes.append(Box(name, label, filters.chosen.get(name, ""), choices))
    periods = _period_choices(gold)
    return (*boxes, Box("period", "Period", filters.period_key, tuple(periods)))


def _period(key: str, gold: Gold) -> Period | None:
    if key in _LAST_MONTHS:
        return _last(_LAST_MONTHS[key], gold)
    if key not in {choice.value for choice in _period_choices(gold)}:
        return None
    year, _, quarter = key.partition("-Q")
    first = date(int(year), 3 * int(quarter) - 2 if quarter else 1, 1)
    last = month_end(add_months(first, 2 if quarter else 11))
    return Period(start=max(first, gold.span.first), end=min(last, gold.as_of))


def _last(months: int, gold: Gold) -> Period:
    """The last full months, and the running one up to the last day of the data."""
    full = last_full_months(gold.as_of, months)
    return Period(start=max(full.start, gold.span.first), end=gold.as_of)


def _period_choices(gold: Gold) -> list[Choice]:
    known = (gold.as_of - gold.span.first).days
    choices = [
        Choice(key, f"Last {months} months")
        for key, months in _LAST_MONTHS.items()
        if known > 28 * months or key == DEFAULT_PERIOD
    ]
    years = range(gold.as_of.year, gold.span.first.year - 1, -1)
    choices += [Choice(str(year), str(year)) for year in years]
    quarter = month_start(gold.as_of)
    quarter = quarter.replace(month=quarter.month - (quarter.month - 1) % 3)
    while quarter + timedelta(days=92) > gold.span.first:
        name = f"{quarter.year}-Q{(quarter.month + 2) // 3}"
        span = Period(start=quarter, end=month_end(add_months(quarter, 2)))
        choices.append(Choice(name, describe(span)))
        quarter = add_months(quarter, -3)
    return choices


def _label(gold: Gold, name: str) -> str:
    return gold.semantic.dimension(name).label


def _plural(label: str) -> str:
    return f"{label.lower()}s"


def _unknown(what: str, value: str, known: Sequence[str]) -> str:
    allowed = f" Choose {join_words(list(known), last='or')}." if known else ""
    shown = value if len(value) <= 40 else f"{value[:40]}…"
    return f"There is no {what} “{shown}” among the clients you can see, so all are shown.{allowed}"
