"""Questions that look back: what was done for clients, and which strategies have worked."""

import re
from typing import Final

from app.agent.planner import people, spending, splitting, times
from app.agent.planner.need import Need
from app.agent.planner.spans.span import Span
from data.gold_interventions import EFFECT_GROUPS

EVERY: Final = "all"

_WHO: Final = r"(?:i|we|you|the team|my team|our team|anyone|anybody|someone|somebody)"
_DO: Final = r"(?:do|done|try|tried|undertake|undertaken|log|logged|attempt|attempted)"
_ACTIONS: Final = r"(?:actions?|interventions?|touch ?points?|outreach|activities|efforts)"
_DONE: Final = re.compile(
    rf"\bwhat(?: all| else)? (?:did|have|has) {_WHO} (?:\w+ )?{_DO}\b"
    rf"|\bwhat (?:was|were|has been|have been) (?:\w+ )?(?:done|tried|undertaken)\b"
    rf"|\b(?:history|list|log|record|overview) of (?:\w+ ){{0,2}}{_ACTIONS}\b"
    rf"|\b{_ACTIONS} (?:history|log|so far|to date|taken|on file|on record)\b"
    rf"|\b(?:past|previous|earlier|logged|recorded) {_ACTIONS}\b|\bmy {_ACTIONS}\b"
    r"|\b(?:outcomes?|follow ups?) (?:are |is )?due\b|\bdue (?:outcomes?|follow ups?)\b"
)
_TRIED: Final = re.compile(
    rf"\b(?:have|has|did) {_WHO} (?:\w+ )?"
    r"(?:do|done|try|tried|call|called|train|trained|contact|contacted|offer|offered|reach)\b"
)
_SINCE: Final = re.compile(
    r"\b(?:what|anything|how)\b.*\b(?:happen\w*|chang\w+|came|did|do|doing|develop\w*|go|gone|went)\b"
    r".*\b(?:after|since|following)\b"
)
_HELPED: Final = re.compile(
    r"\b(?:did|has|have|was|is)\b.*\b(?:help\w*|work\w*|any good|any use|effective|pay off|paid off"
    r"|difference|change anything)\b"
)
_CALLED: Final = frozenset({"call", "called", "phoned", "rang"})
_DEED_WORDS: Final = frozenset({*_CALLED, "action", "intervention", "training", "visit", "offer"})

_SUBJECT: Final = (
    r"(?:strateg(?:y|ies)|plays?|playbooks?|tactics?|campaigns?|offers?|program(?:me)?s?"
    r"|interventions?|actions?|treatments?|measures?|approach(?:es)?|levers?|experiments?|tests?"
    r"|trials?|pilots?)"
)
_DID: Final = (
    r"(?:works?|worked|working|helps?|helped|effective|successful|significant|succeeded)\b"
)
_WORKED: Final = re.compile(
    rf"\b(?:which|what)(?: of)?(?: our| the| these| all| retention)* {_SUBJECT}"
    rf"(?: (?:that|we|you|have|has|had|are|were|was|is|do|does|did|ran|run|tried|actually|really"
    rf"|ever|so|far|clearly|been|proven|to)){{0,6}} {_DID}(?: (?:the )?best)?"
    rf"|\bwhat (?:has |have |had |actually |really |usually )*(?:works|worked|working)\b"
    r"(?: (?:the )?best)?"
)
_RESULTS: Final = re.compile(
    r"\b(?:experiment|test|trial|pilot)s? (?:results?|outcomes?)\b"
    r"|\b(?:results?|outcomes?) of (?:\w+ ){0,3}(?:experiments|tests|trials|pilots)\b"
)
_MANY_TESTS: Final = frozenset({"experiments", "tests", "trials", "pilots"})
_SUITS: Final = r"(?:respond\w*|react\w*|benefit\w*|work\w*|help\w*|pa(?:y|ys|id) off|effective|gain\w*|profit\w*)"
_WHOM: Final = re.compile(
    rf"\b(?:who|whom) (?:does|did|do|has|have|is|was) (?!we\b|i\b|you\b).*\b{_SUITS}\b"
    rf"|\bwho (?:responded|reacted|benefit\w*|profit\w*)\b|\bfor whom\b|\b{_SUITS} .*\bfor whom\b"
)
_SUITED: Final = re.compile(rf"\b{_SUITS}\b")
_PLAIN: Final = frozenset(
    {
        "for", "with", "in", "on", "among", "us", "our", "the", "so", "far", "here", "of", "by",
        "client", "clients", "customer", "customers", "account", "accounts", "segment", "keeping",
        "keep", "retaining", "retain", "and", "to", "at", "best", "historically", "each", "per",
        "past", "until", "now", "across", "all",
    }
)  # fmt: skip
_FUTURE_MONEY: Final = frozenset(
    {"roi", "return", "budget", "spend", "money", "cheapest", "saves", "save", "bang", "buck"}
)


