import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.gold import EntityAbsent, Gold, GoldMissing, GoldTooSlow
from data.gold_reader import GoldReader
from data.query import Filter, OrderBy, Period, Query, Scope
from data.semantic_model import SemanticError, SemanticModel

FULL = Scope()


def ask(gold: Gold, scope: Scope = FULL, **asked: Any) -> dict[Any, Any]:
    """The first figure by key (or the whole row without keys)."""
    answer = gold.query(Query(**asked), scope)
    keys = [c for c in answer.columns if c.unit in {"text", "date"} and c.name != "customer_id"]
    if not keys:
        return dict(zip([c.name for c in answer.columns], answer.rows[0], strict=True))
    place = [c.name for c in answer.columns].index(keys[-1].name)
    return {row[place]: row[place + 1] for row in answer.rows}


def months(start: str, end: str) -> Period:
    """A period from ISO dates."""
    return Period(start=date.fromisoformat(start), end=date.fromisoformat(end))


def test_build_info_is_read(small_gold: Gold) -> None:
    """Today is the last day of the data."""
    assert small_gold.as_of == date(2026, 4, 20)
    assert small_gold.build.absent == ("interventions",)
    assert small_gold.build.rows == {"customers": 6}


def test_state_of_today(small_gold: Gold) -> None:
    """Active clients only; ARR is twelve times MRR."""
    row = ask(small_gold, metrics=["customers", "mrr", "arr", "arpa", "seats"])
    assert row == {"customers": 5, "mrr": 1750.0, "arr": 21000.0, "arpa": 350.0, "seats": 50}


def test_missing_dimension_values_have_a_name(small_gold: Gold) -> None:
    """Clients without a segment are shown, last, and can be asked for."""
    rows = ask(small_gold, metrics=["mrr"], dimensions=["segment"])
    assert list(rows.items()) == [("Enterprise", 1500.0), ("SMB", 200.0), ("Unassigned", 50.0)]
    alone = [Filter(dimension="segment", value="Unassigned")]
    assert ask(small_gold, metrics=["mrr"], filters=alone) == {"mrr": 50.0}


def test_rates_use_the_opening_of_the_period(small_gold: Gold) -> None:
    """Over a quarter the denominator is its first month's start, not each month's."""
    row = ask(
        small_gold,
        metrics=["grr", "nrr", "logo_churn_rate", "net_new_mrr"],
        period=months("2026-01-01", "2026-03-31"),
    )
    opening, expansion, contraction, churned = 1100.0, 110.0, 20.0, 80.0
    assert row["grr"] == pytest.approx(100 * (opening - contraction - churned) / opening)
    assert row["nrr"] == pytest.approx(
        100 * (opening + expansion - contraction - churned) / opening
    )
    assert row["logo_churn_rate"] == pytest.approx(100 / 3)
    assert row["net_new_mrr"] == 590.0 + expansion - contraction - churned


def test_opening_cohort_leaves_later_clients_out(small_gold: Gold) -> None:
    """C3 joined in February: its expansion counts in NRR and not in the opening cohort's."""
    row = ask(small_gold, metrics=["nrr_opening_cohort"], period=months("2026-01-01", "2026-03-31"))
    assert row["nrr_opening_cohort"] == pytest.approx(100 * (1000 + 100 + 0) / 1100)


def test_quarters_open_and_close_on_their_own_months(small_gold: Gold) -> None:
    """Each bucket has its own opening; a running one closes on its last month."""
    asked = months("2026-02-01", "2026-04-20")
    mrr = ask(small_gold, metrics=["mrr"], grain="quarter", period=asked)
    assert mrr == {date(2026, 1, 1): 1700.0, date(2026, 4, 1): 1750.0}
    grr = ask(small_gold, metrics=["grr"], grain="quarter", period=asked)
    assert grr[date(2026, 1, 1)] == pytest.approx(100 * (1080 - 80) / 1080)


def test_total_of_a_rate_is_recomputed(small_gold: Gold) -> None:
    """The total over segments divides sums; it is no mean of the segments."""
    asked = months("2026-03-01", "2026-03-31")
    query = Query(metrics=["logo_churn_rate"], dimensions=["segment"], period=asked)
    answer = small_gold.query(query, FULL)
    assert dict(answer.rows)["SMB"] == pytest.approx(100 / 3)
    assert answer.totals["logo_churn_rate"] == pytest.approx(25.0)


