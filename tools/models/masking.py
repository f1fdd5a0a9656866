"""Takes people out of quoted text: names, addresses, numbers and links that lead to somebody.

By patterns and a list of first names, in English and the commonest European forms. A rare name
that nothing introduces stays; a company's name stays on purpose.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from tools.models.masked_numbers import mask_numbers

__all__ = ["mask_people"]

_EMAIL: Final = re.compile(
    r"[\w.+'’-]+(?:@|\s?[\[(]\s?(?:at|@)\s?[\])]\s?)[\w-]+"
    r"(?:(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)[\w-]+)+",
    re.IGNORECASE,
)
_LINK: Final = re.compile(
    r"\b(?:https?://|www\.)\S+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|eu|co|app|dev|info|biz|uk|de|fr|es|it|nl|ch|at)/\S+",
    re.IGNORECASE,
)
_STREETS: Final = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Boulevard|Blvd|Way|Square|Sq|Court|Crescent|"
    r"Terrace|Close|Highway|Parkway)"
)
_ADDRESS: Final = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]?,?\s+(?:[A-Z][\w'’.-]*\s+){{1,3}}{_STREETS}\b\.?"
    r"(?:,?\s+(?:Suite|Ste|Apt|Unit|Floor|Room)\.?\s*\w+)?"
    r"|\b[^\W\d_]+(?:straße|strasse|str\.|gasse|weg|platz|allee|damm|ufer|straat|laan|plein)"
    r"\s+\d{1,4}\s?[a-z]?\b"
    r"|\b\d{1,4},?\s+(?:bis\s+)?(?:rue|avenue|boulevard|place|chemin|quai|impasse)\s+"
    r"(?:(?:de|du|des|la|le|les)\s+|d['’]|l['’]){0,3}[A-Z][\w'’-]*"
    r"|\b(?:Calle|Avenida|Plaza|Paseo|Via|Viale|Piazza|Rua)\s+(?:\w+\s+){0,3}?[A-Z][\w'’]*,?\s+"
    r"\d{1,4}\b"
    r"|\b(?:P\.?\s?O\.?\s?Box|Postfach|PO Box)\s+\d[\d ]*\d"
)
_NAME: Final = r"[A-Z][^\W\d_]*(?:[-'’][A-Z]?[^\W\d_]+)*"
_PARTICLE: Final = (
    r"(?:van der|van den|van de|van|von der|von|de la|de los|de|da|dos|di|del|bin|al)"
)
_FULL: Final = rf"{_NAME}(?:\s+(?:{_PARTICLE}\s+)?{_NAME}){{0,2}}"
_TITLED: Final = re.compile(
    rf"\b(?P<before>(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Sr|Sra)\b\.?\s+)"
    rf"(?P<name>(?:{_PARTICLE}\s+)?{_FULL})"
)
_INTRODUCED: Final = re.compile(
    r"(?P<before>\b(?:[Hh]i|[Hh]ello|[Dd]ear|[Hh]ey|[Tt]hanks,?|[Tt]hank you,?|[Rr]egards,?|"
    r"[Cc]heers,?|[Ss]incerely,?|[Ww]ishes,?|[Mm]y name is|[Tt]his is|[Ss]igned[,:]?|"
    r"[Kk]udos to|[Cc]olleague|[Cc]ontact is|(?:spoke|talked|spoken|chatted) (?:to|with)|"
    r"account of|attention of|attn\.?:?|c/o)\s+)"
    rf"(?P<name>{_FULL})"
)
_ROLE: Final = re.compile(
    rf"(?P<before>)(?P<name>{_NAME}\s+(?:{_PARTICLE}\s+)?{_NAME})"
    r"(?=\s+\((?:our|my|the)\s|,\s(?:our|my)\s)"
)
_CAPITALISED: Final = re.compile(rf"(?<![\w\[]){_NAME}(?![\w\]])")
_FOLLOWING: Final = re.compile(rf"\[name\]\s+(?:{_PARTICLE}\s+)?(?P<surname>{_NAME})(?![\w\]])")
_NOT_NAMES: Final = frozenset(
    {"a", "accounting", "all", "an", "and", "aura", "billing", "board", "business", "ceo", "cfo",
     "client", "company", "cto", "customer", "dashboard", "development", "engineering",
     "everyone", "everybody", "finance", "folks", "for", "general", "google", "head", "helpdesk",
     "hr", "i", "in", "infrastructure", "it", "its", "legal", "management", "manager",
     "marketing", "microsoft", "new", "operations", "our", "power", "product", "project",
     "sales", "salesforce", "sap", "sir", "slack", "success", "support", "system", "team",
     "teams", "technical", "that", "the", "their", "there", "they", "this", "to", "vp", "we",
     "with", "you", "your", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
     "sunday"}
)  # fmt: skip
_SHORTEST_PART: Final = 3


def mask_people(text: str, names: Iterable[str] = ()) -> str:
    """Replace what identifies a person.

    Args:
        text: A client's words.
        names: Full names of people who may be meant; their parts are masked too where they
            stand capitalised.
    """
    text = _EMAIL.sub("[e-mail]", text)
    text = _LINK.sub("[link]", text)
    text = _ADDRESS.sub("[address]", text)
    text = mask_numbers(text)
    for name in sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name]", text, flags=re.IGNORECASE)
        for part in name.split():
            if len(part) >= _SHORTEST_PART and part[0].isupper():
                text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "[name]", text)
    for pattern in (_TITLED, _INTRODUCED, _ROLE):
        text = pattern.sub(_masked, text)
    text = _CAPITALISED.sub(_known_first_name, text)
    return _joined(text)


@cache
def first_names() -> frozenset[str]:
    """The list of the package."""
    lines = files("tools.models").joinpath("first_names.txt").read_text("utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def _masked(match: re.Match[str]) -> str:
    kept, words = match["before"], match["name"].split()
    if words[0].casefold() in _NOT_NAMES:
        return match[0]
    ends = next((i for i, word in enumerate(words) if word.casefold() in _NOT_NAMES), len(words))
    return " ".join([f"{kept}[name]", *words[ends:]])


def _known_first_name(match: re.Match[str]) -> str:
    return "[name]" if match[0].replace("’", "'") in first_names() else match[0]


def _joined(text: str) -> str:
    """A surname after a masked first name goes too, and what stands together becomes one."""
    text = _until_stable(text, lambda old: _FOLLOWING.sub(_surname, old))
    return re.sub(r"\[name\](?:\s+\[name\])+", "[name]", text)


def _surname(match: re.Match[str]) -> str:
    return match[0] if match["surname"].casefold() in _NOT_NAMES else "[name]"


def _until_stable(text: str, change: Callable[[str], str]) -> str:
    while (changed := change(text)) != text:
        text = changed
    return text