def asks_what_was_done(need: Need) -> bool:
    """“What have we tried with Northwind?”, “what happened after the call with them?”."""
    clause = need.clause
    if clause.all("measure") or clause.has("recommend"):
        return False
    text, about_one = clause.text, bool(clause.all("client") or clause.all("clients"))
    if _DONE.search(text):
        return True
    if not (about_one or clause.hinted("pronoun")):
        return False
    deed = bool(clause.all("strategy")) or bool(_DEED_WORDS & set(clause.words))
    if _SINCE.search(text) and deed:
        return True
    if not about_one or clause.has("log"):
        return False
    return bool(_TRIED.search(text) or (clause.all("strategy") and _HELPED.search(text)))


def asks_what_worked(need: Need) -> bool:
    """“Which play works best for SMB?”: all strategies, by what their tests showed."""
    clause = need.clause
    busy = clause.all("strategy") or clause.all("client") or clause.all("clients")
    if busy or _FUTURE_MONEY & set(clause.words):
        return False
    found = _WORKED.search(clause.text)
    return found is not None and not _topic_after(need, clause.text[found.end() :])


def _topic_after(need: Need, rest: str) -> bool:
    """Whether a subject of its own follows: “… works best when the champion left”."""
    named = {
        need.clause.word(place)
        for span in need.clause.spans
        if span.kind != "measure"
        for place in range(span.start, span.end)
    }
    words = {word for word in re.findall(r"[\w']+", rest) if word not in _PLAIN}
    return bool(words - named)


def asks_whom_it_suits(need: Need) -> bool:
    """“Which segment responds best to training?”: what its test showed in each group.

    Which of today's clients would respond is another question.
    """
    clause = need.clause
    if len(clause.all("strategy")) != 1 or {"would", "will", "should"} & set(clause.words):
        return False
    if _WHOM.search(clause.text):
        return True
    split = set(splitting.dimensions(need)) & set(EFFECT_GROUPS)
    led = clause.words[:1] in (["which"], ["what"]) or clause.has("by")
    return bool(split) and led and _SUITED.search(clause.text) is not None


def effect_split(need: Need) -> str | None:
    """The dimension an effect is split by where only "who" is said."""
    return "segment" if _WHOM.search(need.clause.text) and asks_whom_it_suits(need) else None


def card_about(need: Need) -> str | None:
    """What of a client is asked for, where it is not the card."""
    return "actions" if asks_what_was_done(need) else None


def card_customer(need: Need) -> str | None:
    """The client; none where everybody's actions are asked for."""
    clause = need.clause
    kinds: set[str] = {span.kind for span in clause.spans}
    named = kinds & {"client", "clients", "unknown_name", "ordinal"} or clause.hinted("pronoun")
    of_all = clause.all("period") or clause.has("my", "whole", "client")
    if asks_what_was_done(need) and not named and of_all:
        return None
    return people.customer(need)


def card_period(need: Need) -> dict[str, str] | None:
    """The days on which something was done."""
    return times.period(need) if asks_what_was_done(need) else None


def card_strategy(need: Need) -> str | None:
    """What was done, where it is named."""
    if not asks_what_was_done(need):
        return None
    span: Span | None = need.clause.first("strategy")
    if span is not None:
        return str(span.value)
    called = {"call", "called"} & set(need.clause.words) and _SINCE.search(need.clause.text)
    return "success_call" if called and "success_call" in need.lexicon.strategies else None


def effect_strategy(need: Need) -> str | None:
    """The strategy whose test is asked for; `EVERY` for “our experiments”."""
    span = need.clause.first("strategy")
    if span is not None:
        return str(span.value)
    if asks_what_worked(need) or {*_MANY_TESTS, "all"} & set(need.clause.words):
        return EVERY
    return spending.strategy(need) or _looked_at(need)


def _asks_for_results(need: Need) -> bool:
    """“Show me all test results”, “results of our experiments”."""
    return not need.clause.all("strategy") and _RESULTS.search(need.clause.text) is not None


def _looked_at(need: Need) -> str | None:
    """What was done for the client just before."""
    frame = need.past.frame
    if frame is None or frame.args.get("about") != "actions":
        return None
    facts = [fact for result in need.past.results for fact in result.facts]
    return next((str(fact.value) for fact in facts if fact.name == "strategy"), None)


def looks_back(intent: str, need: Need) -> str | None:
    """The intent of a question that looks back; None for any other."""
    if asks_what_worked(need) or _asks_for_results(need):
        return "experiment"
    return "card" if intent != "draft" and asks_what_was_done(need) else None


def whether_it_helped(need: Need) -> bool:
    """“…, and did it help?” after what was done: the answer says so already."""
    drafts = need.notes.get("drafts") or []
    clause = need.clause
    own = clause.all("strategy") or clause.all("client") or clause.all("measure")
    asked = bool(drafts) and drafts[-1].args.get("about") == "actions"
    return asked and not own and _HELPED.search(clause.text) is not None
