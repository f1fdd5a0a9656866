"""Names in a person's own words: misspelt, cut short, in any case."""

from collections.abc import Callable, Iterator, Sequence

from app.agent.planner.lexicon import Lexicon
from app.agent.planner.normalise import Token
from app.agent.planner.spans.recognise import read
from app.agent.planner.spans.span import Span
from app.governance.entities import Entity, Mention, without_overlap
from app.governance.folded import fold
from app.governance.identifiers import Register
from data.query import Scope

LexiconFor = Callable[[Scope], Lexicon]

_POSSESSIVES = ("'s", "’s")


def names_in(text: str, register: Register, lexicon: Lexicon) -> list[Mention]:
    """Everything in a person's words that names a client or a colleague.

    Args:
        text: What they wrote.
        register: Everyone who must not be named.
        lexicon: The planner's words over the whole warehouse.
    """
    return without_overlap([*register.find(text), *_guesses(text, register, lexicon)])


def _guesses(text: str, register: Register, lexicon: Lexicon) -> Iterator[Mention]:
    reading = read(text, lexicon)
    for span in reading.spans:
        start, end = _place(reading.tokens[span.start : span.end])
        entity = _entity(span, text[start:end], register)
        if entity is not None:
            yield Mention(start, end, entity)


def _entity(span: Span, said: str, register: Register) -> Entity | None:
    if span.kind == "client":
        return register.client(str(span.value))
    if span.kind == "clients":
        return Entity("NAME", fold(said), said, frozenset(map(str, span.value)))
    if span.kind == "manager":
        names = tuple(map(str, span.value))
        if len(names) == 1:
            return Entity("PERSON", fold(names[0]), names[0])
        return Entity("NAME", fold(said), said)
    return None


def _place(tokens: Sequence[Token]) -> tuple[int, int]:
    """Where the words stand, without a possessive."""
    last = tokens[-1]
    cut = 2 if last.raw.casefold().endswith(_POSSESSIVES) else 0
    return tokens[0].start, last.end - cut
