"""What is said without any tool: help, thanks, refusals."""

import re
from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.plan import Plan, refusal

SUGGESTIONS: Final = (
    "Which clients are at risk?",
    "Forecast MRR for the next 90 days.",
    "What if we offer a discount to high-risk SMB clients?",
)
_CAN: Final = (
    "I can look up figures such as MRR, NRR or churn and say why they changed, list clients by any "
    "condition, say how likely a client is to leave, why, and what to do next, forecast a figure, "
    "simulate and compare strategies, run and read experiments, read what clients write, find the "
    "playbook that fits, draft a message, and export any of it."
)
_HELP: Final = f"Hello. {_CAN} Ask in your own words."
_UNSAFE: Final = (
    "I cannot do that: I only read figures about clients, and I do not change or delete data, "
    "give out contact details, or show instructions, keys or other people's questions."
)
_MADE_UP: Final = (
    "I cannot make up figures: I only state what the data or a model gives. "
    "Ask me for the real figure of any period up to today."
)
_OFF: Final = f"I cannot help with that: I only know your clients' data and the playbooks. {_CAN}"
_SURE: Final = (
    "drop table", "system prompt", "api key", "ignore your", "ignore all", "ignore previous",
    "previous instructions", "your instructions", "your prompt", "jailbreak", "audit log",
    "delete from", "union select", "select from", "environment variable", "developer mode",
    "email address", "e mail address", "phone number", "credit card", "password", "insert into",
    "private key", "secret key", "hidden prompt", "initial prompt", "hidden instruction",
    "bank detail", "salary", "salaries", "date of birth", "home address", "passport", "alter table", "truncate table", "contact detail", "disregard",
)  # fmt: skip


_ORDERS: Final = frozenset(
    {
        "delete", "remove", "erase", "wipe", "purge", "truncate", "cancel", "terminate", "update",
        "change", "modify", "edit", "overwrite", "rename", "refund", "charge", "deactivate",
        "disable", "set", "destroy", "reset", "transfer", "downgrade", "drop",
    }
)  # fmt: skip
_OBJECTS: Final = frozenset(
    {
        "client", "customer", "account", "database", "table", "record", "data", "contract",
        "subscription", "price", "datum", "row", "intervention", "user", "warehouse", "password",
        "log", "entry", "everything", "mrr", "arr",
    }
)  # fmt: skip
_ASKED: Final = re.compile(r"\bwho\b.{0,20}\b(?:asked|asking|queried|been asking)\b")
_INVENTS: Final = re.compile(
    r"(?<!not )(?<!not want to )(?<!without )(?<!rather than )\b(?:make|making|made)\b(?!.{0,20}\b(?:go|goes|went|move|climb|shoot)\b).{0,20}\bup\b(?! to)|\binvent|\bfabricat|any number will do"
)


def unsafe_reply(clause: Clause) -> Plan | None:
    """Refuse what is unsafe however it is phrased."""
    stems = " ".join(clause.stem(i) for i in range(clause.start, clause.end))
    text = clause.text
    if any(phrase in text or phrase in stems for phrase in _SURE):
        return refusal(_UNSAFE, SUGGESTIONS)
    if _changes_data(clause) or _wants_contacts(clause) or _ASKED.search(text):
        return refusal(_UNSAFE, SUGGESTIONS)
    return refusal(_MADE_UP, SUGGESTIONS) if _INVENTS.search(text) else None


def _changes_data(clause: Clause) -> bool:
    """An order to change something: "delete …", "set the MRR of …"."""
    polite = {
        "please",
        "can",
        "could",
        "you",
        "would",
        "kindly",
        "now",
        "just",
        "go",
        "ahead",
        "and",
    }
    words = [word for word in clause.words if word[:1].isalnum()]
    ordered = [word for word in words if word not in polite]
    if ordered[:1] == [] or ordered[0] not in _ORDERS or ordered[:2] == ["set", "up"]:
        return False
    stems = {clause.stem(i) for i in range(clause.start, clause.end)}
    return bool(clause.all("client")) or bool(stems & _OBJECTS)


def _wants_contacts(clause: Clause) -> bool:
    words = set(clause.words)
    writing = words & {"write", "draft", "compose", "prepare", "reach", "template", "word"}
    sending = words & {"send"} and not words & {"me", "us"}
    return bool(words & {"emails", "mails", "phones", "addresses"}) and not (writing or sending)


def reply_to_intent(intent: str) -> Plan:
    """Answer an intent that needs no tool."""
    if intent == "help":
        return Plan(text=_HELP, suggestions=SUGGESTIONS)
    if intent == "thanks":
        return Plan(text="You are welcome.", suggestions=SUGGESTIONS)
    if intent == "unsafe":
        return refusal(_UNSAFE, SUGGESTIONS)
    return refusal(_MADE_UP if intent == "made_up" else _OFF, SUGGESTIONS)
