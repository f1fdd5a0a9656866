"""What a column rule may say, and what it does with the values it meets."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from data.ingest import IngestError, LoadReport, ingest_file
from data.mapping import Mapping, MappingError, load_mapping


def mapping_of(columns: dict[str, Any], entity: str = "customers", **more: Any) -> Mapping:
    """A mapping of one file."""
    top = {key: more.pop(key) for key in ("snapshot_date",) if key in more}
    rule = {"file": "file.csv", "entity": entity, "columns": columns, **more}
    return Mapping.model_validate({"name": "crm", "rates": {"USD": 1}, "files": [rule], **top})


def load(folder: Path, text: str, mapping: Mapping) -> LoadReport:
    """Write the file and load it as the mapping's only entity."""
    (folder / "file.csv").write_text(text)
    return ingest_file(folder / "file.csv", mapping.files[0].entity, mapping, folder / "landing")


def rows(folder: Path, columns: str, kind: str = "customers") -> list[tuple[Any, ...]]:
    """Canonical rows, in the order of the file."""
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT {columns} FROM read_parquet(?) ORDER BY "
            + ('"row"' if kind == "rejected" else "_row"),
            [str(folder / "landing" / "crm" / kind / "*.parquet")],
        ).fetchall()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{from: a, before: 2026-01-01}", "unit"),
        ("{from: a, unit: days}", "`before` or `after`"),
        ("{from: a, before: 2026-01-01, after: 2026-01-02, unit: days}", "not both"),
        ("{from: a, before: snapshot_date, unit: months}", "state `snapshot_date"),
        ("{from: a, calculate: add}", "at least two columns"),
        ("{from: [a, b], lookup: {file: x.csv, key: k, value: v}}", "exactly one column"),
        ("{from: a, otherwise: x}", "needs `values`"),
        ("{from: a, split: {by: x, part: 0}}", "counted from 1"),
        ("{from: a, combine: median}", "combine"),
    ],
)
def test_rules_that_make_no_sense_are_refused(tmp_path: Path, rule: str, message: str) -> None:
    """A contradiction is told when the mapping is read, not by wrong numbers afterwards."""
    path = tmp_path / "crm.yml"
    path.write_text(
        f"files: [{{file: a.csv, entity: customers, columns: {{account_creation_date: {rule}}}}}]"
    )
    with pytest.raises(MappingError, match=message):
        load_mapping(path)


def test_yes_and_no_need_no_quotes(tmp_path: Path) -> None:
    """YAML reads an unquoted Yes as true; the file's Yes, yes and TRUE must still match."""
    path = tmp_path / "crm.yml"
    path.write_text(
        "files: [{file: file.csv, entity: customers, columns: "
        "{status: {from: gone, values: {Yes: churned, No: active}}}}]"
    )
    load(tmp_path, "customer_id,gone\na,Yes\nb,no\nc,TRUE\nd,off\n", load_mapping(path))
    found = rows(tmp_path, "status")
    assert found == [("churned",), ("active",), ("churned",), ("active",)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    day=st.dates(date(1990, 1, 31), date(2060, 12, 31)),
    months=st.lists(st.integers(0, 600), min_size=1, max_size=20),
)
def test_counted_dates_agree_with_the_calendar(
    tmp_path: Path, day: date, months: list[int]
) -> None:
    """A tenure of n months begins n months earlier, on the same day or the month's last one."""
    mapping = mapping_of(
        {"account_creation_date": {"from": "n", "unit": "months", "before": "snapshot_date"}},
        snapshot_date=day,
    )
    lines = "".join(f"c{place},{number}\n" for place, number in enumerate(months))
    load(tmp_path, f"customer_id,n\n{lines}", mapping)
    with duckdb.connect() as connection:
        newest = max((tmp_path / "landing/crm/customers").iterdir(), key=lambda path: path.name)
        found = connection.execute(
            "SELECT account_creation_date FROM read_parquet(?) ORDER BY _row", [str(newest)]
        ).fetchall()
    for (signed,), number in zip(found, months, strict=True):
        assert 12 * (day.year - signed.year) + day.month - signed.month == number
        assert signed.day == day.day or (signed.day < day.day and signed.day >= 28)


@pytest.mark.parametrize("tenure", ["-1", "1.5", "three", "1e12", "inf", "2401"])
def test_what_is_no_count_is_rejected(tmp_path: Path, tenure: str) -> None:
    """A tenure that counts nothing is shown as it stood, neither rounded nor guessed."""
    rule = {"from": "n", "unit": "months", "before": "2026-01-31"}
    report = load(
        tmp_path, f"customer_id,n\na,{tenure}\n", mapping_of({"account_creation_date": rule})
    )
    assert report.reasons == {"account_creation_date: not a date": 1}
    assert rows(tmp_path, '"value"', "rejected") == [(tenure,)]


