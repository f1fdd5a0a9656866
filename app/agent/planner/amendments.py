"""Changes that a follow-up makes to single arguments: "and the year before?", "more than 8"."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from app.agent.planner.dates import add_months
from app.agent.planner.need import Need
from app.agent.planner.settings_changed import changed_amount
from app.agent.planner.spans.figures import Figure
from app.agent.planner.thresholds import scaled
from app.agent.planner.times import churn_horizon

_COMPARES: Final = frozenset(
    {"vs", "versus", "compare", "compared", "against", "than", "to", "with", "relative", "over"}
)
_SHORTEST_DAYS: Final = 7
_LONGEST_DAYS: Final = 365


def amended(need: Need, kept: Mapping[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What a clause said, with what it left to the question before filled in.

    Args:
        need: The clause.
        kept: Arguments of the question before.
        said: Arguments filled from the clause alone.
    """
    said = _moved_period(need, kept, said)
    horizon = _new_horizon(need, kept, said)
    if horizon is not None:
        said = {**said, "horizon_days": horizon}
    said = {**said, **changed_amount(need, kept, said)}
    filters = _moved_threshold(need, kept) if not said.get("filters") else None
    return {**said, "filters": filters} if filters else said


def _moved_period(need: Need, kept: Mapping[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """“And the quarter before?” moves the period back; only "compared with" sets them side by side."""
    back, period = said.get("compare_to"), kept.get("period")
    compares = set(need.clause.words) & _COMPARES or need.clause.has("compare")
    if not isinstance(back, str) or not isinstance(period, Mapping) or compares:
        return said
    start, end = (date.fromisoformat(str(period[name])) for name in ("start", "end"))
    as_whole = (start.month, start.day) == (1, 1) and "same" not in need.clause.words
    if back == "previous_year" and as_whole and end == need.lexicon.as_of:
        moved = start.replace(year=start.year - 1), start - timedelta(days=1)
    elif back == "previous_year":
        moved = _months_back(start, end, 12)
    elif start.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        moved = _months_back(start, end, months)
    else:
        length = end - start + timedelta(days=1)
        moved = start - length, end - length
    rest = {name: value for name, value in said.items() if name != "compare_to"}
    return {**rest, "period": {"start": str(moved[0]), "end": str(moved[1]), "label": ""}}


def _months_back(start: date, end: date, months: int) -> tuple[date, date]:
    """The same stretch some months earlier; a running month is taken whole."""
    first, after = add_months(start, -months), add_months(end, 1 - months)
    return first.replace(day=min(start.day, 28)), after - timedelta(days=1)


def _new_horizon(need: Need, kept: Mapping[str, Any], said: Mapping[str, Any]) -> int | None:
    """“And for 90?” after a forecast over 30 days."""
    if "horizon_days" not in kept or "horizon_days" in said:
        return None
    for span in need.free("number"):
        figure = span.value
        if isinstance(figure, Figure) and not figure.unit:
            days = int(figure.value)
            if _SHORTEST_DAYS <= days <= _LONGEST_DAYS:
                return churn_horizon(need, days) if "metric" not in kept else days
    return None


def _moved_threshold(need: Need, kept: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """“More than 8” after "with more than 5 tickets"."""
    operator, number = need.clause.first("operator"), need.clause.first("number")
    if operator is None or number is None or number.start < operator.end:
        return None
    for item in reversed(kept.get("filters") or []):
        name = str(item["dimension"])
        if name in need.lexicon.numbers and not isinstance(item["value"], str):
            value = scaled(number.value.value, name)
            return [{"dimension": name, "op": operator.value, "value": value}]
    return None