def test_comparison_aligns_groups_and_months(small_gold: Gold) -> None:
    """Earlier values stand beside the group and the month they belong to."""
    compared = small_gold.query(
        Query(
            metrics=["mrr"],
            grain="month",
            period=months("2026-03-01", "2026-04-30"),
            compare_to=months("2026-01-01", "2026-02-28"),
        ),
        FULL,
    )
    assert [row[0] for row in compared.rows] == [
        date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1),
    ]  # fmt: skip
    moved = small_gold.query(
        Query(
            metrics=["mrr"],
            grain="month",
            period=months("2026-03-01", "2026-03-31"),
            compare_to="previous_period",
        ),
        FULL,
    )
    assert moved.rows == [(date(2026, 3, 1), 1700.0, 1270.0)]


def test_mixing_state_and_flow(small_gold: Gold) -> None:
    """MRR of today and last month's churn come in one row."""
    row = ask(small_gold, metrics=["mrr", "churned_customers", "renewals_due"])
    assert row == {"mrr": 1750.0, "churned_customers": 1, "renewals_due": 2}


def test_groups_without_an_event_count_zero(small_gold: Gold) -> None:
    """A segment without renewals has none, it is not unknown."""
    query = Query(metrics=["mrr", "renewals_due"], dimensions=["segment"])
    assert ("Unassigned", 50.0, 0) in small_gold.query(query, FULL).rows


def test_days_come_from_dates(small_gold: Gold) -> None:
    """Half a month of churn counts the clients that left in it."""
    first, second = months("2026-03-02", "2026-03-14"), months("2026-03-15", "2026-03-20")
    assert ask(small_gold, metrics=["churned_customers"], period=first)["churned_customers"] == 0
    assert ask(small_gold, metrics=["churned_customers"], period=second)["churned_customers"] == 1


def test_history_of_risk(small_gold: Gold) -> None:
    """C2 was no risk in February and is one in March."""
    asked = months("2026-02-01", "2026-03-31")
    rows = ask(small_gold, metrics=["customers_at_risk"], grain="month", period=asked)
    assert rows == {date(2026, 2, 1): 0, date(2026, 3, 1): 1}


def test_product_figures(small_gold: Gold) -> None:
    """A client's MRR is split over its products."""
    rows = ask(small_gold, metrics=["mrr"], dimensions=["product"])
    assert rows == {"Core": 700.0, "Insights": 400.0}
    insights = [Filter(dimension="product", value="Insights")]
    assert ask(small_gold, metrics=["mrr"], filters=insights) == {"mrr": 400.0}
    past = months("2026-03-01", "2026-03-31")
    assert ask(small_gold, metrics=["mrr"], filters=insights, period=past) == {"mrr": 1000.0}


def test_scope_cuts_every_answer(small_gold: Gold) -> None:
    """Figures, lists, one client, names, values and features: nothing of Bo's is Ana's."""
    ana = Scope(account_manager=("Ana",))
    assert ask(small_gold, ana, metrics=["customers", "mrr"]) == {"customers": 2, "mrr": 1100.0}
    assert small_gold.customers(filters=[], scope=ana).total == 2
    assert small_gold.customer("C6", ana) is None
    assert small_gold.contact("C1", Scope(region=("APAC",))) is None
    assert set(small_gold.names(ana)) == {"C1", "C2", "C5"}
    assert small_gold.values("account_manager", ana) == ["Ana"]
    assert set(small_gold.features(ana)["customer_id"]) == {"C1", "C2"}
    assert all(match.name != "Summit Legal" for match in small_gold.find_customers("Summit", ana))


def test_nobody_sees_nothing(small_gold: Gold) -> None:
    """An empty scope is an answer about no client, not about all."""
    answer = small_gold.query(Query(metrics=["mrr"]), Scope(segment=()))
    assert answer.matched == 0
    assert answer.rows == [(None,)]


def test_lists_are_active_sorted_and_tied_by_id(small_gold: Gold) -> None:
    """Missing values come last, equal ones in the order of their ids."""
    found = small_gold.customers(filters=[], scope=FULL, sort_by=OrderBy(by="arr"))
    assert [row[0] for row in found.rows] == ["C1", "C6", "C2", "C3", "C4"]
    by_nps = small_gold.customers(
        filters=[], scope=FULL, sort_by=OrderBy(by="nps", descending=False), limit=5
    )
    assert [row[0] for row in by_nps.rows] == ["C2", "C6", "C4", "C1", "C3"]


