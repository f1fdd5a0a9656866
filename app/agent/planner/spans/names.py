"""Finds client names: exact, misspelt, or only the first words of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.agent.planner.normalise import Token, is_cased, tokenise
from app.agent.planner.spans.span import Span

_SUFFIXES: Final = frozenset({"inc", "ltd", "llc", "gmbh", "ag", "plc", "corp", "co", "sa", "bv"})
_CLOSE: Final = 0.82
_SLOTS: Final = frozenset(
    {"about", "client", "customer", "account", "called", "company", "named", "with", "of", "for"}
)
_MAX_WORDS: Final = 6


@dataclass
class NameIndex:
    """Names of one kind (clients, account managers) with their ids."""

    names: Mapping[str, str]
    _exact: dict[tuple[str, ...], list[str]] = field(
        default_factory=dict[tuple[str, ...], list[str]]
    )
    _prefixes: dict[tuple[str, ...], list[str]] = field(
        default_factory=dict[tuple[str, ...], list[str]]
    )
    _flat: dict[str, str] = field(default_factory=dict[str, str])
    _firsts: list[str] = field(default_factory=list[str])
    words: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        words: set[str] = set()
        for key, name in self.names.items():
            parts = name_words(name)
            if not parts:
                continue
            words.update(parts)
            for variant in {parts, *_spoken(name, parts)}:
                self._exact.setdefault(variant, []).append(key)
            self._flat[key] = " ".join(parts)
            for size in range(1, len(parts)):
                self._prefixes.setdefault(parts[:size], []).append(key)
        self._firsts = sorted({prefix[0] for prefix in self._prefixes if len(prefix) == 1})
        self.words = frozenset(words)

    def find(self, tokens: Sequence[Token], known: frozenset[str]) -> Iterator[Span]:
        """Yield spans of kind `client` (value: id) and `clients` (value: ids to choose from).

        Args:
            tokens: As written, spelling not mended.
            known: Everyday and domain words, which are names only where they look like one.
        """
        spots = [i for i, token in enumerate(tokens) if not token.is_mark]
        words = [tokens[i].text for i in spots]
        exact = list(self._find_exact(words, spots))
        taken = {i for span in exact for i in range(span.start, span.end)}
        guesses = [
            *self._find_partial(tokens, words, spots, known),
            *self._find_fuzzy(words, spots, known, taken),
        ]
        for span in (*exact, *guesses):
            yield _with_legal_form(span, tokens)

    def _find_exact(self, words: list[str], spots: list[int]) -> Iterator[Span]:
        for start in range(len(words)):
            for size in range(1, min(_MAX_WORDS + 2, len(words) - start) + 1):
                keys = self._exact.get(tuple(words[start : start + size]))
                if keys:
                    yield _span(spots, start, size, keys, 1.0)

    def _find_partial(
        self, tokens: Sequence[Token], words: list[str], spots: list[int], known: frozenset[str]
    ) -> Iterator[Span]:
        for start, word in enumerate(words):
            for size in range(min(_MAX_WORDS, len(words) - start), 0, -1):
                keys = self._prefixes.get(tuple(words[start : start + size]))
                if not keys:
                    continue
                if size > 1 or word not in known or _looks_like_name(tokens, spots, start, words):
                    yield _span(spots, start, size, keys, 0.85)
                    break

    def _find_fuzzy(
        self, words: list[str], spots: list[int], known: frozenset[str], taken: set[int]
    ) -> Iterator[Span]:
        odd = [word not in known and not word.isdigit() for word in words]
        anchor = [odd[i] or word in self.words for i, word in enumerate(words)]
        for start in range(len(words)):
            if not anchor[start] or spots[start] in taken:
                continue
            for size in range(1, min(_MAX_WORDS, len(words) - start) + 1):
                last = start + size - 1
                if spots[last] in taken:
                    break
                if anchor[last] and any(odd[start : last + 1]):
                    yield from self._near(words, spots, start, size)

    def _near(self, words: list[str], spots: list[int], start: int, size: int) -> Iterator[Span]:
        text = " ".join(words[start : start + size])
        if len(text) < 5:
            return
        hits = process.extract(
            text, self._flat, scorer=OSA.normalized_similarity, score_cutoff=_CLOSE, limit=4
        )
        if hits:
            best = hits[0][1]
            keys = [
                str(key)
                for name, score, key in hits
                if score >= best - 0.02 and _word_by_word(text, name)
            ]
            if keys:
                yield _span(spots, start, size, keys, best)
        elif size == 1:
            cutoff = 1 if len(text) < 8 else 2
            near = process.extract(
                text, self._firsts, scorer=OSA.distance, score_cutoff=cutoff, limit=2
            )
            for first, _, _ in near[:1]:
                yield _span(spots, start, 1, self._prefixes[(first,)], 0.6)


def _word_by_word(said: str, name: str) -> bool:
    """Whether each word is a slip of its counterpart: one other word makes another company."""
    words, wanted = said.split(), name.split()
    if len(words) != len(wanted):
        return OSA.distance(said, name) <= 2
    return all(
        OSA.distance(a, b) <= (1 if len(b) < 8 else 2) for a, b in zip(words, wanted, strict=True)
    )


def name_words(name: str) -> tuple[str, ...]:
    """Words of a name as tokens have them, legal forms left out."""
    words = [token.text for token in tokenise(name, {}) if not token.is_mark]
    if len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return tuple(words)


def _spoken(name: str, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """“Harbor & Finch” is also said with “and”."""
    if "&" not in name:
        return []
    return [name_words(name.replace("&", " and ")), parts]


def _with_legal_form(span: Span, tokens: Sequence[Token]) -> Span:
    """“… GmbH” belongs to the name before it."""
    if span.end < len(tokens) and tokens[span.end].text in _SUFFIXES:
        return Span(span.start, span.end + 1, span.kind, span.value, span.sure)
    return span


def _span(spots: list[int], start: int, size: int, keys: Sequence[str], sure: float) -> Span:
    first, end = spots[start], spots[start + size - 1] + 1
    if len(keys) == 1:
        return Span(first, end, "client", keys[0], sure)
    return Span(first, end, "clients", tuple(keys), sure)


def _looks_like_name(
    tokens: Sequence[Token], spots: list[int], start: int, words: list[str]
) -> bool:
    token = tokens[spots[start]]
    inside = start > 0 and tokens[spots[start] - 1].text not in {"?", ".", "!"}
    if token.capital and inside and is_cased(tokens):
        return True
    alone = start + 1 == len(words) or tokens[spots[start] + 1].is_mark
    return start > 0 and words[start - 1] in _SLOTS - {"of", "for", "with"} and alone
