"""Who a question is about: a named client, the one on the page, the second of a list, "them"."""

import re
from datetime import date
from typing import Any

from app.agent.planner import figures
from app.agent.planner.clause import Clause
from app.agent.planner.conversation import Frame
from app.agent.planner.need import Need
from app.agent.planner.places import group_before
from app.agent.planner.references import picked
from app.agent.planner.selection import own_filters, page_filters, selection
from app.agent.planner.spans.span import Span
from app.agent.planner.splitting import dimensions, part_of_whole
from app.agent.planner.turning import TURNED, asks_when_it_turned
from data.query import Filter
from tools.wording import join_words

NO_MANAGER = (
    "{name} is not in your scope: I find no account manager and no client of that name among "
    "those you can see, so I give no figures for them."
)
NO_CLIENT = "I don't find a client called {name} among the clients you can see."

_BOOK = re.compile(
    r"\b(?:account manager|manager|colleague|book|portfolio|(?:their|his|her|whose) (?:\w+ )?(?:clients?|"
    r"customers?|accounts?|book|arr|mrr|renewals)|(?:clients|customers|accounts) (?:of|with|does|has))\b"
)
_OWN_CLIENTS = frozenset({"clients", "customers", "accounts", "book", "portfolio"})
_REACH = 3
_DATED = {
    "churned_customers": "churned_at", "logo_churn_rate": "churned_at",
    "churned_mrr": "churned_at", "new_customers": "signup_date", "new_mrr": "signup_date",
}  # fmt: skip
_AT_RISK = [Filter(dimension="churn_risk", value="high")]

GROUP_LIMIT = (
    "I cannot leave out groups by their figure yet, so all of them are shown in its order."
)


def unknown(clause: Clause, stranger: Span) -> str:
    """What is said of a name that nobody here bears: of a colleague's book, or of a client."""
    after = {clause.word(i) for i in range(stranger.end, stranger.end + _REACH)}
    text = NO_MANAGER if after & _OWN_CLIENTS or _BOOK.search(clause.text) else NO_CLIENT
    return text.format(name=stranger.value)


def customer(need: Need) -> str | None:
    """The client meant; what cannot be settled becomes `need.notes["question"]`."""
    clause = need.clause
    named = clause.first("client")
    if named is not None:
        need.notes["named"] = [span.value for span in clause.all("client")]
        return str(named.value)
    choices = clause.first("clients")
    if choices is not None:
        names = [need.lexicon.customers[key] for key in choices.value[:6]]
        need.notes["question"] = f"Which one do you mean: {join_words(names, last='or')}?"
        return None
    stranger = clause.first("unknown_name")
    if stranger is not None:
        need.notes["refusal"] = unknown(need.clause, stranger)
        return None
    position = clause.first("ordinal")
    if position is not None:
        return _from_list(need, int(position.value))
    return _pointed(need)


def _from_list(need: Need, position: int) -> str | None:
    listed = need.past.listed()
    index = position if position < 0 else position - 1
    if listed and -len(listed) <= index < len(listed):
        return listed[index]
    if listed:
        need.notes["question"] = f"The list has {len(listed)} clients. Which one do you mean?"
    return None


def _pointed(need: Need) -> str | None:
    """The client of "this client", "them", or of the talk so far."""
    pronouns = {str(hint.value) for hint in need.clause.hinted("pronoun")}
    page = need.turn.page_customer_id if need.turn else None
    recent = _recent_customer(need)
    if need.refers or ("many" in pronouns and recent is None and _listing(need)):
        return recent
    if pronouns & {"one", "many"}:
        return recent or page
    if need.clause.has("whole") or _selects(need):
        return None
    return recent or page


def _recent_customer(need: Need) -> str | None:
    """The client of the last turn with a target, if that was one client."""
    for exchange in reversed(need.past.exchanges):
        if exchange.customer is not None:
            return exchange.customer
        if exchange.kind == "refusal":
            return None
        for frame in exchange.frames:
            if frame.args.get("filters") or frame.tool in {"list_customers", "query_metrics"}:
                return None
    return None


def _listing(need: Need) -> bool:
    frame = need.past.frame
    return frame is not None and bool(frame.args.get("filters") or frame.args.get("limit"))


def _selects(need: Need) -> bool:
    kinds = {span.kind for span in need.clause.spans}
    return bool(kinds & {"value", "manager"}) or (
        need.clause.has("drivers") and "client" not in kinds
    )


def filters(need: Need) -> list[dict[str, Any]]:
    """Filters of a question about figures."""
    found = selection(need, skip=_counted_conditions(need))
    part = part_of_whole(need)
    if part is not None:
        need.notes["part"] = part.value
        found = [item for item in found if item != part]
    if dimensions(need) and not need.clause.has("client", "who"):
        found = _without_group_limits(need, found)
    return _dump(_with_context(need, found))


def _without_group_limits(need: Need, found: list[Filter]) -> list[Filter]:
    """“Industries with health under 60” limits the groups, not the clients: show them all."""
    limits = {
        need.lexicon.measures[str(span.value)].number
        for span in need.used
        if span.kind == "measure"
    }
    limited = [item.op for item in found if item.dimension in limits]
    if limited:
        need.notes["group_limit"] = limited[0]
        need.notes["say"] = GROUP_LIMIT
    need.used = {span for span in need.used if span.kind != "measure"}
    return [item for item in found if item.dimension not in limits]


def list_filters(need: Need) -> list[dict[str, Any]]:
    """Filters of a list of clients."""
    need.notes["list"] = True
    compared = len(need.clause.all("client")) > 1
    found = selection(need, skip=frozenset({"at_risk"}) if compared else frozenset())
    plain = compared or need.clause.all("condition")
    if asks_when_it_turned(need):
        need.notes["say"] = TURNED
    return _dump(_with_context(need, found if plain else [*found, *_bare_risk(need)]))


