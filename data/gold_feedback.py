"""Feedback of the clients in scope, added up in the database; only quotes leave it as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from data.client_selection import table, with_kept
from data.gold import UNASSIGNED, Gold
from data.query import Filter, Period, Scope
from data.semantic_filters import Params

__all__ = [
    "NPS_GROUPS",
    "POSITIVE_FROM",
    "FeedbackCount",
    "FeedbackQuote",
    "FeedbackReader",
    "TopicOutcome",
    "TopicVoices",
]

POSITIVE_FROM: Final = 0.2
"""From this sentiment a text counts as positive, below its negative as negative."""

NPS_GROUPS: Final = ("detractor", "passive", "promoter")
_NPS_GROUP: Final = (
    "CASE WHEN nps_score <= 6 THEN 'detractor' WHEN nps_score < 9 THEN 'passive' "
    "WHEN nps_score >= 9 THEN 'promoter' ELSE 'no NPS answer' END"
)
"""By the client's latest NPS answer."""

Split = Literal["all", "topic", "source", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class FeedbackCount:
    """Texts of one group.

    Attributes:
        group: What they share; a date for a time split.
        sentiment: Mean from -1 to 1; of a topic, the mean about it; None when none was scored.
        topic: The most frequent topic, "" when none was found.
        variance: Of the sentiment; None for a single text.
    """

    group: str | date
    texts: int
    customers: int
    sentiment: float | None
    positive: int
    negative: int
    first: date | None
    last: date | None
    topic: str
    variance: float | None = None


@dataclass(frozen=True, slots=True)
class FeedbackQuote:
    """One text in the client's words, not masked."""

    customer_id: str
    name: str
    day: date
    source: str
    text: str
    sentiment: float
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicVoices:
    """How many clients of a group talk about a topic, and how.

    Attributes:
        group: The group of clients.
        clients: Clients of the group who wrote anything.
        about: Those who wrote about the topic; `complaining` and `praising` did so that way.
    """

    group: str
    topic: str
    clients: int
    about: int
    complaining: int
    praising: int


@dataclass(frozen=True, slots=True)
class TopicOutcome:
    """What became of the clients who complained about a topic, and of all others who wrote.

    Attributes:
        clients: Who complained; `churned` of them left, `nps` is the mean of those who answered.
        others: Who wrote and did not complain about it.
    """

    topic: str
    clients: int
    churned: int
    nps: float | None
    others: int
    others_churned: int
    others_nps: float | None


class FeedbackReader:
    """Feedback of one selection of clients and one period.

    Args:
        gold: The reader.
        filters: Checked filters on clients.
        scope: Whose rows may be seen.
        period: Both ends included; None for all.
        topic: Only texts about it.
    """

    def __init__(
        self,
        gold: Gold,
        filters: Sequence[Filter],
        scope: Scope,
        period: Period | None = None,
        topic: str | None = None,
    ) -> None:
        self._gold, self._filters, self._scope = gold, filters, scope
        self._period, self._topic = period, topic

    def count(self, split: Split) -> list[FeedbackCount]:
        """Texts by group, most first; by time in order; one row for `all`, even of no text."""
        if split == "topic":
            return self._counts("unnest(topics)", "texts DESC, grp", (), "unnest(topic_sentiments)")
        group = {"all": "''", "source": "source"}.get(
            split, f"CAST(date_trunc('{split}', date) AS DATE)"
        )
        order = "grp" if split in {"month", "quarter", "year"} else "texts DESC, grp"
        return self._counts(group, order, ())

    def count_by(self, dimension: str) -> list[FeedbackCount]:
        """Texts by the value of a dimension of clients or by `nps_group`, most first."""
        if dimension == "nps_group":
            return self._counts(_NPS_GROUP, "texts DESC, grp", ("nps_score",))
        column = "name" if dimension == "customer" else dimension
        columns = () if dimension == "customer" else (dimension,)
        group = f"coalesce(CAST({column} AS VARCHAR), '{UNASSIGNED}')"
        return self._counts(group, "texts DESC, grp", columns)

    def voices(self) -> list[TopicVoices]:
        """Topics by NPS group: clients who talk about them, and how."""
        params = Params()
        sql = f"""
        {self._texts(params, ("nps_score",))},
        grouped AS (SELECT {_NPS_GROUP} AS grp, * FROM texts),
        sizes AS (SELECT grp, count(DISTINCT customer_id) AS clients FROM grouped GROUP BY grp),
        said AS (
            SELECT grp, customer_id, unnest(topics) AS topic, unnest(topic_sentiments) AS mood
            FROM grouped
        )
        SELECT
            sizes.grp,
            topic,
            any_value(sizes.clients),
            count(DISTINCT customer_id),
            count(DISTINCT customer_id) FILTER (WHERE mood <= -{POSITIVE_FROM}),
            count(DISTINCT customer_id) FILTER (WHERE mood >= {POSITIVE_FROM})
        FROM said JOIN sizes USING (grp) GROUP BY sizes.grp, topic ORDER BY sizes.grp, topic
        """
        return [TopicVoices(*row) for row in self._gold.reader.rows(sql, params.values)[1]]

    def outcomes(self) -> list[TopicOutcome]:
        """By topic: clients who complained about it against the others, left and NPS."""
        params = Params()
        sql = f"""
        {self._texts(params, ("nps_score", "status"))},
        speakers AS (
            SELECT customer_id, any_value(status) = 'churned' AS churned,
                any_value(nps_score) AS nps
            FROM texts GROUP BY customer_id
        ),
        said AS (
            SELECT customer_id, unnest(topics) AS topic, unnest(topic_sentiments) AS mood FROM texts
        ),
        complaints AS (SELECT DISTINCT customer_id, topic FROM said WHERE mood <= -{POSITIVE_FROM}),
        paired AS (
            SELECT each.topic, speakers.*, complaints.topic IS NOT NULL AS complained
            FROM (SELECT DISTINCT topic FROM complaints) AS each CROSS JOIN speakers
            LEFT JOIN complaints
                ON complaints.topic = each.topic AND complaints.customer_id = speakers.customer_id
        )
        SELECT
            topic,
            count(*) FILTER (WHERE complained),
            count(*) FILTER (WHERE complained AND churned),
            avg(nps) FILTER (WHERE complained),
            count(*) FILTER (WHERE NOT complained),
            count(*) FILTER (WHERE NOT complained AND churned),
            avg(nps) FILTER (WHERE NOT complained)
        FROM paired GROUP BY topic ORDER BY topic
        """
        return [TopicOutcome(*row) for row in self._gold.reader.rows(sql, params.values)[1]]

    def quotes(self, *, worst_first: bool, limit: int) -> list[FeedbackQuote]:
        """The strongest texts, one a client and topic in turn, those without digits first."""
        params = Params()
        strength = f"round(sentiment, 1) {'ASC' if worst_first else 'DESC'}"
        order = f"regexp_matches(text, '[0-9]'), {strength}, date DESC, source_id"
        sql = f"""
        {self._texts(params, ())},
        once AS (
            SELECT * FROM texts WHERE sentiment IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY {order}) = 1
        ),
        ranked AS (
            SELECT *, row_number() OVER (PARTITION BY topics[1] ORDER BY {order}) AS turn FROM once
        )
        SELECT customer_id, name, date, source, text, sentiment, topics FROM ranked
        ORDER BY turn, {order} LIMIT {int(limit)}
        """
        rows = self._gold.reader.rows(sql, params.values)[1]
        return [FeedbackQuote(*row[:-1], topics=tuple(row[-1] or ())) for row in rows]

    def _counts(
        self, group: str, order: str, columns: Sequence[str], mood: str = "sentiment"
    ) -> list[FeedbackCount]:
        params = Params()
        sql = f"""
        {self._texts(params, columns)},
        grouped AS (SELECT {group} AS grp, {mood} AS mood, * FROM texts),
        topics AS (
            SELECT grp, mode(topic ORDER BY topic) AS topic
            FROM (SELECT grp, unnest(topics) AS topic FROM grouped) GROUP BY grp
        )
        SELECT
            grouped.grp,
            count(*) AS texts,
            count(DISTINCT customer_id),
            avg(mood),
            count(*) FILTER (WHERE mood >= {POSITIVE_FROM}),
            count(*) FILTER (WHERE mood <= -{POSITIVE_FROM}),
            min(date),
            max(date),
            coalesce(any_value(topics.topic), ''),
            var_samp(mood)
        FROM grouped LEFT JOIN topics ON topics.grp = grouped.grp
        GROUP BY grouped.grp ORDER BY {order}
        """
        rows = self._gold.reader.rows(sql, params.values)[1]
        return [FeedbackCount(*row) for row in rows]

    def _texts(self, params: Params, columns: Sequence[str]) -> str:
        kept = with_kept(self._gold.semantic, self._scope, self._filters, params, columns)
        where, mood = ["true"], "f.sentiment"
        if self._period is not None:
            start, end = params.add(self._period.start), params.add(self._period.end)
            where.append(f"f.date BETWEEN {start.sql('duckdb')} AND {end.sql('duckdb')}")
        if self._topic is not None:
            topic = params.add(self._topic).sql("duckdb")
            where.append(f"list_contains(f.topics, {topic})")
            mood = f"f.topic_sentiments[list_position(f.topics, {topic})]"
        return (
            f"{kept}, texts AS (SELECT f.* REPLACE ({mood} AS sentiment), kept.* EXCLUDE (customer_id) "
            f"FROM {table('feedback')} AS f JOIN kept USING (customer_id) "
            f"WHERE {' AND '.join(where)})"
        )
