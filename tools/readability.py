"""How easily a text reads: Flesch's reading ease.

Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948), 221-233.
"""

import re
from typing import Final

__all__ = ["reading_ease", "reading_words"]

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END: Final = re.compile(r"[.!?:]+(?:\s|$)|\n\s*\n")
_VOWELS: Final = re.compile(r"[aeiouyäöüéèáíóú]+")
_SILENT: Final = re.compile(r"(?<=[^aeiouyl])e(?:s|d)?$")
_BANDS: Final = ((70, "easy"), (50, "fairly plain"), (30, "hard"))


def reading_ease(text: str) -> float:
    """Reading ease from 0 (a statute) to 100 (a children's book); 60 and more is plain English."""
    words = [word.casefold() for word in _WORD.findall(text)]
    if not words:
        return 100.0
    sentences = max(len([part for part in _SENTENCE_END.split(text) if _WORD.search(part)]), 1)
    syllables = sum(_syllables(word) for word in words)
    ease = 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)
    return min(max(ease, 0.0), 100.0)


def reading_words(ease: float) -> str:
    """What a reading ease means."""
    return next((words for least, words in _BANDS if ease >= least), "very hard")


def _syllables(word: str) -> int:
    """Groups of vowels, a silent e at the end not counted: right for nine words in ten."""
    return max(len(_VOWELS.findall(_SILENT.sub("", word))), 1)
