"""Slots of a question about figures: metrics, dimensions, order and limit."""

from collections.abc import Iterator
from typing import Any, Final

from app.agent.planner.language import Measure, language
from app.agent.planner.need import Need
from app.agent.planner.spans.figures import Figure
from app.agent.planner.spans.span import Span
from app.agent.planner.times import churn_horizon

_SPLIT_WORDS: Final = frozenset(
    {
        "by",
        "per",
        "each",
        "every",
        "across",
        "over",
        "who",
        "which",
        "what",
        "whose",
        "between",
        "among",
        "all",
    }
)
_WEAK_DIMENSIONS: Final = frozenset(
    {"contract_type", "product", "plan", "account_manager", "status"}
)
_COUNTS: Final = frozenset(
    {"customers", "churned_customers", "new_customers", "customers_at_risk", "renewals_due",
     "active_users", "reactivated_customers"}
)  # fmt: skip
_LOSING: Final = frozenset({"lose", "lost", "losing"})
_MAYBE: Final = frozenset({"could", "might", "may", "would", "risk", "stand"})
_PAID: Final = frozenset({"mrr", "revenue", "total_revenue"})
_MOVES: Final = frozenset({"grow", "grew", "shrink", "shrank", "gain", "added", "change", "move"})
_COUNT_NOUNS: Final = frozenset(
    {"client", "customer", "account", "logo", "company", "one", "business"}
)


_ONE_CLIENT: Final = frozenset({"client", "customer", "account", "company"})
_NOT_ONE: Final = frozenset({"a", "an", "any", "each", "every", "per", "by", "all", "no"})


def metrics(need: Need) -> list[str]:
    """Metrics asked for, in the order they were said."""
    names: list[str] = []
    for span in need.free("measure"):
        names += _metrics_of(need, span)
    ranked = next((language().ranks[str(s.value)] for s in need.clause.all("rank")), None)
    if not names and ranked and ranked.by:
        names += language().measures[ranked.by].metric_names
    if "renewing" in {s.value for s in need.clause.all("condition")}:
        names = ["renewal_arr" if name == "arr" else name for name in names]
    counted = _counted(need)
    if counted and counted not in names:
        plain = counted == "customers" and bool(names) and not need.clause.has("how_many")
        names = names if plain else [counted, *names]
    if not names and need.clause.has("leave") and not need.clause.has("how_many"):
        names.append("logo_churn_rate")
    return [name for name in dict.fromkeys(names) if name in need.lexicon.metrics]


def _metrics_of(need: Need, span: Span) -> list[str]:
    measure = need.lexicon.measures[str(span.value)]
    words = set(need.clause.words)
    if measure.metric in {"mrr", "revenue", "arr"} and words & _LOSING:
        return ["arr_at_risk"] if words & _MAYBE else ["churned_mrr"]
    if measure.metric in _PAID and "average" in words and need.clause.has("client"):
        return ["arpa"]
    if measure.metric == "mrr" and "net" in words and words & _MOVES:
        return ["net_new_mrr"]
    if measure.metric == "tickets" and {"open", "unresolved"} & set(need.clause.words):
        return ["open_tickets"]
    return measure.metric_names


def _counted(need: Need) -> str | None:
    """What a "how many" counts: clients, clients lost, clients won, clients at risk."""
    clause = need.clause
    conditions = {str(span.value) for span in clause.all("condition")}
    verbs = {"churned": "churned_customers", "new": "new_customers"}
    counting = clause.has("how_many", "share") or _has_count_noun(need)
    if not counting and (need.free("measure") or not conditions & set(verbs)):
        return None
    counts = {n for span in need.free("measure") for n in _metrics_of(need, span)}
    for key, metric in verbs.items():
        if key in conditions or (key == "churned" and clause.has("leave") and not counts):
            return metric
    if counts & _COUNTS:
        return None
    if "renewing" in conditions and not need.notes.get("renewal_filter"):
        return "renewals_due"
    plain = "customers_at_risk" if conditions == {"at_risk"} else "customers"
    known = counts and not clause.has("how_many")
    return None if known or _counts_other(need) else plain


def _counts_other(need: Need) -> bool:
    """Whether "how many" counts something that is not a client ("how many tickets")."""
    for hint in need.clause.hinted("cue"):
        if hint.value == "how_many":
            span = need.clause.span_at(hint.end)
            if span is not None and span.kind == "measure":
                return True
    return False


