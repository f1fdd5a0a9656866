"""Takes people out of quoted text: e-mail addresses, phone numbers, links and names."""

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["mask_people"]

_EMAIL: Final = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_LINK: Final = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\w.,])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?![\w%])")
_NAME: Final = r"[A-Z][^\W\d_]+(?:[-'’][A-Z]?[^\W\d_]+)*"
_INTRODUCED: Final = re.compile(
    r"(?P<before>\b(?:[Hh]i|[Hh]ello|[Dd]ear|[Hh]ey|[Tt]hanks,?|[Tt]hank you,?|[Rr]egards,?|"
    r"[Cc]heers,?|[Mm]y name is|[Tt]his is|[Ss]igned,?|Mr\.?|Mrs\.?|Ms\.?|Dr\.?)\s+)"
    rf"(?P<name>{_NAME}(?:\s+{_NAME})?)"
)
_NOT_NAMES: Final = frozenset(
    {"all", "and", "aura", "everyone", "for", "i", "in", "it", "support", "team", "the", "there"}
    | {"this", "to", "we", "you", "your"}
)
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
    text = _PHONE.sub("[phone]", text)
    for name in sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name]", text, flags=re.IGNORECASE)
        for part in name.split():
            if len(part) >= _SHORTEST_PART and part[0].isupper():
                text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "[name]", text)
    text = _INTRODUCED.sub(_masked, text)
    return re.sub(r"\[name\](?:\s+\[name\])+", "[name]", text)


def _masked(match: re.Match[str]) -> str:
    first = match["name"].split()[0].casefold()
    return match[0] if first in _NOT_NAMES else f"{match['before']}[name]"
