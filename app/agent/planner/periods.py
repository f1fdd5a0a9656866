"""Periods in words, resolved to dates: "last quarter", "since May", "Q2", "next 60 days".

`as_of` is today. Last month, quarter and year are the full ones before; this month runs to
today; the last N days end with today.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from app.agent.planner import period_dates as made
from app.agent.planner.moments import DATED, MOMENT, MONTH, YEAR
from app.agent.planner.period_dates import NUMBER_WORDS, When
from app.agent.planner.seasons import SEASON, season_period

__all__ = ["When", "find_periods"]

_N: Final = r"(?:\d+|" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True)) + ")"
_UNIT: Final = r"(?:day|week|month|quarter|year)s?"
_PAST: Final = (
    r"(?:this past|last|past|previous|prior|preceding|trailing|most recent|recent|latest)"
)
_NEXT: Final = r"(?:next|coming|following|upcoming|forthcoming)"
_THIS: Final = r"(?:this|current|running|present|ongoing)"

_LATEST: Final = r"(?:most recent|latest|last|past|previous|preceding)"
_FULL: Final = r"(?:full|calendar|whole|complete|completed|closed|finished)"
_FISCAL: Final = rf"(?:(?:fiscal|financial|{_FULL})\s)*"

_Maker = Callable[["re.Match[str]", date], When | None]


def find_periods(text: str, as_of: date) -> Iterator[tuple[int, int, When]]:
    """Yield every period in a text of normalised words.

    Args:
        text: Tokens joined by single blanks.
        as_of: The day that counts as today.

    Yields:
        Start and end offset, and the period; overlapping readings are all given.
    """
    for pattern, make in _PATTERNS:
        for match in pattern.finditer(text):
            when = make(match, as_of)
            if when is not None:
                yield match.start(), match.end(), when


_OF_YEAR: Final = (
    rf"(?:\s(?:of\s|in\s)?(?:the\s)?(?P<year>{YEAR}|last year|this year|previous year))?"
)


def _rule(pattern: str, make: _Maker) -> tuple[re.Pattern[str], _Maker]:
    return re.compile(rf"(?<![\w]){pattern}(?![\w])"), make


_PATTERNS: Final = (
    _rule(rf"(?:in\s|during\s|for\s)?(?:the\s)?{_THIS}\s{_FISCAL}(?P<unit>week|month|quarter|year)"
          r"(?:\sso far|\sto date)?", made.this_period),
    _rule(r"(?P<unit>mtd|qtd|ytd|month to date|quarter to date|year to date)", made.to_date_period),
    _rule(r"so far (?:in )?(?:this|the) (?P<unit>month|quarter|year)", made.this_period),
    _rule(rf"(?:in\s|during\s|over\s|for\s)?(?:the\s)?(?!past year){_PAST}\s"
          rf"{_FISCAL}(?P<unit>week|month|quarter|year)", made.last_period),
    _rule(r"(?:in\s|during\s|over\s|for\s)?(?:the\s)?(?P<unit>week|month|quarter|year)\s"
          r"(?:that\s|which\s|we\s)?(?:has\s|have\s)?just\s"
          r"(?:gone|ended|past|passed|finished|closed|behind us|over|been)", made.last_period),
    _rule(rf"(?:in\s|during\s|over\s|for\s)?(?:the\s|these\s)?{_PAST}\s(?:a\s)?(?:full\s)?"
          rf"(?P<n>{_N})\s(?:{_FULL}\s)?(?P<unit>{_UNIT})", made.last_n_period),
    _rule(rf"(?:in\s|during\s|over\s|for\s)?(?:the\s|these\s|our\s)?(?P<n>{_N})\s{_LATEST}\s"
          rf"(?:{_FULL}\s)?(?P<unit>{_UNIT})", made.last_n_period),
    _rule(r"(?:over\s|in\s|during\s)?(?:the\s)?(?:ttm|ltm|trailing twelve months|past year|trailing year)",
          made.ttm_period),
    _rule(rf"(?P<n>{_N})\s(?P<unit>{_UNIT})\s(?:ago|back|earlier)", made.ago_period),
    _rule(rf"(?:in\s|over\s|within\s|for\s|during\s)?(?:the\s|these\s)?{_NEXT}\s(?P<n>{_N})\s"
          rf"(?P<unit>{_UNIT})", made.future_period),
    _rule(rf"(?:in|within|inside)\s(?:the\s)?(?P<n>{_N})\s(?P<unit>{_UNIT})"
          r"(?:\s(?:time|from now|from today))?", made.future_period),
    _rule(rf"(?P<n>{_N})\s(?P<unit>{_UNIT})\s(?:ahead|out|from now|from today|forward|hence)",
          made.future_period),
    _rule(rf"(?:in\s|over\s|during\s|for\s)?(?:the\s)?{_NEXT}\s{_FISCAL}(?P<unit>week|month|quarter|year)",
          made.next_period),
    _rule(r"(?:by|until|till|through|before|to|at)\s(?:the\s)?end of\s(?:the\s|this\s)?"
          r"(?P<unit>month|quarter|year)", made.until_end_period),
    _rule(r"(?:by|until|till|through|before|to|at)\s(?:the\s)?(?P<unit>month|quarter|year)\send",
          made.until_end_period),
    _rule(rf"(?:for\s|over\s)?(?P<n>{_N})\s(?P<unit>{_UNIT})(?!\sof\s)", made.bare_period),
    _rule(r"(?:right now|just now|now|today|currently|at the moment|at present|as of today|"
          r"as of now|these days|at this point|presently|this moment|to date|so far)", made.now_period),
    _rule(r"yesterday", made.yesterday_period),
    _rule(rf"(?:in|during|for|of|last|vs|versus|with|and|to|was|on)\s(?:last\s)?"
          rf"(?P<month>{MONTH}){_OF_YEAR}", made.in_month_period),
    _rule(rf"(?P<month>(?!may\b|march\b|mar\b|sep\b|dec\b|jan\b){MONTH}){_OF_YEAR}", made.in_month_period),
    _rule(rf"(?P<month>{MONTH})\s(?P<year>{YEAR})", made.in_month_period),
    _rule(rf"(?:(?:between|from)\s(?P<first>{MOMENT})\s(?:and|to|until|till|through|up to)"
          rf"|(?:in\s|during\s|over\s)?(?P<opening>{MOMENT})\s(?:to|until|till|through))\s"
          rf"(?:the end of\s)?(?P<last>{MOMENT})", made.between_period),
    _rule(rf"(?P<first>{MONTH})\s(?P<last>{MONTH}(?:\s{YEAR})?)", made.between_period),
    _rule(rf"(?:since|from|after|starting|beginning)\s(?:in\s|on\s)?(?:the\s)?"
          rf"(?:start of\s|beginning of\s|end of\s)?(?:last\s)?(?P<since>{MOMENT}){_OF_YEAR}"
          r"(?:\s(?:on|onwards|onward|until now|until today|to now|to today|to date))?",
          made.since_moment_period),
    _rule(rf"(?:by|until|till|through|up to|before)\s(?:the\s)?(?:end of\s)?(?P<until>{MOMENT})",
          made.until_moment_period),
    _rule(rf"(?:in\s|on\s|during\s|for\s|at\s|as of\s|as at\s|per\s)?(?P<at>{DATED})",
          made.dated_period),
    _rule(rf"(?:in\s|during\s|for\s|over\s)?(?:the\s)?first\s(?P<n>{_N})\s(?P<unit>(?:month|quarter)s)"
          rf"(?:\sof\s(?:the\s)?(?P<year>{YEAR}|last year|this year|year))?", made.first_n_period),
    _rule(r"(?:in\s|for\s)?(?:the\s)?(?P<unit>week|month|quarter|year)\sbefore\slast",
          made.before_last_period),
    _rule(r"since\s(?:the\s)?(?:start of\s|beginning of\s)?(?:the\s)?"
          r"(?P<which>this|last|previous|current|)\s?(?P<unit>week|month|quarter|year)"
          r"(?:\s(?:start|began|started))?", made.since_unit_period),
    _rule(rf"(?:in\s|during\s|for\s)?(?:the\s)?q\s(?P<q>[1-4])(?:\s(?P<year2>2\d)(?!\s\w)|{_OF_YEAR})", made.quarter_period),
    _rule(rf"(?:in\s|during\s|for\s)?(?:the\s)?(?P<q>first|second|third|fourth|1 st|2 nd|3 rd|4 th)\s"
          rf"quarter{_OF_YEAR}", made.quarter_period),
    _rule(rf"(?:in\s|during\s|for\s)?(?:the\s)?h\s(?P<h>[12]){_OF_YEAR}", made.half_period),
    _rule(rf"(?:in\s|during\s|for\s)?(?:the\s)?(?P<h>first|second)\shalf{_OF_YEAR}", made.half_period),
    _rule(rf"(?:in\s|during\s|for\s|of\s|over\s|throughout\s|all of\s)?(?:fy\s|{_FISCAL}year\s)?"
          rf"(?P<year>{YEAR}|(?<=fy\s)2\d)",
          made.whole_year_period),
    _rule(SEASON, season_period),
)  # fmt: skip
