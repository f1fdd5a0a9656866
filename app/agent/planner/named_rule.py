"""The one risk rule a question is about: "who trips the inactivity rule?"."""

from typing import Final

from app.agent.planner.need import Need

_NOT_A_NAME: Final = frozenset(
    {
        "a", "an", "the", "this", "that", "any", "each", "every", "one", "no", "which", "what",
        "our", "your", "my", "first", "second", "same", "other", "another", "risk", "warning",
        "business", "alert", "trip", "trips", "tripped", "trigger", "triggers", "triggered",
        "break", "breaks", "fire", "fires", "by", "of", "on", "with", "is", "does", "for", "in",
    }
)  # fmt: skip
_NOT_ONE_RULE: Final = frozenset(
    {"score", "scores", "hit", "hits", "engine", "book", "check", "checks", "based", "risk", "set"}
)
_MOST_WORDS: Final = 3


def named_rule(need: Need) -> str | None:
    """The words before "rule" that say which."""
    clause = need.clause
    words = [token.text for token in clause.tokens[clause.start : clause.end]]
    for place, word in enumerate(words):
        if word != "rule" or (words[place + 1 : place + 2] or [""])[0] in _NOT_ONE_RULE:
            continue
        name: list[str] = []
        for before in reversed(words[max(0, place - _MOST_WORDS) : place]):
            if before in _NOT_A_NAME or not before.isalnum():
                break
            name.insert(0, before)
        if name:
            return " ".join(name)
    return None
