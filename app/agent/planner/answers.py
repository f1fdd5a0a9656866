"""Answers to what we asked: a yes, a name, the figure that was missing."""

from app.agent.planner.clause import Clause, whole
from app.agent.planner.conversation import Conversation, Exchange
from app.agent.planner.features import features
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.plan import Plan
from app.agent.planner.ranker import load_ranker
from app.agent.planner.spans.recognise import read


def answered_confirmation(text: str, past: Conversation, lexicon: Lexicon) -> Plan | None:
    """Plan a yes or a no to a call that waits for it; None when it is neither."""
    pending = past.last.pending if past.last else None
    if pending is None:
        return None
    clause = whole(read(text, lexicon))
    if len(clause.words) > 8:
        return None
    if clause.has("no"):
        return Plan(text="All right, nothing was done.")
    return Plan(calls=(pending,)) if clause.has("yes") else None


def completed_question(text: str, past: Conversation, lexicon: Lexicon) -> str | None:
    """The sentence that we asked about, completed by the answer; None when it is none."""
    last = past.last
    if last is None or last.kind != "question":
        return None
    clause = whole(read(text, lexicon))
    chosen = _chosen(clause, last, lexicon)
    if chosen is None and not _is_fragment(clause, past, lexicon):
        return None
    return chosen or f"{last.user.rstrip('?. ')} {text}"


def _chosen(clause: Clause, last: Exchange, lexicon: Lexicon) -> str | None:
    """The question before with the client put in that was picked among those we offered."""
    asked = read(last.user, lexicon)
    offered = whole(asked).first("clients")
    if offered is None:
        return None
    named, position = clause.first("client"), clause.first("ordinal")
    if named is not None:
        key = str(named.value)
    elif position is not None:
        index = int(position.value) - (1 if int(position.value) > 0 else 0)
        if not -len(offered.value) <= index < len(offered.value):
            return None
        key = offered.value[index]
    else:
        return None
    start = asked.tokens[offered.start].start
    end = asked.tokens[offered.end - 1].end
    return f"{last.user[:start]}{lexicon.customers[key]}{last.user[end:]}"


def _is_fragment(clause: Clause, past: Conversation, lexicon: Lexicon) -> bool:
    """Whether a text is no question of its own."""
    intent = load_ranker().rank(features(clause, past, lexicon))[0][0]
    words = [word for word in clause.words if word[:1].isalnum()]
    asks = clause.words[-1:] == ["?"] or clause.has("why", "forecast", "how_many", "recommend")
    short = len(words) <= 6 and not asks
    return intent == "refine" or (
        short and intent in {"card", "metric", "refine", "list", "playbooks", "thanks"}
    )