INVOICE = {
    "transaction_id": "invoice",
    "customer_id": "buyer",
    "amount": {"from": ["n", "price"], "calculate": "multiply", "combine": "sum"},
    "transaction_date": "day",
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from("xyz"),
            st.sampled_from(["b", ""]),
            st.integers(-9, 9),
            st.integers(0, 999),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_merging_loses_no_line_and_no_cent(
    tmp_path: Path, lines: list[tuple[str, str, int, int]]
) -> None:
    """Every line is merged, accepted or rejected; the merged sums are the accepted lines' sum."""
    text = "invoice,buyer,n,price,day\n" + "".join(
        f"{invoice},{buyer},{number},{cents / 100},2026-01-05\n"
        for invoice, buyer, number, cents in lines
    )
    mapping = mapping_of(INVOICE, "transactions", one_row_per_key=True)
    report = load(tmp_path, text, mapping)
    assert report.accepted + report.rejected == report.rows_read == len(lines)
    kept = [line for line in lines if line[1]]
    assert report.accepted - report.merged == len({line[0] for line in kept})
    with duckdb.connect() as connection:
        newest = max((tmp_path / "landing/crm/transactions").iterdir(), key=lambda path: path.name)
        total = connection.execute("SELECT sum(amount) FROM read_parquet(?)", [str(newest)])
        cents = sum(number * price for _, _, number, price in kept)
        assert (total.fetchall()[0][0] or 0) == pytest.approx(cents / 100)


def test_where_leaves_the_rest_and_counts_it(tmp_path: Path) -> None:
    """Rows of other entities are neither rejected nor read; empty is no value."""
    mapping = mapping_of({"customer_id": "id"}, where={"kind": ["Client*"]})
    report = load(tmp_path, "id,kind\na,CLIENT\nb,lead\nc,\nd,client (old)\n", mapping)
    assert (report.rows_read, report.accepted, report.skipped) == (2, 2, 2)
    assert rows(tmp_path, "customer_id") == [("a",), ("d",)]


def test_a_column_that_a_rule_needs_is_missed_by_name(tmp_path: Path) -> None:
    """`where` and `after` name columns as well: a typo there gets the same help."""
    with pytest.raises(IngestError, match=r"'knd' \(needed for `where` of customers\).*'kind'"):
        load(tmp_path, "customer_id,kind\na,x\n", mapping_of({}, where={"knd": "x"}))
    rule = {"from": "term", "unit": "months", "after": "sined"}
    with pytest.raises(IngestError, match=r"'sined' \(needed for customers.contract_end_date\)"):
        load(
            tmp_path,
            "customer_id,term,signed\na,1,2026-01-01\n",
            mapping_of({"contract_end_date": rule}),
        )


def test_long_ids_keep_every_digit(tmp_path: Path) -> None:
    """Casting an id takes its decimal point off, not its last digits or leading zeros."""
    load(
        tmp_path,
        "id\n12345678901234567890.0\n007\nA-1.0\n5.5\n",
        mapping_of({"customer_id": {"from": "id", "cast": "integer"}}),
    )
    assert rows(tmp_path, "customer_id") == [
        ("12345678901234567890",),
        ("007",),
        ("A-1.0",),
        ("5.5",),
    ]


def test_a_new_snapshot_date_reads_the_file_again(tmp_path: Path) -> None:
    """The same file under another stated day gives other dates: it must not count as loaded."""
    rule = {"account_creation_date": {"from": "n", "unit": "days", "before": "snapshot_date"}}
    for day, expected in (
        (date(2026, 1, 31), date(2026, 1, 30)),
        (date(2026, 2, 28), date(2026, 2, 27)),
    ):
        report = load(tmp_path, "customer_id,n\na,1\n", mapping_of(rule, snapshot_date=day))
        assert not report.already_loaded
        assert rows(tmp_path, "account_creation_date") == [(expected,)]


def test_a_number_beyond_all_counts_rejects_its_row_only(tmp_path: Path) -> None:
    """One absurd value must not make a file of a million good rows unreadable."""
    report = load(tmp_path, "customer_id,seats\na,1e30\nb,5\n", mapping_of({}))
    assert report.reasons == {"seats: not a whole number": 1}
    assert rows(tmp_path, "customer_id, seats") == [("b", 5)]
