"""Which clauses of a message are questions of their own."""

from dataclasses import replace
from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.conversation import Conversation
from app.agent.planner.features import features
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.ranker import load_ranker
from app.agent.planner.spans.span import Span
from app.agent.planner.statements import sets_scene, with_scene

_LEADS: Final = frozenset(
    {"if", "when", "once", "for", "given", "in", "with", "regarding", "concerning"}
)
_CASES: Final = frozenset({"if", "when", "once"})
_ASKING: Final = frozenset({"how", "what", "which"})
_LEAD_WORDS: Final = 10
_LEAVING_OUT: Final = frozenset({"measure", "negation", "condition"})
_GROUPS: Final = frozenset({"value", "manager", "negation"})
_TOPIC: Final = frozenset({"value", "manager", "dimension", "client"})
_ASIDE: Final = frozenset({"forget", "ignore", "skip", "drop", "leave", "exclude", "disregard"})
_MONEY: Final = 500
"""A number from here on is a budget."""


def pieces_of(clauses: list[Clause], past: Conversation, lexicon: Lexicon) -> list[Clause]:
    """Clauses that say something; a greeting before a question is dropped."""
    if len(clauses) == 1:
        return clauses
    ranker = load_ranker()
    clauses = _with_preambles(clauses)
    kept = [
        clause for i, clause in enumerate(clauses)
        if not (i and _leaves_out(clause, lexicon))
        and ( clause.spans or ranker.rank(features(clause, past, lexicon))[0][0] not in {"help", "thanks"})
    ]  # fmt: skip
    return kept or clauses[:1]


def _leaves_out(clause: Clause, lexicon: Lexicon) -> bool:
    """“Gone customers only, not downgrades”: says what the question before is not about."""
    kinds = {span.kind for span in clause.spans}
    denied = {span.end for span in clause.all("negation")}
    asked = [span for span in clause.all("measure") if span.start not in denied]
    only_said_again = all(lexicon.measures[str(span.value)].condition for span in asked)
    excludes = len(asked) < len(clause.all("measure")) and kinds <= _LEAVING_OUT
    return excludes and only_said_again


def _with_preambles(clauses: list[Clause]) -> list[Clause]:
    """Join a statement to the question it leads up to: "We have $20,000. Which strategy …?"."""
    out: list[Clause] = []
    for said in clauses:
        clause = said
        while out and not _is_preamble(out[-1]) and sets_scene(out[-1], clause):
            if _tells(out[-1], clause):
                break
            clause = with_scene(out.pop(), clause)
        if out and _names_topic(out[-1]):
            topic = [span for span in out.pop().spans if span.kind in _TOPIC]
            clause = replace(clause, spans=[*topic, *clause.spans])
        if out and _sets_aside(out[-1]):
            clause = _without(out.pop(), clause)
        leads = out and (_is_preamble(out[-1]) or _tells(out[-1], clause))
        if leads or (out and _narrows(clause)):
            out.append(_joined(out.pop(), clause))
        else:
            out.append(clause)
    return out


def _sets_aside(clause: Clause) -> bool:
    """“Forget SMB.”, “Leave out EMEA.”: a group that what follows is not about."""
    words = [word for word in clause.words if word[:1].isalnum()]
    kinds = {span.kind for span in clause.spans}
    named = bool(kinds & {"value", "manager"}) and kinds <= _GROUPS
    return words[:1] != [] and words[0] in _ASIDE and named and clause.words[-1] != "?"


def _without(aside: Clause, clause: Clause) -> Clause:
    """What follows, less the group set aside; where it names another of the kind, that is enough."""
    kinds = {_kind_of(span) for span in clause.spans}
    left = [span for span in aside.spans if span.kind != "negation" and _kind_of(span) not in kinds]
    if not left:
        return clause
    signs = [Span(span.start - 1, span.start, "negation", "not") for span in left[:1]]
    return replace(_joined(replace(aside, spans=[*signs, *left]), clause), hints=clause.hints)


def _kind_of(span: Span) -> str:
    return str(span.value[0]) if span.kind == "value" else span.kind


def _joined(before: Clause, clause: Clause) -> Clause:
    return Clause(
        clause.tokens, [*before.spans, *clause.spans], [*before.hints, *clause.hints],
        before.start, clause.end,
    )  # fmt: skip


def _narrows(clause: Clause) -> bool:
    """“Only EMEA, please.” after a question says whom it is about."""
    opened = clause.words[:1] in (["only"], ["just"])
    kinds = {span.kind for span in clause.spans}
    return opened and bool(kinds & _GROUPS) and kinds <= _GROUPS | {"dimension"}


def _tells(before: Clause, after: Clause) -> bool:
    """“Our champion just quit, what do the playbooks advise?”: the news says what to look for."""
    asks = before.words[-1:] == ["?"] or before.words[:1] in (["what"], ["which"], ["how"], ["who"])
    figures = any(span.kind in {"measure", "rank", "period"} for span in before.spans)
    wanted = before.has("list", "who", "how_many", "why", "playbook", "likely")
    pointed = bool(after.hinted("pronoun")) and not after.spans
    if after.has("log") and pointed and before.words[:1] in (["we"], ["i"]):
        return True
    stuck = after.has("recommend") and not after.spans and before.words[:1] in (["our"], ["a"])
    return (after.has("playbook") or (stuck and not before.all("client"))) and not (
        asks or figures or wanted
    )


def _names_topic(clause: Clause) -> bool:
    """“Let's talk about EMEA.”: whom the questions after it are about."""
    words = [word for word in clause.words if word[:1].isalnum()]
    lets = words[:1] == ["let"] and words[1:2] != ["me"]
    opened = lets or words[:2] == ["i", "am"] or (bool(words) and words[0].endswith("ing"))
    kinds = {span.kind for span in clause.spans}
    named = bool(kinds & _TOPIC) and kinds <= _TOPIC | {"period"}
    return opened and named and len(words) <= _LEAD_WORDS


def _is_preamble(clause: Clause) -> bool:
    words = [word for word in clause.words if word[:1].isalnum()]
    if not words or clause.words[-1] in {"?", "!"}:
        return False
    if words[0] in {"we", "i"}:
        return clause.has("budget") and any(
            span.value.value >= _MONEY for span in clause.all("number")
        )
    measured = bool(clause.all("measure")) and bool(_ASKING & set(words))
    asks = words[0] not in _CASES and (measured or clause.has("how_many"))
    return words[0] in _LEADS and len(words) <= _LEAD_WORDS and not asks
