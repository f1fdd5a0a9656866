"""Slots of a question about figures: metrics, dimensions, order and limit."""

from typing import Any, Final

from app.agent.planner.language import Measure, language
from app.agent.planner.need import Need
from app.agent.planner.periods import When
from app.agent.planner.spans.span import Span
from app.agent.planner.splitting import dimensions, lists_all
from app.agent.planner.times import averages, churn_horizon

_COUNTS: Final = frozenset(
    {"customers", "churned_customers", "new_customers", "customers_at_risk", "renewals_due",
     "active_users", "reactivated_customers"}
)  # fmt: skip
_LOSING: Final = frozenset({"lose", "lost", "losing"})
_MAYBE: Final = frozenset({"could", "might", "may", "would", "risk", "stand"})
_CAUSED: Final = frozenset({"through", "to", "from", "via", "by", "of"})
_MOVEMENTS: Final = frozenset({"new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"})
_BRIDGED: Final = frozenset(
    {":", "bridge", "waterfall", "walk", "movement", "movements", "change", "into"}
)
_SOON: Final = frozenset({"soonest", "earliest", "nearest"})
_EVER: Final = frozenset({"lifetime", "ever", "cumulative"})
_EXPOSED: Final = frozenset({"mrr", "arr", "revenue"})
_RISKY: Final = frozenset({"risk", "leave", "likely"})
_PAID: Final = frozenset({"mrr", "revenue", "total_revenue"})
_MOVES: Final = frozenset({"grow", "grew", "shrink", "shrank", "gain", "added", "change", "move"})
COUNT_NOUNS: Final = frozenset(
    {"client", "customer", "account", "logo", "company", "one", "business"}
)


_TIMES: Final = frozenset({"hour", "minute", "day", "week"})
_JOINS: Final = frozenset({"and", ",", "&", "plus"})
_LINKING: Final = _JOINS | {"in", "the", "number", "of", "total", "our"}
_GOVERNS: Final = frozenset({"of", "for", "by", "per", "with", "from", "which", "what", "each"})


def metrics(need: Need) -> list[str]:
    """Metrics asked for, in the order they were said."""
    names: list[str] = []
    for span in need.free("measure"):
        names += _metrics_of(need, span)
    if averages(need) and not set(names) - {"total_revenue", "customers"}:
        names = ["arpa"]
    ranked = next((language().ranks[str(s.value)] for s in need.clause.all("rank")), None)
    if not names and ranked and ranked.by:
        names += language().measures[ranked.by].metric_names
    if "renewing" in {s.value for s in need.clause.all("condition")}:
        names = ["renewal_arr" if name == "arr" else name for name in names]
    led = ranked is not None and ranked.by is not None and not need.clause.has("how_many")
    counted = None if led and names else _counted(need)
    if counted and counted not in names:
        plain = counted == "customers" and bool(names) and not _listed_with(need)
        plain = plain and not need.clause.has("how_many")
        names = names if plain else [counted, *names]
    if len(_MOVEMENTS & set(names)) > 1 and _BRIDGED & set(need.clause.words):
        names = [name for name in names if name not in {"mrr", "net_new_mrr"}]
    if need.clause.has("share") and names == ["churned_customers"]:
        names = ["logo_churn_rate"]
    if not names and lists_all(need):
        names.append("customers")
    if not names and need.clause.has("leave") and not need.clause.has("how_many"):
        names.append("logo_churn_rate")
    return [name for name in dict.fromkeys(names) if name in need.lexicon.metrics]


def exposed(need: Need) -> bool:
    """“How much ARR is in danger”: the money itself is at risk, no clients are singled out."""
    measures = {need.lexicon.measures[str(s.value)].metric for s in need.clause.all("measure")}
    risky = any(span.value == "at_risk" for span in need.clause.all("condition"))
    singled = need.clause.has("client", "who") or "part" in need.notes
    return risky and bool(measures & _EXPOSED) and not singled


