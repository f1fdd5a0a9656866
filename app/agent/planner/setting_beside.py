"""“Is Enterprise any happier?”: the question before, asked of another group to set it beside."""

from typing import Final

from app.agent.planner.need import Need

_ASKS: Final = frozenset({"is", "are", "does", "do", "and", "but", "has", "have", "so", "how"})
_BESIDE: Final = frozenset(
    {"better", "worse", "happier", "unhappier", "angrier", "higher", "lower", "bigger", "smaller",
     "larger", "stronger", "weaker", "faster", "slower", "healthier", "calmer", "kinder", "sadder",
     "different", "differ", "same", "alike", "similar", "compare", "too", "also", "either", "more",
     "less", "brighter", "gloomier", "safer", "riskier", "likelier"}
)  # fmt: skip
_GROUPS: Final = frozenset({"value", "manager"})
_BESIDES: Final = frozenset({"value", "manager", "compare", "operator", "dimension", "rank"})
_LONGEST: Final = 9


def sets_beside(need: Need) -> bool:
    """Whether a clause names another group and nothing but how it differs."""
    clause = need.clause
    words = [word for word in clause.words if word[:1].isalnum()]
    kinds = {span.kind for span in clause.spans}
    if not kinds & _GROUPS or kinds - _BESIDES or len(words) > _LONGEST:
        return False
    return words[0] in _ASKS and bool(_BESIDE & set(words[1:]))
