"""The sentences and words by which feedback is read: those of the package, or a file of a user."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

__all__ = ["ExampleRow", "Examples", "ExamplesError", "load_default", "pattern_of"]

NO_TOPIC: Final = "no_topic"
_MOODS: Final = {"positive": 1, "negative": -1, "neutral": 0}
_FILE: Final = "feedback.yml"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Sentence = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class ExamplesError(ValueError):
    """A file of examples cannot be read; the message says where."""


class ExampleRow(NamedTuple):
    """One sentence: its mood −1, 0 or 1, and its topic, "" for none."""

    text: str
    mood: int
    topic: str


class Sentences(BaseModel):
    """Sentences by mood."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positive: tuple[Sentence, ...] = ()
    negative: tuple[Sentence, ...] = ()
    neutral: tuple[Sentence, ...] = ()

    def rows(self, topic: str) -> list[ExampleRow]:
        """One row a sentence."""
        return [
            ExampleRow(text, mood, topic)
            for name, mood in _MOODS.items()
            for text in getattr(self, name)
        ]


class Topic(Sentences):
    """Sentences about one topic, and words that give it away."""

    words: tuple[Sentence, ...] = ()


class Examples(BaseModel):
    """All that feedback is compared with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: Mapping[Name, Topic] = Field(min_length=1)
    no_topic: Sentences

    @classmethod
    def from_yaml(cls, text: str, name: str = _FILE) -> Self:
        """Read the examples.

        Raises:
            ExamplesError: It is not YAML, a key is unknown, or a topic has no sentence.
        """
        try:
            examples = cls.model_validate(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise ExamplesError(f"{name}: it is not YAML: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise ExamplesError(f"{name}: {where}: {first['msg']}.") from error
        empty = [topic for topic, said in examples.topics.items() if not said.rows(topic)]
        if empty:
            raise ExamplesError(
                f"{name}: topic {empty[0]} has no sentence. Give it some under positive, negative "
                "or neutral; about ten tell it from the others."
            )
        moods = {row.mood for row in examples.rows()}
        if moods != set(_MOODS.values()):
            raise ExamplesError(f"{name}: it needs positive, negative and neutral sentences.")
        return examples

    def rows(self) -> list[ExampleRow]:
        """Every sentence."""
        rows = [row for topic, said in self.topics.items() for row in said.rows(topic)]
        return rows + self.no_topic.rows("")


@cache
def load_default() -> Examples:
    """Read the examples that are part of the package."""
    return Examples.from_yaml(files("tools.models").joinpath(_FILE).read_text("utf-8"))


@cache
def pattern_of(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds any of the words, whole, in singular or plural; None without words."""
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{either})(?:'s|s|es)?(?!\w)", re.IGNORECASE)
