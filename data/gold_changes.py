"""Reads what moved over some months, client by client: sums and both ends of `customer_months`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from data.client_selection import table, with_kept
from data.gold import UNASSIGNED, Gold
from data.periods import month_start
from data.query import Filter, Period, Scope
from data.semantic_filters import Params

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SPLITS", "read_changes"]

SPLITS: Final = (
    *("segment", "region", "plan", "contract_type", "industry", "country", "account_manager"),
)
"""What the clients can be grouped by; those who left have it too."""
_SUMS: Final = (
    *("customers_new", "customers_reactivated", "customers_churned"),
    *("mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churned", "mrr_reactivation"),
    *("revenue", "events", "tickets_opened", "tickets_resolved", "resolution_hours_sum"),
    *("nps_promoters", "nps_detractors", "nps_responses"),
)
_ENDS: Final = {
    "opening_customers": ("first", "cast(active_start as int)"),
    "closing_customers": ("last", "cast(active_end as int)"),
    "opening_mrr": ("first", "mrr_start"),
    "closing_mrr": ("last", "mrr_end"),
}


def read_changes(
    gold: Gold, filters: Sequence[Filter], scope: Scope, period: Period
) -> "pd.DataFrame":
    """Read the clients in scope that have a row in the months of a period.

    Args:
        gold: The reader.
        filters: Checked filters on lasting dimensions.
        scope: Whose rows may be seen.
        period: Whole months; the current one up to the last day of the data.

    Returns:
        One row a client: customer_id, name, the traits of `SPLITS`, the flows summed over the
        months, customers and MRR at both ends, and active_users (1 with any event).

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    params = Params()
    kept = with_kept(gold.semantic, scope, filters, params, SPLITS)
    bounds = {
        name: params.add(month_start(day)).sql("duckdb")
        for name, day in (("first", period.start), ("last", period.end))
    }
    traits = ", ".join(f"coalesce(kept.{name}, '{UNASSIGNED}') AS {name}" for name in SPLITS)
    sums = ", ".join(f"coalesce(sum(months.{name}), 0) AS {name}" for name in _SUMS)
    ends = ", ".join(
        f"coalesce(sum(CASE WHEN months.month = {bounds[which]} THEN {sql} END), 0) AS {name}"
        for name, (which, sql) in _ENDS.items()
    )
    return gold.reader.frame(
        f"""
        {kept}
        SELECT
            kept.customer_id, kept.name, {traits}, {sums}, {ends},
            cast(coalesce(sum(months.events), 0) > 0 AS int) AS active_users
        FROM {table("customer_months")} AS months JOIN kept USING (customer_id)
        WHERE months.month BETWEEN {bounds["first"]} AND {bounds["last"]}
        GROUP BY ALL
        ORDER BY kept.customer_id
        """,
        params.values,
    )
