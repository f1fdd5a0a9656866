"""Masks numbers that lead to a person: phones, accounts, cards, internet addresses.

Dates, amounts and the numbers of tickets and orders stay.
"""

import re
from typing import Final

__all__ = ["mask_numbers"]

_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b")
_CARD: Final = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?![\w%])")
_SOCIAL: Final = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_INTERNET: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_PHONE: Final = re.compile(
    r"(?<![\w.,/])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?![\w%])(?:\s*(?:ext\.?|extension|x)\s*\d{1,6})?",
    re.IGNORECASE,
)
_DATE: Final = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_GROUPED: Final = re.compile(r"\d{1,3}(?:([ .])\d{3})(?:\1\d{3})*")
_NUMBERED: Final = re.compile(
    r"(?:ticket|order|invoice|case|request|reference|ref|id|no|number of|version|build|error|"
    r"contract|customer|article|item|issue|code)\b[\s.:#]*(?:number\s*|no\.?\s*)?$|#\s?$",
    re.IGNORECASE,
)
_LONGEST_LEAD: Final = 30


def mask_numbers(text: str) -> str:
    """Replace them by what they are."""
    text = _IBAN.sub(_iban, text)
    text = _CARD.sub(_card, text)
    text = _SOCIAL.sub("[number]", text)
    text = _INTERNET.sub("[number]", text)
    return _PHONE.sub(_phone, text)


def _iban(match: re.Match[str]) -> str:
    """Only with the right check digits (ISO 13616)."""
    plain = match[0].replace(" ", "")
    digits = "".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])
    return "[account]" if int(digits) % 97 == 1 else match[0]


def _card(match: re.Match[str]) -> str:
    """Only with the right check digit (Luhn)."""
    digits = [int(sign) for sign in match[0] if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return "[account]" if (sum(doubled) + sum(digits[-1::-2])) % 10 == 0 else match[0]


def _phone(match: re.Match[str]) -> str:
    said = match[0].strip()
    lead = match.string[max(0, match.start() - _LONGEST_LEAD) : match.start()]
    is_other = (
        _DATE.fullmatch(said) is not None
        or _GROUPED.fullmatch(said) is not None
        or _NUMBERED.search(lead) is not None
    )
    return match[0] if is_other else "[phone]"
