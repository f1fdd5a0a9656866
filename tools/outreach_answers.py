"""A message to a client, put together from its own facts and the words of `outreach.yml`."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

from tools.contract import Fact, Scalar
from tools.draft_log import Channel
from tools.outreach_client import spoken_date, unit_of
from tools.outreach_words import FIELDS, OWN, Angle, AngleName, Tone, phrases, said_of
from tools.readability import reading_ease, reading_words
from tools.wording import count_noun, format_value, join_words

__all__ = [
    "Draft",
    "angles_of",
    "core_of",
    "facts_of",
    "fill",
    "length_words",
    "quoted",
    "with_core",
    "write",
    "write_note",
]

WORDS_A_MINUTE: Final = 200
_SENDER: Final = "Your customer success team"
_ENDS: Final = re.compile(r"[.!?]”?$|[.!?] ")
_WEEKDAYS: Final = frozenset({"proposed_date"})
"""Dates so near that the day of the week helps more than the year."""
_THIS_YEAR: Final = frozenset({"last_login_date"})
"""Dates that nobody takes for another year's."""


@dataclass(frozen=True)
class Draft:
    """A message that nobody has sent.

    Attributes:
        lines: Paragraphs, the subject not among them.
        stated: Fields of the client that it states, with their values.
        angle: How it approaches the client; empty for a note or a play's own template.
    """

    subject: str
    lines: tuple[str, ...]
    stated: Mapping[str, Any] = field(default_factory=dict[str, Any])
    angle: str = ""

    @property
    def body(self) -> str:
        """The message without its subject."""
        return "\n\n".join(self.lines)

    @property
    def text(self) -> str:
        """The whole message."""
        return f"Subject: {self.subject}\n\n{self.body}" if self.subject else self.body

    @property
    def words(self) -> int:
        """Its length."""
        return len(self.text.split())

    @property
    def reading_seconds(self) -> int:
        """How long it takes to read, in steps of ten seconds."""
        return 10 * math.ceil(self.words * 6 / WORDS_A_MINUTE)

    @cached_property
    def reading_ease(self) -> int:
        """Flesch's reading ease (0-100) of its sentences, without greeting and name."""
        return round(reading_ease(" ".join(line for line in self.lines if _ENDS.search(line))))


def angles_of(topic: str, count: int, *, action: str | None = None) -> list[AngleName]:
    """The angles to write.

    Args:
        topic: A topic of `outreach.yml`.
        count: How many versions; a single one takes the angle that suits the recommended action.
        action: The client's next best action, where it decides.
    """
    words = phrases()
    names = list(words.topics[topic].angles)
    wanted = words.angles_of_actions.get(action or "")
    if wanted in names and count == 1:
        return [wanted]
    return names[:count]


def write(
    topic: str, channel: Channel, tone: Tone, client: Mapping[str, Any], angle: AngleName
) -> Draft:
    """Write a message to a client.

    Args:
        topic: A topic of `outreach.yml`; for `own` the client has an `own_topic`.
        channel: How it goes out; a call gets talking points.
        tone: Which of the wordings.
        client: Its facts, see `client_facts`.
        angle: How to approach the client.
    """
    about = phrases().topics[topic]
    way = about.angles[angle]
    most = 1 if tone == "direct" or angle == "question" else 2
    said = [
        saying.also if place and saying.also else saying.text
        for place, saying in enumerate(said_of(topic, client)[:most])
    ]
    write_in = {"email": _email, "call": _call, "in_app": _in_app}[channel]
    subject = way.subject if channel == "email" else ""
    return fill(subject, write_in(way, said, tone, client), client, angle=angle)


def write_note(topic: str, client: Mapping[str, Any]) -> Draft:
    """Write a note for a colleague: what to have ready when the client gets in touch."""
    about = phrases().topics[topic]
    reader = client.get("sender") or "the account team"
    label = str(client["own_topic"]) if topic == OWN else about.label
    lines = [
        f"For {reader}: have this ready for when {client['client']} gets in touch; we do not.",
        f"About: {label}.",
        *(saying.note for saying in said_of(topic, client)),
        f"Ask then: “{next(iter(about.angles.values())).plain}”",
    ]
    return fill("", lines, client)


