"""The rules in use, and the one that somebody means."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest

from data.gold import Gold
from tools.errors import RetryableToolError
from tools.models.rules import load_default
from tools.rule_book import resolve_rule, rule_book

BOOK = load_default()


@dataclass
class FakeGold:
    """A warehouse that kept these rules."""

    kept: str | None

    @property
    def build(self) -> SimpleNamespace:
        """What the build says about itself."""
        return SimpleNamespace(rule_book=self.kept)


def test_the_rules_are_those_that_scored_the_data() -> None:
    """A changed file counts from the next build; before, answers and pages agree."""
    changed = BOOK.model_copy(update={"rules": BOOK.rules[:2]})
    assert rule_book(cast("Gold", FakeGold(changed.model_dump_json()))) == changed
    assert rule_book(cast("Gold", FakeGold(None))) == BOOK


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("inactive", "inactive"),
        ("inactivity", "inactive"),
        ("no login", "inactive"),
        ("No login for more than 30 days", "inactive"),
        ("support", "many_tickets"),
        ("tickets", "many_tickets"),
        ("revenue", "revenue_decline"),
        ("payments", "revenue_decline"),
        ("usage", "usage_drop"),
        ("renewal", "renewal_near"),
        ("contract", "renewal_near"),
        ("NPS", "nps_detractor"),
        ("satisfaction", "nps_detractor"),
    ],
)
def test_a_rule_is_known_by_its_words(said: str, meant: str) -> None:
    """Id, message, feature and theme all name it."""
    assert resolve_rule(said, BOOK).id == meant


def test_an_unknown_rule_lists_the_known() -> None:
    """Whoever asked can ask again."""
    with pytest.raises(RetryableToolError, match="No rule 'weather'") as caught:
        resolve_rule("weather", BOOK)
    assert caught.value.allowed == tuple(rule.label() for rule in BOOK.rules)


def test_words_of_two_rules_are_told_apart_by_asking() -> None:
    """Nobody is answered about a rule that was not meant."""
    with pytest.raises(RetryableToolError, match="Several rules") as caught:
        resolve_rule("30 days", BOOK)
    assert caught.value.allowed == tuple(rule.label() for rule in BOOK.rules[:2])
