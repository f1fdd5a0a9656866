"""“What if I had 40k instead?”: the simulation or comparison before with one setting changed."""

from collections.abc import Mapping
from typing import Any, Final

from app.agent.planner.conversation import Frame
from app.agent.planner.need import Need
from app.agent.planner.spans.figures import Figure

_TOOLS: Final = frozenset({"simulate_strategy", "compare_strategies", "start_experiment"})
_SETTINGS: Final = frozenset({"number", "period", "value", "manager", "condition", "strategy"})
_OTHERS: Final = frozenset({"measure", "client", "clients", "dimension", "rank", "ordinal"})
_OPENERS: Final = frozenset(
    {"what", "and", "if", "with", "say", "suppose", "make", "or", "but", "now", "for", "at", "over",
     "only", "assume", "assuming", "then", "ok", "okay", "how", "instead", "same", "try"}
)  # fmt: skip
_MONEY: Final = ("budget", "cost_per_customer")
_SHARES: Final = ("discount_pct", "treat_fraction")
_LONGEST: Final = 14
_LEAST: Final = 10
"""A smaller number without a unit counts things: "which of the two"."""


def changes_a_setting(need: Need, frame: Frame) -> bool:
    """Whether a clause keeps the strategy of the question before and changes what is around it."""
    clause = need.clause
    kinds = {span.kind for span in clause.spans}
    words = [word for word in clause.words if word[:1].isalnum()]
    if frame.tool not in _TOOLS or kinds & _OTHERS or not kinds & _SETTINGS:
        return False
    if clause.has("start", "experiment", "log", "draft", "playbook") or len(words) > _LONGEST:
        return False
    asked = clause.has("how_many", "list", "why") or {"which", "who"} & set(words)
    hypothetical = "if" in words[:3] or words[:1] in (["suppose"], ["say"], ["with"], ["assume"])
    hypothetical = hypothetical or clause.has("same") or "let us say" in clause.text
    linked = bool(words) and (words[0] in _OPENERS or clause.has("instead"))
    kept = {frame.args.get("strategy"), *(frame.args.get("strategies") or ())}
    named = {span.value for span in clause.all("strategy")}
    same = named <= kept or clause.has("instead")
    return linked and (hypothetical or clause.has("instead", "what_about")) and same and not asked


def changed_amount(
    need: Need, kept: Mapping[str, Any], said: Mapping[str, Any]
) -> dict[str, float]:
    """The argument of the question before that a bare amount replaces."""
    for span in need.free("number"):
        figure = span.value
        if not isinstance(figure, Figure) or (figure.value < _LEAST and not figure.unit):
            continue
        share = figure.unit == "pct"
        if share and figure.in_words and "treat_fraction" in said:
            continue
        name = next((name for name in (_SHARES if share else _MONEY) if name in kept), None)
        if name and name not in said:
            value = figure.value / 100 if name == "treat_fraction" else figure.value
            return {name: int(value) if float(value).is_integer() else value}
    return {}