def fill(
    subject: str, lines: Sequence[str], client: Mapping[str, Any], *, angle: str = ""
) -> Draft:
    """Resolve every merge field.

    Raises:
        KeyError: A field that the client's facts do not have; `said_of` and
            `outreach_template.missing_fields` keep such lines out.
    """
    used = dict.fromkeys(name for line in (subject, *lines) for name in FIELDS.findall(line))
    stated = {name: client[name] for name in used}
    said = {name: _say(name, value) for name, value in stated.items()}
    filled = [FIELDS.sub(lambda match: said[match[1]], line) for line in (subject, *lines)]
    head = filled[0][:1].upper() + filled[0][1:]
    return Draft(head, tuple(line for line in filled[1:] if line), stated, angle)


def facts_of(draft: Draft) -> list[Fact]:
    """What the draft states of the client, and the draft itself."""
    facts = [
        Fact(name=name, value=_scalar(value), unit=unit_of(name))
        for name, value in draft.stated.items()
    ]
    return [
        *facts,
        Fact(name="message", value=draft.text, unit="text"),
        Fact(name="words", value=draft.words, unit="count"),
        Fact(name="reading_seconds", value=draft.reading_seconds, unit="count"),
        Fact(name="reading_ease", value=draft.reading_ease, unit="score"),
    ]


def core_of(draft: Draft) -> str:
    """What stands between greeting and name: the sentences, without any person."""
    return "\n\n".join(draft.lines[1:3])


def with_core(draft: Draft, core: str) -> Draft:
    """The draft with other sentences between greeting and name."""
    return replace(draft, lines=(draft.lines[0], *core.split("\n\n"), *draft.lines[3:]))


def length_words(draft: Draft) -> str:
    """Length and reading level in one line."""
    seconds = count_noun(draft.reading_seconds, "second")
    return (
        f"{draft.words} words, {seconds} to read, reading ease {draft.reading_ease} of 100 "
        f"({reading_words(draft.reading_ease)})"
    )


def quoted(draft: Draft) -> str:
    """The draft as markdown, set apart from what is said about it."""
    head = [f"**Subject: {draft.subject}**"] if draft.subject else []
    lines = "\n\n".join([*head, *draft.lines]).splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _line(way: Angle, tone: Tone) -> str:
    return way.formal if tone == "formal" else way.plain


def _email(way: Angle, said: list[str], tone: Tone, client: Mapping[str, Any]) -> list[str]:
    words = phrases()
    greeting = words.greetings[tone]
    hello = greeting.named if client.get("first_name") else greeting.unnamed
    sign = f"{words.closings[tone]}\n{client.get('sender') or _SENDER}"
    return [hello, " ".join([*said, _line(way, tone)]), words.asks[way.ask][tone], sign]


def _in_app(way: Angle, said: list[str], tone: Tone, client: Mapping[str, Any]) -> list[str]:
    greeting = phrases().greetings[tone]
    hello = greeting.named if client.get("first_name") else greeting.unnamed
    short: Tone = "formal" if tone == "formal" else "direct"
    return [hello, " ".join([*said[:1], _line(way, tone)]), phrases().asks[way.ask][short]]


def _call(way: Angle, said: list[str], tone: Tone, client: Mapping[str, Any]) -> list[str]:
    calls = phrases().calls
    hello = calls.named if client.get("first_name") else calls.unnamed
    if tone == "formal":
        hello = hello.replace("{first_name}", "{contact_name}")
    if not client.get("sender"):
        hello = hello.replace("{sender}", "your customer success team")
    line = _line(way, tone)
    asks = way.ask == "reply"
    say = " ".join([*said, *([] if asks else [line])])
    ask = line if asks else phrases().spoken_asks[way.ask]
    return [
        f"Open: “{hello}”",
        f"Say: “{say}”" if say else "",
        f"Ask: “{ask}” Then listen, and write the answer down in their words.",
        "Close: agree on one next step, who does it and by when; propose {proposed_date}.",
        "No answer: leave your name and no figures, and try once more before {proposed_date}.",
    ]


def _say(name: str, value: Any) -> str:
    if name in _WEEKDAYS:
        return f"{value:%A} {value.day} {value:%B}"
    if name in _THIS_YEAR and isinstance(value, date):
        return f"{value.day} {value:%B}"
    if isinstance(value, date):
        return spoken_date(value)
    unit = unit_of(name)
    return format_value(float(round(value)) if unit in {"pct", "hours"} else value, unit)


def _scalar(value: Any) -> Scalar:
    if isinstance(value, list | tuple):
        return join_words([str(item) for item in value])
    return value if isinstance(value, bool | int | float | date | str) else str(value)
