"""Slots of an export: what goes into the file, about whom, in which format."""

from typing import Any, Final

from app.agent.planner import people
from app.agent.planner.need import Need

WHICH_CLIENT: Final = "Which client do you mean?"
_ONE_CLIENT: Final = frozenset({"client", "customer", "account", "company"})


def file_format(need: Need) -> str | None:
    """The file format."""
    hints = need.clause.hinted("format")
    return str(max(hints, key=lambda hint: (hint.size, hint.start)).value) if hints else None


def exported(need: Need) -> str:
    """What to export."""
    clause = need.clause
    if clause.all("client") or _one_meant(need):
        return "customer"
    if clause.all("condition"):
        return "list"
    if {"experiment", "test"} & set(clause.words):
        return "experiment"
    if {"briefing", "summary", "churn"} & set(clause.words):
        return "briefing"
    if need.past.frames and not clause.has("client"):
        return "last_result"
    return "list" if clause.has("client") else "briefing"


def exported_customer(need: Need) -> str | None:
    """The client whose file is wanted, where it is about one."""
    if exported(need) != "customer":
        return None
    found = people.customer(need)
    if found is None:
        need.notes.setdefault("question", WHICH_CLIENT)
    return found


def _one_meant(need: Need) -> bool:
    """“The report of the client”: one client, though not by name."""
    clause = need.clause
    pointed = [hint for hint in clause.hinted("pronoun") if hint.value == "one"]
    nouns = {clause.word(i) for hint in pointed for i in range(hint.start, hint.end)}
    nouns |= {
        clause.word(i + 1)
        for i in range(clause.start, clause.end)
        if clause.word(i) in {"a", "one"}
    }
    grouped = {span.kind for span in clause.spans} & {"condition", "value", "manager", "rank"}
    return bool(nouns & _ONE_CLIENT) and not grouped


def exported_filters(need: Need) -> list[dict[str, Any]]:
    """Which clients go into an exported list."""
    return people.list_filters(need) if exported(need) == "list" else []
