"""From the frames of a message to one plan."""

from dataclasses import replace

from app.agent.planner.assemble import Draft
from app.agent.planner.conversation import Frame
from app.agent.planner.focus import card_fields
from app.agent.planner.frames import frame_specs
from app.agent.planner.plan import Plan, refusal
from app.agent.planner.sharing import share


def join(drafts: list[Draft], note: str = "") -> Plan:
    """One plan for all questions; `note` says what of the message cannot be done."""
    calls: list[Frame] = []
    share(drafts)
    for draft in drafts:
        if frame_specs()[draft.tool].confirm:
            return _confirm(draft)
        if draft.frame not in calls:
            calls.append(draft.frame)
    said = [str(draft.need.notes["say"]) for draft in drafts if draft.need.notes.get("say")]
    note = " ".join(dict.fromkeys([*said, *([note] if note else [])]))
    focus: dict[str, object] = {"fields": card_fields(drafts)}
    if any(draft.need.clause.has("break_even") for draft in drafts):
        focus["break_even"] = True
    part = next(
        (draft.need.notes["part"] for draft in drafts if draft.need.notes.get("part")), None
    )
    if part is not None:
        focus["part"] = part
    if any(draft.intent == "define" for draft in drafts):
        focus["define"] = True
    later = tuple(draft.frame for draft in drafts if draft.need.refers)
    return Plan(calls=tuple(_merged(calls)), text=note, focus=focus, later=later)


def _merged(calls: list[Frame]) -> list[Frame]:
    """Join questions on figures that differ in the figure only."""
    out: list[Frame] = []
    for call in calls:
        same = next(
            (
                i for i, other in enumerate(out)
                if call.tool == other.tool == "query_metrics" and _rest(call) == _rest(other)
            ),
            None,
        )  # fmt: skip
        if same is None:
            out.append(call)
        else:
            names = [*out[same].args["metrics"], *call.args["metrics"]]
            out[same] = Frame(
                "query_metrics", {**out[same].args, "metrics": list(dict.fromkeys(names))}
            )
    return out


def _rest(call: Frame) -> dict[str, object]:
    return {key: value for key, value in call.args.items() if key != "metrics"}


def _confirm(draft: Draft) -> Plan:
    spec = frame_specs()[draft.tool]
    names = draft.need.lexicon.customers
    args = draft.args
    who = names.get(str(args.get("customer")), "")
    what = str(args.get("strategy", "")).replace("_", " ")
    subject = f"{what} for {who}" if who else f"{what} test"
    verb = "log" if draft.tool == "log_intervention" else "start"
    text = f"Shall I {verb} this: {subject}? Say yes to confirm."
    return Plan(kind="confirmation", text=text, pending=draft.frame, focus={"spec": spec.name})


def keep_to(plan: Plan, bound: frozenset[str]) -> Plan:
    """Keep to the tools that are there; what is not is said honestly."""
    wanted = [*plan.calls, *([plan.pending] if plan.pending else [])]
    lacking = [frame for frame in wanted if frame.tool not in bound]
    if not lacking:
        return plan
    spec = frame_specs().get(lacking[0].tool)
    name = spec.name if spec else lacking[0].tool.replace("_", " ")
    text = f"I cannot {name} yet. {spec.instead if spec else ''}".strip()
    calls = tuple(frame for frame in plan.calls if frame.tool in bound)
    if calls:
        later = tuple(frame for frame in plan.later if frame.tool in bound)
        return replace(plan, calls=calls, later=later, text=f"{plan.text} {text}".strip())
    return refusal(text)
