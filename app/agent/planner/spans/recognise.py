"""Runs every recogniser over an utterance and settles what each word is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.agent.planner.corrections import corrected
from app.agent.planner.language import common_words, language
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.normalise import Token, is_cased, tokenise
from app.agent.planner.periods import find_periods
from app.agent.planner.politeness import polite_bounds
from app.agent.planner.spans.composed import find_composed
from app.agent.planner.spans.described import find_described
from app.agent.planner.spans.figures import find_comparisons, find_numbers, find_ordinals
from app.agent.planner.spans.span import HINTS, Span, choose
from app.agent.planner.spans.strangers import find_strangers

_NOUNS: Final = frozenset(
    {
        "client", "customer", "account", "plan", "tier", "package", "contract", "segment",
        "industry", "sector", "region", "country", "business", "company", "one", "subscription",
        "user", "deal", "vertical", "logo", "market", "team", "side",
    }
)  # fmt: skip
_BEFORE_VALUE: Final = frozenset(
    {
        "on", "in", "of", "for", "and", "or", "vs", "versus", "from", "to", "than", "not", "except",
        "excluding", "without", "with", "only", "plan", "tier", "about", "just", "meant", "mean",
        "our", "my", "the", "exclude", "no", "but", "compare", "against", "between",
    }
)  # fmt: skip
_AFTER_VALUE: Final = frozenset({"only", "aside", "apart", "excluded", "alone", "first"})
_REACH: Final = 5
_TERMS: Final = frozenset({"annual"})
"""A contract's term, unless it goes on: "annual revenue"."""

_STATES: Final = frozenset(
    {"red", "amber", "yellow", "green", "critical", "wobbly", "shaky", "risky", "high", "at"}
)
_AFTER_LOGIN: Final = frozenset(
    {"", "?", ".", ",", "!", "for", "since", "over", "more", "to", "lately", "recently", "yet",
     "again", "at", "anymore", "and", "or"}
)  # fmt: skip
_SLOTS_OF_WEAK: Final = frozenset({"measure", "condition", "rank"})


@dataclass(frozen=True, slots=True)
class Reading:
    """An utterance with its spans.

    Attributes:
        text: As written.
        tokens: Spelling mended.
        spans: What it is about, without overlap, in order.
        hints: Cue words, pronouns, formats: what is wanted; these may overlap.
    """

    text: str
    tokens: Sequence[Token]
    spans: list[Span]
    hints: list[Span]


def read(text: str, lexicon: Lexicon) -> Reading:
    """Recognise everything in an utterance."""
    written = tokenise(text, language().contractions)
    tokens = lexicon.speller.mend(written, lexicon.clients.words | lexicon.managers.words)
    first, last = polite_bounds(tokens)
    written, tokens = written[first:last], tokens[first:last]
    found = list(lexicon.phrases.find(tokens))
    hints = [span for span in found if span.kind in HINTS]
    solid = [span for span in found if span.kind not in HINTS]
    names = list(_names(written, tokens, lexicon))
    solid = [s for s in solid if s.kind != "value" or _value_holds(s, tokens, found)]
    solid = [s for s in solid if not any(test(s, tokens) for test in _MISREAD)]
    numbers = list(find_numbers(tokens))
    composed = (s for s in find_composed(tokens, hints, [*solid, *numbers]) if _is_used(s, lexicon))
    solid += [*names, *_texts(tokens, lexicon), *numbers, *composed]
    chosen = choose(list(_without_time(solid, tokens)), len(tokens))
    chosen = find_strangers(written, tokens, chosen, hints, lexicon)
    taken = [
        span
        for span in chosen
        if span.kind in {"client", "clients", "unknown_name", "manager"}
        or (span.size > 1 and (span.kind == "negation" or span.value == "account_manager"))
    ]
    hints = [hint for hint in hints if not any(_taken_from(hint, span) for span in taken)]
    hints = [hint for hint in hints if not _leaves_aside(hint, tokens)]
    return Reading(text, tokens, corrected(tokens, chosen), hints)


def _taken_from(hint: Span, name: Span) -> bool:
    """Whether a cue word is part of a name; a longer phrase around the name stays."""
    around = hint.start <= name.start and name.end <= hint.end and name.size < hint.size
    return hint.overlaps(name) and not around


def _leaves_aside(hint: Span, tokens: Sequence[Token]) -> bool:
    """“Leaving EMEA out of it” is not about clients who leave."""
    after = {token.text for token in tokens[hint.end : hint.end + _REACH]}
    return hint.value == "leave" and bool(after & {"out", "aside"})


def _moves_only(span: Span, tokens: Sequence[Token]) -> bool:
    """“Gone up” says how a figure moved, not that somebody left."""
    after = tokens[span.end].text if span.end < len(tokens) else ""
    return span.value == "churned" and span.size == 1 and after in {"up", "down"}


def _is_pronoun(span: Span, tokens: Sequence[Token]) -> bool:
    """“Us” is the country only where it is written US among other words."""
    token = tokens[span.start]
    country = token.raw.isupper() and is_cased(tokens)
    return span.kind == "value" and span.size == 1 and token.text == "us" and not country


