"""Words, tables and charts of what clients say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.gold_feedback import FeedbackCount, FeedbackQuote
from tools.contract import Chart, Column, Fact, Scalar, Series, Table
from tools.wording import count_noun, format_value, join_words

__all__ = [
    "Spoken",
    "charts_of",
    "clipped",
    "facts_of",
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


@dataclass(frozen=True, slots=True)
class Spoken:
    """Everything that is told of one selection.

    Attributes:
        total: All texts.
        topics: By topic, most first.
        sources: By source, most first.
        months: By month, in order.
        before: The period of the same length just before; None without one.
        groups: By the asked split; empty without one.
        by: The asked split.
        quotes: Masked, strongest first.
        where: The filters as a phrase.
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
    return list({fact.name: fact for fact in facts}.values())


def summary_of(spoken: Spoken) -> str:
    """The mood with its size and direction, the topics, and two voices."""
    return " ".join(
        part for part in (_mood(spoken), _topics(spoken), _groups(spoken), _voices(spoken)) if part
    )


def groups_table(counts: Sequence[FeedbackCount], by: str) -> Table:
    """One row a topic, a group or a time step."""
    return Table(
        title=f"Feedback by {by.replace('_', ' ')}",
        columns=[
            Column(name=by, unit="text", label=by.replace("_", " ").capitalize()),
            Column(name="feedback", unit="count", label="Texts"),
            Column(name="customers", unit="count", label="Clients"),
            Column(name="avg_sentiment", unit="score", label="Sentiment"),
            Column(name="negative", unit="count", label="Negative"),
            Column(name="positive", unit="count", label="Positive"),
            *([] if by == "topic" else [Column(name="top_topic", unit="text", label="Top topic")]),
        ],
        rows=[_row(entry, by) for entry in counts],
    )


def charts_of(spoken: Spoken) -> list[Chart]:
    """Texts by topic or group, and the mood month by month."""
    counts, by = (
        (spoken.groups, spoken.by) if spoken.groups and spoken.by else (spoken.topics, "topic")
    )
    charts: list[Chart] = []
    in_time = by in {"month", "quarter", "year"}
    if counts and not in_time:
        measure = "texts" if by in {"topic", "source"} else "sentiment"
        charts.append(_bars(counts, by, measure))
    steps = counts if in_time else spoken.months
    if len(steps) > 1:
        charts.append(
            Chart(
                kind="line",
                title=f"Sentiment by {by if in_time else 'month'}",
                unit="score",
                y_label="Sentiment",
                series=[
                    Series(
                        name="Sentiment",
                        x=[entry.group for entry in steps],
                        y=[entry.sentiment for entry in steps],
                    )
                ],
            )
        )
    return charts


def spoken_topic(topic: str | date) -> str:
    """A topic as a person says it."""
    return str(topic).replace("_", " ")


def clipped(text: str) -> str:
    """A quote at most so long, cut between words, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"


def _bars(counts: Sequence[FeedbackCount], by: str, measure: str) -> Chart:
    shown = counts[:15]
    texts = measure == "texts"
    return Chart(
        kind="bar",
        title=f"{'Feedback texts' if texts else 'Sentiment'} by {by.replace('_', ' ')}",
        unit="count" if texts else "score",
        y_label="Texts" if texts else "Sentiment",
        series=[
            Series(
                name="Texts" if texts else "Sentiment",
                x=[_group_name(entry.group, by) for entry in shown],
                y=[float(entry.texts) if texts else entry.sentiment for entry in shown],
            )
        ],
    )


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
    way = "better" if change > 0 else "worse"
    return f", {way} than in the period before ({_score(before.sentiment)})"


def _topics(spoken: Spoken) -> str:
    named = [
        f"{spoken_topic(entry.group)} ({entry.texts:,})" for entry in spoken.topics[:_SPOKEN_TOPICS]
    ]
    return f"The most frequent topics are {join_words(named)}." if named else ""


def _groups(spoken: Spoken) -> str:
    if not spoken.groups or spoken.by in {None, "topic", "source", "month", "quarter", "year"}:
        return ""
    known = [entry for entry in spoken.groups if entry.sentiment is not None]
    if len(known) < 2:
        return ""
    best = max(known, key=lambda entry: entry.sentiment or 0)
    worst = min(known, key=lambda entry: entry.sentiment or 0)
    return (
        f"{_group_name(best.group, spoken.by or '')} is the most content "
        f"({_score(best.sentiment)}), {_group_name(worst.group, spoken.by or '')} the least "
        f"({_score(worst.sentiment)})."
    )


def _voices(spoken: Spoken) -> str:
    if spoken.groups:
        return ""
    said = [f"“{clipped(quote.text)}” ({_day(quote.day)})" for quote in spoken.quotes[:2]]
    return f"In their words: {' and '.join(said)}." if said else ""


def _row(entry: FeedbackCount, by: str) -> list[Scalar | None]:
    topic: list[Scalar | None] = [] if by == "topic" else [spoken_topic(entry.topic) or None]
    return [
        _group_name(entry.group, by),
        *(entry.texts, entry.customers, entry.sentiment, entry.negative, entry.positive),
        *topic,
    ]


def _group_name(group: str | date, by: str) -> str:
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
