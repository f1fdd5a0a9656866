"""Which clients are meant: values, managers, conditions and thresholds as filters."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from app.agent.planner.dates import end_of, shift, start_of
from app.agent.planner.language import Condition, language
from app.agent.planner.need import Need
from app.agent.planner.negation import negated
from app.agent.planner.periods import When
from app.agent.planner.spans.span import Span
from app.agent.planner.splitting import condition_of
from app.agent.planner.thresholds import thresholds
from data.query import Filter, Op

_OPPOSITES: Final[Mapping[str, Op]] = {
    "=": "!=", "!=": "=", ">": "<=", "<": ">=", ">=": "<", "<=": ">", "in": "not_in",
}  # fmt: skip
_MANY: Final[Mapping[str, Op]] = {"=": "in", "!=": "not_in"}


def selection(need: Need, *, skip: frozenset[str] = frozenset()) -> list[Filter]:
    """Filters of a clause.

    Args:
        need: The clause.
        skip: Conditions that the question is about and that select nobody ("why at risk?").
    """
    found = [*thresholds(need)]
    found += _conditions(need, skip, tuple(found))
    found += _values(need)
    found += _managers(need)
    return [item for item in _unique(found) if not _takes_all(need, item)]


def _takes_all(need: Need, item: Filter) -> bool:
    """“Low, medium and high risk” leaves nobody out."""
    known = need.lexicon.dimensions.get(item.dimension, ())
    named = item.value if item.op == "in" and isinstance(item.value, list) else ()
    return len(named) > 1 and set(known) <= {str(value) for value in named}


def named_groups(need: Need) -> list[Filter]:
    """Filters for the values, the managers and the clients that a clause names."""
    keys = list(dict.fromkeys(str(span.value) for span in need.clause.all("client")))
    clients = [_value_filter("customer", keys, negative=False)] if keys else []
    return [*_values(need), *_managers(need), *clients]


def page_filters(need: Need, found: list[Filter]) -> list[Filter]:
    """The page's segment, where the question names none."""
    segment = need.turn.page_segment if need.turn else None
    named = any(f.dimension == "segment" for f in found) or _lifts_page(need)
    split = any(span.value == "segment" for span in need.clause.all("dimension"))
    if not segment or named or split:
        return []
    return [Filter(dimension="segment", value=segment)]


def _lifts_page(need: Need) -> bool:
    """Whether everybody is meant; a “total” alone is the sum over those on the page."""
    clause = need.clause
    said = (hint for hint in clause.hinted("cue") if hint.value == "whole")
    return any(clause.word(hint.end - 1) != "total" for hint in said)


def own_filters(need: Need, found: list[Filter]) -> list[Filter]:
    """The asker's own clients, where they say "my" and are an account manager."""
    turn = need.turn
    if turn is None or turn.scope.account_manager is not None:
        return []
    managers = need.lexicon.dimensions.get("account_manager", ())
    said = {"my", "mine", "i"} & set(need.clause.words) and need.clause.has("my")
    if (
        said
        and turn.user_name in managers
        and not any(f.dimension == "account_manager" for f in found)
    ):
        return [Filter(dimension="account_manager", value=turn.user_name)]
    return []


def _values(need: Need) -> Iterator[Filter]:
    signs: dict[Span, bool] = {}
    groups: dict[tuple[str, bool], list[str]] = {}
    for span in need.clause.all("value"):
        negative = negated(need, span, signs)
        signs[span] = negative
        dimension, value = span.value
        groups.setdefault((dimension, negative), []).append(value)
    for (dimension, negative), values in groups.items():
        yield _value_filter(dimension, list(dict.fromkeys(values)), negative=negative)


def _managers(need: Need) -> Iterator[Filter]:
    names: list[str] = []
    negative = False
    for span in need.clause.all("manager"):
        names += span.value if len(span.value) == 1 else []
        negative = negative or negated(need, span, {})
    if names:
        yield _value_filter("account_manager", list(dict.fromkeys(names)), negative=negative)


def _value_filter(dimension: str, values: list[str], *, negative: bool) -> Filter:
    if len(values) == 1:
        return Filter(dimension=dimension, op="!=" if negative else "=", value=values[0])
    return Filter(dimension=dimension, op="not_in" if negative else "in", value=list(values))


def _conditions(need: Need, skip: frozenset[str], found: Sequence[Filter]) -> Iterator[Filter]:
    for span in need.clause.all("condition"):
        key = str(span.value)
        if key in skip:
            continue
        condition = condition_of(need, span)
        if condition.verb:
            yield from _verb(need, condition.verb)
            continue
        negative = negated(need, span, {})
        for item in _timed(need, condition, found):
            if item.dimension in need.lexicon.numbers or item.dimension in need.lexicon.dimensions:
                yield _opposite(item) if negative else item
    for span in need.free("measure"):
        measure = need.lexicon.measures[str(span.value)]
        if measure.condition and measure.condition not in skip and "list" in need.notes:
            yield from _conditions_of(need, measure.condition, found)


