"""Markdown cut into pieces that can be judged alone: a sentence, a table row, a line.

The pieces joined are the text again, whatever it is and however it arrives.
"""

import re

_END = re.compile(r"\n+|[.!?…][\"'”’)\]*_]*[ \t]+")
_ABBREVIATION = r"\b(?:e\.g|i\.e|etc|vs|approx|incl|excl|No|Inc|Co|Ltd|Corp|Mr|Mrs|Ms|Dr|St|cf|avg|max|min|[A-Z])"
_NO_END = re.compile(
    rf"(?:{_ABBREVIATION}|^\s*(?:[-*>]\s+)?(?:\*\*)?\d{{1,2}})\.[\"'”’)\]*_]*[ \t]+$"
)


class Splitter:
    """Cuts a text that arrives in chunks of any size."""

    def __init__(self) -> None:
        self._buffer = ""

    def push(self, chunk: str) -> list[str]:
        """Take a chunk; the pieces it completes, in order."""
        self._buffer += chunk
        pieces: list[str] = []
        start = 0
        for end in _ends(self._buffer):
            if end == len(self._buffer):
                break
            pieces.append(self._buffer[start:end])
            start = end
        self._buffer = self._buffer[start:]
        return pieces

    def rest(self) -> list[str]:
        """What is left at the end of the text."""
        left, self._buffer = self._buffer, ""
        return [left] if left else []


def split(text: str) -> list[str]:
    """Cut a whole text."""
    splitter = Splitter()
    return splitter.push(text) + splitter.rest()


def is_table_row(piece: str) -> bool:
    """Whether a piece belongs to a Markdown table."""
    return piece.lstrip().startswith("|")


def _ends(text: str) -> list[int]:
    ends: list[int] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.end()]
        is_line_end = match.group().startswith("\n")
        if not is_line_end and (is_table_row(piece) or _NO_END.search(piece)):
            continue
        ends.append(match.end())
        start = match.end()
    return ends
