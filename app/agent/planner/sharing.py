"""What several questions in one sentence share: a period at the end, a group at the start."""

from collections.abc import Sequence
from typing import Any, Final

from app.agent.planner.assemble import Draft
from app.agent.planner.clause import Clause
from app.agent.planner.narration import fronts
from app.agent.planner.spans.span import Kind

_OPENERS: Final = frozenset({"for", "in", "within", "among", "at", "on"})
_GOES_ON: Final = (["and"], ["plus"], ["but"], ["also"])
_MARKS: Final = frozenset({":", ","})
_GROUPS: Final[tuple[Kind, ...]] = ("value", "manager")
_FILTERED: Final = frozenset({"query_metrics", "list_customers"})


def share(drafts: Sequence[Draft]) -> None:
    """Give each question what was said once for all of them."""
    if len(drafts) > 1:
        _share_period(drafts)
        _share_group(drafts)


def _share_period(drafts: Sequence[Draft]) -> None:
    """“What was churn and how many clients did we win last month?”."""
    said: dict[str, Any] | None = None
    for draft in reversed(drafts):
        if draft.tool != "query_metrics":
            continue
        if draft.args.get("period"):
            said = draft.args["period"]
        elif said and _lacks_period(draft):
            draft.args["period"] = said
    _carry_period(drafts)


def _carry_period(drafts: Sequence[Draft]) -> None:
    """“Year to date, how many clients did we win and how many did we lose?”."""
    said: dict[str, Any] | None = None
    for draft in drafts:
        if draft.tool != "query_metrics":
            continue
        if draft.args.get("period"):
            said = draft.args["period"]
        elif said and _lacks_period(draft) and draft.need.clause.words[:1] in _GOES_ON:
            draft.args["period"] = said


def _lacks_period(draft: Draft) -> bool:
    return _flows(draft) and not draft.need.clause.all("period")


def _flows(draft: Draft) -> bool:
    metrics = draft.need.lexicon.metrics
    return all(metrics[name].flow for name in draft.args.get("metrics", ()))


def _share_group(drafts: Sequence[Draft]) -> None:
    """“For SMB, what is our ARR and which clients are at risk?”."""
    first = drafts[0]
    if not first.args.get("filters") or not _fronts_a_group(first.need.clause):
        return
    shared = [f for f in first.args["filters"] if f["dimension"] in first.need.lexicon.dimensions]
    for draft in drafts[1:]:
        if draft.tool in _FILTERED and "customer" not in draft.args:
            own = draft.args.get("filters", [])
            named = {item["dimension"] for item in own}
            merged = [*own, *(item for item in shared if item["dimension"] not in named)]
            if merged:
                draft.args["filters"] = merged


def _fronts_a_group(clause: Clause) -> bool:
    """Whether the group stands before what is asked: “For SMB …”, “Two things on LATAM: …”."""
    words = clause.words
    if words[:1] and words[0] in _OPENERS:
        return True
    if _told_before(clause):
        return True
    mark = next((i for i, word in enumerate(words) if word in _MARKS), 0)
    named = [span.end for kind in _GROUPS for span in clause.all(kind)]
    inside = bool(named) and max(named) <= clause.start + mark
    return inside and fronts(words[:mark], measured=False)


def _told_before(clause: Clause) -> bool:
    """“Let's talk about EMEA. …”: the group was named in a sentence before the questions."""
    named = [span.end for kind in _GROUPS for span in clause.all(kind)]
    return bool(named) and max(named) <= clause.start
