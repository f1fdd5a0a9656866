"""Follow-ups: a clause that changes the question before ("and for SMB?", "by region")."""

from typing import Any, Final

from app.agent.planner.amendments import amended
from app.agent.planner.assemble import Draft, assemble, fill_slots
from app.agent.planner.clause import HEADS
from app.agent.planner.conversation import Frame
from app.agent.planner.frames import frame_specs
from app.agent.planner.hindsight import looks_back
from app.agent.planner.lacking import asks_of_a_pair
from app.agent.planner.limits import only_limits
from app.agent.planner.need import Need
from app.agent.planner.reasons import can_explain, taken_apart
from app.agent.planner.recount import (
    counted_again,
    counted_instead,
    counts_instead,
    counts_those,
    listed_already,
)
from app.agent.planner.setting_beside import sets_beside
from app.agent.planner.settings_changed import changes_a_setting
from app.agent.planner.spans.span import Kind
from app.agent.planner.spending import targeting
from app.agent.planner.splitting import dimensions

_OWN_HEADS: Final = frozenset(
    {"why", "forecast", "recommend", "playbook", "simulate", "experiment", "feedback", "cohort",
     "draft", "log", "export", "define", "rules", "likely", "start", "drivers"}
)  # fmt: skip
_LINKS: Final = frozenset({"what_about", "same", "instead", "only"})
_OPENERS: Final = frozenset(
    {"and", "but", "only", "just", "same", "by", "in", "for", "without", "excluding", "now", "per",
     "sort", "split", "break", "sorry", "no", "actually", "oops", "with", "at", "to", "over", "vs",
     "versus", "compared", "compare", "limit", "make", "on", "again", "drop", "repeat", "then",
     "group", "across", "instead", "rather", "ok", "okay", "or", "also", "show", "not"}
)  # fmt: skip
_SETTINGS: Final = frozenset(
    {"value", "period", "dimension", "grain", "number", "compare", "negation", "rank", "manager",
     "condition", "operator", "client", "clients", "measure", "ordinal", "strategy"}
)  # fmt: skip
_SAID_BY: Final[dict[str, Kind]] = {
    "horizon_days": "period", "customer": "client", "metrics": "measure", "metric": "measure",
    "strategy": "strategy", "limit": "number",
}  # fmt: skip
"""The kind of span that an argument must come from in a follow-up."""

_NEVER_SAID: Final = frozenset({"what", "query", "note"})
_RESETS: Final = ("all segments", "all regions", "all plans", "overall", "in total", "everyone",
                  "all clients", "all customers", "whole base", "altogether", "everybody")  # fmt: skip


def follows(need: Need, ranked: list[tuple[str, float]]) -> bool:
    """Whether a clause changes the question before rather than asking a new one."""
    frame = need.past.frame
    clause = need.clause
    if frame is None or frame.tool not in frame_specs() or looks_back("", need):
        return False
    is_plain = explains_that(need) or _reorders(need, frame) or changes_a_setting(need, frame)
    is_plain = is_plain or _asks_of_those(need, frame) or sets_beside(need)
    is_plain = is_plain or (frame.tool == "list_customers" and only_limits(clause))
    if clause.cues & _OWN_HEADS and not is_plain and not _only_restyles(need):
        return False
    is_plain = is_plain or counts_instead(need)
    if is_plain or counts_those(need) or _reranks(need, frame) or _measures_them(need, frame):
        return True
    words = [word for word in clause.words if word[:1].isalnum()]
    kinds = {span.kind for span in clause.spans}
    if not kinds & _SETTINGS and not _restyles(need, frame):
        return False
    linked = bool(clause.cues & _LINKS) or bool(words and words[0] in _OPENERS)
    bare = not kinds & {"measure", "condition"} and len(words) <= 8
    top = dict(ranked)
    if (
        _complete_question(need)
        or _asks_anew(need)
        or (need.notes.get("drafts") and _counts_anew(need))
    ):
        return False
    return top.get("refine", 0.0) > 0.5 or (linked and (bare or len(words) <= 6)) or _fragment(need)


