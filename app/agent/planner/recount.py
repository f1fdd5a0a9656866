"""Counting the clients of the question before: "how many is that?", "what ARR do they carry?"."""

from typing import Any, Final

from app.agent.planner.assemble import Draft
from app.agent.planner.need import Need
from app.agent.planner.normalise import stem
from app.agent.planner.people import earlier_filters
from app.agent.planner.slots import FILLERS

_COUNTING: Final = ("how many", "how much", "what arr", "which arr", "what mrr", "how big")
_CLIENTS: Final = frozenset({"customers", "clients", "accounts", "logos", "companies"})
_COUNT_WORDS: Final = frozenset(
    {"what", "how", "about", "and", "the", "our", "number", "of", "in", "same", "for", "customer",
     "client", "account", "logo", "company", "?", "now"}
)  # fmt: skip
_TOTALLED: Final = frozenset({"arr", "mrr", "customers", "arr_at_risk", "high_risk_arr"})


def counts_those(need: Need) -> bool:
    """“How many clients is that?”, “what ARR do they carry?”."""
    clause = need.clause
    frame = need.past.frame
    if frame is None or frame.tool not in {"query_metrics", "list_customers", "predict_churn"}:
        return False
    if frame.args.get("customer"):
        return False
    points = {str(hint.value) for hint in clause.hinted("pronoun")} & {"that", "many"}
    counted = any(f" {head} " in f" {clause.text} " for head in _COUNTING)
    fresh = clause.all("value") or clause.all("condition") or clause.all("period")
    return bool(points) and counted and not fresh


def counts_instead(need: Need) -> bool:
    """“What about customers?” after a figure: how many clients, split in the same way."""
    frame, words = need.past.frame, need.clause.words
    bare = not need.clause.spans and {stem(word) for word in words} <= _COUNT_WORDS
    plural = any(word in _CLIENTS for word in words)
    return frame is not None and frame.tool == "query_metrics" and bare and plural


def counted_instead(need: Need) -> Draft:
    """The figure before with the clients counted in its place."""
    kept = dict(need.past.frame.args) if need.past.frame else {}
    kept.pop("decompose", None)
    if "order_by" in kept:
        kept["order_by"] = {**kept["order_by"], "by": "customers"}
    return Draft("refine", "query_metrics", {**kept, "metrics": ["customers"]}, need.fresh())


def listed_already(need: Need) -> bool:
    """Whether the list of this very turn says it anyway: a list totals clients, ARR and MRR."""
    frame = need.past.frame
    keys = {str(span.value) for span in need.clause.all("measure")}
    return bool(frame) and frame.tool == "list_customers" and keys <= _TOTALLED


def counted_again(need: Need) -> Draft:
    """Count or sum the clients of the frame before."""
    frame = need.past.frame
    args: dict[str, Any] = {}
    fresh = need.fresh(tool="query_metrics")
    names = [name for name in FILLERS["metrics"](fresh) if name in need.lexicon.metrics]
    args["metrics"] = names or ["customers"]
    if frame and {"renewals_due", "renewal_arr"} & set(frame.args.get("metrics") or []):
        as_renewal = {"arr": "renewal_arr", "customers": "renewals_due"}
        args["metrics"] = [as_renewal.get(name, name) for name in args["metrics"]]
        args["period"] = frame.args.get("period")
        args = {key: value for key, value in args.items() if value}
    filters = earlier_filters(need)
    if filters:
        args["filters"] = [item.model_dump(mode="json") for item in filters]
    return Draft("metric", "query_metrics", args, fresh)