def _has_count_noun(need: Need) -> bool:
    """Whether clients themselves are ranked or split: "most clients", "clients by region"."""
    clause = need.clause
    for span in clause.all("rank"):
        following = [clause.stem(i) for i in range(span.end, span.end + 4)]
        if span.value in {"top", "bottom"} and _COUNT_NOUNS & set(following):
            return True
    measures = need.free("measure")
    return not measures and clause.has("client") and bool(clause.all("dimension"))


def dimensions(need: Need) -> list[str]:
    """Dimensions to split by."""
    names = [str(span.value) for span in need.clause.all("dimension") if _splits(need, span)]
    names += _compared_values(need)
    return list(dict.fromkeys(names))


def _splits(need: Need, span: Span) -> bool:
    clause = need.clause
    neighbours = [clause.span_at(span.start - 1), clause.span_at(span.end)]
    for other in neighbours:
        if other is not None and other.kind == "value" and other.value[0] == span.value:
            return False
        if other is not None and other.kind == "manager" and span.value == "account_manager":
            return False
    before = [clause.word(i) for i in range(span.start - 3, span.start)]
    ranked = any(
        s.kind in {"rank", "number"} and 0 <= span.start - s.end <= 2 for s in clause.spans
    )
    if _SPLIT_WORDS & set(before) or ranked:
        return True
    if span.value in _WEAK_DIMENSIONS:
        return clause.has("by") or (clause.has("who") and span.value == "account_manager")
    plural = clause.word(span.end - 1).endswith("s")
    return clause.has("by") or plural or clause.has("compare") or bool(before and before[-1] == "")


def _compared_values(need: Need) -> Iterator[str]:
    """A dimension of which two values are compared."""
    spans = need.clause.all("value")
    kinds = [span.value[0] for span in spans]
    if need.clause.has("compare", "by"):
        yield from {kind: None for kind in kinds if kinds.count(kind) > 1}
    managers = need.clause.all("manager")
    if len(managers) > 1:
        yield "account_manager"


def order_by(need: Need) -> dict[str, Any] | None:
    """Order of a ranking, by the first metric."""
    names = metrics(need)
    rank = _rank(need)
    split = dimensions(need) or need.clause.all("grain")
    limit = need.notes.get("group_limit")
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
    for span in need.clause.all("condition"):
        sort = language().conditions[str(span.value)].sort
        if sort:
            return dict(sort)
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


def limit(need: Need) -> int | None:
    """How many rows are wanted."""
    clause = need.clause
    for span in need.free("number"):
        figure = span.value
        if not isinstance(figure, Figure) or figure.unit or not 1 <= figure.value <= 1000:
            continue
        near_rank = any(
            s.kind == "rank" and (0 <= span.start - s.end <= 1 or 0 <= s.start - span.end <= 3)
            for s in clause.spans
        )
        following = {clause.stem(span.end), clause.stem(span.end + 1), clause.stem(span.end + 2)}
        asked = clause.word(span.start - 1) in {
            "show",
            "list",
            "first",
            "limit",
            "give",
            "me",
            "top",
            "to",
        }
        counts = bool(following & _COUNT_NOUNS) or clause.word(span.end) in {"with", "by"}
        split = clause.span_at(span.end)
        splits = split is not None and split.kind == "dimension"
        if near_rank or counts or splits or asked:
            if figure.in_words and figure.value == 1:
                continue
            need.used.add(span)
            return int(figure.value)
    return _single(need)


def _single(need: Need) -> int | None:
    """“Which client has the highest …” wants one."""
    clause = need.clause
    if not clause.all("rank") or clause.all("dimension"):
        return None
    if any(_who_leads(need, span) for span in clause.all("rank")):
        return 1
    alone = any(
        clause.word(i) in _ONE_CLIENT
        and ((span := clause.span_at(i)) is None or span.kind == "rank")
        and clause.word(i - 1) not in _NOT_ONE
        for i in range(clause.start, clause.end)
    )
    return 1 if alone else None


def _who_leads(need: Need, rank: Span) -> bool:
    """“Who is our riskiest …”, “who has the most …” want one."""
    clause = need.clause
    near = [clause.word(i) for i in range(rank.start - 4, rank.start)]
    return any(near[i : i + 1] == ["who"] and near[i + 1].endswith("s") for i in range(3))
