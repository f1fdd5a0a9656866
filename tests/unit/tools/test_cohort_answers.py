from datetime import date

import pytest
from hypothesis import given, strategies as st

from data.gold_cohorts import CohortCell
from tools.cohort_answers import curves_by, headline, heat_map, pooled, retention_facts

JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


def cell(cohort: date, months: int, customers: int, retained: int, group: str = "") -> CohortCell:
    """A cell whose clients pay 10 each at first and 12 later."""
    return CohortCell(group, cohort, months, customers, retained, 10.0 * customers, 12.0 * retained)


CELLS = [
    cell(JAN, 0, 10, 10), cell(JAN, 1, 10, 8), cell(JAN, 2, 10, 5),
    cell(FEB, 0, 30, 30), cell(FEB, 1, 30, 30),
]  # fmt: skip


def test_retention_is_the_quotient_of_sums_not_the_mean_of_rates() -> None:
    """(8 + 30) of 40 after one month; after two only January counts."""
    facts = {fact.name: fact.value for fact in retention_facts(pooled(CELLS))}
    assert facts["retention_1m"] == pytest.approx(95.0)
    assert facts["retention_2m"] == pytest.approx(50.0)
    assert facts["retention_mrr_1m"] == pytest.approx(100 * 12 * 38 / 400)
    assert "retention_3m" not in facts


def test_cells_that_are_not_over_are_masked() -> None:
    """February has no second month yet, nor has the quarter that holds it."""
    by_month = heat_map(curves_by(CELLS, None), "customers", None, "")
    assert [(line.name, line.y[2]) for line in by_month.series] == [
        ("Jan 2026", pytest.approx(50)),
        ("Feb 2026", None),
    ]
    (quarter,) = heat_map(curves_by(CELLS, "quarter"), "customers", "quarter", "").series
    assert (quarter.name, quarter.y[1], quarter.y[2]) == ("2026 Q1", pytest.approx(95), None)


def test_the_month_asked_for_comes_first() -> None:
    """Two months asked, two months answered."""
    text = headline(pooled(CELLS), "customers", "", 2)
    assert text.startswith("Of the clients who joined, 50 % are still with us after 2 months.")


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=8))
def test_groups_add_up_to_the_whole(sizes: list[tuple[int, int]]) -> None:
    """Splitting loses no client and no retained one."""
    cells = [
        cell(JAN, 1, size, min(size, kept), f"g{place}") for place, (size, kept) in enumerate(sizes)
    ]
    whole, curves = pooled(cells), curves_by(cells, "segment")
    assert sum(curve.customers for curve in curves) == whole.customers
    kept = sum((curve.share(1, "customers") or 0) * curve.customers / 100 for curve in curves)
    assert kept == pytest.approx((whole.share(1, "customers") or 0) * whole.customers / 100)
