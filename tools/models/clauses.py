"""Splits a text into what is said one thing at a time, so that praise and complaint part."""

import re
from typing import Final

__all__ = ["clauses_of"]

_TURNS: Final = (
    r"(?:even though|although|though|whereas|while|however|nevertheless|on the other hand|"
    r"except that|in spite of|despite|but|yet|so)"
)
_SENTENCES: Final = re.compile(r"(?<=[.!?:])\s+|\s+[–—-]+\s+|[;\n]+")
_CONCEDED: Final = re.compile(
    r"(?:even though|although|though|while|despite|in spite of)\b", re.IGNORECASE
)
_TURN: Final = re.compile(rf"[,\s]\s*(?={_TURNS}\b)", re.IGNORECASE)
_OPENING: Final = re.compile(rf"^(?:{_TURNS}\b[\s,]*)+", re.IGNORECASE)
_EDGES: Final = " ,\t\r"
_WORD: Final = re.compile(r"\w")


def clauses_of(text: str) -> list[str]:
    """Split at the ends of sentences and where the speaker turns: "great support but too dear".

    Returns:
        At least one clause, without the word that turned; the text itself when nothing splits.
    """
    found: list[str] = []
    for sentence in _SENTENCES.split(text):
        pieces = [sentence.strip(_EDGES)]
        if _CONCEDED.match(pieces[0]) and "," in pieces[0]:
            pieces = pieces[0].split(",", 1)
        for piece in pieces:
            found += [_OPENING.sub("", part.strip(_EDGES)) for part in _TURN.split(piece)]
    return [part.strip(_EDGES) for part in found if _WORD.search(part)] or [text]
