"""E-mail addresses, phone numbers and links, whoever they belong to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

ContactKind = Literal["EMAIL", "PHONE", "LINK"]

_EMAIL: Final = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_LINK: Final = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"')\]]+"
    r"|(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    r"(?:com|net|org|io|co|ai|dev|app|eu|de|fr|uk|es|it|nl|info|biz|example|test)(?![\w-])",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\w.,$€£+-])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?![\w%])")
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}\b")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[\s.]\d{3})+|\d+(?:\.\d+)?")
_NOT_DIGIT: Final = re.compile(r"\D")
_LONG: Final = 9
"""So many digits in groups are a phone number; fewer may be anything."""


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of contact data at a place in a text."""

    kind: ContactKind
    start: int
    end: int
    text: str


def find_contacts(text: str, is_known_phone: Callable[[str], bool]) -> list[Found]:
    """Every address, number and link of a text.

    Args:
        text: Any text.
        is_known_phone: Tells of digits whether they are somebody's number.
    """
    found: list[Found] = []
    if "@" in text:
        found += [_found("EMAIL", match) for match in _EMAIL.finditer(text)]
    found += [_found("LINK", match) for match in _LINK.finditer(text)]
    found += [
        _found("PHONE", match)
        for match in _PHONE.finditer(text)
        if is_known_phone(digits_of(match[0])) or _looks_like_phone(match[0])
    ]
    return found


def digits_of(text: str) -> str:
    """The digits of a number, as numbers are compared."""
    return _NOT_DIGIT.sub("", text)


def _looks_like_phone(text: str) -> bool:
    """Whether a number nobody knows is a phone number and no date and no amount."""
    if _DATE.search(text) or _GROUPED.fullmatch(text):
        return False
    return text[0] in "+(" or len(digits_of(text)) >= _LONG


def _found(kind: ContactKind, match: re.Match[str]) -> Found:
    return Found(kind, match.start(), match.end(), match[0])
