"""Spelling: unknown words are mended towards the words that the planner understands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.agent.planner.normalise import Token, is_cased, stem

_SHORT: Final = 3


@dataclass(frozen=True)
class Speller:
    """Mends words that nobody knows.

    Attributes:
        targets: Words to mend towards.
        topics: Those that a misspelt word is most likely to be.
        known: Words that stay as they are, targets included.
    """

    targets: tuple[str, ...]
    topics: frozenset[str]
    known: frozenset[str]

    def knows(self, word: str) -> bool:
        """Whether a word is in the vocabulary, in singular or plural."""
        return word in self.known or stem(word) in self.known

    def mend(self, tokens: Sequence[Token], keep: frozenset[str]) -> list[Token]:
        """Mend unknown words.

        Args:
            tokens: As written.
            keep: Words of client names, which are right as they are.
        """
        cased = is_cased(tokens)
        return [
            token if cased and _in_a_name(tokens, i) else self._mend_one(token, keep)
            for i, token in enumerate(tokens)
        ]

    def _mend_one(self, token: Token, keep: frozenset[str]) -> Token:
        word = token.text
        if not word.isalpha() or len(word) < _SHORT or self.knows(word) or word in keep:
            return token
        best = _closest(word, self.targets, self.topics)
        return token.spelt(best) if best else token


def _in_a_name(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word is written as part of a name: capitals side by side inside a sentence."""
    beside = [tokens[j] for j in (i - 1, i + 1) if 0 < j < len(tokens)]
    return i > 0 and tokens[i].capital and any(token.capital for token in beside)


def build_speller(domain: Iterable[str], topics: Iterable[str], common: Iterable[str]) -> Speller:
    """Make a speller from the domain's words and everyday English."""
    targets = frozenset(word for word in domain if word.isalpha() and len(word) >= _SHORT)
    known = targets | {stem(word) for word in targets} | frozenset(common) | frozenset(domain)
    return Speller(tuple(sorted(targets)), frozenset(topics), known)


@lru_cache(maxsize=4096)
def _closest(word: str, targets: tuple[str, ...], topics: frozenset[str]) -> str | None:
    """The word most likely meant; a plural may also be that of a known singular."""
    forms = [word, word[:-1]] if word.endswith("s") and len(word) > 5 else [word]
    ranked = sorted(hit for form in forms for hit in _hits(form, targets, topics))
    return ranked[0][2] if ranked else None


def _hits(
    word: str, targets: tuple[str, ...], topics: frozenset[str]
) -> Iterator[tuple[float, tuple[int, ...], str]]:
    found = process.extract(word, targets, scorer=OSA.distance, score_cutoff=_edits(word), limit=12)
    for target, distance, _ in found:
        if _plausible(word, target, int(distance)):
            yield distance, _unlike(word, target, is_topic=target in topics), target


def _edits(word: str) -> int:
    return 1 if len(word) < 6 else 2


def _unlike(word: str, target: str, *, is_topic: bool) -> tuple[int, ...]:
    """Rank equal distances: letters swapped, one left out or doubled, a topic first."""
    return (
        _slip(word, target),
        int(word[0] != target[0]),
        int(not is_topic),
        abs(len(word) - len(target)),
    )


def _slip(word: str, target: str) -> int:
    """How unlikely a slip of the keys is: swapped, left out or doubled, added, another letter."""
    if sorted(word) == sorted(target):
        return 0
    if _within(word, target) or _without_doubles(word) == _without_doubles(target):
        return 1
    return 2 if _within(target, word) else 3


def _within(short: str, long: str) -> bool:
    """Whether a word is another one with letters left out."""
    rest = iter(long)
    return all(letter in rest for letter in short)


def _without_doubles(word: str) -> str:
    return "".join(a for a, b in zip(word, f"{word[1:]} ", strict=True) if a != b)


def _plausible(word: str, target: str, distance: int) -> bool:
    if len(word) == _SHORT:
        return sorted(word) == sorted(target) and distance == 1
    if len(word) == _SHORT + 1 and sorted(word) != sorted(target):
        return word[0] == target[0] and len(target) > _SHORT
    if distance > 1:
        alike = word[0] == target[0] and abs(len(word) - len(target)) <= 1
        return alike and (len(word) > 7 or word[-1] == target[-1])
    return True
