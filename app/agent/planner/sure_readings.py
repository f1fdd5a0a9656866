"""Readings that a clause's words alone make sure of: a deed to be logged, advice that is sought."""

from typing import Final

from app.agent.planner.deeds import tells_of_a_deed
from app.agent.planner.need import Need

_GUIDANCE: Final = frozenset(
    {
        "playbook",
        "playbooks",
        "play",
        "plays",
        "guide",
        "guidance",
        "guideline",
        "manual",
        "written",
    }
)
_VAGUE: Final = frozenset(
    {"offtopic", "help", "thanks", "playbooks", "compare", "card", "simulate"}
)


def reports(intent: str, need: Need) -> str | None:
    """“log” where something was done for a client, which is then offered to be logged."""
    return "log" if intent != "unsafe" and tells_of_a_deed(need.clause) else None


def advises(intent: str, need: Need) -> str | None:
    """“What's our best move there?”: what to do about the client talked of just before."""
    clause = need.clause
    if (
        intent not in _VAGUE
        or not clause.has("recommend")
        or clause.has("best_use", "strategy_word")
    ):
        return None
    if clause.all("strategy") or (_GUIDANCE | {"if"}) & set(clause.words):
        return None
    pointed = any(hint.value in {"one", "many"} for hint in clause.hinted("pronoun"))
    if clause.has("playbook") and not (pointed or "there" in clause.words):
        return None
    page = need.turn is not None and need.turn.page_customer_id is not None
    known = page or need.past.customer is not None
    grouped = clause.all("value") or clause.all("manager") or clause.all("condition")
    return "recommend" if known or grouped else None