def _bare_risk(need: Need) -> list[Filter]:
    """“Risk list”, “churn high”: the word alone stands for clients at risk."""
    clause = need.clause
    places = [i for i in range(clause.start, clause.end) if clause.word(i) in {"risk", "churn"}]
    bare = any(clause.span_at(i) is None for i in places)
    return _AT_RISK if bare and not clause.has("sort", "by", "likely") else []


def target_filters(need: Need) -> list[dict[str, Any]]:
    """Filters of the clients a prediction or explanation is about."""
    if need.notes.get("named") or need.notes.get("customer"):
        return []
    skip = frozenset({"churned", "new"})
    if need.notes.get("tool") == "explain_churn" and not _of_certain_clients(need):
        skip |= {"at_risk"}
    return _dump(_with_context(need, selection(need, skip=skip)))


def _of_certain_clients(need: Need) -> bool:
    """“Why are the clients at risk leaving?”, and not “why does a client leave?”."""
    clause = need.clause
    anyone = any(
        clause.word(i) in {"a", "an", "any"}
        and clause.stem(i + 1) in {"client", "customer", "account"}
        for i in range(clause.start, clause.end)
    )
    return clause.has("client") and not anyone


def simulation_filters(need: Need) -> list[dict[str, Any]]:
    """Filters of the clients a strategy would reach; "highest risk first" is an order, not one."""
    skip = frozenset({"churned", "new"})
    if need.clause.has("risk_first"):
        skip |= {"at_risk"}
    found = selection(need, skip=skip)
    if not found and _goes_on(need):
        found = earlier_filters(need)
    return _dump(_with_context(need, found))


def _goes_on(need: Need) -> bool:
    """“Who would respond best?” after a simulation is about the clients of that simulation."""
    frame, clause = need.past.frame, need.clause
    names_its_own = clause.all("strategy") or clause.has("whole")
    return frame is not None and bool(frame.args.get("strategy")) and not names_its_own


def _counted_conditions(need: Need) -> frozenset[str]:
    """Conditions that are the thing counted, not a filter on it."""
    conditions = [str(span.value) for span in need.clause.all("condition")]
    skip = {"churned", "new"}
    measures = [need.lexicon.measures[str(s.value)] for s in need.clause.all("measure")]
    flows = any(measure.flow or measure.renewal for measure in measures)
    counting = need.clause.has("how_many", "share")
    only_risk = set(conditions) == {"at_risk"} and not need.notes.get("renewal_filter")
    if ((counting or not measures) and only_risk) or figures.exposed(need):
        skip.add("at_risk")
    if ("renewing" in conditions and all(measure.metric == "arr" for measure in measures)) or (
        "renewing" in conditions
        and len(set(conditions)) == 1
        and (counting or flows or not measures)
    ):
        skip.add("renewing")
    if flows or need.clause.has("how_many"):
        skip.add("active")
    return frozenset(skip)


def _with_context(need: Need, found: list[Filter]) -> list[Filter]:
    found = [*found, *own_filters(need, found), *_named_clients(need)]
    pronouns = {str(hint.value) for hint in need.clause.hinted("pronoun")}
    if ("many" in pronouns or need.refers) and not need.clause.all("client"):
        earlier = earlier_filters(need)
        taken = {item.dimension for item in found}
        found += [item for item in earlier if item.dimension not in taken]
    found += group_before(need, found)
    return [*found, *page_filters(need, found)]


def _named_clients(need: Need) -> list[Filter]:
    """Clients named in a question about figures or a list."""
    keys = list(dict.fromkeys(str(span.value) for span in need.clause.all("client")))
    if not keys or need.notes.get("tool") not in {"query_metrics", "list_customers"}:
        return []
    if len(keys) == 1:
        return [Filter(dimension="customer", value=keys[0])]
    return [Filter(dimension="customer", op="in", value=list(keys))]


def earlier_filters(need: Need) -> list[Filter]:
    """The clients of the question before: those it singled out, else its own filters."""
    singled = picked(need)
    if singled is not None:
        return singled
    frame = need.past.frame
    if frame is None:
        return []
    own = [Filter.model_validate(item) for item in frame.args.get("filters") or []]
    listing = need.notes.get("tool") == "list_customers"
    standing = (frame.args.get("metrics") or [""])[0] in {"customers_at_risk", "high_risk_arr"}
    counted = _counted_clients(frame, need) if listing or standing else []
    return [*own, *counted]


def _counted_clients(frame: Frame, need: Need) -> list[Filter]:
    """Who was counted by the figure before: those who left in its period, those at risk."""
    metrics = frame.args.get("metrics") or [""]
    period = frame.args.get("period") or {}
    dates = [period.get("start"), period.get("end")]
    found: list[Filter] = []
    if metrics[0] in {"churned_customers", "logo_churn_rate", "churned_mrr"}:
        found.append(Filter(dimension="status", value="churned"))
    column = _DATED.get(metrics[0])
    if column in need.lexicon.numbers and all(dates):
        found.append(Filter(dimension=str(column), op="between", value=[str(day) for day in dates]))
    if metrics[0] in {"customers_at_risk", "high_risk_arr"}:
        found += _AT_RISK
    if metrics[0] in {"renewals_due", "renewal_arr"} and dates[1]:
        days = (date.fromisoformat(str(dates[1])) - need.lexicon.as_of).days
        found.append(Filter(dimension="days_to_renewal", op="between", value=[0, days]))
    return found


def _dump(found: list[Filter]) -> list[dict[str, Any]]:
    return [item.model_dump(mode="json") for item in found]
