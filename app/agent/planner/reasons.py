"""Why a figure changed: such a question is answered by taking the change apart."""

import re
from typing import Any, Final

from app.agent.planner.conversation import Frame
from app.agent.planner.need import Need

_LASTING: Final = frozenset(
    {"segment", "region", "country", "industry", "plan", "contract_type", "account_manager",
     "customer"}
)  # fmt: skip
_EXPLAINED: Final = frozenset(
    {"mrr", "arr", "customers", "logo_churn_rate", "mrr_churn_rate", "grr", "nrr", "arpa", "nps",
     "avg_resolution_hours", "new_customers", "reactivated_customers", "churned_customers",
     "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr",
     "net_new_mrr", "revenue", "tickets", "events", "active_users"}
)  # fmt: skip
"""Metrics whose change adds up over groups, so that it can be taken apart."""


def asks_why_changed(need: Need) -> bool:
    """Whether a clause asks what moved a figure."""
    clause = need.clause
    if clause.all("client") or clause.all("clients") or clause.all("unknown_name"):
        return False
    figure = clause.all("measure") or clause.has("leave")
    over_time = clause.all("period") or clause.all("compare")
    moved = clause.has("changed") or (over_time and clause.has("why"))
    return bool(clause.has("cause") and moved and figure)


def weighs(intent: str, need: Need) -> str | None:
    """“Which things weigh the most when a client leaves?”: what drives churn in general."""
    clause = need.clause
    asked = intent != "unsafe" and clause.has("drivers") and clause.has("leave", "likely", "risk")
    named = clause.all("client") or clause.all("clients") or clause.has("playbook")
    return "why" if asked and not named and _WEIGHS.search(clause.text) else None


_WEIGHS: Final = re.compile(
    r"\b(?:weigh|weighs|count|counts|matter|matters|carry|carries)\b.{0,12}\b(?:most|heaviest|weight)\b"
)


def decompose(need: Need) -> bool | None:
    """True where the change of the one metric asked for can be taken apart."""
    names: list[str] = need.notes.get("metrics") or []
    wanted = need.notes.get("intent") == "change" and set(names) <= _EXPLAINED
    return True if wanted and len(names) == 1 else None


def taken_apart(args: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a question on figures as those of "why did it change?"."""
    kept = {name: value for name, value in args.items() if name not in {"grain", "order_by"}}
    lasting = [name for name in kept.pop("dimensions", []) if name in _LASTING]
    if lasting != ["customer"]:
        kept.pop("limit", None)
    kept["filters"] = [item for item in kept.pop("filters", []) if item["dimension"] in _LASTING]
    kept["dimensions"] = lasting[:1]
    return {name: value for name, value in kept.items() if value} | {"decompose": True}


def can_explain(frame: Frame) -> bool:
    """Whether the change of an earlier figure can be taken apart."""
    metrics = frame.args.get("metrics") or []
    return frame.tool == "query_metrics" and len(metrics) == 1 and metrics[0] in _EXPLAINED
