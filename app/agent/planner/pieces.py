"""Which clauses of a message are questions of their own."""

from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.conversation import Conversation
from app.agent.planner.features import features
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.ranker import load_ranker

_LEADS: Final = frozenset(
    {"if", "when", "once", "for", "given", "in", "with", "regarding", "concerning"}
)
_LEAD_WORDS: Final = 10


def pieces_of(clauses: list[Clause], past: Conversation, lexicon: Lexicon) -> list[Clause]:
    """Clauses that say something; a greeting before a question is dropped."""
    if len(clauses) == 1:
        return clauses
    ranker = load_ranker()
    clauses = _with_preambles(clauses)
    kept = [
        clause for clause in clauses
        if clause.spans or ranker.rank(features(clause, past, lexicon))[0][0] not in {"help", "thanks"}
    ]  # fmt: skip
    return kept or clauses[:1]


def _with_preambles(clauses: list[Clause]) -> list[Clause]:
    """Join a statement to the question it leads up to: "We have $20,000. Which strategy …?"."""
    out: list[Clause] = []
    for clause in clauses:
        if out and (_is_preamble(out[-1]) or _tells(out[-1], clause)):
            before = out.pop()
            joined = Clause(
                clause.tokens, [*before.spans, *clause.spans], [*before.hints, *clause.hints],
                before.start, clause.end,
            )  # fmt: skip
            out.append(joined)
        else:
            out.append(clause)
    return out


def _tells(before: Clause, after: Clause) -> bool:
    """“Our champion just quit, what do the playbooks advise?”: the news says what to look for."""
    asks = before.words[-1:] == ["?"] or before.words[:1] in (["what"], ["which"], ["how"], ["who"])
    figures = any(span.kind in {"measure", "rank", "period"} for span in before.spans)
    wanted = before.has("list", "who", "how_many", "why", "playbook", "likely")
    return after.has("playbook") and not (asks or figures or wanted)


def _is_preamble(clause: Clause) -> bool:
    words = [word for word in clause.words if word[:1].isalnum()]
    if not words or clause.words[-1] in {"?", "!"}:
        return False
    if words[0] in {"we", "i"}:
        return clause.has("budget")
    return words[0] in _LEADS and len(words) <= _LEAD_WORDS
