"""Reads what was done for clients in scope, and how such a client stood on a day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.client_selection import table, with_kept
from data.gold import Gold
from data.query import Filter, Period, Scope
from data.semantic_filters import Params

__all__ = ["USAGE_DAYS", "ClientState", "RecordedAction", "read_actions", "read_states"]

USAGE_DAYS: Final = 30
"""Events are counted over this many days up to the day."""


@dataclass(frozen=True, slots=True)
class RecordedAction:
    """A case of the data: what was done, or deliberately not done (`arm` is control)."""

    action_id: str
    customer_id: str
    strategy: str
    arm: str
    assignment: str
    day: date


@dataclass(frozen=True, slots=True)
class ClientState:
    """How a client stood at the end of a day.

    Attributes:
        mrr: None where the source states no recurring revenue.
        events: In the last `USAGE_DAYS` days; None where the source has none.
        tickets_open: None where the source has no tickets.
        churn_prob: As scored from what was known on `scored_on`; None where nothing was scored.
    """

    is_client: bool
    mrr: float | None
    events: int | None
    tickets_open: int | None
    churn_prob: float | None
    scored_on: date | None


def read_actions(
    gold: Gold, scope: Scope, *, customer_id: str | None = None, period: Period | None = None
) -> list[RecordedAction]:
    """Read what is on record for the clients in scope, the latest first.

    Args:
        gold: The reader.
        scope: Whose rows may be seen.
        customer_id: Only this client.
        period: Only these days; None for all.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    chosen = [Filter(dimension="customer", op="=", value=customer_id)] if customer_id else []
    kept = with_kept(gold.semantic, scope, chosen, params)
    within = ""
    if period is not None:
        start, end = (params.add(day).sql("duckdb") for day in (period.start, period.end))
        within = f"WHERE i.assigned_at BETWEEN {start} AND {end}"
    sql = f"""
        {kept}
        SELECT i.intervention_id, i.customer_id, i.strategy, i.arm, i.assignment, i.assigned_at
        FROM {table("interventions")} AS i JOIN kept USING (customer_id)
        {within}
        ORDER BY i.assigned_at DESC, i.intervention_id
    """
    return [RecordedAction(*row) for row in gold.reader.rows(sql, params.values)[1]]


def read_states(
    gold: Gold, scope: Scope, days: Collection[tuple[str, date]]
) -> Mapping[tuple[str, date], ClientState]:
    """Read how clients in scope stood on some days.

    Args:
        gold: The reader.
        scope: Whose rows may be seen.
        days: (customer_id, day); days after the last one of the data are left out.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    wanted = sorted({(key, day) for key, day in days if day <= gold.as_of})
    if not wanted:
        return {}
    params = Params()
    kept = with_kept(gold.semantic, scope, [], params)
    as_of = params.add(gold.as_of).sql("duckdb")
    asked = ", ".join(
        f"({params.add(key).sql('duckdb')}, CAST({params.add(day).sql('duckdb')} AS DATE))"
        for key, day in wanted
    )
    events, tickets = (
        "NULL" if entity in gold.build.absent else sql
        for entity, sql in (("engagement_events", _EVENTS), ("support_tickets", _TICKETS))
    )
    sql = f"""
        {kept},
        asked AS (SELECT * FROM (VALUES {asked}) AS listed (customer_id, day)),
        scores AS (
            SELECT customer_id, month_end AS scored_on, churn_prob_90d
            FROM {table("health_history")}
            UNION ALL
            SELECT customer_id, {as_of}, churn_prob_90d FROM {table("customer_health_scores")}
        )
        SELECT
            a.customer_id, a.day,
            EXISTS (
                SELECT 1 FROM {table("customer_spans", "silver")} AS s
                WHERE s.customer_id = a.customer_id AND s.start_date <= a.day
                    AND (s.end_date IS NULL OR s.end_date > a.day)
            ),
            CASE WHEN m.mrr IS NOT NULL THEN coalesce((
                SELECT sum(r.mrr) FROM {table("mrr_spans", "silver")} AS r
                WHERE r.customer_id = a.customer_id AND r.start_date <= a.day
                    AND (r.end_date IS NULL OR r.end_date > a.day)
            ), 0)::DOUBLE END,
            {events}, {tickets}, h.churn_prob_90d, h.scored_on
        FROM asked AS a
        JOIN kept USING (customer_id)
        JOIN {table("customer_metrics")} AS m USING (customer_id)
        ASOF LEFT JOIN scores AS h
            ON a.customer_id = h.customer_id AND a.day >= h.scored_on
    """
    rows = gold.reader.rows(sql, params.values)[1]
    return {(str(key), day): ClientState(*state) for key, day, *state in rows}


_EVENTS: Final = f"""(
    SELECT count(*) FROM {table("engagement_events", "silver")} AS e
    WHERE e.customer_id = a.customer_id AND e.event_date <= a.day
        AND e.event_date > a.day - INTERVAL {USAGE_DAYS} DAY
)"""
_TICKETS: Final = f"""(
    SELECT count(*) FROM {table("support_tickets", "silver")} AS t
    WHERE t.customer_id = a.customer_id AND t.created_date <= a.day
        AND (t.resolved_date IS NULL OR t.resolved_date > a.day)
)"""
