"""Which values a negation leaves out: “without EMEA”, “EMEA excluded”, “leaving EMEA out of it”."""

from collections.abc import Mapping
from typing import Final

from app.agent.planner.need import Need
from app.agent.planner.spans.span import Span

_TRANSPARENT: Final = frozenset(
    {
        "the", "in", "for", "of", "our", "any", "a", "client", "customer", "account", "from", "on",
        "with", "one", "all", "those", "segment", "region", "plan", "industry", "contract",
        "country", "who", "that", "are", "is", "at", "by", "tier",
    }
)  # fmt: skip
_LINKS: Final = frozenset({"and", "or", ",", "nor", "&"})
_ASIDE: Final = frozenset(
    {"aside", "apart", "excluded", "exclude", "excepted", "omitted", "removed", "ignored",
     "notwithstanding"}
)  # fmt: skip
_INCLUDED: Final = frozenset({"included", "include", "counted", "considered", "wanted"})
_LEAVING: Final = frozenset(
    {"leaving", "leave", "left", "taking", "take", "keeping", "keep", "cutting", "cut", "with"}
)
_NOUNS: Final = frozenset(
    {"book", "client", "customer", "account", "plan", "contract", "portfolio", "side", "business"}
)
_REACH: Final = 4


def negated(need: Need, span: Span, signs: Mapping[Span, bool]) -> bool:
    """Whether a negation governs a span, directly or through a list of values.

    Args:
        need: The clause.
        span: A value, a manager or a condition.
        signs: Values read before it, and whether they were negated.
    """
    return _before(need, span, signs) or _after(need, span)


def _before(need: Need, span: Span, signs: Mapping[Span, bool]) -> bool:
    clause, i = need.clause, span.start - 1
    linked = False
    while i >= clause.start:
        other = clause.span_at(i)
        if other is not None and other.kind == "negation":
            return clause.word(other.end) != ","
        if other is not None and other in signs:
            return signs[other] and linked
        if clause.word(i) in _LINKS:
            linked = True
        elif (other is None and clause.stem(i) not in _TRANSPARENT) or (
            other is not None and other.kind != "dimension"
        ):
            return False
        i -= 1
    return False


def _after(need: Need, span: Span) -> bool:
    """“EMEA and APAC aside”, “leaving EMEA out of it”, “EMEA not included”."""
    clause, i = need.clause, span.end
    while clause.stem(i) in _NOUNS:
        i += 1
    if i > span.end and clause.word(i) == ",":
        return False
    while (other := clause.span_at(i)) is not None or clause.word(i) in _LINKS:
        if other is not None and other.kind == "negation":
            following = clause.span_at(other.end)
            ends = clause.word(other.end) in {"", ",", "?", ".", "please"} | _INCLUDED
            return following is None and ends and clause.word(i - 1) not in _LINKS - {","}
        if other is not None and other.kind not in {span.kind, "dimension"}:
            return False
        i = other.end if other is not None else i + 1
    word = clause.word(i)
    before = {clause.word(j) for j in range(span.start - _REACH, span.start)}
    left_out = word == "out" and bool(_LEAVING & before)
    return word in _ASIDE or left_out or (word == "left" and clause.word(i + 1) == "out")
