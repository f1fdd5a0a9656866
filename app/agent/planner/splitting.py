"""Dimensions that a question splits its figures by."""

from collections.abc import Iterator
from typing import Final

from app.agent.planner.language import Condition, language
from app.agent.planner.need import Need
from app.agent.planner.spans.span import Span

_SPLIT_WORDS: Final = frozenset(
    {"by", "per", "each", "every", "across", "over", "who", "which", "what", "whose", "between",
     "among", "all"}
)  # fmt: skip
_WEAK_DIMENSIONS: Final = frozenset(
    {"contract_type", "product", "plan", "account_manager", "status"}
)


def dimensions(need: Need) -> list[str]:
    """Dimensions to split by."""
    names = [str(span.value) for span in need.clause.all("dimension") if _splits(need, span)]
    names += _compared_values(need)
    if (
        need.notes.get("intent") == "change"
        and need.clause.has("who")
        and need.clause.has("client")
    ):
        names.append("customer")
    return list(dict.fromkeys(names))


def _splits(need: Need, span: Span) -> bool:
    clause = need.clause
    neighbours = [clause.span_at(span.start - 1), clause.span_at(span.end)]
    for other in neighbours:
        if other is not None and other.kind == "value" and other.value[0] == span.value:
            return False
        if other is not None and other.kind == "manager" and span.value == "account_manager":
            return False
    before = [clause.word(i) for i in range(span.start - 3, span.start)]
    ranked = any(
        s.kind in {"rank", "number"} and 0 <= span.start - s.end <= 2 for s in clause.spans
    )
    if _SPLIT_WORDS & set(before) or ranked:
        return True
    plural = clause.word(span.end - 1).endswith("s")
    if span.value in _WEAK_DIMENSIONS:
        manager = span.value == "account_manager" and (clause.has("who") or plural)
        return manager or clause.has("by") or (plural and clause.has("sort", "compare"))
    return clause.has("by") or plural or clause.has("compare") or bool(before and before[-1] == "")


def _compared_values(need: Need) -> Iterator[str]:
    """A dimension of which two values are compared."""
    spans = need.clause.all("value")
    kinds = [span.value[0] for span in spans]
    if need.clause.has("by") or _compares(need):
        yield from {kind: None for kind in kinds if kinds.count(kind) > 1}
    managers = need.clause.all("manager")
    if len(managers) > 1:
        yield "account_manager"
    yield from _compared_conditions(need)


def _compares(need: Need) -> bool:
    """Whether values are set against each other; a mere "or" takes them together."""
    clause = need.clause
    said = [hint for hint in clause.hinted("cue") if hint.value == "compare"]
    return any(clause.word(hint.start) != "or" for hint in said) or (
        bool(said) and bool(clause.all("measure") or clause.all("rank"))
    )


def _compared_conditions(need: Need) -> Iterator[str]:
    """“Clients by healthy, watch and poor health”: the dimension whose values are named."""
    if not need.clause.has("compare", "by"):
        return
    said = [condition_of(need, span).filters for span in need.clause.all("condition")]
    names = [item["dimension"] for filters in said for item in filters if item.get("op") == "="]
    for name in dict.fromkeys(names):
        if names.count(name) > 1 and name in need.lexicon.dimensions:
            yield name


def condition_of(need: Need, span: Span) -> Condition:
    """What a word says of clients; beside "healthy" and "watch", "at risk" is the third band."""
    others = {other.value for other in need.clause.all("condition")}
    banded = span.value == "at_risk" and bool(others & {"healthy", "watch"})
    return language().conditions["poor_health" if banded else str(span.value)]
