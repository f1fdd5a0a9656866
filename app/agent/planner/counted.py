"""Whether a question about clients wants their names or a figure over them."""

from typing import Final

from app.agent.planner.need import Need
from app.agent.planner.splitting import dimensions

_NEAR: Final = 2


def measured(need: Need) -> bool:
    """Whether a figure of the semantic model is named."""
    return any(
        need.lexicon.measures[str(span.value)].metric_names for span in need.clause.all("measure")
    )


def _measure_of(need: Need) -> bool:
    """“MRR of clients that …”: the figure comes first and the clients say over whom."""
    clause = need.clause
    first = clause.first("measure")
    if first is None or clause.all("rank") or first in need.used:
        return False
    before = [clause.word(i) for i in range(clause.start, first.start)]
    leads = len(before) <= 4 and not {"which", "who", "list", "client", "clients", "with"} & set(
        before
    )
    measured = bool(need.lexicon.measures[str(first.value)].metric_names)
    return measured and leads and clause.word(first.end) in {"of", "for", "from", "among"}


def ranks_renewals(need: Need) -> bool:
    """“The five biggest renewals by ARR”: the clients that renew are ranked, none is counted."""
    clause = need.clause
    renewals = [span for span in clause.all("measure") if span.value == "renewals_due"]
    if not renewals or clause.has("how_many") or clause.all("grain"):
        return False
    ordering = [*clause.all("rank"), *clause.all("number")]
    return any(0 <= span.start - other.end <= _NEAR for span in renewals for other in ordering)


def counting(intent: str, need: Need) -> str | None:
    """“How many” wants a figure, “who” wants names."""
    if intent == "list":
        return "metric" if _wants_figure(need) else None
    clause = need.clause
    counts = measured(need) or clause.has("how_many", "share", "by", "leave")
    if intent != "metric" or dimensions(need):
        return None
    plain = not counts and bool(clause.all("condition")) and not _counts_moves(need)
    return "list" if plain or _asks_for_names(need) else None


def _asks_for_names(need: Need) -> bool:
    """“Which clients churned”: the clients themselves, though the words also name a figure."""
    clause = need.clause
    measures = [need.lexicon.measures[str(span.value)] for span in clause.all("measure")]
    opened = clause.words[:1] in (["which"], ["who"], ["list"], ["name"])
    only_clients = bool(measures) and all(measure.condition for measure in measures)
    return opened and only_clients and not clause.has("how_many", "by")


def _counts_moves(need: Need) -> bool:
    """“Did we lose more clients in May?”: a yes or no that rests on a count."""
    clause = need.clause
    moves = any(span.value in {"churned", "new"} for span in clause.all("condition"))
    asks = clause.words[:1] in (["did"], ["do"], ["have"], ["are"])
    return moves and asks and not clause.has("who")


def _wants_figure(need: Need) -> bool:
    clause = need.clause
    if clause.has("how_many") and not clause.all("rank"):
        return True
    if _counts_moves(need):
        return True
    if not measured(need):
        return False
    ranked = clause.has("client", "who") or clause.all("rank") or clause.all("number")
    bare = bool(clause.all("condition")) and not ranked
    asked = clause.words[:1] == ["what"] and not (ranked and clause.has("who"))
    plain = asked and not clause.all("rank") and not clause.all("operator")
    opened = clause.spans[0].start == clause.start and clause.spans[0].kind == "measure"
    narrowed = opened and not (clause.has("who", "list", "sort") or clause.all("operator"))
    first = clause.spans[0]
    told_first = clause.words[:1] == ["what"] and first.kind == "measure"
    told_first = told_first and first.start == clause.start + 1
    if (narrowed or told_first) and not clause.all("rank"):
        return True
    return bare or clause.words[:1] == ["how"] or plain or _measure_of(need)
