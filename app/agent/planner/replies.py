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
_NOT_CHANGED: Final = (
    "I cannot do that: I only read the data and change or delete nothing in it. Change it in the "
    "system it comes from, and I show it after the next refresh. I can log what you did for a "
    "client, draft a message about it, or show what the records say."
)
_MADE_UP: Final = (
    "I cannot make up figures: I only state what the data or a model gives. "
    "Ask me for the real figure of any period up to today."
)
_NOT_SENT: Final = (
    "I cannot do that: I never send messages to clients by myself, least of all unseen. I write "
    "drafts, and a person reads each before it goes out. To get one for these clients, ask me to "
    "draft it."
)
_DRAFTS: Final = ("Draft an email to the high-risk clients.", "Which clients are at risk?")
_OFF: Final = f"I cannot help with that: I only know your clients' data and the playbooks. {_CAN}"
_SURE: Final = (
    "drop table", "system prompt", "api key", "ignore your", "ignore all", "ignore previous",
    "previous instructions", "your instructions", "your prompt", "jailbreak", "audit log",
    "delete from", "union select", "select from", "environment variable", "developer mode",
    "email address", "e mail address", "phone number", "credit card", "password", "insert into",
    "private key", "secret key", "hidden prompt", "initial prompt", "hidden instruction",
    "bank detail", "salary", "salaries", "date of birth", "home address", "passport", "alter table", "truncate table", "contact detail", "disregard",
)  # fmt: skip


_POLITE: Final = frozenset(
    {"please", "can", "could", "you", "would", "kindly", "now", "just", "go", "ahead", "and"}
)
_ORDERS: Final = frozenset(
    {
        "delete", "remove", "erase", "wipe", "purge", "truncate", "cancel", "terminate", "update",
        "change", "modify", "edit", "overwrite", "rename", "refund", "charge", "deactivate",
        "disable", "set", "destroy", "reset", "transfer", "downgrade", "drop",
    }
)  # fmt: skip
_MOVES: Final = frozenset(
    {
        "push", "move", "shift", "extend", "postpone", "prolong", "raise", "lower", "increase",
        "decrease", "reduce", "switch", "upgrade", "correct", "fix", "adjust", "amend", "reassign",
        "assign", "replace", "mark", "close", "merge", "renew", "backdate", "revise", "put", "bump",
        "bring", "delay", "flip", "alter", "enter", "make",
    }
)  # fmt: skip
"""Orders that change a record only where one is named."""
_NO_RECORD: Final = (
    "simulate",
    "draft",
    "export",
    "list",
    "how_many",
    "forecast",
    "playbook",
    "log",
)
_SENDS: Final = frozenset(
    {"send", "email", "mail", "message", "text", "blast", "notify", "ping", "fire", "shoot", "mass"}
)
_MANY: Final = frozenset(
    {"all", "every", "everyone", "everybody", "each", "clients", "customers", "accounts"}
)
_UNSEEN: Final = re.compile(
    r"\b(?:right (?:now|away)|immediately|at once|straight away|instantly|automatically|now"
    r"|without (?:asking|showing|checking|review\w*|approval|me|a draft)|unseen|on my behalf"
    r"|(?:no|not) need to (?:show|ask|check|review|confirm)|(?:do|need) not (?:ask|show|check|confirm|need)"
    r"|for me|blast|out to|off to)\b"
)
_RECORDS: Final = re.compile(
    r"\b(?:contracts?|renewal date|end date|start date|account manager|in the (?:system|crm|database|warehouse|"
    r"records?)|subscription|billing|invoice)\b"
)
_FIELDS: Final = frozenset(
    {"contract", "renewal", "plan", "price", "seat", "status", "subscription", "manager", "ticket",
     "churned", "active", "healthy", "segment", "invoice", "licence", "license"}
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
    if _changes_data(clause):
        return refusal(_NOT_CHANGED, SUGGESTIONS)
    if _wants_contacts(clause) or _ASKED.search(text):
        return refusal(_UNSAFE, SUGGESTIONS)
    if _sends_unseen(clause):
        return refusal(_NOT_SENT, _DRAFTS)
    invents = _INVENTS.search(text) and not clause.has("share")
    return refusal(_MADE_UP, SUGGESTIONS) if invents else None


def _changes_data(clause: Clause) -> bool:
    """An order to change something: "delete …", "set the MRR of …"."""
    words = [word for word in clause.words if word[:1].isalnum()]
    ordered = [word for word in words if word not in _POLITE]
    if ordered[:1] == [] or ordered[:2] == ["set", "up"]:
        return False
    if ordered[0] in _MOVES:
        return _moves_a_record(clause)
    if ordered[0] not in _ORDERS:
        return False
    stems = {clause.stem(i) for i in range(clause.start, clause.end)}
    return bool(clause.all("client")) or bool(stems & _OBJECTS)


def _moves_a_record(clause: Clause) -> bool:
    """“Push the contract end date back”, “move Northwind to Premium”; “extend the forecast” is none."""
    if clause.has(*_NO_RECORD) or clause.all("strategy"):
        return False
    if _RECORDS.search(clause.text):
        return True
    one = clause.all("client") or any(hint.value == "one" for hint in clause.hinted("pronoun"))
    stems = {clause.stem(i) for i in range(clause.start, clause.end)}
    given = {span.value[0] for span in clause.all("value")} or clause.all("manager")
    return bool(one) and bool(given or stems & _FIELDS)


def _sends_unseen(clause: Clause) -> bool:
    """“Send an email to every client right now”: an order to send, not to write."""
    words = [word for word in clause.words if word[:1].isalnum() and word not in _POLITE]
    orders = bool(words) and words[0] in _SENDS
    return orders and bool(_MANY & set(words)) and _UNSEEN.search(clause.text) is not None


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
