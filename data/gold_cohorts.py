"""Retention of the clients who started in the same month, for a selection of clients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.client_selection import table, with_kept
from data.gold import UNASSIGNED, Gold
from data.query import Filter, Scope
from data.semantic_filters import Params

__all__ = ["CohortCell", "read_cohorts"]


@dataclass(frozen=True, slots=True)
class CohortCell:
    """A cohort after some full months.

    Attributes:
        group: Value of the dimension it is split by; "" without one.
        cohort: Month in which its clients started.
        months: Full months since; 0 is the cohort month itself.
        customers: Clients who started.
        retained: Of them, active at the end of the later month.
        mrr_start: Their MRR at the end of the cohort month; None without MRR.
        mrr_retained: Their MRR at the end of the later month; None without MRR.
    """

    group: str
    cohort: date
    months: int
    customers: int
    retained: int
    mrr_start: float | None
    mrr_retained: float | None


def read_cohorts(
    gold: Gold, filters: Sequence[Filter], scope: Scope, dimension: str | None = None
) -> tuple[list[CohortCell], str]:
    """Read every complete cell of the cohort triangle.

    Args:
        gold: The reader.
        filters: Checked filters on lasting dimensions.
        scope: Whose rows may be seen.
        dimension: A lasting dimension to split by.

    Returns:
        The cells by group, cohort and month, and the table they were read from.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    if scope.is_full and not filters and dimension is None:
        sql = (
            "SELECT '', cohort_month, months_since, customers, retained, mrr_start, mrr_retained "
            f"FROM {table('cohort_retention')} ORDER BY 2, 3"
        )
        return _cells(gold.reader.rows(sql, {})[1]), "gold.cohort_retention"
    params = Params()
    columns = (dimension,) if dimension else ()
    kept = with_kept(gold.semantic, scope, filters, params, columns)
    group = f"coalesce(CAST(kept.{dimension} AS VARCHAR), '{UNASSIGNED}')" if dimension else "''"
    rows = gold.reader.rows(f"{kept}, {_triangle(group)}", params.values)[1]
    return _cells(rows), "gold.customer_months"


def _triangle(group: str) -> str:
    months = table("customer_months")
    return f"""
    members AS (
        SELECT
            kept.customer_id,
            {group} AS grp,
            CAST(date_trunc('month', m.signup_date) AS DATE) AS cohort_month
        FROM kept JOIN {table("customer_metrics")} AS m USING (customer_id)
    ),
    sizes AS (
        SELECT grp, cohort_month, count(*) AS customers, sum(s.mrr_end) AS mrr_start
        FROM members
        LEFT JOIN {months} AS s
            ON s.customer_id = members.customer_id AND s.month = members.cohort_month
        GROUP BY ALL
    ),
    held AS (
        SELECT
            grp,
            cohort_month,
            date_diff('month', cohort_month, s.month) AS months_since,
            count(*) FILTER (WHERE s.active_end) AS retained,
            sum(s.mrr_end) AS mrr_retained
        FROM members JOIN {months} AS s USING (customer_id)
        GROUP BY ALL
    ),
    complete AS (SELECT DISTINCT cohort_month, months_since FROM {table("cohort_retention")})
    SELECT
        sizes.grp,
        sizes.cohort_month,
        complete.months_since,
        sizes.customers,
        coalesce(held.retained, 0),
        sizes.mrr_start,
        CASE WHEN sizes.mrr_start IS NOT NULL THEN coalesce(held.mrr_retained, 0) END
    FROM sizes
    JOIN complete USING (cohort_month)
    LEFT JOIN held USING (grp, cohort_month, months_since)
    ORDER BY ALL
    """


def _cells(
    rows: Sequence[tuple[str, date, int, int, int, float | None, float | None]],
) -> list[CohortCell]:
    return [CohortCell(*row) for row in rows]
