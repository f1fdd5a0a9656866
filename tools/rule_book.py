"""The rule book that scored the clients in gold, and the rule that somebody means."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tools.errors import RetryableToolError
from tools.models.features import FEATURES, THEMES
from tools.models.rule import Rule
from tools.models.rules import RuleBook, load_default

if TYPE_CHECKING:
    from data.gold import Gold

_FILLERS = frozenset({"a", "an", "for", "is", "less", "more", "of", "or", "rule", "than", "the"})
_STEM = 5
"""Letters by which `inactivity` and `inactive`, or `login` and `logins`, are the same word."""


def rule_book(gold: "Gold") -> RuleBook:
    """The rules as they were when gold was built; a change of the file counts from the next build.

    A warehouse of before rules were kept was scored by the rules of the package.
    """
    kept = gold.build.rule_book
    return _default() if kept is None else _parse(kept)


def resolve_rule(text: str, book: RuleBook) -> Rule:
    """The rule that `text` means, by its id or by words of its message, feature or theme.

    Raises:
        RetryableToolError: None, or several equally well; the rules are listed.
    """
    for rule in book.rules:
        if text.strip().lower() in (rule.id, rule.label().lower()):
            return rule
    wanted = _words(text)
    scores = {rule.id: _overlap(wanted, rule) for rule in book.rules}
    best = max(scores.values())
    found = [rule for rule in book.rules if scores[rule.id] == best]
    if best == 0 or len(found) > 1:
        near = found if best else book.rules
        problem = f"Several rules may be meant by {text!r}." if best else f"No rule {text!r}."
        raise RetryableToolError(problem, [rule.label() for rule in near])
    return found[0]


@lru_cache(maxsize=1)
def _default() -> RuleBook:
    return load_default()


@lru_cache(maxsize=4)
def _parse(text: str) -> RuleBook:
    return RuleBook.model_validate_json(text)


def _overlap(wanted: set[str], rule: Rule) -> int:
    """How many of the words the rule is known by, those of its id and message twice."""
    own = _words(f"{rule.id} {rule.label()}")
    feature = FEATURES.get(rule.feature)
    around = _words(f"{rule.feature} {feature.label if feature else ''} {THEMES[rule.theme]}")
    return sum(2 if word in own else int(word in around) for word in wanted)


def _words(text: str) -> set[str]:
    found = re.findall(r"[a-z0-9]+", text.lower())
    return {word[:_STEM] for word in found if word not in _FILLERS}
