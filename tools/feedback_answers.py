"""Words, tables and charts of what clients say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.gold_feedback import FeedbackCount, FeedbackQuote
from tools.contract import Column, Fact, Scalar, Table
from tools.models.effects import ArmMean, welch
from tools.wording import count_noun, format_value, join_words

__all__ = [
    "Spoken",
    "clipped",
    "facts_of",
    "group_name",
    "groups_table",
    "spoken_topic",
    "summary_of",
]

_SPOKEN_TOPICS: Final = 3
_CLEARLY: Final = 0.5
_AT_ALL: Final = 0.1
_ALIKE: Final = 0.02
"""Sentiment that moved less has not moved."""
_FEW: Final = 10
"""Fewer texts are no period to compare with."""
_LONGEST_QUOTE: Final = 220
_NOT_RANKED: Final = frozenset({"topic", "source", "month", "quarter", "year", "nps_group"})
"""Splits of which no group is called the most content."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Everything that is told of one selection.

    Attributes:
        total: All texts.
        topics: By topic, most first.
        sources: By source, most first.
        months: By month, in order.
        before: The period of the same length just before; None without one.
        groups: By the asked split; empty without one, or for quotes.
        by: The asked split.
        quotes: Masked, strongest first.
        where: The filters as a phrase.
        topic: The only topic that is told of.
    """

    total: FeedbackCount
    topics: Sequence[FeedbackCount]
    sources: Sequence[FeedbackCount]
    months: Sequence[FeedbackCount]
    before: FeedbackCount | None
    groups: Sequence[FeedbackCount]
    by: str | None
    quotes: Sequence[FeedbackQuote]
    where: str
    topic: str | None = None


def facts_of(spoken: Spoken) -> list[Fact]:
    """Means, counts and shares; by topic, source, group and month too."""
    total = spoken.total
    facts = [
        Fact(name="avg_sentiment", value=total.sentiment, unit="score"),
        Fact(name="feedback", value=total.texts, unit="count"),
        Fact(name="customers", value=total.customers, unit="count"),
        Fact(name="negative", value=total.negative, unit="count"),
        Fact(name="positive", value=total.positive, unit="count"),
        Fact(name="negative_pct", value=_pct(total.negative, total.texts), unit="pct"),
        Fact(name="positive_pct", value=_pct(total.positive, total.texts), unit="pct"),
        Fact(name="first_date", value=total.first, unit="date"),
        Fact(name="last_date", value=total.last, unit="date"),
    ]
    if spoken.topics:
        facts.append(
            Fact(name="top_topic", value=spoken_topic(spoken.topics[0].group), unit="text")
        )
    if spoken.before is not None and spoken.before.texts:
        facts += [
            Fact(name="avg_sentiment_previous", value=spoken.before.sentiment, unit="score"),
            Fact(name="feedback_previous", value=spoken.before.texts, unit="count"),
        ]
    named = (("topic", spoken.topics), ("source", spoken.sources), ("month", spoken.months))
    for name, counts in (*named, (spoken.by or "", spoken.groups)):
        for entry in counts:
            key = f"[{name}={entry.group}]"
            facts.append(Fact(name=f"feedback{key}", value=entry.texts, unit="count"))
            facts.append(Fact(name=f"avg_sentiment{key}", value=entry.sentiment, unit="score"))
            facts.append(Fact(name=f"negative{key}", value=entry.negative, unit="count"))
            share = _pct(entry.texts, total.texts)
            facts.append(Fact(name=f"feedback_pct{key}", value=share, unit="pct"))
    return list({fact.name: fact for fact in facts}.values())


def summary_of(spoken: Spoken) -> str:
    """The mood with its size and direction, the topics, and two voices."""
    return " ".join(
        part
        for part in (
            *(_mood(spoken), _topics(spoken), _complaints(spoken)),
            *(_groups(spoken), _voices(spoken)),
        )
        if part
    )


def groups_table(counts: Sequence[FeedbackCount], by: str, texts: int) -> Table:
    """One row a topic, a group or a time step, with its share of all `texts`."""
    return Table(
        title=f"Feedback by {by.replace('_', ' ')}",
        columns=[
            Column(name=by, unit="text", label=by.replace("_", " ").capitalize()),
            Column(name="feedback", unit="count", label="Texts"),
            Column(name="feedback_pct", unit="pct", label="Share of texts"),
            Column(name="customers", unit="count", label="Clients"),
            Column(name="avg_sentiment", unit="score", label="Sentiment"),
            Column(name="negative", unit="count", label="Negative"),
            Column(name="positive", unit="count", label="Positive"),
            *([] if by == "topic" else [Column(name="top_topic", unit="text", label="Top topic")]),
        ],
        rows=[_row(entry, by, texts) for entry in counts],
    )


def spoken_topic(topic: str | date) -> str:
    """A topic as a person says it."""
    return str(topic).replace("_", " ")


def clipped(text: str) -> str:
    """A quote at most so long, cut between words, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"


