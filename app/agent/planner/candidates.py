"""Candidate frames of a clause, scored: what the ranker says and how well the grammar fits."""

import math
from dataclasses import dataclass
from typing import Final

from app.agent.planner.assemble import Draft, assemble
from app.agent.planner.frames import frame_specs
from app.agent.planner.hindsight import looks_back
from app.agent.planner.need import Need
from app.agent.planner.people import unknown
from app.agent.planner.reasons import weighs
from app.agent.planner.settle import settle
from app.agent.planner.sure_readings import advises, reports

_CANDIDATES: Final = 4
_WORTH: Final = 0.02
_UNCUED: Final = 2.5
_MISSING: Final = 1.2
_CLOSE: Final = 0.1
_UNSURE: Final = 0.4
_TALK: Final = frozenset({"model", "help", "thanks", "unsafe", "made_up", "offtopic", "yes", "no"})
_TALK_CUES: Final = {
    "help": ("help", "greet"),
    "thanks": ("thanks",),
    "unsafe": ("unsafe_write", "unsafe_secret", "unsafe_personal", "unsafe_audit", "unsafe_sql"),
    "made_up": ("made_up",),
    "model": ("model",),
}
"""Words without which these readings are unlikely."""

_BY_WORDS: Final = (looks_back, reports, advises, weighs)
"""Rules that are sure enough to overrule a reading that calls nothing."""

_ABOUT_CLIENTS: Final = frozenset({"metric", "list", "card", "churn", "why", "rules"})


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score; one that needs no tool has no draft."""

    score: float
    prob: float
    intent: str
    draft: Draft | None


def candidates(need: Need, ranked: list[tuple[str, float]]) -> list[Scored]:
    """The readings of a clause, the best first.

    Args:
        need: The clause in its surroundings.
        ranked: What the ranker makes of it.
    """
    scored: list[Scored] = []
    seen: set[str] = set()
    for intent, prob in [pair for pair in ranked if pair[0] != "refine"][:_CANDIDATES]:
        if prob < _WORTH and scored:
            break
        settled = _settled(intent, need.fresh())
        if settled not in seen:
            seen.add(settled)
            scored.append(_scored(settled, prob, need))
    return sorted(scored, key=lambda item: -item.score)


def _settled(intent: str, need: Need) -> str:
    if intent not in _TALK:
        return settle(intent, need)
    if intent == "unsafe":
        return intent
    return next((better for rule in _BY_WORDS if (better := rule(intent, need))), intent)


def rival(found: list[Scored]) -> Draft | None:
    """The second reading, where it is as likely as the first and both are complete."""
    if len(found) < 2 or found[0].prob > _UNSURE or found[0].score - found[1].score > _CLOSE:
        return None
    first, second = found[0].draft, found[1].draft
    if first is None or second is None or first.tool == second.tool:
        return None
    return second if first.complete and second.complete else None


def _scored(intent: str, prob: float, need: Need) -> Scored:
    score = math.log(max(prob, 1e-6))
    clause = need.clause
    if intent in _TALK:
        wanted = _TALK_CUES.get(intent)
        uncued = bool(wanted) and not clause.has(*wanted or ())
        looked_up = clause.has("about") and bool(clause.all("unknown_name"))
        named = looked_up or (bool(clause.all("client")) and intent != "unsafe")
        score -= 0.3 * len(clause.spans) + _UNCUED * (uncued + named)
        if intent == "model":
            return Scored(score, prob, intent, assemble(intent, need))
        polite = intent in {"help", "thanks"} and not uncued
        return Scored(
            score, prob, intent if polite or intent == "unsafe" else _refused(intent), None
        )
    draft = assemble(intent, need)
    if draft.missing == ["metrics"] and clause.has("client", "who"):
        draft = assemble("list", need)
    if intent in _ABOUT_CLIENTS:
        _refuse_strangers(draft)
    score -= _MISSING * bool(draft.missing) + _UNCUED * (not _is_cued(draft))
    return Scored(score, prob, intent, draft)


def _refused(intent: str) -> str:
    return intent if intent == "made_up" else "offtopic"


def _is_cued(draft: Draft) -> bool:
    """Whether a word is there that the tool expects, or what a list is made of."""
    expected = frame_specs()[draft.tool].cues
    asks_of_nobody = draft.tool == "list_customers" and not (
        draft.need.clause.spans or draft.need.clause.has("client") or draft.args.get("filters")
    )
    if asks_of_nobody:
        return False
    if not expected or draft.need.clause.has(*expected):
        return True
    return draft.tool == "list_customers" and any(
        span.kind in {"condition", "value", "manager"} for span in draft.need.clause.spans
    )


def _refuse_strangers(draft: Draft) -> None:
    clause = draft.need.clause
    stranger = clause.first("unknown_name")
    if stranger is not None and not clause.all("client"):
        draft.refusal = unknown(clause, stranger)
    choices = clause.first("clients")
    if choices is not None and not clause.all("client") and "customer" not in draft.args:
        card = assemble("card", draft.need)
        draft.question = card.question
