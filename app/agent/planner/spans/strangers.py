"""Finds names that nobody here knows: clients that do not exist or may not be seen."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.agent.planner.language import language
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.normalise import Token, is_cased
from app.agent.planner.spans.span import Span

_SLOTS: Final = frozenset(
    [
        "about",
        "of",
        "for",
        "is",
        "at",
        "with",
        "to",
        "does",
        "did",
        "has",
        "by",
        "on",
        "from",
        "client",
        "customer",
        "account",
        "called",
        "company",
        "named",
        "will",
        "and",
        "lose",
        "keep",
        "are",
        "why",
        "was",
        "call",
        "email",
        "save",
    ]
)
_SURE_SLOTS: Final = frozenset({"about", "of", "is"})
_AFTER_NAME: Final = frozenset({"", "?", ".", "doing", "at", "likely"})
_DETERMINERS: Final = frozenset({"the", "a", "an", "my", "our", "your", "this", "next", "every"})
"""Before a name only where it goes on: "the Contoso account"."""

_OWNED: Final = frozenset({"account", "accounts", "client", "customer", "deal", "contract", "team"})
_OWNING: Final = ("'s", "’s")
_STARTS: Final = frozenset({"", ".", "?", "!"})
_OF_ONE: Final = frozenset({"is", "has", "was", "will", "had", "left", "just", "does"})
_JOINS: Final = frozenset({"&", "and", "of", "."})
_FREE: Final = frozenset({"rank", "condition", "dimension", "number", "value", "measure"})
_CLIENTS: Final = frozenset({"client", "clients"})


def find_strangers(
    written: Sequence[Token],
    tokens: Sequence[Token],
    spans: list[Span],
    hints: Sequence[Span],
    lexicon: Lexicon,
) -> list[Span]:
    """Add `unknown_name` spans where words look like a name and mean nothing else.

    A part of a client's name that goes on with such words is another company's name.

    Args:
        written: Tokens as written.
        tokens: Tokens with their spelling mended.
        spans: What was recognised.
        hints: Cue words, which are no names.
        lexicon: What this asker can talk about.
    """
    reader = _Reader(tokens, spans, hints, lexicon)
    out = list(spans)
    for start, end in reader.runs():
        guessed = [
            s for s in out if s.kind in _CLIENTS and s.sure < 1 and start - 1 <= s.end <= start
        ]
        if not (guessed or reader.is_name(start, end)):
            continue
        first, last = reader.trimmed(start, end)
        begin = min([first, *(span.start for span in guessed)])
        out = [span for span in out if span.end <= begin or last <= span.start]
        out.append(Span(begin, last, "unknown_name", _said(written, begin, last)))
    return sorted(out, key=lambda span: span.start)


class _Reader:
    def __init__(
        self,
        tokens: Sequence[Token],
        spans: Sequence[Span],
        hints: Sequence[Span],
        lexicon: Lexicon,
    ) -> None:
        self.tokens, self.lexicon = tokens, lexicon
        self.covered = {i: span for span in spans for i in range(span.start, span.end)}
        self.hinted = {i for hint in hints for i in range(hint.start, hint.end)}
        self.fillers = frozenset(language().fillers) | set(language().jargon)
        self.cased = is_cased(tokens)

    def runs(self) -> Iterator[tuple[int, int]]:
        """Yield stretches of words that may be a name."""
        i, last = 0, len(self.tokens)
        while i < last:
            end = i
            while end < last and (step := self._step(end, inside=end > i)):
                end += step
            if end > i:
                yield i, end
            i = max(end, i + 1)

    def is_name(self, start: int, end: int) -> bool:
        """Whether a stretch looks like a name, by its letters or by where it stands."""
        run = range(start, end)
        before = self._word(start - 1)
        if before in _DETERMINERS and self._word(end) not in _OWNED:
            return False
        odd = [i for i in run if self._odd(i)]
        capitals = [i for i in run if self.cased and i and self.tokens[i].capital]
        owned = self.tokens[end - 1].raw.endswith(_OWNING)
        if self._opens(start) or (odd and owned):
            return True
        if odd:
            return bool(capitals) or before in _SLOTS or len(odd) > 1
        new = [i for i in capitals if i not in self.covered]
        if new and (len(capitals) > 1 or before in _SLOTS):
            return True
        return len(run) > 1 and self._in_slot(run, before)

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        """The stretch without the plain words around its capitals: "meeting Acme tomorrow"."""
        named = [i for i in range(start, end) if self.tokens[i].capital or self._odd(i)]
        cased = self.cased and any(self.tokens[i].capital for i in named)
        return (named[0], named[-1] + 1) if cased else (start, end)

    def _in_slot(self, run: range, before: str) -> bool:
        """Whether plain words stand where only a name can: "how is harbor freight doing"."""
        shared = any(self.tokens[i].text in self.lexicon.clients.words for i in run)
        slots = _SLOTS if shared else _SURE_SLOTS
        return before in slots and self._word(run.stop) in _AFTER_NAME

    def _step(self, i: int, *, inside: bool) -> int:
        """How many tokens the name goes on for at a place, 0 for its end."""
        if self._odd(i) or self._proper(i) or self._loose(i):
            return 1
        if not inside:
            return 0
        joined = self._word(i) in _JOINS and (self._odd(i + 1) or self._proper(i + 1))
        span = self.covered.get(i)
        named_after = span is not None and span.kind == "value" and span.size == 1
        return 2 if joined else int(named_after)

    def _word(self, i: int) -> str:
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def _odd(self, i: int) -> bool:
        """Whether a word is in no dictionary."""
        word = self._word(i)
        free = i not in self.covered and word.isalpha() and len(word) > 2
        return free and not self.lexicon.speller.knows(word)

    def _proper(self, i: int) -> bool:
        """Whether a word inside a sentence has a capital that nothing explains."""
        if not 0 <= i < len(self.tokens):
            return False
        opens = self._opens(i)
        if not (self.cased or opens or (i and self._opens(i - 1))):
            return False
        if self._word(i - 1) in _STARTS and not opens:
            return False
        token, span = self.tokens[i], self.covered.get(i)
        acronym = token.raw[1:] == token.raw[1:].upper()
        free = span is None or (span.kind in _FREE and span.size == 1 and not acronym)
        return free and token.text.isalpha() and token.capital and token.text not in self.fillers

    def _opens(self, i: int) -> bool:
        """Whether a sentence begins with a first and a last name: “Jo Miller is out sick.”."""
        if i + 2 >= len(self.tokens):
            return False
        owner = self.tokens[i + 1].raw.endswith(_OWNING)
        return (owner or self._word(i + 2) in _OF_ONE) and all(
            self.tokens[k].capital
            and self.tokens[k].text.isalpha()
            and k not in self.covered
            and k not in self.hinted
            and self.tokens[k].text not in self.fillers
            for k in (i, i + 1)
        )

    def _loose(self, i: int) -> bool:
        """Whether a word was not recognised as anything."""
        free = i not in self.covered and i not in self.hinted
        return free and self._word(i).isalpha() and self._word(i) not in self.fillers


def _said(tokens: Sequence[Token], start: int, end: int) -> str:
    """The words as written, without a possessive."""
    words: list[str] = []
    last = -1
    for token in tokens[start:end]:
        if token.start != last:
            words.append(token.raw)
        last = token.start
    return " ".join(words).removesuffix("'s").removesuffix("’s")
