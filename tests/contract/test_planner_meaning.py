"""The planner as it ships, words and meaning together, under the noise of everyday typing."""

import random
from pathlib import Path

import pytest
import yaml

from app.agent.planner.building import sample_lexicon
from app.agent.planner.conversation import Conversation, Frame
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.meaning import Meaning
from app.agent.planner.understanding import understand
from knowledge.embedder import Embedder

PHRASINGS = Path(__file__).parents[1] / "unit" / "app" / "agent" / "planner"
SAID = 150
BEFORE = ("please ", "Could you ", "hey aura, ", "Quick question: ", "my boss wants to know ", "")
AFTER = (" please", " thanks", "??", "!", " asap", "")
FREE_TEXT = frozenset({"query", "note"})


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """The made-up clients that the phrasings name."""
    return sample_lexicon()


@pytest.fixture(scope="module")
def meaning(prepared_home: Path) -> Meaning:
    """The second opinion with the real encoder."""
    return Meaning(Embedder(prepared_home / "embedder").embed)


def _calls(text: str, lexicon: Lexicon, meaning: Meaning) -> list[Frame]:
    plan = understand(text, Conversation(), lexicon, None, None, None, meaning)
    return [
        Frame(call.tool, {key: value for key, value in call.args.items() if key not in FREE_TEXT})
        for call in plan.calls
    ]


def _noisy(text: str, rng: random.Random) -> str:
    bare = text.rstrip("?. ")
    cased = rng.choice([str.lower, str.upper, str])
    return rng.choice(BEFORE) + cased(bare) + rng.choice(AFTER)


def test_courtesy_and_case_change_nothing(lexicon: Lexicon, meaning: Meaning) -> None:
    """At least 97 % of the noisy questions give the very same calls."""
    rng = random.Random(3)  # noqa: S311 -- test inputs
    rows = [
        row
        for file in sorted(PHRASINGS.glob("*phrasings.yml"))
        for table in yaml.safe_load(file.read_text("utf-8")).values()
        for row in table
        if "tool" in row
    ]
    said = rng.sample([str(row["say"]) for row in rows], SAID)
    noisy = [(text, _noisy(text, rng)) for text in said for _ in range(2)]
    wrong = [
        noise
        for text, noise in noisy
        if _calls(noise, lexicon, meaning) != _calls(text, lexicon, meaning)
    ]
    assert len(noisy) == 2 * SAID
    assert len(wrong) <= 0.03 * len(noisy), wrong