def _reranks(need: Need, frame: Frame) -> bool:
    """“Show the ten with the highest ARR” after a list: the same list in another order."""
    clause = need.clause
    kinds = {span.kind for span in clause.spans}
    own = kinds & {"condition", "value", "dimension", "client", "clients", "operator"}
    ranked = clause.all("rank") and (clause.all("number") or clause.has("only", "sort"))
    return frame.tool == "list_customers" and bool(ranked) and not own and not clause.has("client")


def _reorders(need: Need, frame: Frame) -> bool:
    """“And if we treat the riskiest first?”: the same strategies with others treated first."""
    clause = need.clause
    own = {span.kind for span in clause.spans} & {"strategy", "client", "measure", "number"}
    opener = clause.words[0] if clause.words else ""
    linked = opener in _OPENERS | {"if", "what"} or clause.has("what_about", "instead")
    anew = {"who", "which", "are"} & set(clause.words[:3]) or clause.has("list", "how_many")
    asked = targeting(need) is not None and not anew
    return "targeting" in frame_specs()[frame.tool].slots and asked and linked and not own


def _asks_of_those(need: Need, frame: Frame) -> bool:
    """“Which of the two is better?” after two strategies were compared."""
    return frame.tool == "compare_strategies" and asks_of_a_pair(need.clause)


def explains_that(need: Need) -> bool:
    """“Why?” after a figure: what moved it."""
    frame, clause = need.past.frame, need.clause
    words = [word for word in clause.words if word[:1].isalnum()]
    bare = not clause.spans and len(words) <= 5
    return bare and clause.has("cause") and frame is not None and can_explain(frame)


def _explained(need: Need) -> Draft:
    frame = need.past.frame
    args = taken_apart(dict(frame.args)) if frame else {}
    return Draft("change", "query_metrics", args, need.fresh(tool="query_metrics"))


def _asks_anew(need: Need) -> bool:
    """Whether a clause after another one of its message asks for something of its own."""
    clause = need.clause
    if not need.notes.get("drafts") or clause.hinted("pronoun") or clause.has("what_about", "same"):
        return False
    kinds = {span.kind for span in clause.spans}
    own = bool(kinds & {"measure", "condition", "rank"}) or clause.has("client", "who")
    paired = "measure" in kinds and bool(kinds & {"value", "manager"})
    return paired or (own and any(word in HEADS for word in clause.words[:3]))


def _complete_question(need: Need) -> bool:
    """Whether a clause has its own subject and needs nothing from before."""
    clause = need.clause
    opener = clause.words[0] if clause.words else ""
    linked = opener in _OPENERS - {"show", "compare", "in", "for", "without", "excluding", "across"}
    asks = clause.has("who", "how_many") or clause.words[:1] in (
        ["what"],
        ["which"],
        ["how"],
        ["is"],
    )
    about = clause.has("what_about") and clause.text.startswith(("what about", "how about"))
    if about or (linked and not clause.has("who")):
        return False
    has_subject = bool(clause.all("measure")) or clause.has("client")
    return has_subject and (asks or len(clause.words) > 4) and not _points(need)


def _points(need: Need) -> bool:
    return bool(need.clause.hinted("pronoun"))


def _measures_them(need: Need, frame: Frame) -> bool:
    """“NRR for them as well” after a figure: another one of the same group and period."""
    pronouns = {str(hint.value) for hint in need.clause.hinted("pronoun")}
    kinds = {span.kind for span in need.clause.spans}
    return frame.tool == "query_metrics" and "many" in pronouns and kinds == {"measure"}


def _counts_anew(need: Need) -> bool:
    """“… and how many churned last month?” counts something of its own."""
    moves = any(span.value in {"churned", "new"} for span in need.clause.all("condition"))
    return need.clause.has("how_many") and (moves or bool(need.clause.all("measure")))


def _fragment(need: Need) -> bool:
    """Nothing but settings: "last quarter", "EMEA?", "top 5 only"."""
    covered = sum(span.size for span in need.clause.spans)
    words = [word for word in need.clause.words if word[:1].isalnum()]
    measures = need.clause.all("measure")
    return not measures and len(words) <= 5 and covered * 2 >= len(words)


def _restyles(need: Need, frame: Frame) -> bool:
    spec = frame_specs()[frame.tool]
    return (
        ("tone" in spec.slots and bool(need.clause.hinted("tone")))
        or ("format" in spec.slots and bool(need.clause.hinted("format")))
        or need.clause.has("trend", "sort", "fraction", "chart")
        or any(phrase in need.clause.text for phrase in _RESETS)
    )