def _conditions_of(need: Need, key: str, found: Sequence[Filter]) -> Iterator[Filter]:
    condition = language().conditions[key]
    if condition.verb:
        yield from _verb(need, condition.verb)
    else:
        yield from _timed(need, condition, found)


def _timed(need: Need, condition: Condition, found: Sequence[Filter]) -> Iterator[Filter]:
    """Filters of a condition, with the time that was said in place of the usual one."""
    for raw in condition.filters:
        item = Filter.model_validate(raw)
        if any(f.dimension == item.dimension for f in found):
            continue
        if condition.days_of == item.dimension:
            days = _days_said(need)
            item = item.model_copy(update={"value": days}) if days else item
        elif condition.horizon_of == item.dimension:
            item = item.model_copy(update={"value": horizon_range(need)})
        yield item


def _days_said(need: Need) -> int | None:
    for span in need.free("period"):
        when = span.value
        if isinstance(when, When) and when.direction in {"open", "past"}:
            need.used.add(span)
            if when.days:
                return when.days
            if when.start:
                return max((need.lexicon.as_of - when.start).days, 1)
    return None


def horizon_range(need: Need) -> list[Any]:
    """Days ahead that "renewing …" covers; 0 to 90 when nothing is said."""
    as_of = need.lexicon.as_of
    for span in need.free("period"):
        when = span.value
        if not isinstance(when, When) or when.direction == "now":
            continue
        need.used.add(span)
        if when.direction == "open":
            return [0, when.days]
        if when.direction == "future" and when.start and when.end:
            first = (when.start - as_of).days
            return [0 if first <= 1 else first, (when.end - as_of).days]
        return _same_period_ahead(when, need)
    return [0, 90]


def _same_period_ahead(when: When, need: Need) -> list[Any]:
    as_of = need.lexicon.as_of
    if when.end == as_of and when.unit in {"week", "month", "quarter", "year"}:
        return [0, (end_of(when.unit, start_of(when.unit, as_of)) - as_of).days]
    if when.start is None or when.end is None:
        return [0, 90]
    start, end = when.start, when.end
    while end < as_of:
        start, end = shift("year", start, 1), end_of("month", shift("year", end.replace(day=1), 1))
    return [max((start - as_of).days, 0), (end - as_of).days]


def ahead_period(need: Need) -> dict[str, Any] | None:
    """The way ahead as a period, for figures on renewals; None when nothing was said."""
    if not any(
        isinstance(s.value, When) and s.value.direction != "now" for s in need.free("period")
    ):
        return None
    first, last = horizon_range(need)
    as_of = need.lexicon.as_of
    start = as_of + timedelta(days=max(first, 1))
    end = max(as_of + timedelta(days=last), start)
    return {"start": start.isoformat(), "end": end.isoformat(), "label": f"the next {last} days"}


def _verb(need: Need, verb: str) -> Iterator[Filter]:
    """Clients that left or joined, in a period where one is said."""
    column = {"churned": "churned_at", "new": "signup_date"}[verb]
    if verb == "churned":
        yield Filter(dimension="status", value="churned")
    for span in need.free("period"):
        when = span.value
        if isinstance(when, When) and when.start and when.end and when.direction == "past":
            need.used.add(span)
            if column in need.lexicon.numbers:
                yield Filter(dimension=column, op="between", value=[when.start, when.end])
            return
    if verb == "new" and column in need.lexicon.numbers:
        start = shift("month", start_of("month", need.lexicon.as_of), -1)
        need.used.update(need.free("period"))
        yield Filter(dimension=column, op="between", value=[start, need.lexicon.as_of])


def _opposite(item: Filter) -> Filter:
    op = _OPPOSITES.get(item.op)
    return item if op is None else Filter(dimension=item.dimension, op=op, value=item.value)


def _unique(filters: list[Filter]) -> list[Filter]:
    """One filter a dimension and sign; "high and medium risk" takes both values."""
    seen: dict[tuple[str, str], Filter] = {}
    for item in filters:
        key = (item.dimension, item.op)
        other = seen.setdefault(key, item)
        if item.op in _MANY and item.value != other.value and isinstance(item.value, str):
            earlier = other.value if isinstance(other.value, list) else [other.value]
            several = [*earlier, item.value]
            seen[key] = Filter(dimension=item.dimension, op=_MANY[item.op], value=several)
    return list(seen.values())