def _is_verb(span: Span, tokens: Sequence[Token]) -> bool:
    """“Taking LATAM as a whole” does not ask for the takings."""
    word = tokens[span.start].text
    if span.kind != "measure" or span.size > 1 or not word.endswith("ing"):
        return False
    phrases = language().measures[span.value].phrases if span.value in language().measures else ()
    return f"{word}s" in phrases and word not in phrases


def _turns(span: Span, tokens: Sequence[Token]) -> bool:
    """“Anyone gone red”, “new reds”, “signed in”: clients neither lost nor won."""
    after = tokens[span.end].stem if span.end < len(tokens) else ""
    turned = span.value in {"churned", "new"} and after in _STATES
    then = tokens[span.end + 1].text if span.end + 1 < len(tokens) else ""
    logged_in = span.value == "new" and after in {"in", "into"} and then in _AFTER_LOGIN
    return span.kind == "condition" and span.size == 1 and (turned or logged_in)


_MISREAD: Final = (_moves_only, _turns, _is_pronoun, _is_verb)


def _without_time(spans: Sequence[Span], tokens: Sequence[Token]) -> Iterator[Span]:
    """“What did we take in Q2”: the “in” belongs to the time, and beside a figure the verb says nothing."""
    times = {span.start for span in spans if span.kind == "period"}
    for span in spans:
        cut = span.kind == "measure" and span.size > 1 and tokens[span.end - 1].text == "in"
        if not cut or span.end - 1 not in times or span.end in times:
            yield span
        elif not any(other.kind == "measure" and not other.overlaps(span) for other in spans):
            yield replace(span, end=span.end - 1)


def _is_used(span: Span, lexicon: Lexicon) -> bool:
    return span.kind != "strategy" or span.value in lexicon.strategies


def _names(written: Sequence[Token], tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Span]:
    known = lexicon.speller.known
    fixed = {i for i, token in enumerate(tokens) if token.text != written[i].text}
    for span in lexicon.clients.find(written, known):
        mended = fixed & set(range(span.start, span.end))
        if span.sure < 0.7 and mended and not written[span.start].capital:
            continue
        yield span
    for span in lexicon.managers.find(written, known):
        if span.sure >= 0.85 and not (
            span.size == 1 and written[span.start].text in known and not written[span.start].capital
        ):
            value = (span.value,) if span.kind == "client" else span.value
            yield Span(span.start, span.end, "manager", value, span.sure)
    yield from _ids(written, lexicon)


def _ids(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Span]:
    """Client ids, whatever signs they contain."""
    if not lexicon.ids:
        return
    for start in range(len(tokens)):
        text = ""
        for end in range(start, min(start + 4, len(tokens))):
            if end > start:
                text += "-" * (tokens[end].start - tokens[end - 1].end)
            text += tokens[end].raw.lower()
            key = lexicon.ids.get(text) or lexicon.ids.get(text.replace("-", "_"))
            if key and not text.isdigit():
                yield Span(start, end + 1, "client", key)


def _texts(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Span]:
    """What is found in the joined text: periods, comparisons, ordinals."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    text = ""
    for i, token in enumerate(tokens):
        text += " " if i else ""
        starts[len(text)] = i
        text += token.text
        ends[len(text)] = i + 1
    for start, end, when in find_periods(text, lexicon.as_of):
        if start in starts and end in ends:
            yield Span(starts[start], ends[end], "period", when)
    for start, end, name in find_described(text):
        if start in starts and end in ends:
            yield Span(starts[start], ends[end], "measure", name)
    for start, end, value in find_comparisons(text):
        if start in starts and end in ends:
            yield Span(starts[start], ends[end], "compare", value)
    for start, end, position in find_ordinals(text):
        if start in starts and end in ends:
            yield Span(starts[start], ends[end], "ordinal", position)


def _value_holds(span: Span, tokens: Sequence[Token], found: Sequence[Span]) -> bool:
    """Whether an everyday word ("growth", "retail") is meant as a value here."""
    token = tokens[span.start]
    if span.size > 1 or token.text not in common_words() or _is_own_word(span, token):
        return True
    before = tokens[span.start - 1].text if span.start else ""
    after = tokens[span.end] if span.end < len(tokens) else None
    if token.text in _TERMS:
        return after is None or after.is_mark or after.stem in _NOUNS
    if before in _BEFORE_VALUE or (after is not None and after.stem in _NOUNS):
        return True
    if token.capital and span.start:
        return True
    if not span.start:
        closed = after is not None and (after.is_mark or after.text in _AFTER_VALUE)
        return (
            closed
            or after is None
            or any(s.start == span.end and s.kind in _SLOTS_OF_WEAK for s in found)
        )
    return before in {",", "&"}


def _is_own_word(span: Span, token: Token) -> bool:
    """Whether the language file itself gives this word for the value."""
    dimension, value = span.value
    return token.stem in language().values.get(dimension, {}).get(value, ())
