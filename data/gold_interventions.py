"""Reads what was tried to keep clients, and the clients that something may be tried on.

Effects are aggregates over the whole company, open to every role, so their rows carry no scope;
rows of single clients do.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from data.client_selection import table, with_kept
from data.gold import UNASSIGNED, Gold
from data.query import Filter, Period, Scope
from data.semantic_filters import Params

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EFFECT_GROUPS",
    "read_candidates",
    "read_occupied",
    "read_strategies",
    "read_touched",
    "read_trial_rows",
]

_CLIENT_GROUPS: Final = (
    *("segment", "region", "country", "industry", "plan"),
    *("contract_type", "account_manager"),
)
EFFECT_GROUPS: Final = (*_CLIENT_GROUPS, "churn_risk", "month", "quarter", "year")
"""What an effect can be split by: lasting traits of the client, the risk when assigned, time."""

_ACTIVE: Final = Filter(dimension="status", op="=", value="active")
_CANDIDATE: Final = (
    *("segment", "contract_type", "account_manager", "days_to_renewal", "tenure_days", "arr"),
    *("churn_risk", "churn_prob_90d", "next_best_action"),
)


def read_strategies(gold: Gold) -> list[str]:
    """Strategies with at least one row, sorted.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    sql = f"SELECT DISTINCT strategy FROM {table('interventions')} WHERE strategy IS NOT NULL"
    return sorted(str(row[0]) for row in gold.reader.rows(sql, {})[1])


def read_trial_rows(
    gold: Gold,
    strategies: Sequence[str],
    *,
    by: str = "segment",
    period: Period | None = None,
    risk_bands: tuple[float, float] = (0.15, 0.35),
) -> "pd.DataFrame":
    """Read every row of some strategies.

    Args:
        gold: The reader.
        strategies: Canonical names.
        by: One of `EFFECT_GROUPS`.
        period: Days of assignment; None for all.
        risk_bands: Churn probability from which a client was at medium and at high risk.

    Returns:
        intervention_id, customer_id, strategy, arm, assignment, propensity, assigned_at, cost,
        retained (None while open), arr, churn_prob, contract_type (the latest), tenure_days (at
        assignment) and grp, the value of `by`; in order of assignment.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    named = ", ".join(params.add(name).sql("duckdb") for name in strategies) or "NULL"
    within = ""
    if period is not None:
        start, end = (params.add(day).sql("duckdb") for day in (period.start, period.end))
        within = f"AND i.assigned_at BETWEEN {start} AND {end}"
    return gold.reader.frame(
        f"""
        SELECT
            i.intervention_id, i.customer_id, i.strategy, i.arm, i.assignment, i.propensity,
            i.assigned_at, i.cost, i.retained,
            i.arr_at_assignment AS arr, i.churn_prob_at_assignment AS churn_prob,
            m.contract_type, date_diff('day', m.signup_date, i.assigned_at) AS tenure_days,
            coalesce({_group(by, risk_bands)}, '{UNASSIGNED}') AS grp
        FROM {table("interventions")} AS i
        LEFT JOIN {table("customer_metrics")} AS m USING (customer_id)
        WHERE i.strategy IN ({named}) {within}
        ORDER BY i.assigned_at, i.intervention_id
        """,
        params.values,
    )


def read_candidates(
    gold: Gold,
    filters: Sequence[Filter],
    scope: Scope,
    *,
    customer_ids: Sequence[str] | None = None,
    valued: bool = True,
) -> "pd.DataFrame":
    """Read the active clients that match, the most ARR at risk first, then the highest risk.

    Args:
        gold: The reader.
        filters: Checked filters.
        scope: Whose rows may be seen.
        customer_ids: Only these.
        valued: Only those whose ARR is known.

    Returns:
        customer_id, name, segment, contract_type, account_manager, days_to_renewal, tenure_days,
        arr, churn_risk, churn_prob_90d with its interval, arr_at_risk, next_best_action, consent_contact.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    taken = {"churn_prob_90d", "next_best_action"}
    columns = [name for name in _CANDIDATE if name not in taken]
    kept = with_kept(gold.semantic, scope, [*filters, _ACTIVE], params, columns)
    chosen = ""
    if customer_ids is not None:
        ids = ", ".join(params.add(key).sql("duckdb") for key in customer_ids) or "NULL"
        chosen = f"AND kept.customer_id IN ({ids})"
    names = ", ".join(f"kept.{name}" for name in columns)
    return gold.reader.frame(
        f"""
        {kept}
        SELECT
            kept.customer_id, kept.name, {names},
            h.churn_prob_90d, h.churn_prob_90d_low, h.churn_prob_90d_high, h.arr_at_risk,
            h.next_best_action, m.consent_contact
        FROM kept
        JOIN {table("customer_metrics")} AS m USING (customer_id)
        JOIN {table("customer_health_scores")} AS h USING (customer_id)
        WHERE h.churn_prob_90d IS NOT NULL {"AND kept.arr IS NOT NULL" if valued else ""} {chosen}
        ORDER BY h.arr_at_risk DESC NULLS LAST, h.churn_prob_90d DESC, kept.customer_id
        """,
        params.values,
    )


