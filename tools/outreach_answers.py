"""A message to a client, put together from its own facts and the words of `outreach.yml`."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from tools.contract import Fact, Scalar, Unit
from tools.models.features import FEATURES
from tools.wording import format_value

Channel = Literal["email", "call", "in_app"]
Tone = Literal["warm", "formal", "direct"]

CHECK_IN: Final = "check_in"
FAREWELL: Final = "farewell"
MOST_SAID: Final = 2
WORDS_A_MINUTE: Final = 200
_SENDER: Final = "Your customer success team"
_FIELDS: Final = re.compile(r"{(\w+)}")
_WORD: Final = re.compile(r"[^\W\d_]+")
_OTHER_UNITS: Final[Mapping[str, Unit]] = {
    "usage_pct": "pct", "avg_resolution_hours": "hours", "contract_end_date": "date",
    "signup_date": "date", "churned_at": "date",
}  # fmt: skip


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
    """

    when: dict[str, list[float | None]]
    text: str
    note: str

    def holds(self, client: Mapping[str, Any]) -> bool:
        """Whether it is true of a client; what is unknown is not said."""
        needed = {*self.when, *_FIELDS.findall(self.text), *_FIELDS.findall(self.note)}
        if any(client.get(name) is None for name in needed):
            return False
        return all(_within(client[name], bounds) for name, bounds in self.when.items() if bounds)


class Topic(_Words):
    """What a message can be about.

    Attributes:
        words: How people name it.
        drivers: Features that make it the reason to write.
    """

    label: str
    words: frozenset[str]
    drivers: tuple[str, ...]
    subject: dict[Tone, str]
    neutral_subject: str
    says: list[Saying] = Field(min_length=1)
    ask: dict[Tone, str]


class Phrases(_Words):
    """All of `outreach.yml`."""

    greetings: dict[Tone, _Greeting]
    openings: dict[Tone, str]
    calls: _Greeting
    closings: dict[Tone, str]
    topics: dict[str, Topic]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that nobody has sent.

    Attributes:
        lines: Paragraphs, the subject not among them.
        used: Fields of the client that it states.
    """

    subject: str
    lines: tuple[str, ...]
    used: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """The whole message."""
        head = [f"Subject: {self.subject}"] if self.subject else []
        return "\n\n".join([*head, *self.lines])

    @property
    def words(self) -> int:
        """Its length."""
        return len(self.text.split())

    @property
    def reading_seconds(self) -> int:
        """How long it takes to read, in steps of ten seconds."""
        return 10 * math.ceil(self.words * 6 / WORDS_A_MINUTE)


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
            if driver in topic.drivers and said_of(name, client):
                return name
    return None


def said_of(topic: str, client: Mapping[str, Any]) -> list[Saying]:
    """What is true of a client on a topic, the weightiest first."""
    return [saying for saying in phrases().topics[topic].says if saying.holds(client)][:MOST_SAID]


def write(
    topic: str, channel: Channel, tone: Tone, client: Mapping[str, Any], own_topic: str = ""
) -> Draft:
    """Write a message to a client.

    Args:
        topic: A topic of `outreach.yml`.
        channel: How it goes out; a call gets talking points.
        tone: Which of the wordings.
        client: Its facts, with `client`, `contact_name`, `first_name` and `sender` (may be None).
        own_topic: The person's own words for what it is about, where no topic fits them.
    """
    words = phrases()
    about = words.topics[topic]
    said = said_of(topic, client)
    sentences = [saying.text for saying in said]
    if own_topic:
        plain = own_topic.translate({ord(char): None for char in "{}"})
        sentences.insert(0, f"I would like to talk with you about {plain}.")
    subject = about.subject[tone] if said else about.neutral_subject
    greeting = words.calls if channel == "call" else words.greetings[tone]
    hello = greeting.named if client.get("first_name") else greeting.unnamed
    sign = f"{words.closings[tone]}\n{client.get('sender') or _SENDER}"
    if channel == "email":
        body = " ".join([words.openings[tone], *sentences]).strip()
        lines = [hello, body, about.ask[tone], sign]
    elif channel == "call":
        subject = ""
        lines = [
            f"Open: “{hello}”",
            f"Say: “{' '.join(sentences) or words.openings['warm']}”",
            f"Ask: “{about.ask[tone]}” Then listen.",
            "Agree on one next step with a name and a date.",
        ]
    else:
        subject = ""
        lines = [hello, " ".join([*sentences[:1], about.ask[tone]])]
    return _filled(subject, [line for line in lines if line], client)


def write_note(topic: str, client: Mapping[str, Any]) -> Draft:
    """Write a note for a colleague: what to have ready when the client gets in touch."""
    about = phrases().topics[topic]
    reader = client.get("sender") or "the account team"
    lines = [
        f"For {reader}: have this ready for when {client['client']} gets in touch; we do not.",
        f"About: {about.label}.",
        *(saying.note for saying in said_of(topic, client)),
        f"Ask then: “{about.ask['warm']}”",
    ]
    return _filled("", lines, client)


def facts_of(draft: Draft, client: Mapping[str, Any]) -> list[Fact]:
    """What the draft states of the client, and the draft itself."""
    facts = [Fact(name=name, value=_scalar(client[name]), unit=_unit(name)) for name in draft.used]
    return [
        *facts,
        Fact(name="message", value=draft.text, unit="text"),
        Fact(name="words", value=draft.words, unit="count"),
        Fact(name="reading_seconds", value=draft.reading_seconds, unit="count"),
    ]


def quoted(draft: Draft) -> str:
    """The draft as markdown, set apart from what is said about it."""
    head = [f"**Subject: {draft.subject}**"] if draft.subject else []
    lines = "\n\n".join([*head, *draft.lines]).splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines)


def spoken_date(day: date) -> str:
    """A date as a person writes it: "20 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"


def _filled(subject: str, lines: Sequence[str], client: Mapping[str, Any]) -> Draft:
    """Resolve every merge field; a sentence whose field is unknown was not chosen."""
    used = dict.fromkeys(name for line in (subject, *lines) for name in _FIELDS.findall(line))
    said = {name: _say(name, client[name]) for name in used}
    filled = [_FIELDS.sub(lambda match: said[match[1]], line) for line in (subject, *lines)]
    return Draft(filled[0], tuple(filled[1:]), tuple(used))


def _say(name: str, value: Any) -> str:
    if isinstance(value, date):
        return spoken_date(value)
    if _unit(name) in {"pct", "hours"}:
        value = float(round(value))
    return format_value(value, _unit(name))


def _unit(name: str) -> Unit:
    if name in _OTHER_UNITS:
        return _OTHER_UNITS[name]
    return FEATURES[name].unit if name in FEATURES else "text"


def _scalar(value: Any) -> Scalar:
    return value if isinstance(value, bool | int | float | date | str) else str(value)


def _within(value: Any, bounds: Sequence[float | None]) -> bool:
    low, high = bounds
    return (low is None or value >= low) and (high is None or value <= high)
