"""Two thousand phrasings of noise: courtesies, typos, case, punctuation, blanks."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import yaml

from app.agent.planner.language import common_words
from app.agent.planner.lexicon import Lexicon
from app.agent.planner.plan import Plan

FILES = (
    "phrasings.yml",
    "more_phrasings.yml",
    "other_phrasings.yml",
    "fourth_phrasings.yml",
    "fifth_phrasings.yml",
    "sixth_phrasings.yml",
)
COPIES = 6
BEFORE = (
    "please ", "Could you ", "hey aura, ", "I'd like to know: ", "Quick question: ",
    "can you tell me ", "Hi! ", "So, ", "ok ", "For my report: ", "my boss wants to know ",
)  # fmt: skip
AFTER = (" please", " thanks", "??", "!", " ...", " thank you", " asap", " for my report")
FREE_TEXT = frozenset({"query", "note"})
"""Arguments that repeat the person's words, noise included."""

Say = Callable[..., Plan]


def _texts() -> list[str]:
    here = Path(__file__).parent
    tables = [yaml.safe_load((here / file).read_text("utf-8")) for file in FILES]
    rows = [row for table in tables for rows in table.values() for row in rows]
    return [row["say"] for row in rows if "tool" in row]


def _kept_words(lexicon: Lexicon) -> set[str]:
    """Words of names and values: their typos are tested on their own."""
    said = [*lexicon.customers.values()]
    for values in lexicon.dimensions.values():
        said += values
    return {word.lower() for text in said for word in re.findall(r"\w+", str(text))}


def _mistyped(text: str, kept: set[str], rng: random.Random) -> str:
    """One word with two letters swapped, one left out or one doubled."""
    words = [m for m in re.finditer(r"[A-Za-z]{5,}", text) if m[0].lower() not in kept]
    if not words:
        return text
    match = rng.choice(words)
    word, at = match[0], rng.randrange(1, len(match[0]) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    wrong = rng.choice([swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]])
    if wrong.lower() in common_words():  # another word, not a typo
        return text
    return text[: match.start()] + wrong + text[match.end() :]


def _noisy(text: str, kept: set[str], rng: random.Random) -> str:
    changes: dict[str, Callable[[str], str]] = {
        "before": lambda t: rng.choice(BEFORE) + t,
        "after": lambda t: t.rstrip("?. ") + rng.choice(AFTER),
        "lower": str.lower,
        "upper": str.upper,
        "unmarked": lambda t: re.sub(r"[?.!,']", "", t),
        "typo": lambda t: _mistyped(t, kept, rng),
        "blanks": lambda t: t.replace(" ", "  "),
    }
    for name in rng.sample([*changes, "typo"], 2):
        text = changes[name](text)
    return text


def _calls(plan: Plan) -> list[tuple[str, dict[str, object]]]:
    return [
        (call.tool, {key: value for key, value in call.args.items() if key not in FREE_TEXT})
        for call in plan.calls
    ]


def test_noise_changes_nothing(say: Say, lexicon: Lexicon) -> None:
    """At least 97 % of the noisy inputs give the very same calls."""
    rng, kept = random.Random(11), _kept_words(lexicon)  # noqa: S311 -- test inputs
    tried = 0
    wrong: list[str] = []
    for text in _texts():
        wanted = _calls(say(text))
        for _ in range(COPIES):
            noisy = _noisy(text, kept, rng)
            tried += 1
            if _calls(say(noisy)) != wanted:
                wrong.append(noisy)
    assert tried >= 2000
    assert len(wrong) <= 0.03 * tried, wrong


def test_swapped_letters_in_a_name_find_the_client(say: Say, lexicon: Lexicon) -> None:
    """Every client is found with two inner letters of its name swapped, in any case."""
    rng = random.Random(5)  # noqa: S311 -- test inputs
    for key, name in lexicon.customers.items():
        places = [
            i for i in range(1, len(name) - 2)
            if name[i : i + 2].isalpha() and name[i] != name[i + 1] and name[i - 1].isalpha()
        ]  # fmt: skip
        at = rng.choice(places)
        typed = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        for text in (f"Tell me about {typed}", f"why is {typed.lower()} at risk?"):
            calls = say(text).calls
            assert [call.args.get("customer") for call in calls] == [key], text
