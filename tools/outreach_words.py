"""The words of `outreach.yml`, and which of its topics is meant."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from tools.draft_log import Channel

__all__ = [
    "CHECK_IN",
    "FAREWELL",
    "FIELDS",
    "OWN",
    "Angle",
    "AngleName",
    "Phrases",
    "Saying",
    "Tone",
    "phrases",
    "said_of",
    "topic_named",
    "topic_of",
]

Tone = Literal["warm", "formal", "direct"]
AngleName = Literal["question", "help", "value"]
_Ask = Literal["meet", "book", "reply"]

CHECK_IN: Final = "check_in"
FAREWELL: Final = "farewell"
OWN: Final = "own"
MOST_SAID: Final = 2
FIELDS: Final = re.compile(r"{(\w+)}")
_WORD: Final = re.compile(r"[^\W\d_]+")


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Greeting(_Words):
    named: str
    unnamed: str


class Saying(_Words):
    """A sentence that holds for some clients.

    Attributes:
        when: Field → [lowest, highest], each may be None; [] only asks that it is known.
        text: As said to the client.
        note: As noted for a colleague.
        also: As said after another sentence, where that reads better.
        play: The playbook for it.
    """

    when: dict[str, list[float | None]]
    text: str
    note: str
    also: str = ""
    play: str = ""

    def holds(self, client: Mapping[str, Any]) -> bool:
        """Whether it is true of a client; what is unknown is not said."""
        needed = {*self.when, *FIELDS.findall(f"{self.text}{self.note}{self.also}")}
        if any(client.get(name) is None for name in needed):
            return False
        return all(_within(client[name], bounds) for name, bounds in self.when.items() if bounds)


class Angle(_Words):
    """One way to approach a client about a topic.

    Attributes:
        plain: The line of a warm or direct message; `formal` the same to somebody less known.
        ask: Which of the asks closes it.
    """

    subject: str
    plain: str
    formal: str
    ask: _Ask


class Topic(_Words):
    """What a message can be about.

    Attributes:
        words: How people name it.
        drivers: Features that make it the reason to write.
        unasked: Field → bounds within which it is a reason to write when nobody named it.
        angles: The one to try first comes first.
    """

    label: str
    words: frozenset[str]
    drivers: tuple[str, ...]
    unasked: dict[str, list[float | None]] = Field(default_factory=dict[str, list[float | None]])
    says: list[Saying]
    angles: dict[AngleName, Angle]

    def is_news(self, client: Mapping[str, Any]) -> bool:
        """Whether it is worth a message although nobody asked for one."""
        return all(
            client.get(name) is not None and _within(client[name], bounds)
            for name, bounds in self.unasked.items()
        )


class Phrases(_Words):
    """All of `outreach.yml`.

    Attributes:
        spoken_asks: What a call asks after a line that is no question.
        contacts: Logged strategy → the channel by which it reaches a client.
    """

    greetings: dict[Tone, _Greeting]
    calls: _Greeting
    closings: dict[Tone, str]
    asks: dict[_Ask, dict[Tone, str]]
    spoken_asks: dict[_Ask, str]
    angles_of_actions: dict[str, AngleName]
    contacts: dict[str, Channel]
    topics: dict[str, Topic]


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """Read the words, once a process."""
    text = files("tools").joinpath("outreach.yml").read_text("utf-8")
    return Phrases.model_validate(yaml.safe_load(text))


def topic_named(text: str) -> str | None:
    """The topic that a person's words mean; None where they mean none of ours."""
    words = {word.casefold() for word in _WORD.findall(text)}
    hits = {name: len(words & topic.words) for name, topic in phrases().topics.items()}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else None


def topic_of(drivers: Sequence[str], client: Mapping[str, Any]) -> str | None:
    """The topic of the strongest driver that something true can be said about."""
    for driver in drivers:
        for name, topic in phrases().topics.items():
            if driver in topic.drivers and topic.is_news(client) and said_of(name, client):
                return name
    return None


def said_of(topic: str, client: Mapping[str, Any]) -> list[Saying]:
    """What can be said of a client about a topic, the most telling first."""
    return [saying for saying in phrases().topics[topic].says if saying.holds(client)][:MOST_SAID]


def _within(value: Any, bounds: Sequence[float | None]) -> bool:
    low, high = bounds
    return (low is None or value >= low) and (high is None or value <= high)
