"""Features of a clause for the ranker: what was recognised, not which names were said."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from app.agent.planner.clause import Clause
from app.agent.planner.conversation import Conversation
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.periods import When

_CROSSED: Final = frozenset(
    {"why", "drivers", "likely", "risk", "leave", "rules", "forecast", "recommend", "playbook",
     "simulate", "compare", "experiment", "feedback", "cohort", "draft", "log", "export", "about",
     "how_many", "how_much", "who", "list", "trend", "define", "open_full", "start"}
)  # fmt: skip
_TRUST: Final = {"cue": 2.0, "x": 2.0, "target": 1.5, "bare": 1.5, "word": 0.5, "pair": 0.5}
"""What carries over to other wordings is learned first; the bare words come after."""

_SIZES: Final = ((2, "tiny"), (4, "short"), (8, "middle"))


def features(clause: Clause, past: Conversation, lexicon: Lexicon) -> dict[str, float]:
    """Sparse features with their values."""
    found: dict[str, float] = {"bias": 1.0}
    for name in _names(clause, past, lexicon):
        found[name] = _TRUST.get(name.partition(":")[0], 1.0)
    return found


def _names(clause: Clause, past: Conversation, lexicon: Lexicon) -> Iterator[str]:
    target = target_of(clause)
    yield f"target:{target}"
    for cue in clause.cues:
        yield f"cue:{cue}"
        if cue in _CROSSED:
            yield f"x:{target}:{cue}"
    yield from _span_features(clause, lexicon)
    for hint in clause.hints:
        if hint.kind != "cue":
            yield f"hint:{hint.kind}"
    yield from _word_features(clause)
    yield f"size:{_size(clause)}"
    state = state_of(past)
    yield f"state:{state}"
    if not clause.cues & _CROSSED:
        yield f"bare:{state}:{target}"


def _span_features(clause: Clause, lexicon: Lexicon) -> Iterator[str]:
    counts: dict[str, int] = {}
    for span in clause.spans:
        counts[span.kind] = counts.get(span.kind, 0) + 1
        if span.kind == "measure":
            measure = lexicon.measures[str(span.value)]
            yield "measure:metric" if measure.metric_names else "measure:client"
            yield "measure:flow" if measure.flow else "measure:point"
            yield f"measure:{span.value}"
        elif span.kind in {"condition", "rank"}:
            yield f"{span.kind}:{span.value}"
        elif span.kind == "period" and isinstance(span.value, When):
            yield f"period:{span.value.direction}"
    for kind, count in counts.items():
        yield f"kind:{kind}"
        if count > 1:
            yield f"many:{kind}"


def _word_features(clause: Clause) -> Iterator[str]:
    """Words and pairs of words, recognised spans replaced by their kind."""
    sequence = ["<"]
    i = clause.start
    while i < clause.end:
        span = clause.span_at(i)
        if span is not None:
            sequence.append(f"[{span.kind}]")
            i = span.end
        else:
            if not clause.tokens[i].is_mark:
                sequence.append(clause.stem(i))
            i += 1
    sequence.append(">")
    for word in sequence[1:-1]:
        if not word.startswith("["):
            yield f"word:{word}"
    for first, second in pairwise(sequence):
        yield f"pair:{first} {second}"
    if clause.word(clause.end - 1) == "?":
        yield "asks"


def target_of(clause: Clause) -> str:
    """What the clause points at."""
    kinds = {span.kind for span in clause.spans}
    if kinds & {"client", "clients"}:
        return "client"
    if "unknown_name" in kinds:
        return "stranger"
    if "ordinal" in kinds:
        return "ordinal"
    pronouns = {hint.value for hint in clause.hinted("pronoun")}
    if pronouns & {"one", "many"}:
        return "pronoun"
    if kinds & {"value", "condition", "manager"}:
        return "group"
    return "none"


def state_of(past: Conversation) -> str:
    """Whether a conversation is under way, and how it stands."""
    if past.last is None:
        return "new"
    if past.last.pending is not None:
        return "pending"
    return "asked" if past.last.kind == "question" else "going"


def _size(clause: Clause) -> str:
    length = sum(1 for word in clause.words if word[:1].isalnum())
    return next((name for limit, name in _SIZES if length <= limit), "long")
