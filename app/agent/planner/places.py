"""“There”, “in that region”: the group that the question before was about."""

from collections.abc import Sequence
from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.need import Need
from data.query import Filter

_EXISTS: Final = frozenset({"is", "are", "was", "were", "be", "been", "isn", "any"})
_SAYINGS: Final = frozenset({"hi", "hello", "hey", "out", "get", "got", "getting"})
_POINTING: Final = frozenset({"that", "same"})
_STATES: Final = frozenset({"status", "churn_risk", "health_band", "customer"})
"""What a client is like just now; nobody calls it a place."""


def group_before(need: Need, found: Sequence[Filter]) -> list[Filter]:
    """Filters of the question before that “there” or “that region” repeats."""
    frame = need.past.frame
    there, named = _says_there(need.clause), _pointed_at(need.clause)
    if frame is None or not (there or named):
        return []
    earlier = [Filter.model_validate(item) for item in frame.args.get("filters") or ()]
    own = {item.dimension for item in found}
    own |= {str(span.value) for span in need.clause.all("dimension")} - named
    groups = need.lexicon.dimensions.keys() - _STATES - own
    return [item for item in earlier if item.dimension in (groups if there else groups & named)]


def _says_there(clause: Clause) -> bool:
    """Whether “there” is a place; “is there”, “there are” and “hello there” are none."""
    return any(
        clause.word(i) == "there"
        and clause.word(i + 1) not in _EXISTS
        and clause.word(i - 1) not in _EXISTS | _SAYINGS
        for i in range(clause.start, clause.end)
    )


def _pointed_at(clause: Clause) -> set[str]:
    return {
        str(span.value)
        for span in clause.all("dimension")
        if clause.word(span.start - 1) in _POINTING
    }