def _mood(spoken: Spoken) -> str:
    total = spoken.total
    about = f" ({spoken.where})" if spoken.where else ""
    sources = {str(entry.group): entry for entry in spoken.sources}
    kinds = ""
    if {"survey", "ticket"} <= set(sources):
        kinds = (
            f" (survey comments {_score(sources['survey'].sentiment)}, support tickets "
            f"{_score(sources['ticket'].sentiment)})"
        )
    return (
        f"The average sentiment{about} is predicted to be {_score(total.sentiment)}, "
        f"{_word(total.sentiment)}, from {count_noun(total.texts, 'text')} of "
        f"{count_noun(total.customers, 'client')} between {_day(total.first)} and "
        f"{_day(total.last)}{kinds}{_moved(spoken)}."
    )


def _moved(spoken: Spoken) -> str:
    before, now = spoken.before, spoken.total.sentiment
    if before is None or before.texts < _FEW or before.sentiment is None or now is None:
        return ""
    change = now - before.sentiment
    if abs(change) < _ALIKE:
        return f", about the same as in the period before ({_score(before.sentiment)})"
    if not _is_clear(spoken.total, before):
        return (
            f", against {_score(before.sentiment)} in the period before, a change within the "
            "chance of so few texts"
        )
    way = "better" if change > 0 else "worse"
    return f", {way} than in the period before ({_score(before.sentiment)})"


def _is_clear(now: FeedbackCount, before: FeedbackCount) -> bool:
    """Whether the means differ by more than chance; texts are taken as independent."""
    arms = [
        ArmMean(count.texts, count.sentiment, count.variance)
        for count in (now, before)
        if count.sentiment is not None and count.variance is not None
    ]
    return len(arms) == 2 and welch(arms[0], arms[1]).is_clear


def _topics(spoken: Spoken) -> str:
    others = [entry for entry in spoken.topics if entry.group != spoken.topic]
    named = [f"{spoken_topic(entry.group)} ({entry.texts:,})" for entry in others[:_SPOKEN_TOPICS]]
    if not named:
        return ""
    lead = "They also talk about" if spoken.topic else "The most frequent topics are"
    return f"{lead} {join_words(named)}."


def _complaints(spoken: Spoken) -> str:
    """The topics with the most complaints, as long as there are enough of them to rank."""
    if spoken.topic:
        return f"{spoken.total.negative:,} of {count_noun(spoken.total.texts, 'text')} complain."
    heard = [entry for entry in spoken.topics if entry.negative >= _FEW]
    ranked = sorted(heard, key=lambda entry: (-entry.negative, str(entry.group)))[:_SPOKEN_TOPICS]
    named = [
        f"{spoken_topic(entry.group)} ({entry.negative:,} of {count_noun(entry.texts, 'text')})"
        for entry in ranked
    ]
    return f"Most complaints are about {join_words(named)}." if named else ""


def _groups(spoken: Spoken) -> str:
    if not spoken.groups or spoken.by in _NOT_RANKED:
        return ""
    known = [entry for entry in spoken.groups if entry.sentiment is not None]
    if len(known) < 2:
        return ""
    best = max(known, key=lambda entry: entry.sentiment or 0)
    worst = min(known, key=lambda entry: entry.sentiment or 0)
    return (
        f"{group_name(best.group, spoken.by or '')} is the most content "
        f"({_score(best.sentiment)}), {group_name(worst.group, spoken.by or '')} the least "
        f"({_score(worst.sentiment)})."
    )


def _voices(spoken: Spoken) -> str:
    if spoken.groups:
        return ""
    said = [f"“{clipped(quote.text)}” ({_day(quote.day)})" for quote in spoken.quotes[:2]]
    return f"In their words: {' and '.join(said)}." if said else ""


def _row(entry: FeedbackCount, by: str, texts: int) -> list[Scalar | None]:
    topic: list[Scalar | None] = [] if by == "topic" else [spoken_topic(entry.topic) or None]
    return [
        group_name(entry.group, by),
        *(entry.texts, _pct(entry.texts, texts)),
        *(entry.customers, entry.sentiment, entry.negative, entry.positive),
        *topic,
    ]


def group_name(group: str | date, by: str) -> str:
    """A group, a topic or a time step as a person says it."""
    if isinstance(group, str):
        return spoken_topic(group) if by == "topic" else group
    if by == "quarter":
        return f"{group.year} Q{(group.month + 2) // 3}"
    return f"{group.year}" if by == "year" else f"{group:%b %Y}"


def _word(sentiment: float | None) -> str:
    if sentiment is None:
        return "not scored"
    if abs(sentiment) < _AT_ALL:
        return "neutral"
    sign = "positive" if sentiment > 0 else "negative"
    return sign if abs(sentiment) >= _CLEARLY else f"slightly {sign}"


def _score(value: float | None) -> str:
    return format_value(value, "score")


def _day(day: date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "n/a"


def _pct(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
