"""Finds known phrases: measures, dimensions, values, conditions, strategies, cue words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.agent.planner.normalise import Token, words_of
from app.agent.planner.spans.span import HINTS, Kind, Span


@dataclass
class PhraseIndex:
    """Phrases by their first word; a phrase may mean several things."""

    _by_first: dict[str, dict[tuple[str, ...], list[tuple[Kind, Any]]]] = field(
        default_factory=dict[str, dict[tuple[str, ...], list[tuple[Kind, Any]]]]
    )
    words: set[str] = field(default_factory=set[str])
    topics: set[str] = field(default_factory=set[str])
    """Words of what questions are about, hints left out."""

    def add(self, kind: Kind, value: Any, phrases: Iterable[str]) -> None:
        """Register phrases for one meaning."""
        for phrase in phrases:
            stems = words_of(phrase)
            if not stems:
                continue
            entries = self._by_first.setdefault(stems[0], {}).setdefault(stems, [])
            if (kind, value) not in entries:
                entries.append((kind, value))
            self.words.update(stems)
            plain = phrase.lower().replace("-", " ").split()
            self.words.update(plain)
            if kind not in HINTS:
                self.topics.update((*stems, *plain))

    def knows(self, phrase: str) -> bool:
        """Whether a phrase means something already."""
        stems = words_of(phrase)
        return bool(stems) and stems in self._by_first.get(stems[0], {})

    def find(self, tokens: Sequence[Token]) -> Iterator[Span]:
        """Yield every occurrence of every phrase."""
        stems = [token.stem for token in tokens]
        for start, first in enumerate(stems):
            for phrase, meanings in self._by_first.get(first, {}).items():
                end = start + len(phrase)
                if tuple(stems[start:end]) == phrase:
                    for kind, value in meanings:
                        yield Span(start, end, kind, value)