def _only_restyles(need: Need) -> bool:
    frame = need.past.frame
    words = set(need.clause.words)
    return (
        frame is not None
        and frame.tool == "draft_outreach"
        and bool(words & {"make", "rewrite", "warmer", "formal"})
    )


def follow(need: Need, *, refine_here: bool) -> list[Draft]:
    """Change the frames of the turn before.

    Args:
        need: The clause.
        refine_here: The frames belong to this very turn, so they are replaced.
    """
    if explains_that(need) or counts_instead(need):
        return [_explained(need) if explains_that(need) else counted_instead(need)]
    if counts_those(need):
        if refine_here and listed_already(need):
            return list(need.notes["drafts"])
        return [counted_again(need)]
    position = need.clause.first("ordinal")
    frame = need.past.frame
    if frame is None:
        return []
    if position is not None or (
        need.clause.all("client") and frame.tool in {"query_metrics", "list_customers"}
    ):
        intent = "playbook" if frame.tool in {"search_playbooks", "get_playbook"} else "card"
        draft = assemble(intent, need)
        return [draft] if draft.complete else []
    drafts = [_changed(need, one) for one in need.past.frames if one.tool in frame_specs()]
    for draft in drafts:
        draft.need.notes["replaces"] = refine_here
    return drafts


def _changed(need: Need, frame: Frame) -> Draft:
    """One earlier frame with what the clause says put in."""
    fresh = need.fresh(tool=frame.tool)
    tool = _tool_after(fresh, frame)
    spec = frame_specs()[tool]
    kept = {
        key: value for key, value in frame.args.items() if key in spec.carry or key in spec.slots
    }
    fresh.notes["renewal_filter"] = True
    fresh.notes["kept"] = kept
    said = fill_slots(spec, fresh)
    said = {key: value for key, value in said.items() if _was_said(key, fresh, frame)}
    said = amended(fresh, kept, said)
    args = _merged_args(kept, said, fresh)
    if tool == "query_metrics" and "metrics" not in args:
        args["metrics"] = ["customers"]
    if tool == "query_metrics" and frame.tool == "list_customers":
        args.pop("limit", None)
    return Draft("refine", tool, args, fresh)


def _tool_after(need: Need, frame: Frame) -> str:
    """A list that is split or measured becomes a question on figures."""
    if frame.tool == "list_customers" and dimensions(need) and not need.clause.has("sort"):
        return "query_metrics"
    return frame.tool


def _was_said(key: str, need: Need, frame: Frame) -> bool:
    """Whether a filled slot comes from the clause and not from a default."""
    clause = need.clause
    if key == "sort_by":
        return (bool(clause.all("rank")) and not only_limits(clause)) or clause.has("sort")
    if key == "limit" and frame.tool != "list_customers":
        return True
    if key == "metrics" and _counts_anew(need):
        return True
    kind = _SAID_BY.get(key)
    return key not in _NEVER_SAID and (kind is None or bool(clause.all(kind)))


def _merged_args(kept: dict[str, Any], said: dict[str, Any], need: Need) -> dict[str, Any]:
    args = {**kept, **said}
    filters = _merged_filters(kept.get("filters") or [], said.get("filters") or [], need)
    args["filters"] = filters
    if said.get("customer"):
        args.pop("filters", None)
    elif "customer" in kept and said.get("filters"):
        args.pop("customer", None)
    if "period" in said and "compare_to" not in said:
        args.pop("compare_to", None)
    return {key: value for key, value in args.items() if value not in (None, [], {})}


def _merged_filters(
    kept: list[dict[str, Any]], said: list[dict[str, Any]], need: Need
) -> list[dict[str, Any]]:
    """New filters replace those on the same thing; "overall" lifts them all."""
    dropped = any(phrase in need.clause.text for phrase in _RESETS)
    named = {item["dimension"] for item in said}
    rest = [item for item in kept if item["dimension"] not in named]
    if dropped:
        words = need.clause.text
        rest = [] if not any(w in words for w in ("segments", "regions", "plans")) else [
            item for item in rest if item["dimension"] + "s" not in words
        ]  # fmt: skip
    return [*rest, *said]
