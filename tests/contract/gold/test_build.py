"""A build is all or nothing, whatever happens to it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data.build import Build, BuildError
from data.ingest import ingest_file, ingest_folder
from data.mapping import Mapping
from data.truth import Truth

from_folder = Callable[[Path, Mapping, Path], Path]
SHOP = Mapping.model_validate(
    {
        "name": "shop",
        "churned": {"by": "inactivity", "inactivity_days": 60},
        "rates": {"EUR": 2, "USD": 1},
    }
)


def write_shop(folder: Path) -> None:
    """Three clients: one who still buys, one who stopped, one who stopped and came back."""
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text(
        "customer_id,name,account_creation_date,loyalty\na,Anna,2025-01-01,gold\n"
        "b,Bert,2025-01-05,\nc,Cleo,2025-02-01,silver\n"
    )
    days = {
        "a": ["2025-01-01", "2025-02-15", "2025-04-01", "2025-05-20", "2025-06-30"],
        "b": ["2025-01-05", "2025-02-01"],
        "c": ["2025-02-01", "2025-05-25"],
    }
    lines = [
        f"t{customer}{day},{customer},10,EUR,{day},paid"
        for customer, dates in days.items()
        for day in dates
    ]
    lines += ["tx,a,99,EUR,2025-06-01,failed", "ty,ghost,5,EUR,2025-06-01,paid", lines[0]]
    header = "transaction_id,customer_id,amount,currency,transaction_date,status"
    (folder / "transactions.csv").write_text("\n".join([header, *lines]) + "\n")


def rows(warehouse: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of one query on a served file."""
    with Truth(warehouse) as truth:
        return truth.rows(sql)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, warehouse_of: from_folder) -> Path:
    """The home of a shop: no subscriptions, amounts in euros, churn by silence."""
    home = tmp_path_factory.mktemp("shop")
    write_shop(home / "raw")
    warehouse_of(home / "raw", SHOP, home)
    return home


def test_a_shop_churns_by_inactivity(shop: Path) -> None:
    """Without subscriptions, silence for the stated days ends a client, a purchase brings back."""
    warehouse = shop / "warehouse.duckdb"
    found = rows(
        warehouse,
        "SELECT customer_id, status, churned_at::VARCHAR, mrr, total_revenue, events_30d "
        "FROM gold.customer_metrics ORDER BY 1",
    )
    assert found == [
        ("a", "active", None, None, 100.0, None),
        ("b", "churned", "2025-04-02", None, 40.0, None),
        ("c", "active", None, None, 40.0, None),
    ]
    flows = rows(
        warehouse,
        "SELECT sum(customers_new), sum(customers_churned), sum(customers_reactivated) "
        "FROM gold.dashboard_kpis",
    )
    assert flows == [(3, 2, 1)]


def test_absent_stays_absent(shop: Path) -> None:
    """What a source does not bring is reported and null, never zero; extras are features."""
    warehouse = shop / "warehouse.duckdb"
    assert rows(warehouse, "SELECT churn_rule, currency, len(absent) FROM gold.build_info") == [
        ("inactivity", "USD", 5)
    ]
    assert rows(warehouse, "SELECT sum(mrr), count(events) FROM gold.metric_daily") == [(None, 0)]
    loyalty = rows(
        warehouse,
        "SELECT DISTINCT customer_id, attr_loyalty FROM gold.ai_model_features ORDER BY 1",
    )
    assert loyalty == [("a", "gold"), ("b", None), ("c", "silver")]


def test_orphans_and_repeats_are_accounted_for(shop: Path) -> None:
    """A payment of an unknown client is a reject; a repeated one is a duplicate."""
    warehouse = shop / "warehouse.duckdb"
    assert rows(warehouse, 'SELECT entity, "value", reason FROM bronze.rejected') == [
        ("transactions", "ghost", "unknown customer")
    ]
    assert rows(
        warehouse,
        "SELECT rows_read, accepted, rejected, duplicates FROM silver.load_audit "
        "WHERE entity = 'transactions'",
    ) == [(12, 10, 1, 1)]


