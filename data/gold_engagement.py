"""When clients use the product: events by weekday and hour, for a selection of clients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from data.client_selection import table, with_kept
from data.gold import EntityAbsent, Gold
from data.query import Filter, Scope
from data.semantic_filters import Params, condition, conjunction, scope_conditions

__all__ = ["HEATMAP_DAYS", "BusyHour", "read_busy_hours"]

HEATMAP_DAYS: Final = 90
"""The days up to the last one that `gold.engagement_heatmap` counts."""


@dataclass(frozen=True, slots=True)
class BusyHour:
    """Product events of one hour of the week.

    Attributes:
        weekday: 1 is Monday, 7 is Sunday.
        hour: 0 to 23, in UTC.
    """

    weekday: int
    hour: int
    events: int


def read_busy_hours(
    gold: Gold, filters: Sequence[Filter], scope: Scope
) -> tuple[list[BusyHour], str]:
    """Read the events of the last 90 days by weekday and hour.

    Segments come from `gold.engagement_heatmap`; any other selection is counted over its clients.

    Args:
        gold: The reader.
        filters: Checked filters on lasting dimensions.
        scope: Whose rows may be seen.

    Returns:
        The hours with events, and the table they were read from.

    Raises:
        EntityAbsent: The source has no events.
        GoldError: The warehouse is missing or too slow.
    """
    if "engagement_events" in gold.build.absent:
        raise EntityAbsent("the busiest time", ["engagement_events"])
    params = Params()
    by_segment = scope.account_manager is None and scope.region is None
    if by_segment and all(asked.dimension == "segment" for asked in filters):
        wanted = [condition(asked, params) for asked in filters]
        where = conjunction([*wanted, *scope_conditions(scope, params)]).sql("duckdb")
        sql = (
            "SELECT weekday, hour, CAST(sum(events) AS BIGINT) "
            f"FROM {table('engagement_heatmap')} WHERE {where} GROUP BY ALL ORDER BY ALL"
        )
        source = "gold.engagement_heatmap"
    else:
        kept = with_kept(gold.semantic, scope, filters, params)
        as_of = params.add(gold.as_of).sql("duckdb")
        sql = (
            f"{kept} SELECT isodow(e.event_date), hour(e.happened_at), count(*) "
            f"FROM {table('engagement_events', 'silver')} AS e JOIN kept USING (customer_id) "
            f"WHERE e.event_date > CAST({as_of} AS DATE) - {HEATMAP_DAYS} GROUP BY ALL ORDER BY ALL"
        )
        source = "silver.engagement_events"
    rows = gold.reader.rows(sql, params.values)[1]
    return [BusyHour(*row) for row in rows], source
