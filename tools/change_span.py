"""The two periods between which a change is explained."""

from dataclasses import dataclass

from data.periods import add_months, describe, last_full_months, month_end, month_start, months_in
from data.query import Period
from tools.contract import ToolContext
from tools.errors import FinalToolError
from tools.resolve import mendable_errors

__all__ = ["Span", "find_span"]


@dataclass(frozen=True, slots=True)
class Span:
    """Two periods of whole months; the later one may be the current month so far.

    Attributes:
        bridge: From the end of the earlier period to the end of the later one.
        assumed: No period was asked.
        widened: The period as it was asked, when it had to be widened to whole months.
        is_partial: The later period is not over.
        is_clipped: The earlier period begins before the data do.
    """

    before: Period
    now: Period
    bridge: Period
    assumed: bool
    widened: Period | None
    is_partial: bool
    is_clipped: bool


def find_span(period: Period | None, compare_to: Period | str | None, context: ToolContext) -> Span:
    """Settle the two periods, in whole months.

    Raises:
        FinalToolError: One of them lies outside the data, or the earlier one is not earlier.
    """
    with mendable_errors():
        as_of, first = context.gold.as_of, context.gold.span.first
    asked = period or last_full_months(as_of)
    if asked.start > as_of:
        raise FinalToolError(f"The data end on {as_of}; {describe(asked)} lies ahead of them.")
    now = Period(
        start=month_start(asked.start), end=min(month_end(asked.end), as_of), label=asked.label
    )
    before = _earlier(now, compare_to)
    if before.end >= now.start:
        raise FinalToolError(
            f"A change is explained from an earlier period: {describe(before)} does not lie before "
            f"{describe(now)}."
        )
    if before.end < first:
        raise FinalToolError(
            f"The data start on {first}: {describe(before)} has no figure to compare with."
        )
    clipped = Period(start=max(before.start, first), end=before.end)
    return Span(
        before=clipped,
        now=now,
        bridge=Period(start=add_months(month_start(before.end), 1), end=now.end),
        assumed=period is None,
        widened=None if (asked.start, min(asked.end, as_of)) == (now.start, now.end) else asked,
        is_partial=now.end != month_end(now.end),
        is_clipped=clipped.start != before.start,
    )


def _earlier(now: Period, compare_to: Period | str | None) -> Period:
    if isinstance(compare_to, Period):
        return Period(start=month_start(compare_to.start), end=month_end(compare_to.end))
    months = 12 if compare_to == "previous_year" else months_in(now)
    start = add_months(now.start, -months)
    return Period(start=start, end=month_end(add_months(month_start(now.end), -months)))
