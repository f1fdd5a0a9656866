"""References inside one message: “the top five, and why the first?” needs the list to be read first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from app.agent.planner.conversation import Frame
from app.agent.planner.need import Need
from data.query import Filter
from tools.contract import ToolResult

_NAMED: Final = frozenset({"client", "clients", "unknown_name"})
_OWN: Final = frozenset({"value", "condition", "manager", "measure", "dimension", "strategy"})
_ON_SOMEONE: Final = ("why", "recommend", "likely", "rules", "drivers", "draft", "log")


@dataclass(frozen=True)
class Made:
    """The calls of this very turn that have answered already."""

    calls: Sequence[tuple[Frame, ToolResult]] = field(default_factory=tuple)

    def results(self, frames: Sequence[Frame]) -> list[ToolResult]:
        """What these frames returned, in their order; frames not called yet are left out."""
        return [result for frame in frames if (result := self._result(frame)) is not None]

    def _result(self, frame: Frame) -> ToolResult | None:
        alike = [pair for pair in self.calls if pair[0].tool == frame.tool]
        same = [pair for pair in alike if pair[0].args.items() <= frame.args.items()]
        chosen = same or (alike if len(alike) == 1 else [])
        return chosen[0][1] if chosen else None


def refers(need: Need) -> bool:
    """Whether a clause is about what an earlier clause of the same message brings to light."""
    clause, frame = need.clause, need.past.frame
    kinds = {span.kind for span in clause.spans}
    if frame is None or kinds & _NAMED:
        return False
    if clause.all("ordinal"):
        return frame.tool == "list_customers"
    if not any(_picks(one) for one in need.past.frames):
        return False
    pronouns = {str(hint.value) for hint in clause.hinted("pronoun")}
    if pronouns & {"one", "many"}:
        return True
    return not kinds & _OWN and clause.has(*_ON_SOMEONE) and not clause.has("whole", "playbook")


def _picks(frame: Frame) -> bool:
    """Whether a call singles out some clients, or the best or worst group, that only it names."""
    if frame.tool == "list_customers":
        return "limit" in frame.args
    ranked = frame.tool == "query_metrics" and "order_by" in frame.args
    return ranked and len(frame.args.get("dimensions") or ()) == 1


def picked(need: Need) -> list[Filter] | None:
    """Filters for those whom the call before singled out; None when it singled out nobody."""
    frame, asked = need.past.frame, need.past.asked
    if frame is None or asked is None or not _picks(frame):
        return None
    if frame.tool == "list_customers":
        listed = asked.column("customer_id")
        return [Filter(dimension="customer", op="in", value=list(listed))] if listed else None
    name = str(frame.args["dimensions"][0])
    values = asked.column(name)
    if not values:
        return None
    earlier = [Filter.model_validate(item) for item in frame.args.get("filters") or ()]
    return [*(f for f in earlier if f.dimension != name), Filter(dimension=name, value=values[0])]
