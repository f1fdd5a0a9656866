"""Feedback of the clients in scope, added up in the database; only quotes leave it as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from data.client_selection import table, with_kept
from data.gold import UNASSIGNED, Gold
from data.query import Filter, Period, Scope
from data.semantic_filters import Params

__all__ = ["POSITIVE_FROM", "FeedbackCount", "FeedbackQuote", "FeedbackReader"]

POSITIVE_FROM: Final = 0.2
"""From this sentiment a text counts as positive, below its negative as negative."""

Split = Literal["all", "topic", "source", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class FeedbackCount:
    """Texts of one group.

    Attributes:
        group: What they share; a date for a time split.
        sentiment: Mean from -1 to 1; None when none was scored.
        topic: The most frequent topic, "" when none was found.
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
        group = {
            "all": "''",
            "topic": "unnest(topics)",
            "source": "source",
        }.get(split, f"CAST(date_trunc('{split}', date) AS DATE)")
        order = "grp" if split in {"month", "quarter", "year"} else "texts DESC, grp"
        return self._counts(group, order, ())

    def count_by(self, dimension: str) -> list[FeedbackCount]:
        """Texts by the value of a dimension of clients, most first."""
        column = "name" if dimension == "customer" else dimension
        columns = () if dimension == "customer" else (dimension,)
        group = f"coalesce(CAST({column} AS VARCHAR), '{UNASSIGNED}')"
        return self._counts(group, "texts DESC, grp", columns)

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

    def _counts(self, group: str, order: str, columns: Sequence[str]) -> list[FeedbackCount]:
        params = Params()
        sql = f"""
        {self._texts(params, columns)},
        grouped AS (SELECT {group} AS grp, * FROM texts),
        topics AS (
            SELECT grp, mode(topic ORDER BY topic) AS topic
            FROM (SELECT grp, unnest(topics) AS topic FROM grouped) GROUP BY grp
        )
        SELECT
            grouped.grp,
            count(*) AS texts,
            count(DISTINCT customer_id),
            avg(sentiment),
            count(*) FILTER (WHERE sentiment >= {POSITIVE_FROM}),
            count(*) FILTER (WHERE sentiment <= -{POSITIVE_FROM}),
            min(date),
            max(date),
            coalesce(any_value(topics.topic), '')
        FROM grouped LEFT JOIN topics ON topics.grp = grouped.grp
        GROUP BY grouped.grp ORDER BY {order}
        """
        rows = self._gold.reader.rows(sql, params.values)[1]
        return [FeedbackCount(*row) for row in rows]

    def _texts(self, params: Params, columns: Sequence[str]) -> str:
        kept = with_kept(self._gold.semantic, self._scope, self._filters, params, columns)
        where = ["true"]
        if self._period is not None:
            start, end = params.add(self._period.start), params.add(self._period.end)
            where.append(f"f.date BETWEEN {start.sql('duckdb')} AND {end.sql('duckdb')}")
        if self._topic is not None:
            topic = params.add(self._topic).sql("duckdb")
            where.append(f"list_contains(f.topics, {topic})")
        return (
            f"{kept}, texts AS (SELECT f.*, kept.* EXCLUDE (customer_id) "
            f"FROM {table('feedback')} AS f JOIN kept USING (customer_id) "
            f"WHERE {' AND '.join(where)})"
        )
