"""Corrects the ranker by grammar: an intent must fit what the clause is about."""

import re
from collections.abc import Callable
from typing import Final

from app.agent.planner.counted import counting, measured, ranks_renewals
from app.agent.planner.figures import exposed
from app.agent.planner.hindsight import asks_whom_it_suits, looks_back
from app.agent.planner.named_rule import named_rule
from app.agent.planner.need import Need
from app.agent.planner.negation import negated
from app.agent.planner.periods import When
from app.agent.planner.reasons import asks_why_changed, weighs
from app.agent.planner.splitting import dimensions, lists_all, part_of_whole
from app.agent.planner.sure_readings import advises, reports
from app.agent.planner.thresholds import thresholds
from app.agent.planner.times import averages

_FORECASTABLE: Final = frozenset(
    {"mrr", "arr", "revenue", "customers", "tickets", "events", "active_users", "new_customers",
     "churned_customers", "net_new_mrr", "nrr", "logo_churn_rate"}
)  # fmt: skip

_ASKING: Final = frozenset({"what", "which", "how", "did", "was", "were", "who", "why"})


def settle(intent: str, need: Need) -> str:
    """The intent that the clause's grammar allows, most often the same."""
    for rule in _RULES:
        better = rule(intent, need)
        if better is not None:
            return better
    return intent


def _one(need: Need) -> bool:
    return bool(need.clause.all("client") or need.clause.all("clients"))


def _points(need: Need) -> bool:
    """Whether one client is meant without a name."""
    if need.clause.all("ordinal"):
        return True
    pronouns = {str(hint.value) for hint in need.clause.hinted("pronoun")}
    known = need.past.customer or (need.turn and need.turn.page_customer_id)
    return bool(pronouns & {"one", "many"}) and bool(known) and not need.clause.all("value")


def _over_time(need: Need) -> bool:
    past = any(
        isinstance(s.value, When) and s.value.direction == "past" for s in need.clause.all("period")
    )
    return past or need.clause.has("trend") or bool(need.clause.all("grain"))


def _now(need: Need) -> bool:
    spans = need.clause.all("period")
    return any(isinstance(s.value, When) and s.value.direction == "now" for s in spans)


def _ahead(need: Need) -> bool:
    return any(
        isinstance(s.value, When) and s.value.direction == "future"
        for s in need.clause.all("period")
    )


def _several_clients(intent: str, need: Need) -> str | None:
    """“Compare Northwind and Contoso”, “which of the two is riskier”: both, side by side."""
    named = {span.value for span in need.clause.all("client")}
    alike = intent in {"metric", "list", "card", "churn", "compare"}
    asked = alike or (need.clause.has("compare") and intent not in {"draft", "log", "export"})
    return "list" if len(named) > 1 and asked and not _over_time(need) else None


def _selecting(intent: str, need: Need) -> str | None:
    """“Clients over 50k with a churn probability above 40 %”: all figures select, none is asked."""
    clause = need.clause
    if intent != "metric" or not clause.has("client", "who"):
        return None
    asks = clause.has("how_many", "how_much", "share", "by", "average") or dimensions(need)
    if asks or not clause.all("operator") or clause.words[:1] == ["what"]:
        return None
    trial = need.fresh()
    return "list" if thresholds(trial) and not trial.free("measure") else None


def _writing(intent: str, need: Need) -> str | None:
    """“Draft an email to our SMB clients”: an order to write, whoever gets it."""
    orders = _ORDERS_TEXT.match(need.clause.text) is not None
    return "draft" if orders and intent in _ABOUT_CLIENTS else None


def _averaging(intent: str, need: Need) -> str | None:
    """A mean over clients, or clients in every group of a kind, is a figure."""
    compared = "than" in need.clause.words and len(need.clause.all("value")) > 1
    grouped = lists_all(need) or (compared and need.clause.all("rank"))
    if intent in {"list", "card", "churn"} and grouped and not _one(need):
        return "metric"
    return "metric" if intent in {"list", "card", "simulate"} and averages(need) else None


def _single_client(intent: str, need: Need) -> str | None:
    if intent not in {"metric", "list", "card"}:
        return None
    if _one(need) or _points(need):
        if measured(need) and _over_time(need) and intent == "metric":
            return "metric"
        return "card"
    if intent == "card" and not need.past.customer and not _page(need):
        return "metric" if measured(need) else "list" if _group(need) else None
    if intent == "card" and _group(need) and measured(need):
        return "metric"
    return None


def _page(need: Need) -> bool:
    return bool(need.turn and need.turn.page_customer_id)


def _group(need: Need) -> bool:
    kinds = {span.kind for span in need.clause.spans}
    return bool(kinds & {"condition", "value", "rank", "manager"})


def _ranking(intent: str, need: Need) -> str | None:
    clause = need.clause
    if intent == "list" and _groups_first(need):
        return "metric"
    grouped = dimensions(need) and (clause.all("rank") or clause.has("by"))
    parted = clause.has("by") and not clause.has("list", "who")
    of_groups = (
        parted or not clause.has("client") or (clause.all("rank") and not _ranks_clients(need))
    )
    if intent == "list" and grouped and of_groups:
        return "metric"
    ranked = _ranks_clients(need) or _top_n(need) or ranks_renewals(need)
    if intent == "metric" and not dimensions(need) and ranked:
        return "list"
    if intent == "churn" and not _one(need) and not _points(need):
        plain = clause.has("client") and not clause.all("period") and not clause.all("measure")
        if clause.has("who") or clause.all("rank") or (plain and not clause.has("likely")):
            return "list"
    return None


