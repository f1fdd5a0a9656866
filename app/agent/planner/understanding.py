"""From what a person wrote to the calls that answer it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from app.agent.context import PlannerTurn
from app.agent.planner.answers import answered_confirmation, completed_question
from app.agent.planner.assemble import Draft
from app.agent.planner.candidates import candidates, rival
from app.agent.planner.clause import Clause, split, whole
from app.agent.planner.conversation import Conversation, Exchange
from app.agent.planner.drafting import about_a_draft
from app.agent.planner.followup import follow, follows
from app.agent.planner.frames import frame_specs
from app.agent.planner.hindsight import whether_it_helped
from app.agent.planner.joining import join, keep_to
from app.agent.planner.lacking import unanswerable
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.meaning import Meaning
from app.agent.planner.narration import opines
from app.agent.planner.need import Need
from app.agent.planner.opinion import opinion
from app.agent.planner.pieces import pieces_of
from app.agent.planner.plan import Plan, question, refusal
from app.agent.planner.references import Made, refers
from app.agent.planner.replies import reply_to_intent, unsafe_reply
from app.agent.planner.rewording import reworded
from app.agent.planner.spans.recognise import read
from app.agent.planner.the_one import who_first
from app.agent.planner.unheard import heed

_SAYS_HOW_SURE: Final = frozenset({"forecast_metric", "predict_churn", "simulate_strategy"})
_CLIENTS: Final = 4
"""So many clients at most are answered one by one."""


def understand(
    text: str,
    past: Conversation,
    lexicon: Lexicon,
    turn: PlannerTurn | None,
    bound: frozenset[str] | None = None,
    made: Made | None = None,
    meaning: Meaning | None = None,
) -> Plan:
    """Plan a turn.

    Args:
        text: What the person wrote.
        past: The conversation before.
        lexicon: What this asker can talk about.
        turn: Who asks, and from which page.
        bound: Tools that may be called; None for all.
        made: What this very turn has called already.
        meaning: The second opinion on what is wanted; words alone decide without it.
    """
    plan = answered_confirmation(text, past, lexicon) or about_a_draft(text, past)
    if plan is None and (merged := completed_question(text, past, lexicon)):
        before = Conversation(past.exchanges[:-1])
        completed = _plan_text(merged, Surroundings(before, lexicon, turn, made or Made(), meaning))
        plan = completed if completed.kind != "refusal" else None
    if plan is None:
        plan = _plan_text(text, Surroundings(past, lexicon, turn, made or Made(), meaning))
    return plan if bound is None else keep_to(plan, bound)


@dataclass(frozen=True)
class Surroundings:
    """What a message is read with: the past, what can be named, the page, the calls so far."""

    past: Conversation
    lexicon: Lexicon
    turn: PlannerTurn | None
    made: Made
    meaning: Meaning | None

    @property
    def shows_a_client(self) -> bool:
        """Whether the question comes from a client's page."""
        return self.turn is not None and self.turn.page_customer_id is not None


def _plan_text(text: str, around: Surroundings) -> Plan:
    """Plan each question of a message; what of it cannot be done is said beside the rest.

    A question about an earlier one's result is left until that result is there.
    """
    past, lexicon = around.past, around.lexicon
    reading = read(who_first(reworded(text)), lexicon)
    unsafe = unsafe_reply(whole(reading))
    if unsafe is not None:
        return unsafe
    drafts: list[Draft] = []
    declined: list[Plan] = []
    told: list[Clause] = []
    here, lost = past, False
    for said in pieces_of(split(reading), past, lexicon):
        if drafts and (opines(said.words) or _restates(said)):
            told.append(said)
            continue
        refused, piece = unanswerable(said, new=not (here.frames or around.shows_a_client))
        declined += refused
        if piece is None or (lost and _points_back(piece)):
            continue
        need = Need(piece, lexicon, here, around.turn)
        need.refers = bool(drafts) and refers(need)
        if need.refers and not _has_rows(here):
            continue
        outcome = _plan_clause(need, drafts, around.meaning)
        if isinstance(outcome, Plan):
            declined.append(outcome)
            told.append(piece)
            lost = lost or bool(piece.all("unknown_name"))
            continue
        drafts = outcome
        frames = [draft.frame for draft in drafts]
        here = Conversation([*past.exchanges, Exchange(text, frames, around.made.results(frames))])
    if not drafts:
        return declined[0]
    notes = [*(plan.text for plan in declined), heed(whole(reading), drafts, told, lexicon)]
    return join(drafts, " ".join(note for note in notes if note))