def test_building_again_changes_nothing(
    shop: Path, tmp_path: Path, finish: Callable[[Build], None]
) -> None:
    """Loading the same files twice and building twice gives the same gold, row for row."""
    ingest_folder(shop / "raw", SHOP, shop / "landing")
    (tmp_path / "landing").symlink_to(shop / "landing")
    with Build(home=tmp_path, source=SHOP) as build:
        finish(build)
    tables = rows(
        shop / "warehouse.duckdb",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'gold' "
        "AND table_name <> 'build_info' ORDER BY 1",
    )
    assert len(tables) > 10
    for (table,) in tables:
        sql = f"SELECT * FROM gold.{table} ORDER BY ALL"
        assert rows(shop / "warehouse.duckdb", sql) == rows(tmp_path / "warehouse.duckdb", sql)


@pytest.mark.parametrize("moment", ["bronze", "silver"])
def test_a_killed_build_leaves_the_old_warehouse(shop: Path, moment: str) -> None:
    """SIGKILL before or while dbt writes: the served file is untouched, the next build is clean."""
    served = shop / "warehouse.duckdb"
    before = served.read_bytes()
    program = (
        "import sys, pathlib\n"
        "from data.build import Build\n"
        "from data.mapping import Mapping\n"
        f"mapping = Mapping.model_validate_json({SHOP.model_dump_json(by_alias=True)!r})\n"
        f"with Build(home=pathlib.Path({str(shop)!r}), source=mapping) as build:\n"
        "    build.bronze()\n"
        "    print('bronze', flush=True)\n"
        "    build.silver()\n"
        "    print('silver', flush=True)\n"
        "    build.gold()\n"
    )
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout is not None
    while child.stdout.readline().strip() != moment:
        assert child.poll() is None
    time.sleep(0.5)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert list(shop.glob("warehouse.building-*"))
    assert served.read_bytes() == before
    assert rows(served, "SELECT count(*) FROM gold.customer_metrics") == [(3,)]
    with Build(home=shop, source=SHOP) as build:
        assert len(list(shop.glob("warehouse.building-*"))) == 1
        build.bronze()
    assert list(shop.glob("warehouse.building-*")) == []


def test_a_failed_test_stops_the_build(shop: Path, finish: Callable[[Build], None]) -> None:
    """A broken promise of gold is one clear sentence, and the old file still serves."""
    before = (shop / "warehouse.duckdb").read_bytes()

    class Careless(Build):
        def put(self, name: str, frame: object) -> None:
            wrong = frame.assign(health_score=250.0)  # type: ignore[attr-defined]
            super().put(name, wrong)

    with (
        pytest.raises(BuildError, match=r"not rebuilt: test between_\w*health_score\w* failed on"),
        Careless(home=shop, source=SHOP) as build,
    ):
        finish(build)
    assert (shop / "warehouse.duckdb").read_bytes() == before


def test_two_builds_do_not_meet(shop: Path) -> None:
    """A second build of the same home is refused while one runs."""
    with (
        Build(home=shop, source=SHOP),
        pytest.raises(BuildError, match="Another build"),
        Build(home=shop, source=SHOP),
    ):
        pass


def test_what_cannot_be_built_says_why(tmp_path: Path) -> None:
    """Nothing loaded, no dates, an unknown currency: each has its own sentence."""
    with (
        Build(home=tmp_path, source=SHOP) as build,
        pytest.raises(BuildError, match="no customers"),
    ):
        build.bronze()
    with (
        Build(home=tmp_path, source=SHOP, currency="DOGE") as build,
        pytest.raises(BuildError, match="No rate for base currency 'DOGE'"),
    ):
        build.bronze()
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,name\na,Anna\n")
    ingest_file(path, "customers", SHOP, tmp_path / "landing")
    with Build(home=tmp_path, source=SHOP) as build, pytest.raises(BuildError, match="no date"):
        build.bronze()
