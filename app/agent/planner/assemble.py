"""Builds the frame of an intent: fills its slots and says what is missing."""

from dataclasses import dataclass, field
from typing import Any

from app.agent.planner.conversation import Frame
from app.agent.planner.frames import FrameSpec, frame_specs, tool_of_intent
from app.agent.planner.need import Need
from app.agent.planner.reasons import taken_apart
from app.agent.planner.slots import FILLERS


@dataclass
class Draft:
    """A frame in the making.

    Attributes:
        question: What to ask back, when something is missing.
        refusal: Why it cannot be done, when it cannot.
    """

    intent: str
    tool: str
    args: dict[str, Any]
    need: Need
    question: str = ""
    refusal: str = ""
    missing: list[str] = field(default_factory=list[str])

    @property
    def frame(self) -> Frame:
        """The finished frame."""
        return Frame(self.tool, self.args)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not (self.question or self.refusal)


def assemble(intent: str, base: Need) -> Draft:
    """Fill the slots of an intent from a clause and the conversation."""
    tool = tool_of_intent()[intent]
    spec = frame_specs()[tool]
    need = base.fresh(tool=tool, intent=intent)
    args = fill_slots(spec, need)
    draft = Draft(intent, tool, args, need)
    _complete(draft, spec)
    return draft


def fill_slots(spec: FrameSpec, need: Need) -> dict[str, Any]:
    """Fill every slot in the order of the specification."""
    args: dict[str, Any] = {}
    for name, filler in spec.slots.items():
        value = FILLERS[filler](need)
        if value and name in spec.alone:
            return {name: value}
        if name in {"customer", "metrics"} and value:
            need.notes[name] = value
        if value not in (None, "", [], {}):
            args[name] = value
    return args


def _complete(draft: Draft, spec: FrameSpec) -> None:
    notes, args = draft.need.notes, draft.args
    if args.get("decompose"):
        args = draft.args = taken_apart(args)
        if not draft.need.clause.all("compare"):
            args.pop("compare_to", None)
    for name, value in spec.defaults.items():
        args.setdefault(name, value)
    if "customer" in args and "filters" in spec.slots:
        args.pop("filters", None)
    if "customer" in spec.slots and notes.get("refusal"):
        draft.refusal = str(notes["refusal"])
    elif "customer" in spec.slots and notes.get("question"):
        draft.question = str(notes["question"])
    elif missing := _missing(spec, args):
        draft.missing = missing
        draft.question = spec.ask[missing[0]]
    elif spec.target == "either" and not (_has_target(draft) or set(spec.alone) & args.keys()):
        draft.missing = ["target"]
        draft.question = spec.ask["target"]


def _missing(spec: FrameSpec, args: dict[str, Any]) -> list[str]:
    if set(spec.unless) & args.keys():
        return []
    return [name for name in spec.needs if name not in args]


def _has_target(draft: Draft) -> bool:
    clause = draft.need.clause
    if "customer" in draft.args:
        return True
    if draft.tool == "draft_outreach":
        return bool(draft.args.get("filters"))
    named = bool(clause.all("value")) and clause.has("client") and "filters" in draft.args
    if not named and any(hint.value == "one" for hint in clause.hinted("pronoun")):
        return False
    if draft.args.get("filters"):
        return True
    if clause.hinted("pronoun") and not clause.has("whole"):
        return False
    return clause.has("whole", "client", "drivers") or _about_everyone(draft)


def _about_everyone(draft: Draft) -> bool:
    """“What are the top churn reasons?” and “Which rules are there?” are about all clients."""
    return draft.tool == "evaluate_rules" or (
        draft.tool == "explain_churn" and draft.need.clause.has("leave")
    )