def _money_meant(need: Need, measure: Measure) -> str | None:
    """The figure on money that the words around a measure make of it."""
    words, name = set(need.clause.words), measure.metric
    timed = need.clause.all("period") and not need.clause.has("client", "who")
    explained = need.notes.get("intent") == "change" or (
        bool(timed) and measure.number == "revenue_decline_90d"
    )
    if explained and (measure.number == "revenue_decline_90d" or name == "net_new_mrr"):
        kept = name and "net" in words
        return name if kept else "mrr" if "mrr" in words else "revenue"
    gone = words & _LOSING and not words & _MAYBE
    if name in _EXPOSED and (gone or _through_churn(need)):
        return "churned_mrr"
    if name in _EXPOSED and (words & _LOSING or exposed(need)):
        return "arr_at_risk"
    if name == "total_revenue" and _over_a_time(need):
        return "revenue"
    if name in _PAID and "average" in words and need.clause.has("client"):
        return "arpa"
    return "net_new_mrr" if name == "mrr" and "net" in words and words & _MOVES else None


def _over_a_time(need: Need) -> bool:
    """“Total revenue last quarter”: the sum over a time, not all that clients ever paid."""
    said = [span.value for span in need.clause.all("period") if isinstance(span.value, When)]
    timed = any(
        when.direction == "past" or (when.direction == "open" and (when.count or 1) > 1)
        for when in said
    )
    return timed and not _EVER & set(need.clause.words)


def _through_churn(need: Need) -> bool:
    """“MRR that went out of the door through churn”: what it took, not what there is."""
    clause = need.clause
    return any(
        hint.value == "leave" and _CAUSED & {clause.word(hint.start - i) for i in (1, 2)}
        for hint in clause.hinted("cue")
    )


def _metrics_of(need: Need, span: Span) -> list[str]:
    measure = need.lexicon.measures[str(span.value)]
    words = set(need.clause.words)
    money = _money_meant(need, measure)
    if money:
        return [money]
    if measure.metric == "net_new_mrr" and "growth" in words and need.clause.all("compare"):
        return ["mrr"]
    if measure.metric == "tickets" and {"open", "unresolved"} & set(need.clause.words):
        return ["open_tickets"]
    return measure.metric_names


def _counted(need: Need) -> str | None:
    """What a "how many" counts: clients, clients lost, clients won, clients at risk."""
    clause = need.clause
    conditions = {str(span.value) for span in clause.all("condition")}
    verbs = {"churned": "churned_customers", "new": "new_customers"}
    counting = clause.has("how_many", "share") or _has_count_noun(need) or _listed_with(need)
    if not counting and (need.free("measure") or not conditions & set(verbs)):
        return None
    counts = {n for span in need.free("measure") for n in _metrics_of(need, span)}
    if clause.has("share") and "churned" in conditions and not counts:
        return "logo_churn_rate"
    for key, metric in verbs.items():
        if key in conditions or (key == "churned" and clause.has("leave") and not counts):
            return metric
    if counts & _COUNTS:
        return None
    if "renewing" in conditions and not need.notes.get("renewal_filter"):
        return "renewals_due"
    whole = conditions != {"at_risk"} or "part" in need.notes
    plain = "customers" if whole else "customers_at_risk"
    known = counts and not clause.has("how_many") and not _listed_with(need)
    return None if known or _counts_other(need) else plain


def _listed_with(need: Need) -> bool:
    """“In customers and in ARR”, “MRR and clients by region”: clients are a figure beside others."""
    clause = need.clause
    measured = {s.start for s in clause.all("measure")}, {s.end for s in clause.all("measure")}
    for i in range(clause.start, clause.end):
        if clause.stem(i) not in COUNT_NOUNS or not clause.word(i).endswith("s"):
            continue
        first = i
        while clause.word(first - 1) in _LINKING - _JOINS:
            first -= 1
        last = i + 1
        joined = clause.word(last) in _JOINS and clause.word(first - 1) not in _GOVERNS
        while clause.word(last) in _LINKING:
            last += 1
        ends = clause.word(i + 1) in {"", "by", "per", "for", "each", "?", ".", "split", "please"}
        after = ends and clause.word(first - 1) in _JOINS and first - 1 in measured[1]
        if clause.span_at(i) is None and (after or (joined and last in measured[0])):
            return True
    return False


def _counts_other(need: Need) -> bool:
    """Whether "how many" counts something that is not a client ("how many tickets")."""
    for hint in need.clause.hinted("cue"):
        if hint.value == "how_many":
            span = need.clause.span_at(hint.end)
            timed = need.clause.stem(hint.end) in _TIMES
            if timed or (span is not None and span.kind == "measure"):
                return True
    return False


