"""What is unusual about a load, compared with earlier loads of the same kind of file."""

import re
from collections.abc import Iterator, Sequence
from statistics import median

from data.quality.load_profile import Anomaly, LoadedColumn, LoadProfile

COMPARED_LOADS = 3
_FEWER, _MORE = 0.5, 2.0
_MISSING_POINTS = 0.1
_SHOWN_VALUES = 5
_NOT_CATEGORIES = frozenset(
    {"name", "contact_name", "email", "phone", "subject", "body", "comments"}
)


def comparable(
    history: Sequence[LoadProfile], file: str, entity: str, *, any_name: bool = False
) -> list[LoadProfile]:
    """Earlier loads of the same series, oldest first: names that differ only in their numbers.

    Args:
        history: Profiles of earlier loads, oldest first.
        file: The file to compare.
        entity: Raw entity.
        any_name: Where the series has no earlier load, take every load of the entity.
    """
    same = [one for one in history if one.entity == entity]
    series = [one for one in same if same_series(one.file, file)]
    return (series or (same if any_name else []))[-COMPARED_LOADS:]


def find_anomalies(new: LoadProfile, earlier: Sequence[LoadProfile]) -> list[Anomaly]:
    """Say what differs from the earlier loads; nothing without one."""
    if not earlier:
        return []
    found = list(_rows(new, earlier))
    for name, column in new.columns.items():
        before = [one.columns[name] for one in earlier if name in one.columns]
        if len(before) < len(earlier):
            continue
        found += _missing(name, column, before)
        found += _range(name, column, before)
        if name not in _NOT_CATEGORIES:
            found += _categories(name, column, before)
    found += _emptied(new, earlier)
    return found


def same_series(one: str, other: str) -> bool:
    """Whether two file names differ only in their numbers, as tickets_05 and tickets_06 do."""
    return re.sub(r"\d+", "#", one.lower()) == re.sub(r"\d+", "#", other.lower())


def _told(earlier: Sequence[object]) -> str:
    return "the last load" if len(earlier) == 1 else f"the last {len(earlier)} loads"


def _rows(new: LoadProfile, earlier: Sequence[LoadProfile]) -> Iterator[Anomaly]:
    usual = median(one.rows for one in earlier)
    if not usual:
        return
    ratio = new.rows / usual
    if _FEWER < ratio < _MORE:
        return
    change = f"{1 - ratio:.0%} fewer rows than" if ratio < 1 else f"{ratio:.1f} times the rows of"
    told = f"{new.file} holds {change} {_told(earlier)} ({new.rows:,}; usually {usual:,.0f})."
    yield Anomaly("rows", None, told)


def _missing(name: str, new: LoadedColumn, before: Sequence[LoadedColumn]) -> Iterator[Anomaly]:
    usual = max(one.missing_share for one in before)
    if new.missing_share - usual >= _MISSING_POINTS:
        told = f"{name} is empty in {new.missing_share:.0%} of the rows; before in {usual:.0%}."
        yield Anomaly("missing", name, told)


def _emptied(new: LoadProfile, earlier: Sequence[LoadProfile]) -> Iterator[Anomaly]:
    for name in earlier[-1].columns:
        if name not in new.columns and new.rows:
            yield Anomaly("missing", name, f"{name} is empty throughout; before it was not.")


def _range(name: str, new: LoadedColumn, before: Sequence[LoadedColumn]) -> Iterator[Anomaly]:
    if isinstance(new.maximum, str):
        last = max(str(one.maximum) for one in before)
        if new.maximum < last:
            told = f"{name} ends on {new.maximum}, before the {last} of {_told(before)}."
            yield Anomaly("dates", name, told)
        return
    if new.maximum is None or new.minimum is None:
        return
    low = min(float(one.minimum or 0) for one in before)
    high = max(float(one.maximum or 0) for one in before)
    width = max(high - low, abs(high), 1.0)
    if float(new.maximum) > high + width:
        told = f"{name} reaches {new.maximum:,.6g}; before at most {high:,.6g}."
        yield Anomaly("range", name, told)
    if float(new.minimum) < low - width:
        told = f"{name} goes down to {new.minimum:,.6g}; before at least {low:,.6g}."
        yield Anomaly("range", name, told)


def _categories(name: str, new: LoadedColumn, before: Sequence[LoadedColumn]) -> Iterator[Anomaly]:
    if not new.categories or not all(one.categories for one in before):
        return
    known = {value for one in before for value in one.categories}
    fresh = [value for value in new.categories if value not in known]
    if fresh:
        more = f" and {len(fresh) - _SHOWN_VALUES} more" if len(fresh) > _SHOWN_VALUES else ""
        values = "value" if len(fresh) == 1 else "values"
        told = f"{name} has {len(fresh)} new {values}: {', '.join(fresh[:_SHOWN_VALUES])}{more}."
        yield Anomaly("categories", name, told)
