"""One question of an utterance, with what was recognised in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from app.agent.planner.corrections import belongs_before
from app.agent.planner.narration import fronts, narrates
from app.agent.planner.normalise import Token
from app.agent.planner.spans.recognise import Reading
from app.agent.planner.spans.span import Kind, Span

HEADS: Final = frozenset(
    {
        "what", "how", "who", "which", "why", "when", "where", "is", "are", "did", "does", "do",
        "will", "show", "list", "give", "forecast", "predict", "draft", "write", "compare", "tell",
        "explain", "recommend", "suggest", "find", "open", "export", "log", "simulate", "rank",
        "also", "prepare", "download", "compute", "name", "display", "whom", "whose", "was", "were",
    }
)  # fmt: skip
_AUXILIARIES: Final = frozenset({"is", "are", "was", "were", "did", "does", "do", "will"})
_SUBJECTS: Final = frozenset(
    {"there", "we", "our", "they", "it", "the", "any", "my", "you", "this", "these", "those",
     "their", "its", "i", "that", "he", "she"}
)  # fmt: skip
_JOINS: Final = frozenset({"and", "also", "plus", "then", "but", "or"})
_CLIENTS: Final = frozenset({"client", "customer", "account", "company", "logo", "one"})
_NARROWING: Final = frozenset({"value", "condition", "number", "rank", "manager"})
_STOPS: Final = frozenset({"?", "!", ";", "."})
_NOT_WORDS: Final = frozenset({"operator", "number"})


@dataclass(frozen=True)
class Clause:
    """A run of tokens that asks one thing.

    Attributes:
        spans: What it is about, in order; positions count from the whole utterance.
        hints: Cue words and the like.
    """

    tokens: Sequence[Token]
    spans: Sequence[Span]
    hints: Sequence[Span]
    start: int
    end: int

    def all(self, kind: Kind) -> list[Span]:
        """Spans of a kind, in order."""
        return [span for span in self.spans if span.kind == kind]

    def first(self, kind: Kind) -> Span | None:
        """First span of a kind."""
        return next(iter(self.all(kind)), None)

    def hinted(self, kind: Kind) -> list[Span]:
        """Hints of a kind."""
        return [hint for hint in self.hints if hint.kind == kind]

    @cached_property
    def cues(self) -> frozenset[str]:
        """Groups of cue words that occur."""
        said = {str(hint.value) for hint in self.hints if hint.kind == "cue"}
        return frozenset(said | {"who"} if self._asks_which_clients else said)

    @property
    def _asks_which_clients(self) -> bool:
        """“Which high-risk SMB clients”: what stands between narrows them down."""
        for i in range(self.start, self.end):
            if self.word(i) not in {"which", "what"}:
                continue
            end = i + 1
            while (span := self.span_at(end)) is not None and span.kind in _NARROWING:
                end = span.end
            if end > i + 1 and self.stem(end) in _CLIENTS:
                return True
        return False

    def has(self, *cues: str) -> bool:
        """Whether any of the cue groups occurs."""
        return bool(self.cues & set(cues))

    def word(self, position: int) -> str:
        """Text of a token, empty outside the clause."""
        return self.tokens[position].text if self.start <= position < self.end else ""

    def stem(self, position: int) -> str:
        """Stem of a token, empty outside the clause."""
        return self.tokens[position].stem if self.start <= position < self.end else ""

    @property
    def words(self) -> list[str]:
        """All words of the clause."""
        return [token.text for token in self.tokens[self.start : self.end]]

    @cached_property
    def text(self) -> str:
        """The clause as normalised words."""
        return " ".join(self.words)

    def span_at(self, position: int) -> Span | None:
        """The span that covers a token."""
        return next((s for s in self.spans if s.start <= position < s.end), None)


def split(reading: Reading) -> list[Clause]:
    """Cut an utterance into its questions."""
    cuts = list(_cuts(reading))
    bounds = [0, *cuts, len(reading.tokens)]
    pieces = [(a, b) for a, b in pairwise(bounds) if a < b]
    clauses: list[Clause] = []
    for start, end in pieces:
        clause = _clause(reading, start, end)
        if not _is_empty(clause):
            clauses.append(clause)
    return clauses or [_clause(reading, 0, len(reading.tokens))]


def whole(reading: Reading) -> Clause:
    """The utterance as one clause."""
    return _clause(reading, 0, len(reading.tokens))


def _clause(reading: Reading, start: int, end: int) -> Clause:
    def inside(span: Span) -> bool:
        return start <= span.start and span.end <= end

    spans = [span for span in reading.spans if inside(span)]
    hints = [hint for hint in reading.hints if inside(hint)]
    return Clause(reading.tokens, spans, hints, start, end)


def _is_empty(clause: Clause) -> bool:
    said = [w for w in clause.words if w[:1].isalnum() and w not in _JOINS]
    return not said


def _cuts(reading: Reading) -> Iterator[int]:
    tokens = reading.tokens
    inside = {i for span in reading.spans for i in range(span.start + 1, span.end)}
    for i in range(1, len(tokens)):
        if i in inside or tokens[i].text in _STOPS:
            continue
        before = tokens[i - 1]
        if before.text in _STOPS and not _abbreviation(tokens, i - 1):
            if not (_tells_a_case(reading, i) or belongs_before(tokens, i)):
                yield i
        elif before.text == ":":
            if _leads_up(tokens, i):
                yield i
        elif tokens[i].text in _JOINS and before.text not in _STOPS:
            starts = _starts_question(tokens, i + 1) or _about_ranked(reading, i)
            if starts or _pairs_up(reading, i):
                yield i
        elif (
            before.text == ","
            and tokens[i].text in HEADS
            and _asks(tokens, i)
            and not _is_fronted(reading, i - 1)
        ):
            yield i


def _leads_up(tokens: Sequence[Token], start: int) -> bool:
    """“The board keeps asking me about support: how long …”: a statement, then the question."""
    told = [token.text for token in tokens[: start - 1]]
    opening = max((i + 1 for i, word in enumerate(told) if word in _STOPS), default=0)
    asked = any(token.text in HEADS for token in tokens[start:])
    return asked and narrates(told[opening:])


def _is_fronted(reading: Reading, comma: int) -> bool:
    """Whether all before a comma asks nothing and says of what: “taking LATAM as a whole, what …”."""
    words = [token.text for token in reading.tokens[:comma]]
    opening = max((i + 1 for i, word in enumerate(words) if word in _STOPS), default=0)
    measured = any(
        span.kind == "measure" and opening <= span.start < comma for span in reading.spans
    )
    return fronts(words[opening:], measured=measured)


def _tells_a_case(reading: Reading, start: int) -> bool:
    """“A client is stuck. What do the plays say?”: the case is what guidance is sought for."""
    first = reading.tokens[0].text in {
        "a", "an", "one", "our", "my", "the", "their", "his", "her", "someone", "somebody",
    }  # fmt: skip
    asks = any(token.text == "?" for token in reading.tokens[:start])
    guided = any(h.value == "playbook" for h in reading.hints if h.start >= start)
    return first and guided and not asks


def _abbreviation(tokens: Sequence[Token], dot: int) -> bool:
    """Whether a dot belongs to a word ("vs.", "No.", "Inc.") and ends no sentence."""
    if tokens[dot].text != ".":
        return False
    after = tokens[dot + 1] if dot + 1 < len(tokens) else None
    touching = after is not None and after.start == tokens[dot].end
    return touching or (dot > 0 and tokens[dot - 1].text in {"vs", "no", "inc", "co", "e", "g"})


def _starts_question(tokens: Sequence[Token], position: int) -> bool:
    while position < len(tokens) and tokens[position].text in {
        "also", "then", "please", ",", "can", "could", "you", "would", "and", "finally", "next",
    }:  # fmt: skip
        position += 1
    if position >= len(tokens) or tokens[position].text not in HEADS:
        return False
    following = tokens[position + 1].text if position + 1 < len(tokens) else ""
    return tokens[position].text not in _AUXILIARIES or following in _SUBJECTS


def _about_ranked(reading: Reading, join: int) -> bool:
    """“The biggest client and its churn risk”: what is asked of the one that is ranked first."""
    following = reading.tokens[join + 1].text if join + 1 < len(reading.tokens) else ""
    ranked = any(span.kind == "rank" and span.end <= join for span in reading.spans)
    return ranked and following == "its"


def _pairs_up(reading: Reading, join: int) -> bool:
    """“MRR for SMB and ARR for enterprise”: each figure has a group of its own."""
    before = [span for span in reading.spans if span.end <= join]
    after = [span for span in reading.spans if span.start > join]
    if not before or not after or after[0].kind != "measure" or after[0].start > join + 2:
        return False
    left = {span.value[0] for span in before if span.kind == "value"}
    right = {span.value[0] for span in after if span.kind == "value"}
    figured = any(span.kind == "measure" for span in before) and before[-1].kind == "value"
    return figured and bool(left & right)


def _asks(tokens: Sequence[Token], position: int) -> bool:
    word = tokens[position].text
    return word in HEADS and word not in {"is", "are", "was", "were", "do", "does", "did", "open"}