def _top_n(need: Need) -> bool:
    """“Top 10 ARR”: with nothing else to rank, clients are."""
    clause = need.clause
    counted = any(
        n.start - s.end in {0, 1} for s in clause.all("rank") for n in clause.all("number")
    )
    return counted and not clause.all("grain") and not _over_time(need)


def _groups_first(need: Need) -> bool:
    """“Which industry has the most clients”: groups are ranked by their clients."""
    clause = need.clause
    rank = clause.first("rank")
    split = clause.first("dimension")
    named = split is not None and split.value in dimensions(need) and split.value != "customer"
    return rank is not None and split is not None and named and split.start < rank.start


def _ranks_clients(need: Need) -> bool:
    """“top 5 clients”, “the biggest accounts”: the clients are what is ranked."""
    clause = need.clause
    if not clause.has("client") or clause.has("how_many"):
        return False
    for span in clause.all("rank"):
        near = range(span.start - 3, span.end + 5)
        if any(clause.stem(i) in {"client", "customer", "account"} for i in near):
            return True
    return False


def _future(intent: str, need: Need) -> str | None:
    if intent == "forecast" and measured(need) and not _can_forecast(need):
        return "metric"
    so_far = not _ahead(need) and not need.clause.has("forecast")
    if intent == "forecast" and so_far and measured(need) and (_over_time(need) or _now(need)):
        return "metric"
    if intent == "metric" and _ahead(need) and measured(need):
        renewing = any(
            need.lexicon.measures[str(s.value)].renewal for s in need.clause.all("measure")
        ) or any(s.value == "renewing" for s in need.clause.all("condition"))
        if not renewing:
            churning = exposed(need) or any(
                s.value == "avg_churn_prob" for s in need.clause.all("measure")
            )
            return "churn" if churning else "forecast"
    return None


def _can_forecast(need: Need) -> bool:
    names = {
        name
        for span in need.clause.all("measure")
        for name in need.lexicon.measures[str(span.value)].metric_names
    }
    before = any(
        isinstance(s.value, When)
        and s.value.direction == "past"
        and s.value.end != need.lexicon.as_of
        for s in need.clause.all("period")
    )
    return bool(names & _FORECASTABLE) and (_ahead(need) or not before)


def _strategic(intent: str, need: Need) -> str | None:
    named = {span.value for span in need.clause.all("strategy")}
    asks = bool(_ASKING & set(need.clause.words)) and not need.clause.has("start")
    if asks_whom_it_suits(need) or (intent == "start" and asks):
        return "experiment"
    if intent in {"simulate", "experiment"} and len(named) > 1:
        return "compare"
    if intent == "compare" and len(named) == 1 and not need.clause.has("compare", "best_use"):
        return "simulate" if need.clause.has("simulate") else "experiment"
    return None


def _changes(intent: str, need: Need) -> str | None:
    """“Why did MRR drop?” asks what moved a figure; “why is Northwind at risk?” does not."""
    if intent not in {"why", "metric", "change", "define", "list"}:
        return None
    if part_of_whole(need) and not {"why", "come"} & set(need.clause.words):
        return "metric"
    if asks_why_changed(need):
        return "change"
    return "why" if intent == "change" and not measured(need) else None


def _reasons(intent: str, need: Need) -> str | None:
    """“The biggest reasons for churn” are explained; what a rule flags is told by the rules."""
    words = set(need.clause.words)
    if (
        intent in {"list", "metric", "churn"}
        and words & {"reason", "reasons"}
        and need.clause.has("leave")
    ):
        return "why"
    fired = any(span.value == "rules_fired" for span in need.clause.all("measure"))
    asked = fired and not need.clause.has("client", "who") and not _group(need)
    if intent in {"list", "metric"} and (asked or named_rule(need)):
        return "rules"
    return "rules" if intent == "why" and words & {"rule", "rules", "rulebook"} else None


def _conditional(intent: str, need: Need) -> str | None:
    """“When a client leaves, what do we do?” asks for guidance."""
    first = need.clause.words[:1]
    told = intent == "recommend" and first in (["our"], ["a"], ["an"], ["one"])
    opened = told or first in (["if"], ["when"], ["once"])
    groups = [*need.clause.all("value"), *need.clause.all("manager")]
    left_out = any(negated(need, span, {}) for span in groups)
    aimed = left_out or _one(need) or _points(need) or bool(need.clause.all("strategy"))
    counted = need.clause.has("how_much", "how_many") and measured(need)
    general = intent in {"metric", "list", "card", "recommend"} and not counted
    return "playbooks" if opened and general and not aimed else None


def _library(intent: str, need: Need) -> str | None:
    """Looking for plays is a search, unless one is to be opened."""
    looking = {"find", "search", "any", "which", "there", "have"} & set(need.clause.words)
    if intent == "playbook" and looking and not need.clause.has("open_full"):
        return "playbooks"
    return None


_ORDERS_TEXT: Final = re.compile(
    r"(?:draft|write|compose|word|prepare|pen|put together|write up)\b.{0,30}?"
    r"\b(?:e mail|email|mail|message|note|letter|script|text|talking points)\b"
)
_ABOUT_CLIENTS: Final = frozenset(
    {"list", "metric", "churn", "card", "recommend", "playbooks", "why", "rules"}
)
_RULES: Final[tuple[Callable[[str, Need], str | None], ...]] = (
    looks_back,
    reports,
    advises,
    weighs,
    _writing,
    _conditional,
    _changes,
    _reasons,
    _library,
    _several_clients,
    _averaging,
    _selecting,
    _single_client,
    _ranking,
    _future,
    _strategic,
    counting,
)