def test_totals_of_a_list_count_all_that_match(small_gold: Gold) -> None:
    """The total is over every match, not over the rows shown."""
    found = small_gold.customers(filters=[], scope=FULL, limit=1)
    assert (len(found.rows), found.total, found.totals["arr"]) == (1, 5, 21000.0)


def test_churned_clients_are_listed_when_asked(small_gold: Gold) -> None:
    """A status or a churn date in the filters lifts the default."""
    for asked in (
        Filter(dimension="status", value="churned"),
        Filter(dimension="churned_at", op=">=", value=date(2026, 3, 1)),
    ):
        found = small_gold.customers(filters=[asked], scope=FULL)
        assert [row[0] for row in found.rows] == ["C5"]


def test_filled_and_empty_attributes(small_gold: Gold) -> None:
    """A column that no client fills is told from one that some do."""
    assert small_gold.has_values("segment")
    assert small_gold.has_values("product")
    assert small_gold.has_values("contract_end_date")
    assert not small_gold.has_values("industry")


def test_absent_data_are_said(small_warehouse: Path, semantic: SemanticModel) -> None:
    """A metric that needs absent data is refused by name, never answered with zero."""
    gold = Gold(small_warehouse, semantic)
    info = gold.build
    object.__setattr__(info, "absent", ("surveys",))
    with pytest.raises(EntityAbsent, match="no surveys, so NPS is unknown"):
        gold.query(Query(metrics=["nps"]), FULL)
    with pytest.raises(EntityAbsent, match="no surveys, so NPS score is unknown"):
        gold.customers(filters=[Filter(dimension="nps_score", op="<", value=7)], scope=FULL)


def test_the_door_is_locked(small_warehouse: Path) -> None:
    """No statement can write, read a file or undo the settings."""
    reader = GoldReader(small_warehouse, time_limit_seconds=5)
    for sql in (
        "CREATE TABLE warehouse.gold.x AS SELECT 1",
        "DELETE FROM warehouse.gold.customer_metrics",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SET enable_external_access = true",
        "ATTACH '/tmp/other.duckdb'",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
    ):
        with pytest.raises(duckdb.Error):
            reader.rows(sql, {})


def test_slow_statements_are_stopped(small_warehouse: Path) -> None:
    """The time limit interrupts; the next statement works."""
    reader = GoldReader(small_warehouse, time_limit_seconds=0.2)
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range <> b.range"
    with pytest.raises(GoldTooSlow, match=r"0\.2 seconds"):
        reader.rows(endless, {})
    assert reader.rows("SELECT 1", {})[1] == [(1,)]


def test_no_warehouse_is_said_with_the_remedy(tmp_path: Path, semantic: SemanticModel) -> None:
    """The message names the file and what to run."""
    with pytest.raises(GoldMissing, match="aura prepare"):
        _ = Gold(tmp_path / "none.duckdb", semantic).as_of
    (tmp_path / "broken.duckdb").write_text("this is no database")
    with pytest.raises(GoldMissing, match="it is damaged; build it again with `aura prepare`"):
        _ = Gold(tmp_path / "broken.duckdb", semantic).as_of


def test_a_swapped_file_is_noticed_while_serving(
    tmp_path: Path, semantic: SemanticModel, write_small_warehouse: Callable[..., Path]
) -> None:
    """Readers in several threads see the old build or the new one, never an error."""
    path = write_small_warehouse(tmp_path / "warehouse.duckdb")
    gold = Gold(path, semantic)
    first, seen, errors = gold.version, set[float](), list[Exception]()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(ask(gold, metrics=["mrr"])["mrr"])
            except Exception as error:  # noqa: BLE001 — any error fails the test below
                errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    write_small_warehouse(tmp_path / "next.duckdb", mrr_factor=2.0).replace(path)
    assert ask(gold, metrics=["mrr"]) == {"mrr": 3500.0}
    stop.set()
    for thread in threads:
        thread.join()
    assert gold.version != first
    assert errors == []
    assert seen <= {1750.0, 3500.0}


def test_unknown_sort_keys_are_refused(small_gold: Gold) -> None:
    """A list cannot be sorted by what it does not know."""
    with pytest.raises(SemanticError, match="Unknown customer number"):
        small_gold.customers(filters=[], scope=FULL, sort_by=OrderBy(by="arr; DROP TABLE x"))
