"""Seasons as periods: "over the summer" is June to August, "last winter" December to February."""

import re
from datetime import date, timedelta
from typing import Final

from app.agent.planner.dates import add_months
from app.agent.planner.period_dates import When

_FIRST_MONTH: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_MONTHS: Final = 3
SEASON: Final = (
    r"(?:in\s|during\s|over\s|for\s|through\s|throughout\s|since\s)?"
    r"(?:(?P<which>last|this|past|this past)\s|the\s(?:(?:last|past)\s)?)"
    rf"(?P<season>{'|'.join(_FIRST_MONTH)})(?!\s(?:in|of|by|was|is|from|to|off|over)\b)"
)


def season_period(match: re.Match[str], as_of: date) -> When | None:
    """The season that began last; "last summer" said in summer is the one a year before."""
    if match[0] == "the fall":  # a drop, far likelier
        return None
    first = date(as_of.year, _FIRST_MONTH[match["season"]], 1)
    over = add_months(first, _MONTHS)
    if first > as_of or (match["which"] == "last" and as_of < over):
        first = add_months(first, -12)
    end = min(add_months(first, _MONTHS) - timedelta(days=1), as_of)
    label = f"{match['season']} {first.year}"
    return When(first, end, label, "past", None, "month", _MONTHS)
