"""Tells a statement ("my boss wants to cut churn") from a question or a request, by its first words."""

from collections.abc import Sequence
from typing import Final

_OPENERS: Final = frozenset(
    {"so", "well", "right", "ok", "okay", "and", "but", "also", "look", "listen", "honestly", "now"}
)
_SUBJECTS: Final = frozenset(
    {"i", "we", "they", "he", "she", "it", "my", "our", "the", "a", "an", "this", "there", "some",
     "everybody", "everyone", "somebody", "someone", "people", "nobody", "their", "his", "her"}
)  # fmt: skip
_SUBORDINATORS: Final = frozenset(
    {"before", "after", "because", "while", "although", "though", "whenever", "as"}
)
_VERBS: Final = frozenset(
    {"am", "is", "are", "was", "were", "have", "has", "had", "got", "keep", "keeps", "kept", "will",
     "want", "wants", "need", "needs", "ask", "asks", "asked", "met", "meet", "think", "thinks",
     "say", "says", "said", "did", "do", "does", "must", "should", "can", "could", "would", "may",
     "run", "runs", "look", "cover", "manage", "just", "spoke", "talked", "heard", "told", "looks",
     "promised", "owe", "expect", "expects", "worry", "worries", "never", "always", "prepare",
     "care", "cares", "seem", "seems", "hate", "hates", "love", "loves", "focus", "focuses"}
)  # fmt: skip
_WISHES: Final = frozenset({"want", "wants", "need", "needs", "like", "love", "wish", "expect"})
_LOOKING: Final = frozenset({"looking", "after", "interested", "trying", "wondering", "curious"})
_LEARNING: Final = frozenset({"know", "see", "have", "get", "understand", "check", "find", "hear"})
_ASKING: Final = frozenset({"what", "which", "how", "who", "whose", "why", "where", "when"})
_REQUESTS: Final = frozenset(
    {"show", "list", "give", "forecast", "predict", "draft", "write", "compare", "tell", "explain",
     "recommend", "suggest", "find", "open", "export", "log", "simulate", "rank", "prepare",
     "download", "compute", "name", "display", "is", "are", "was", "were", "did", "does", "do"}
)  # fmt: skip
_FRONTING: Final = frozenset(
    {"in", "on", "for", "of", "over", "within", "among", "amongst", "across", "at", "from", "by",
     "during", "since", "between", "given", "based", "without", "as", "with", "out", "only", "just",
     "purely", "about", "if", "when", "once", "after", "before", "forget", "never", "per", "to",
     "through", "throughout", "inside", "outside", "under", "again", "staying", "not"}
)  # fmt: skip
_OPINIONS: Final = frozenset(
    {"suspect", "think", "guess", "bet", "believe", "reckon", "doubt", "hope", "fear", "feel",
     "assume", "expect", "presume", "imagine", "wager"}
)  # fmt: skip
_OPINING: Final = ("my guess", "my bet", "my hunch", "my gut", "my money is", "my suspicion")
_SUBJECT_LENGTH: Final = 5


def narrates(words: Sequence[str]) -> bool:
    """Whether words make a statement that asks for nothing."""
    said = [word for word in words if word[:1].isalnum()]
    while said and said[0] in _OPENERS:
        said = said[1:]
    if len(said) < 3 or _ASKING & set(said):
        return False
    if said[0] in _SUBORDINATORS:
        return said[1] in _SUBJECTS
    verb = next((i for i, word in enumerate(said[: _SUBJECT_LENGTH + 1]) if word in _VERBS), 0)
    if not verb or (said[0] not in _SUBJECTS and verb > 2):
        return False
    return not _requests(said, verb)


def fronts(words: Sequence[str], *, measured: bool) -> bool:
    """Whether words only say of what, of whom or when the question is that follows them.

    Args:
        words: Everything before the comma, from the start of the sentence.
        measured: Whether a figure is named in them, which alone may be a question already.
    """
    said = [word for word in words if word[:1].isalnum()]
    if not said or said[0] in _REQUESTS or (_ASKING - {"when", "where"}) & set(said):
        return False
    leads = said[0] in _FRONTING or said[0].endswith("ing")
    return leads or not (measured or narrates(said))


def opines(words: Sequence[str]) -> bool:
    """Whether a sentence says what somebody thinks: “I suspect the monthlies.”."""
    said = [word for word in words if word[:1].isalnum()]
    if words[-1:] == ["?"] or _ASKING & set(said):
        return False
    own = said[:1] in (["i"], ["we"]) and bool(_OPINIONS & set(said[1:4]))
    return own or " ".join(said).startswith(_OPINING)


def _requests(said: Sequence[str], verb: int) -> bool:
    """“I need the ARR”, “she wants to see NRR”: a request in the shape of a statement."""
    near = said[verb : verb + 3]
    wished = next((i for i, word in enumerate(near) if word in _WISHES), None)
    if wished is None:
        return said[verb] in {"am", "are"} and bool(_LOOKING & set(near))
    after = said[verb + wished + 1 : verb + wished + 3]
    return after[:1] != ["to"] or bool(_LEARNING & set(after))
