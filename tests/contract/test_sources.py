"""Real public exports through their mappings: what gold says equals what the file says."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from data.gold import Gold
from data.mapping import Mapping, load_mapping
from data.query import Period, Query, Scope
from data.semantic_model import load_semantic_model
from data.truth import Truth
from tools.models import churn, rules

Warehouses = Callable[[Path, Mapping, Path], Path]


def folder_of(shared: Path, name: str) -> Path:
    """The public set's folder."""
    folder = shared / "data" / name
    if not folder.exists():
        pytest.skip(f"no {folder}")
    return folder


def in_file(sql: str, file: Path) -> list[tuple[object, ...]]:
    """Rows of a query on the file itself."""
    with duckdb.connect() as connection:
        return connection.execute(sql, [str(file)]).fetchall()


class Built:
    """A source's file and the warehouse made of it."""

    def __init__(self, file: Path, warehouse: Path) -> None:
        self.file = file
        self.warehouse = warehouse

    def gold(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on the warehouse."""
        with Truth(self.warehouse) as truth:
            return truth.rows(sql)

    def raw(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on the file, which stands as `?`."""
        return in_file(sql, self.file)


@pytest.fixture(scope="module")
def telco(
    shared: Path, tmp_path_factory: pytest.TempPathFactory, warehouse_of: Warehouses
) -> Built:
    """IBM Telco: one flat picture."""
    folder = folder_of(shared, "telco")
    home = tmp_path_factory.mktemp("telco")
    warehouse = warehouse_of(folder, load_mapping("telco"), home)
    return Built(folder / "Telco-Customer-Churn.csv", warehouse)


@pytest.fixture(scope="module")
def shop(shared: Path, tmp_path_factory: pytest.TempPathFactory, warehouse_of: Warehouses) -> Built:
    """Online Retail II: a year of invoice lines."""
    folder = folder_of(shared, "online_retail")
    home = tmp_path_factory.mktemp("shop")
    warehouse = warehouse_of(folder, load_mapping("online_retail"), home)
    return Built(folder / "online_retail_2009_2010.parquet", warehouse)


@pytest.fixture(scope="module")
def shop_gold(shop: Built) -> Iterator[Gold]:
    """The reader that answers questions."""
    reader = Gold(shop.warehouse, load_semantic_model())
    yield reader
    reader.close()


CSV = "read_csv(?, all_varchar = true)"


def test_telco_counts_and_churn_equal_the_file(telco: Built) -> None:
    """7,043 customers of whom 26.54 % left, and what the others pay: to the last one and cent."""
    asked = telco.gold(
        "SELECT count(*), count(*) FILTER (status = 'churned'), sum(mrr) FROM gold.customer_metrics"
    )
    said = telco.raw(
        "SELECT count(*), count(*) FILTER (\"Churn\" = 'Yes'), "
        f'sum("MonthlyCharges"::DECIMAL(9, 2)) FILTER ("Churn" = \'No\') FROM {CSV}'
    )
    assert asked[0][:2] == said[0][:2] == (7043, 1869)
    assert asked[0][2] == pytest.approx(float(str(said[0][2])), abs=0.005)


def test_telco_dates_come_from_the_stated_day(telco: Built) -> None:
    """The sign-up is the snapshot less the tenure; who left, left by that day; nothing else is."""
    day = load_mapping("telco").snapshot_date
    assert day is not None
    assert telco.gold("SELECT as_of, picture_date, churn_rule FROM gold.build_info") == [
        (day, day, "status")
    ]
    signups = telco.gold("SELECT customer_id, signup_date FROM gold.customer_metrics ORDER BY 1")
    expected = telco.raw(
        f"SELECT \"customerID\", (DATE '{day}' - to_months(tenure::INTEGER))::DATE FROM {CSV} "
        "ORDER BY 1"
    )
    assert signups == expected
    assert telco.gold(
        "SELECT DISTINCT churned_at FROM gold.customer_metrics WHERE status = 'churned'"
    ) == [(day,)]
    assert telco.gold("SELECT count(mrr_90d_ago) FROM gold.customer_metrics") == [(0,)]


def test_telco_keeps_every_column(telco: Built) -> None:
    """What no rule takes stays usable; the 11 blank TotalCharges are unknown, not zero."""
    kept = telco.gold(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'bronze' "
        "AND table_name = 'customers' AND column_name LIKE 'attr_%'"
    )
    assert {"attr_senior_citizen", "attr_tech_support", "attr_internet_service"} <= {
        str(name) for (name,) in kept
    }
    assert len(kept) == 16
    blank = telco.gold("SELECT count(*) FILTER (attr_total_charges IS NULL) FROM silver.customers")
    assert blank == [(11,)]


def test_telco_is_learned_by_folds_of_clients_and_says_so(telco: Built) -> None:
    """One picture has no later month to test a model on: the clients are told apart by folds."""
    with duckdb.connect(str(telco.warehouse), read_only=True) as connection:
        features = connection.execute("SELECT * FROM gold.ai_model_features").df()
    as_of = load_mapping("telco").snapshot_date or date.min
    model = churn.train(features, as_of=as_of, seed=7, rules=rules.load_default())
    today = features.query("snapshot_date == @day", local_dict={"day": pd.Timestamp(as_of)})
    predicted = model.predict(today)
    assert len(predicted) == 5174
    assert not model.card.in_time
    assert model.card.auc is not None
    assert model.card.auc.low is not None
    assert model.card.auc.low > 0.83
    assert model.caveat is not None
    assert "cross-validation" in model.caveat


LINES = (
    'SELECT "Customer ID"::BIGINT AS customer, "Invoice" AS invoice, "Country" AS country, '
    '"Quantity" * "Price" AS amount, "InvoiceDate"::TIMESTAMP AS moment, '
    "file_row_number AS place FROM read_parquet(?, file_row_number = true)"
)


def test_revenue_by_country_last_month_is_the_files_sum(shop: Built, shop_gold: Gold) -> None:
    """The answer to the manager's question equals adding up the lines, country by country."""
    last_month = Period(start=date(2010, 11, 1), end=date(2010, 11, 30), label="November 2010")
    answer = shop_gold.query(
        Query(metrics=["revenue"], dimensions=["country"], period=last_month), Scope()
    )
    answered = {str(row[0]): float(row[1]) for row in answer.rows if row[1]}
    spelt = {"EIRE": "Ireland", "USA": "United States", "Unspecified": "Unassigned"}
    rate = load_mapping("online_retail").rates["GBP"]
    summed = {
        spelt.get(str(country), str(country)): float(str(amount)) * rate
        for country, amount in shop.raw(
            f"WITH lines AS ({LINES}), homes AS (SELECT customer, max_by(country, place) AS home "
            "FROM lines WHERE customer IS NOT NULL GROUP BY 1) SELECT home, sum(amount) "
            "FROM lines JOIN homes USING (customer) "
            "WHERE moment >= '2010-11-01' AND moment < '2010-12-01' GROUP BY 1"
        )
    }
    assert len(answered) > 20
    assert answered == pytest.approx(summed, abs=0.05)


def test_lines_without_a_customer_are_rejected(shop: Built) -> None:
    """A fifth of the lines names nobody: they are counted, kept with their reason, not summed."""
    nameless = shop.raw(f"SELECT count(*) FROM ({LINES}) WHERE customer IS NULL")
    assert nameless == [(107_927,)]
    assert shop.gold(
        'SELECT entity, "column", reason, count(*) FROM bronze.rejected GROUP BY ALL'
    ) == [("transactions", "customer_id", "missing", 107_927)]
    assert shop.gold(
        "SELECT rows_read, accepted, rejected, merged FROM silver.load_audit "
        "WHERE entity = 'transactions'"
    ) == [(525_461, 23_587, 107_927, 393_947)]


def test_customers_come_from_the_invoices(shop: Built) -> None:
    """Each id once, without its decimal point, signed up with its first purchase."""
    found = shop.gold("SELECT customer_id, signup_date FROM gold.customer_metrics ORDER BY 1")
    assert found == shop.raw(
        f"SELECT customer::VARCHAR, min(moment)::DATE FROM ({LINES}) WHERE customer IS NOT NULL "
        "GROUP BY 1 ORDER BY 1"
    )
    assert len(found) == 4_383


def test_returns_lower_the_revenue(shop: Built) -> None:
    """An invoice that starts with C gives money back: total revenue is net of it."""
    rate = load_mapping("online_retail").rates["GBP"]
    net, returned = shop.raw(
        "SELECT sum(amount), sum(amount) FILTER (invoice LIKE 'C%') "
        f"FROM ({LINES}) WHERE customer IS NOT NULL"
    )[0]
    asked = shop.gold("SELECT sum(total_revenue) FROM gold.customer_metrics")[0][0]
    assert float(str(returned)) < -100_000
    assert float(str(asked)) == pytest.approx(float(str(net)) * rate, abs=20)


def test_silent_customers_have_churned(shop: Built) -> None:
    """Gone is who has bought nothing for the stated days, counted back from the last line."""
    days = load_mapping("online_retail").churned.inactivity_days
    silent = shop.raw(
        f"WITH lines AS ({LINES}), seen AS (SELECT customer, max(moment)::DATE AS day FROM lines "
        f"WHERE customer IS NOT NULL GROUP BY 1) SELECT count(*) FILTER "
        f"(DATE '2010-12-09' - day >= {days}), count(*) FROM seen"
    )
    assert (
        shop.gold(
            "SELECT count(*) FILTER (status = 'churned'), count(*) FROM gold.customer_metrics"
        )
        == silent
    )
    assert shop.gold("SELECT as_of, picture_date, churn_rule FROM gold.build_info") == [
        (date(2010, 12, 9), None, "inactivity")
    ]


def test_ravenstack(shared: Path, tmp_path: Path, warehouse_of: Warehouses) -> None:
    """A foreign export needs YAML only, and says what it lacks."""
    folder = folder_of(shared, "ravenstack")
    built = Built(folder, warehouse_of(folder, load_mapping("ravenstack"), tmp_path))
    assert built.gold("SELECT count(*) FROM gold.customer_metrics") == [(500,)]
    assert built.gold(
        "SELECT as_of::VARCHAR, churn_rule, rejected, duplicates FROM gold.build_info"
    ) == [("2024-12-31", "churned_at", 0, 0)]
    assert built.gold("SELECT unnest(absent) FROM gold.build_info ORDER BY 1") == [
        ("interventions",),
        ("surveys",),
        ("transactions",),
    ]
    assert built.gold("SELECT sum(events), sum(tickets) FROM gold.metric_daily") == [(25000, 2000)]
    assert built.gold(
        "SELECT count(segment), count(nps_score), count(total_revenue), "
        "count(DISTINCT region) FROM gold.customer_metrics",
    ) == [(0, 0, 0, 3)]
    with duckdb.connect() as connection:
        last = connection.execute(
            "SELECT count(*) FROM (SELECT account_id, max(strptime(churn_date, '%d-%m-%Y')) AS day "
            "FROM read_csv(?, all_varchar = true) GROUP BY 1) AS gone WHERE NOT EXISTS (SELECT 1 "
            "FROM read_csv(?, all_varchar = true) AS s WHERE s.account_id = gone.account_id AND "
            "strptime(s.start_date, '%d-%m-%Y') > gone.day)",
            [
                str(folder / "ravenstack_churn_events.csv"),
                str(folder / "ravenstack_subscriptions.csv"),
            ],
        ).fetchall()
    churned = built.gold("SELECT count(*) FROM gold.customer_metrics WHERE status = 'churned'")
    assert churned == last
