"""Figures that are asked for and are not in the data: says so, and names what is near."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.language import language
from app.agent.planner.plan import Plan, question, refusal
from app.agent.planner.replies import SUGGESTIONS
from app.agent.planner.spans.phrases import PhraseIndex
from app.agent.planner.spans.span import Span

_BARE: Final = {"compare": "What shall I compare: clients, segments, periods or strategies?"}
_PAIR: Final = re.compile(
    r"\b(?:which|who|what|is|are|does|do)\b.{0,12}\b(?:(?:of )?(?:the|these|those) (?:two|2|both|pair)|"
    r"either (?:of )?(?:the two|them|one|of)|of them|of these|of those|the other one)\b"
    r"|^which one\b"
)
_WHICH_TWO: Final = (
    "Which two do you mean? Name them, for example two clients, two segments or two strategies."
)
_TEXT: Final = "I do not have {name} in the data. What comes near: {near}."
_MARKET: Final = "the market and competitors"
_OTHERWISE: Final = ("draft", "log", "playbook", "rewrite", "simulate")
"""Where such a word is what a text is about, not a figure that is asked for."""


def unanswerable(clause: Clause, *, new: bool = False) -> tuple[list[Plan], Clause | None]:
    """What must be said in place of an answer, and the part of a clause that has one.

    Args:
        clause: What was said.
        new: Nothing was talked about before, so that nothing can be pointed at.
    """
    words = [word for word in clause.words if word[:1].isalnum()]
    if len(words) == 1 and words[0] in _BARE:
        return [question(_BARE[words[0]])], None
    if new and asks_of_a_pair(clause):
        return [question(_WHICH_TWO)], None
    found = [] if clause.all("strategy") else [s for s in _named(clause) if not _known(clause, s)]
    if not found:
        return [], clause
    name = str(found[0].value)
    said = refusal(_TEXT.format(name=name, near=language().lacking[name].near), SUGGESTIONS)
    spans = [own for own in clause.spans if not any(own.overlaps(span) for span in found)]
    rest = replace(clause, spans=spans)
    return [said], rest if rest.all("measure") else None


def asks_of_a_pair(clause: Clause) -> bool:
    """“Which of the two is better?” where nothing was said of any two."""
    named = {span.kind for span in clause.spans} - {"number", "rank", "pronoun"}
    return not named and _PAIR.search(clause.text) is not None


def _named(clause: Clause) -> Iterator[Span]:
    """Every mention of a figure that is not in the data."""
    for span in _figures().find(clause.tokens[clause.start : clause.end]):
        topic = clause.has("playbook") or (span.value == _MARKET and clause.has("feedback"))
        if not topic and (span.size > 1 or not clause.has(*_OTHERWISE)):
            yield replace(span, start=clause.start + span.start, end=clause.start + span.end)


def _known(clause: Clause, span: Span) -> bool:
    """Whether the words are part of something that is there: "the renewal pipeline"."""
    return any(own.size >= span.size and own.overlaps(span) for own in clause.spans)


@lru_cache(maxsize=1)
def _figures() -> PhraseIndex:
    index = PhraseIndex()
    for name, entry in language().lacking.items():
        index.add("cue", name, entry.phrases)
    return index