def _has_count_noun(need: Need) -> bool:
    """Whether clients themselves are ranked or split: "most clients", "clients by region"."""
    clause = need.clause
    for span in clause.all("rank"):
        following = [clause.stem(i) for i in range(span.end, span.end + 4)]
        if span.value in {"top", "bottom"} and COUNT_NOUNS & set(following):
            return True
    measures = need.free("measure")
    return (
        not measures and clause.has("client") and bool(clause.all("dimension") or dimensions(need))
    )


def order_by(need: Need) -> dict[str, Any] | None:
    """Order of a ranking, by the first metric."""
    names = metrics(need)
    rank = _rank(need)
    split = dimensions(need) or need.clause.all("grain")
    limit = need.notes.get("group_limit")
    if names and rank is None and split and need.clause.has("sort"):
        return {"by": names[0], "descending": True}
    if names and rank is None and limit:
        return {"by": names[0], "descending": limit in {">", ">="}}
    if not names or rank is None or not split:
        return None
    key = names[-1] if "customers" in names[:1] and len(names) > 1 else names[0]
    bad = next((m.bad for m in need.lexicon.measures.values() if key in m.metric_names), False)
    return {"by": key, "descending": _descending(rank, bad=bad)}


def _rank(need: Need) -> Span | None:
    free = [s for s in need.clause.all("rank") if s not in need.used]
    return next((s for s in free if language().ranks[str(s.value)].by), next(iter(free), None))


def _descending(span: Span, *, bad: bool) -> bool:
    rank = language().ranks[str(span.value)]
    if rank.good is None:
        return rank.descending is not False
    return rank.good != bad


def sort_by(need: Need) -> dict[str, Any] | None:
    """Order of a list of clients."""
    rank = _rank(need)
    if rank is not None:
        return _ranked_by(need, rank)
    if need.clause.has("sort"):
        measure = next(iter(_numbered(need)), None)
        if measure:
            low = {"ascending", "lowest", "smallest"} & set(need.clause.words)
            return {"by": measure.number, "descending": not low}
    if len(need.clause.all("client")) > 1 and _RISKY & need.clause.cues:
        return {"by": _at_horizon(need, "churn_prob_90d"), "descending": True}
    for span in need.clause.all("condition"):
        sort = language().conditions[str(span.value)].sort
        if sort:
            return dict(sort)
    return _by_what_is_named(need)


def _by_what_is_named(need: Need) -> dict[str, Any]:
    """By the figure that is named; “the next five renewals” by their day, all else by ARR."""
    if any(need.clause.word(span.start - 1) == "next" for span in need.clause.all("number")):
        return {"by": "days_to_renewal", "descending": False}
    measure = next(iter(_numbered(need)), None)
    if measure and not need.clause.has("how_much"):
        return {"by": measure.number, "descending": True}
    return {"by": "arr", "descending": True}


def _ranked_by(need: Need, span: Span) -> dict[str, Any]:
    rank = language().ranks[str(span.value)]
    measure = language().measures[rank.by] if rank.by else None
    if rank.by != "avg_churn_prob" or measure is None:
        measure = next(iter(_numbered(need, after=span.start)), None) or measure
        measure = measure or next(iter(_numbered(need)), None)
    conditions = [language().conditions[str(s.value)] for s in need.clause.all("condition")]
    if measure is None and "active" in need.clause.words and span.value in {"top", "bottom"}:
        measure = language().measures["engagement_score"]
    if measure is None and _SOON & set(need.clause.words):
        return {"by": "days_to_renewal", "descending": False}
    if measure is None:
        sort = next((c.sort for c in conditions if c.sort), None)
        if sort:
            return dict(sort)
        measure = language().measures["avg_health_score" if rank.good is not None else "arr"]
    name = measure.number or "arr"
    if rank.by:
        return {"by": _at_horizon(need, name), "descending": rank.descending is not False}
    return {"by": _at_horizon(need, name), "descending": _descending(span, bad=measure.bad)}


def _at_horizon(need: Need, name: str) -> str:
    """The churn probability of the horizon that was asked."""
    if name != "churn_prob_90d":
        return name
    return f"churn_prob_{churn_horizon(need)}d"


def _numbered(need: Need, after: int = 0) -> list[Measure]:
    measures = [
        need.lexicon.measures[str(span.value)]
        for span in need.free("measure")
        if span.start >= after
    ]
    return [measure for measure in measures if measure.number in need.lexicon.numbers]