def _has_rows(here: Conversation) -> bool:
    """Whether what this very turn called before has answered, with something in it."""
    last = here.last
    return last is not None and any(result.table for result in last.results)


def _plan_clause(need: Need, drafts: list[Draft], meaning: Meaning | None) -> Plan | list[Draft]:
    """Plan one clause; earlier drafts of the same turn may be refined by it.

    Returns:
        All drafts of the turn so far, or what is said in place of a call.
    """
    if drafts and not need.refers and _only_points(need.clause):
        return drafts
    ranked = opinion(need.clause, need.past, need.lexicon, meaning)
    need.notes["drafts"] = drafts
    if whether_it_helped(need) or _asks_how_sure(need, drafts):
        return drafts
    follows_up = not need.refers and follows(need, ranked)
    followed = follow(need, refine_here=bool(drafts)) if follows_up else []
    if followed:
        if _asks_beside(need, followed, drafts):
            return [*drafts, *followed]
        replaced = drafts and (followed[0] in drafts or followed[0].need.notes.get("replaces"))
        return followed if replaced else [*drafts, *followed]
    found = candidates(need, ranked)
    draft = found[0].draft
    if draft is None:
        return reply_to_intent(found[0].intent)
    return _settled(draft, rival(found)) or [*drafts, *_each_client(draft)]


def _each_client(draft: Draft) -> list[Draft]:
    """“Why are Northwind and Contoso at risk?”: one call a client."""
    named = list(dict.fromkeys(draft.need.notes.get("named") or ()))[:_CLIENTS]
    if len(named) < 2 or "customer" not in draft.args or frame_specs()[draft.tool].confirm:
        return [draft]
    return [replace(draft, args={**draft.args, "customer": key}) for key in named]


def _settled(draft: Draft, other: Draft | None) -> Plan | None:
    """What must be said before a frame can be called; None when nothing."""
    if draft.refusal:
        return refusal(draft.refusal)
    if draft.question:
        return question(draft.question)
    if other is not None:
        names = [frame_specs()[one.tool].name for one in (draft, other)]
        return question(f"Shall I {names[0]} or {names[1]}?")
    return None


def _points_back(clause: Clause) -> bool:
    """Whether a clause is about the client named before it and about nobody else."""
    pointed = any(hint.value in {"one", "many"} for hint in clause.hinted("pronoun"))
    own = {span.kind for span in clause.spans} - {"period", "number", "grain"}
    named = own & {"client", "clients", "value", "manager", "condition"}
    return (pointed and not named) or not (own or clause.has("whole", "client", "define"))


def _asks_how_sure(need: Need, drafts: list[Draft]) -> bool:
    """“…, and does it beat a naive guess?”: a forecast says so anyway."""
    told = bool(drafts) and drafts[-1].tool in _SAYS_HOW_SURE
    return told and need.clause.has("evidence") and not need.clause.spans


def _asks_beside(need: Need, followed: list[Draft], drafts: list[Draft]) -> bool:
    """“What's the ARR of SMB? And of Enterprise?”: the second group beside the first."""
    if need.clause.words[:1] not in (["and"], ["also"], ["plus"], ["what"], ["how"]):
        return False
    asked = [set(_groups(draft)) for draft in (*drafts[-1:], *followed[:1])]
    if len(asked) < 2 or drafts[-1].tool != followed[0].tool:
        return False
    shared = {name for name, _ in asked[0]} & {name for name, _ in asked[1]}
    return any((name, value) not in asked[0] for name, value in asked[1] if name in shared)


def _groups(draft: Draft) -> Iterator[tuple[str, str]]:
    for item in draft.args.get("filters", ()):
        if item["dimension"] in draft.need.lexicon.dimensions:
            yield str(item["dimension"]), str(item["value"])


def _restates(clause: Clause) -> bool:
    """“Just the headcounts.” after what was asked: how much of an answer is wanted."""
    return clause.words[:1] in (["just"], ["only"]) and _only_points(clause)


def _only_points(clause: Clause) -> bool:
    """“…, which are they?”: nothing beyond what was asked already."""
    words = [word for word in clause.words if word[:1].isalnum()]
    return not clause.spans and len(words) <= 4 and not clause.has("why", "recommend", "likely")
