"""What several questions in one sentence share: a period at the end, a group at the start."""

from collections.abc import Sequence
from typing import Any, Final

from app.agent.planner.assemble import Draft

_OPENERS: Final = frozenset({"for", "in", "within", "among", "at", "on"})
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
        elif said and _flows(draft) and not draft.need.clause.all("period"):
            draft.args["period"] = said


def _flows(draft: Draft) -> bool:
    metrics = draft.need.lexicon.metrics
    return all(metrics[name].flow for name in draft.args.get("metrics", ()))


def _share_group(drafts: Sequence[Draft]) -> None:
    """“For SMB, what is our ARR and which clients are at risk?”."""
    first = drafts[0]
    words = first.need.clause.words
    if not words or words[0] not in _OPENERS or not first.args.get("filters"):
        return
    shared = [f for f in first.args["filters"] if f["dimension"] in first.need.lexicon.dimensions]
    for draft in drafts[1:]:
        if draft.tool in _FILTERED and "customer" not in draft.args:
            own = draft.args.get("filters", [])
            named = {item["dimension"] for item in own}
            merged = [*own, *(item for item in shared if item["dimension"] not in named)]
            if merged:
                draft.args["filters"] = merged
