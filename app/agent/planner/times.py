"""Time slots: period, comparison, grain and horizons of a clause."""

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from app.agent.planner.dates import add_months, start_of
from app.agent.planner.need import Need
from app.agent.planner.periods import When
from app.agent.planner.selection import ahead_period
from app.agent.planner.spans.span import Span

_COMPARING: Final = frozenset({"compare"})
_EACH: Final = frozenset({("each", "of"), ("one", "of"), ("all", "of")})
_CHURN_HORIZONS: Final = (30, 60, 90)


def period(need: Need) -> dict[str, Any] | None:
    """The period of a clause as start, end and label."""
    if _is_renewal(need):
        return ahead_period(need)
    whens = _past(need)
    if not whens:
        return _open_past(need)
    spans = sorted(whens, key=lambda span: (span.value.end, span.value.start))
    chosen = spans[-1] if _compares(need) or len(spans) == 1 else whens[0]
    if len(spans) > 1 and _compares(need):
        need.notes["earlier"] = spans[-2].value
    need.used.update(whens)
    return _as_dict(chosen.value)


def compare_to(need: Need) -> Any:
    """What the period is compared with."""
    said = need.clause.first("compare")
    if said is not None:
        return said.value
    earlier = need.notes.get("earlier")
    if isinstance(earlier, When):
        return _as_dict(earlier)
    if _changes(need):
        return "previous_period"
    return None


def grain(need: Need) -> str | None:
    """Steps of a trend."""
    span = need.clause.first("grain")
    if span is not None:
        return None if averages(need) else str(span.value)
    stepped = _each_of(need)
    if stepped is not None:
        return stepped
    wants_line = need.clause.has("trend") and not need.clause.all("compare")
    if wants_line and not need.notes.get("earlier"):
        return "month"
    return None


def _each_of(need: Need) -> str | None:
    """“For each of the last four quarters”: one value a quarter."""
    for span in need.clause.all("period"):
        when, start = span.value, span.start
        said = [need.clause.word(i) for i in (start - 2, start - 1, start)]
        each = any(pair in _EACH for pair in pairwise(said))
        if isinstance(when, When) and when.count and when.count > 1 and each:
            return when.unit
    return None


def averages(need: Need) -> bool:
    """“What does an average SMB client bring us”: the mean revenue of a client."""
    clause = need.clause
    return clause.has("average") and clause.has("pays") and clause.has("client")


def horizon(need: Need) -> int | None:
    """Days ahead that are asked for."""
    for span in need.free("period"):
        when = span.value
        if isinstance(when, When) and when.days and when.direction in {"future", "open"}:
            need.used.add(span)
            return when.days
    for span in need.free("period"):
        when = span.value
        if isinstance(when, When) and when.start and when.end and when.direction == "past":
            return _until(when, need.lexicon.as_of)
    return None


def open_horizon(need: Need) -> int | None:
    """A length of time, ahead or not: "over 6 months"."""
    for span in need.free("period"):
        when = span.value
        if isinstance(when, When) and when.days:
            need.used.add(span)
            return when.days
    return None


def churn_horizon(need: Need, days: int | None = None) -> int:
    """One of the horizons the churn model has, the nearest to what was asked."""
    asked = days or _named_horizon(need) or horizon(need)
    if asked is None:
        return 90
    return min(_CHURN_HORIZONS, key=lambda known: (abs(known - asked), known))


def _named_horizon(need: Need) -> int | None:
    """The horizon within a name such as `churn_prob_30d`."""
    for span in need.clause.all("measure"):
        match = re.fullmatch(r"churn_prob_(\d+)d", str(span.value))
        if match:
            return int(match[1])
    return None


def _until(when: When, as_of: date) -> int | None:
    """Days to the end of the running unit: "this quarter" seen from a forecast."""
    if when.end != as_of or when.unit not in {"week", "month", "quarter", "year"}:
        return None
    months = {"month": 1, "quarter": 3, "year": 12}.get(when.unit)
    if months is None:
        return 7
    end = add_months(start_of(when.unit, as_of), months) - timedelta(days=1)
    return max((end - as_of).days, 1)


def _past(need: Need) -> list[Span]:
    return [
        span
        for span in need.free("period")
        if isinstance(span.value, When) and span.value.direction == "past" and span.value.start
    ]


def _open_past(need: Need) -> dict[str, Any] | None:
    """“over 6 months” in a question about figures means the last six."""
    as_of = need.lexicon.as_of
    for span in need.free("period"):
        when = span.value
        if not isinstance(when, When) or when.direction != "open" or not when.count:
            continue
        if need.clause.word(span.start) in {"a", "per", "each", "every"} and when.count == 1:
            continue
        need.used.add(span)
        if when.unit in {"day", "week"}:
            start, end = as_of - timedelta(days=(when.days or 1) - 1), as_of
        else:
            months = when.count * {"month": 1, "quarter": 3, "year": 12}[when.unit]
            this = start_of("month", as_of)
            start, end = add_months(this, -months), this - timedelta(days=1)
        return {
            "start": start.isoformat(),
            "end": end.isoformat(),
            "label": f"the last {when.label}",
        }
    return None


def _compares(need: Need) -> bool:
    words = set(need.clause.words)
    return need.clause.has(*_COMPARING) or bool(words & {"vs", "versus", "to", "than", "with"})


def _changes(need: Need) -> bool:
    text = need.clause.text
    said = ("change", "changed", "grow", "grew", "grown", "increase", "increased", "decrease",
            "decreased", "drop", "dropped", "fall", "fell", "rise", "rose", "went up", "gone up",
            "going up", "growth", "improve", "improved", "worse", "worsened", "declined")  # fmt: skip
    words = f" {text} "
    asked = any(f" {word} " in words for word in said)
    measured = any(
        need.lexicon.measures[str(span.value)].number != "revenue_decline_90d"
        or not need.clause.has("client", "who")
        for span in need.free("measure")
    )
    return asked and measured and not need.clause.has("trend") and not need.clause.all("grain")


def _is_renewal(need: Need) -> bool:
    measures = [need.lexicon.measures[str(span.value)] for span in need.free("measure")]
    renewing = any(span.value == "renewing" for span in need.clause.all("condition"))
    return renewing or any(measure.renewal for measure in measures)


def _as_dict(when: When) -> dict[str, Any]:
    if when.start is None or when.end is None:
        raise ValueError(f"{when.label!r} has no dates.")
    return {"start": when.start.isoformat(), "end": when.end.isoformat(), "label": when.label}