def read_occupied(
    gold: Gold, scope: Scope, *, contact_days: int
) -> tuple[set[str], dict[str, tuple[str, date]]]:
    """Read which clients in scope a new test must leave alone.

    Args:
        gold: The reader.
        scope: Whose rows may be seen.
        contact_days: Days before `as_of` that count as lately.

    Returns:
        Ids of the clients that were treated lately; then, by id, strategy and day of assignment
        of those in a randomised test whose outcome is open.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    kept = with_kept(gold.semantic, scope, [], params)
    since = params.add(gold.as_of - timedelta(days=contact_days)).sql("duckdb")
    rows = gold.reader.rows(
        f"""
        {kept}
        SELECT
            i.customer_id, i.strategy, i.assigned_at,
            i.arm = 'treatment' AND i.assigned_at >= {since},
            i.assignment = 'random' AND i.retained IS NULL
        FROM {table("interventions")} AS i JOIN kept USING (customer_id)
        ORDER BY i.customer_id, i.assigned_at
        """,
        params.values,
    )[1]
    contacted = {str(row[0]) for row in rows if row[3]}
    return contacted, {str(row[0]): (str(row[1]), row[2]) for row in rows if row[4]}


def read_touched(
    gold: Gold, scope: Scope, *, within_days: int
) -> dict[str, list[tuple[str, str, date, bool]]]:
    """Read what clients in scope were treated with lately, or are held back from.

    Args:
        gold: The reader.
        scope: Whose rows may be seen.
        within_days: Days before `as_of` that count as lately.

    Returns:
        By customer id: (strategy, arm, assigned_at, is_open). Treated clients count when lately,
        control clients while their outcome is open.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    kept = with_kept(gold.semantic, scope, [], params)
    since = params.add(gold.as_of - timedelta(days=within_days)).sql("duckdb")
    rows = gold.reader.rows(
        f"""
        {kept}
        SELECT i.customer_id, i.strategy, i.arm, i.assigned_at, i.retained IS NULL
        FROM {table("interventions")} AS i JOIN kept USING (customer_id)
        WHERE (i.arm = 'treatment' AND i.assigned_at >= {since})
            OR (i.arm = 'control' AND i.assignment = 'random' AND i.retained IS NULL)
        ORDER BY i.customer_id, i.assigned_at
        """,
        params.values,
    )[1]
    touched: dict[str, list[tuple[str, str, date, bool]]] = {}
    for customer_id, *rest in rows:
        touched.setdefault(str(customer_id), []).append((rest[0], rest[1], rest[2], rest[3]))
    return touched


def _group(by: str, risk_bands: tuple[float, float]) -> str:
    """SQL of a group's label."""
    medium, high = risk_bands
    labels = {
        "churn_risk": (
            f"CASE WHEN i.churn_prob_at_assignment >= {high:f} THEN 'high' "
            f"WHEN i.churn_prob_at_assignment >= {medium:f} THEN 'medium' "
            "WHEN i.churn_prob_at_assignment IS NOT NULL THEN 'low' END"
        ),
        "month": "strftime(i.assigned_at, '%Y-%m')",
        "quarter": "year(i.assigned_at) || ' Q' || quarter(i.assigned_at)",
        "year": "CAST(year(i.assigned_at) AS VARCHAR)",
        **{name: f"CAST(m.{name} AS VARCHAR)" for name in _CLIENT_GROUPS},
    }
    return labels[by]
