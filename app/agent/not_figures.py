"""What holds digits and is no figure: dates, ordinals, ids, addresses, idioms."""

import re

MASK = "\u2400"
"""Stands in for each masked character, so that positions stay."""

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DAYS = rf"{_DAY}(?:\s?[–-]\s?{_DAY})?"
_YEAR = r"(?:199\d|20[0-4]\d)"
_COUNTED = (
    r"%|percent|clients?|customers?|accounts?|active|users?|events?|tickets?|days?|hours?|seats?"
    r"|logins?|dollars?|usd|rows?|months?|weeks?|points?"
)
_BEFORE_YEAR = (
    r"in|since|of|during|until|till|from|to|by|year|through|before|after|and|for|FY|end|mid|late"
    r"|early"
)

_DATES = (
    rf"\b{_YEAR}[-/]\d{{1,2}}(?:[-/]\d{{1,2}})?(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}})?Z?)?\b",
    r"\b(?:0?[1-9]|[12]\d|3[01])([./])(?:0?[1-9]|1[0-2])\1(?:\d{4}|\d{2})\b",
    rf"\b{_YEAR}[ -]?Q[1-4]\b|\b[QH][1-4](?:[ -]?(?:{_YEAR}|'\d{{2}}))?\b",
    (
        rf"(?:\b{_DAYS}\s+(?:of\s+)?)?\b{_MONTH}"
        rf"(?:\s+{_DAYS}(?![\d%]|[.,]\d|\s?%))?(?:,?\s+{_YEAR}\b)?"
    ),
    rf"\b(?i:{_BEFORE_YEAR})[ -]{_YEAR}\b(?![.,]\d)(?!\s*(?i:{_COUNTED}))",
    rf"\({_YEAR}\)",
    r"\b\d{1,2}:\d{2}(?::\d{2})?\b",
)
_ORDINALS = (
    r"(?m:^\s*(?:[-*>]\s+)?(?:\*\*)?\d{1,2}[.)](?=[\s*]))",
    r"\b\d+(?:st|nd|rd|th)\b|#\d+\b|\[\d{1,2}\]",
    r"\b(?i:No\.|step|option|phase)\s?\d{1,2}\b",
)
_NAMES = (
    r"(?:https?://|www\.)[^\s)>\]]+",
    r"[\w.+-]+@[\w-]+\.[\w.]+",
    r"(?i:\b24/7\b|\b1[:-]1\b|\b1-on-1\b|\b9-to-5\b|\b360-degree\b)",
    r"\b(?!(?:USD|EUR|GBP)\d)[A-Za-z_]\w*\d\w*(?:[-_./]\w+)*",
    r"\b[A-Za-z]\w*(?:-\w+)*-\d+(?![.,]?\d|\s?%)(?:[a-z]\w*)?(?:[-_]\w+)*\b",
    r"\b\d+(?:[a-f]+\d+)+[a-f]*\b",
)
_PATTERNS = tuple(
    re.compile(pattern) for pattern in (*_NAMES[:2], *_DATES, *_ORDINALS, *_NAMES[2:])
)


def mask(text: str, literals: tuple[str, ...]) -> str:
    """Blank out what is no figure.

    Args:
        text: A sentence or a table row.
        literals: Names that contain digits; longest win.
    """
    for literal in sorted(literals, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(literal)}(?!\w)"
        text = re.sub(pattern, _blank, text, flags=re.IGNORECASE)
    for pattern in _PATTERNS:
        text = pattern.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return MASK * len(match.group())
