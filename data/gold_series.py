"""Daily series of a figure, for all clients, for segments, or for the clients of a selection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from data.client_selection import table, with_kept
from data.gold import EntityAbsent, Gold, GoldError
from data.query import Filter, Scope
from data.semantic_filters import Params, condition, conjunction, scope_conditions

__all__ = ["DailyFigure", "DailySeries", "SeriesUnavailable", "read_daily"]

DailyFigure = Literal["mrr", "revenue", "active_customers", "events", "tickets"]

_NEEDS: Final[dict[str, str]] = {
    "revenue": "transactions",
    "events": "engagement_events",
    "tickets": "support_tickets",
}
_LEVELS: Final = frozenset({"mrr", "active_customers"})


class SeriesUnavailable(GoldError):  # noqa: N818 - said as what happened
    """The daily history of these clients cannot be told apart from the others'."""


@dataclass(frozen=True, slots=True)
class DailySeries:
    """A figure day by day, without gaps.

    Attributes:
        first: The first day.
        values: One a day, up to the last day of the data.
        source: The table it was read from.
    """

    first: date
    values: tuple[float, ...]
    source: str

    def since_first(self) -> "DailySeries":
        """The series from the first day on which there was anything."""
        quiet = next((day for day, value in enumerate(self.values) if value), len(self.values))
        return DailySeries(self.first + timedelta(days=quiet), self.values[quiet:], self.source)


@dataclass(frozen=True, slots=True)
class _Facts:
    """Where the changes of a figure come from: (date column, amount, condition)."""

    relation: str
    changes: tuple[tuple[str, str, str], ...]


_FACTS: Final[dict[str, _Facts]] = {
    "mrr": _Facts(
        "mrr_spans",
        (("start_date", "f.mrr", "true"), ("end_date", "-f.mrr", "f.end_date IS NOT NULL")),
    ),
    "active_customers": _Facts(
        "customer_spans",
        (("start_date", "1", "true"), ("end_date", "-1", "f.end_date IS NOT NULL")),
    ),
    "revenue": _Facts("transactions", (("transaction_date", "f.amount", "f.is_revenue"),)),
    "events": _Facts("customer_days", (("event_date", "f.events", "true"),)),
    "tickets": _Facts("support_tickets", (("created_date", "1", "true"),)),
}


def read_daily(
    gold: Gold, figure: DailyFigure, filters: Sequence[Filter], scope: Scope
) -> DailySeries | None:
    """Read a figure day by day for the clients in scope that match.

    Segments come from `gold.metric_daily`; any other selection is added up over its clients.

    Args:
        gold: The reader.
        figure: The figure; `mrr` and `active_customers` are levels, the others daily amounts.
        filters: Checked filters on lasting dimensions.
        scope: Whose rows may be seen.

    Returns:
        The series; None when no client matches.

    Raises:
        EntityAbsent: The source has no data for this figure.
        SeriesUnavailable: The warehouse holds no daily rows of single clients.
        GoldError: The warehouse is missing or too slow.
    """
    entity = _NEEDS.get(figure)
    if entity in gold.build.absent:
        raise EntityAbsent(gold.semantic.metric(figure).label, [entity])
    by_segment = scope.account_manager is None and scope.region is None
    if by_segment and all(asked.dimension == "segment" for asked in filters):
        series = _of_segments(gold, figure, filters, scope)
    else:
        series = _of_clients(gold, figure, filters, scope)
    if series is not None and entity is None and not any(series.values):
        raise EntityAbsent(gold.semantic.metric(figure).label, ["subscriptions"])
    return series


def _of_segments(
    gold: Gold, figure: DailyFigure, filters: Sequence[Filter], scope: Scope
) -> DailySeries | None:
    params = Params()
    wanted = [condition(asked, params) for asked in filters]
    where = conjunction([*wanted, *scope_conditions(scope, params)]).sql("duckdb")
    sql = (
        f"SELECT date, CAST(coalesce(sum({figure}), 0) AS DOUBLE) FROM {table('metric_daily')} "
        f"WHERE {where} GROUP BY date ORDER BY date"
    )
    rows = gold.reader.rows(sql, params.values)[1]
    return _series(rows, "gold.metric_daily")


def _of_clients(
    gold: Gold, figure: DailyFigure, filters: Sequence[Filter], scope: Scope
) -> DailySeries | None:
    facts = _FACTS[figure]
    if not _exists(gold, facts.relation):
        raise SeriesUnavailable(
            "This warehouse keeps daily figures by segment only, so a forecast for other groups "
            "of clients is not possible. Ask for the total or for a segment."
        )
    params = Params()
    kept = with_kept(gold.semantic, scope, filters, params)
    first = f"(SELECT min(date) FROM {table('metric_daily')})"
    changes = " UNION ALL ".join(
        f"SELECT greatest(f.{dated_by}, {first}) AS date, {amount} AS amount "
        f"FROM {table(facts.relation, 'silver')} AS f JOIN kept USING (customer_id) WHERE {when}"
        for dated_by, amount, when in facts.changes
    )
    value = "coalesce(daily.amount, 0)"
    if figure in _LEVELS:
        value = f"sum({value}) OVER (ORDER BY days.date)"
    sql = (
        f"{kept}, changes AS ({changes}), "
        "daily AS (SELECT date, sum(amount) AS amount FROM changes GROUP BY date), "
        f"days AS (SELECT DISTINCT date FROM {table('metric_daily')}) "
        f"SELECT days.date, CAST({value} AS DOUBLE) FROM days LEFT JOIN daily USING (date) "
        "WHERE EXISTS (SELECT 1 FROM kept) ORDER BY days.date"
    )
    rows = gold.reader.rows(sql, params.values)[1]
    return _series(rows, f"silver.{facts.relation}")


def _series(rows: Sequence[tuple[date, float]], source: str) -> DailySeries | None:
    if not rows:
        return None
    return DailySeries(rows[0][0], tuple(float(value) for _, value in rows), source)


def _exists(gold: Gold, relation: str) -> bool:
    sql = (
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'warehouse' "
        "AND schema_name = 'silver' AND table_name = $name"
    )
    return bool(gold.reader.rows(sql, {"name": relation})[1][0][0])
