"""Text as identifiers are compared: without case, accents and invisible signs, place by place."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a folded text; `start` and `end` are places in the text as written."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text, folded: "Côté_Labs" gives "cote" and "labs"."""
    if text.isascii():
        return [Word(m[0], m.start(), m.end()) for m in _WORD.finditer(text.lower())]
    table = {char: _fold(char) for char in set(text)}
    if all(len(plain) == 1 for plain in table.values()):
        one_for_one = text.translate({ord(char): plain for char, plain in table.items()})
        return [Word(m[0], m.start(), m.end()) for m in _WORD.finditer(one_for_one)]
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        plain = _fold(char)
        folded.append(plain)
        places.extend([place] * len(plain))
    joined = "".join(folded)
    return [
        Word(m[0], places[m.start()], _end(text, places[m.end() - 1]))
        for m in _WORD.finditer(joined)
    ]


def fold(text: str) -> str:
    """The words of a text, folded, with one space between them."""
    return " ".join(word.text for word in words_of(text))


def _end(text: str, last: int) -> int:
    """Past the last letter of a word and the accents written after it."""
    end = last + 1
    while end < len(text) and not _fold(text[end]):
        end += 1
    return end


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    """A character without case, accents and width; nothing for a sign that is not seen."""
    plain = "".join(
        part
        for part in unicodedata.normalize("NFKD", char)
        if not unicodedata.combining(part) and unicodedata.category(part) != "Cf"
    )
    return {"ø": "o", "ł": "l", "đ": "d"}.get(plain.lower(), plain.lower())
