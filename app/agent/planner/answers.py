"""Answers to what we asked: a yes, a name, the figure that was missing."""

from typing import Final

from app.agent.planner.clause import Clause, whole
from app.agent.planner.conversation import Conversation, Exchange
from app.agent.planner.features import features
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.plan import Plan
from app.agent.planner.ranker import load_ranker
from app.agent.planner.spans.recognise import read
from app.agent.planner.spans.span import Span

NOTHING_DONE: Final = "All right: nothing was done and nothing was written."
_LONGEST_ANSWER: Final = 10
_CANCELS: Final = frozenset(
    {"cancel", "scrap", "forget", "stop", "abort", "discard", "mind", "nevermind", "drop", "undo"}
)
_ASSENT: Final = frozenset(
    {"yea", "sure", "certainly", "proceed", "do", "go", "gladly", "approved", "aye"}
)
_SHORT_YES: Final = frozenset({"y", "ya", "ye", "yess", "k", "kk", "👍", "✅"})
_COURTESIES: Final = frozenset(
    {"please", "thanks", "thank", "you", "that", "it", "this", "so", "then", "now", "on", "for",
     "thing", "ahead", "why", "not", "a", "just", "the", "and", "with"}
)  # fmt: skip
_HESITATION: Final = frozenset(
    {"hold", "on", "wait", "oh", "hmm", "actually", "sorry", "well", "a", "moment", "second", "sec",
     "that", "it", "this", "please", "thanks", "ok", "okay", "then", "now", "for", "let", "us",
     "the", "test", "one", "i", "changed", "my", "all", "of", "idea", "and", "but"}
)  # fmt: skip


def answered_confirmation(text: str, past: Conversation, lexicon: Lexicon) -> Plan | None:
    """Plan a yes or a no to a call that waits for it; None when it is neither."""
    if past.last is None:
        return None
    pending = past.last.pending
    clause = whole(read(text, lexicon))
    if len(clause.words) > _LONGEST_ANSWER:
        return None
    if clause.has("no") and (pending is not None or _only_cancels(clause)):
        return Plan(text=NOTHING_DONE)
    agreed = text.strip(" .!").casefold() in _SHORT_YES or _agrees(clause)
    return Plan(calls=(pending,)) if pending is not None and agreed else None


def _agrees(clause: Clause) -> bool:
    """“Yes, do that please”, “y”, “sure”: consent with nothing else asked."""
    said = {word for word in clause.words if word[:1].isalnum()}
    return clause.has("yes") or (bool(said & _ASSENT) and said <= _ASSENT | _COURTESIES)


def _only_cancels(clause: Clause) -> bool:
    """“Hold on, scrap that.” with nothing else in it, where nothing waits for a yes."""
    said = {i for i in range(clause.start, clause.end) if clause.word(i)[:1].isalnum()}
    taken = {i for hint in clause.hints for i in range(hint.start, hint.end) if _denies(hint)}
    rest = {clause.word(i) for i in said - taken} - _HESITATION
    strong = any(_denies(hint) and _CANCELS & set(_words(clause, hint)) for hint in clause.hints)
    return strong and not rest


def _denies(hint: Span) -> bool:
    return hint.value == "no"


def _words(clause: Clause, hint: Span) -> list[str]:
    return [clause.word(i) for i in range(hint.start, hint.end)]


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
