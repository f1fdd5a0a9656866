"""Dimensions that a question splits its figures by."""

from collections.abc import Iterator
from typing import Final

from app.agent.planner.language import Condition, language
from app.agent.planner.need import Need
from app.agent.planner.spans.span import Span
from data.query import Filter

_SPLIT_WORDS: Final = frozenset(
    {"by", "per", "each", "every", "across", "over", "who", "which", "what", "whose", "between",
     "among", "all"}
)  # fmt: skip
_PARTS: Final = frozenset({"value", "manager", "condition"})
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
        return manager or _said_by(need) or (plural and clause.has("sort", "compare"))
    return clause.has("by") or plural or clause.has("compare") or bool(before and before[-1] == "")


def _said_by(need: Need) -> bool:
    """Whether “by” or “each” asks for parts; in “pay us each month” it belongs to the figure."""
    clause = need.clause
    taken = [span for span in clause.spans if span.kind in {"measure", "grain", "period"}]
    said = [hint for hint in clause.hinted("cue") if hint.value == "by"]
    return any(not any(hint.overlaps(span) for span in taken) for hint in said)


def _compared_values(need: Need) -> Iterator[str]:
    """A dimension of which two values are compared, all are listed, or one is a part of the whole."""
    spans = need.clause.all("value")
    kinds = [span.value[0] for span in spans]
    if need.clause.has("by") or _compares(need):
        yield from {kind: None for kind in kinds if kinds.count(kind) > 1}
    yield from (kind for kind in dict.fromkeys(kinds) if _lists_all(need, kind, kinds.count(kind)))
    managers = need.clause.all("manager")
    if len(managers) > 1:
        yield "account_manager"
    yield from _compared_conditions(need)
    part = part_of_whole(need)
    if part is not None:
        yield part.dimension


def lists_all(need: Need) -> bool:
    """Whether every value of a dimension is named: “low, medium and high risk”."""
    named = [span.value[0] for span in need.clause.all("value")]
    named += _levels(need)
    return any(_lists_all(need, str(name), named.count(name)) for name in set(named))


def _lists_all(need: Need, dimension: str, named: int) -> bool:
    known = need.lexicon.dimensions.get(dimension, ())
    return named > 1 and named >= len(known)


def part_of_whole(need: Need) -> Filter | None:
    """“What share of ARR comes from Enterprise”: the group whose part of the figure is asked for."""
    clause = need.clause
    if not clause.has("share") or any(_splits(need, span) for span in clause.all("dimension")):
        return None
    parts = [_part(need, span) for span in clause.spans if span.kind in _PARTS]
    return next((part for part in reversed(parts) if part is not None), None)


def _part(need: Need, span: Span) -> Filter | None:
    if span.kind == "value":
        return Filter(dimension=span.value[0], value=span.value[1])
    if span.kind == "manager" and len(span.value) == 1:
        return Filter(dimension="account_manager", value=span.value[0])
    if span.kind != "condition":
        return None
    filters = [Filter.model_validate(item) for item in condition_of(need, span).filters]
    fits = len(filters) == 1 and filters[0].op == "=" and filters[0].dimension != "status"
    return filters[0] if fits and filters[0].dimension in need.lexicon.dimensions else None


def _compares(need: Need) -> bool:
    """Whether values are set against each other; a mere "or" takes them together."""
    clause = need.clause
    said = [hint for hint in clause.hinted("cue") if hint.value == "compare"]
    if "than" in clause.words and clause.all("rank"):
        return True
    return any(clause.word(hint.start) != "or" for hint in said) or (
        bool(said) and bool(clause.all("measure") or clause.all("rank"))
    )


def _compared_conditions(need: Need) -> Iterator[str]:
    """“Clients by healthy, watch and poor health”: the dimension whose values are named."""
    compared = need.clause.has("compare", "by")
    names = _levels(need)
    for name in dict.fromkeys(names):
        known = name in need.lexicon.dimensions and names.count(name) > 1
        if known and (compared or _lists_all(need, str(name), names.count(name))):
            yield name


def _levels(need: Need) -> list[str]:
    """The dimension of every level that conditions name, once a level."""
    said = [condition_of(need, span).filters for span in need.clause.all("condition")]
    levels = {(item["dimension"], item["value"]): None
              for filters in said for item in filters if item.get("op") == "="}  # fmt: skip
    return [str(dimension) for dimension, _ in levels]


def condition_of(need: Need, span: Span) -> Condition:
    """What a word says of clients; beside "healthy" and "watch", "at risk" is the third band."""
    others = {other.value for other in need.clause.all("condition")}
    banded = span.value == "at_risk" and bool(others & {"healthy", "watch"})
    return language().conditions["poor_health" if banded else str(span.value)]
