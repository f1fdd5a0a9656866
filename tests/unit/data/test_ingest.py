"""Loading files: nothing is lost, nothing is counted twice, and faults can be found again."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from data.ingest import IngestError, LoadReport, ingest_file, ingest_folder
from data.mapping import Mapping, load_mapping

PLAIN = Mapping(name="crm", rates={"USD": 1.0, "EUR": 1.1})


def rows(landing: Path, entity: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Canonical rows of an entity, in load order."""
    files = str(landing / "*" / entity / "*.parquet")
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT {columns} FROM read_parquet(?, union_by_name = true, filename = true) "
            "ORDER BY filename, _row",
            [files],
        ).fetchall()


def faults(landing: Path) -> list[tuple[Any, ...]]:
    """(file, row, column, value, reason) of every reject."""
    with duckdb.connect() as connection:
        return connection.execute(
            'SELECT file, "row", "column", "value", reason FROM read_parquet(?) ORDER BY 1, 2, 3',
            [str(landing / "*" / "rejected" / "*.parquet")],
        ).fetchall()


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., LoadReport]:
    """Writes text to a file and loads it."""

    def _load(
        content: str | bytes,
        entity: str = "surveys",
        *,
        name: str = "file.csv",
        mapping: Mapping = PLAIN,
    ) -> LoadReport:
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)
        return ingest_file(path, entity, mapping, tmp_path / "landing")

    return _load


SURVEYS = "survey_id,customer_id,response_date,nps_score\ns1,c1,2026-01-05,9\ns2,c2,2026-01-06,3\n"


def test_the_same_file_twice_changes_nothing(
    load: Callable[..., LoadReport], tmp_path: Path
) -> None:
    """Content decides, not the name: loading again leaves every byte of landing as it was."""
    first = load(SURVEYS)
    before = {path: path.read_bytes() for path in (tmp_path / "landing").rglob("*.*")}
    again = load(SURVEYS, name="renamed.csv")
    assert (first.rows_read, first.accepted, first.already_loaded) == (2, 2, False)
    assert again.already_loaded
    assert (again.rows_read, again.accepted) == (2, 2)
    assert {path: path.read_bytes() for path in (tmp_path / "landing").rglob("*.*")} == before


def test_faults_are_kept_with_their_place(load: Callable[..., LoadReport], tmp_path: Path) -> None:
    """Each reject names file, row, column, value and reason, so that a person can find it."""
    report = load(
        "survey_id,customer_id,response_date,nps_score\n"
        "s1,c1,2026-01-05,9\n"
        "s2,,2026-02-30,eleven\n"
        "s3,c3,2026-01-07,12\n"
    )
    assert (report.rows_read, report.accepted, report.rejected) == (3, 1, 2)
    assert faults(tmp_path / "landing") == [
        ("file.csv", 2, "customer_id", None, "missing"),
        ("file.csv", 2, "nps_score", "eleven", "not a whole number"),
        ("file.csv", 2, "response_date", "2026-02-30", "not a date"),
        ("file.csv", 3, "nps_score", "12", "above 10"),
    ]
    assert report.reasons == {
        "customer_id: missing": 1,
        "nps_score: above 10": 1,
        "nps_score: not a whole number": 1,
        "response_date: not a date": 1,
    }


def test_unreadable_lines_are_rejected_at_their_record(
    load: Callable[..., LoadReport], tmp_path: Path
) -> None:
    """A line with too few or too many cells neither stops the load nor shifts the others."""
    report = load(
        'survey_id,customer_id,response_date,nps_score,comments\ns1,c1,2026-01-05,9,"two\nlines"\n'
        "s2,c2\ns3,c3,2026-01-07,7,,x\ns4,c4,2026-01-08,8,fine\n"
    )
    assert (report.rows_read, report.accepted, report.rejected) == (4, 2, 2)
    assert [row for _, row, *_ in faults(tmp_path / "landing")] == [2, 3]
    assert rows(tmp_path / "landing", "surveys", "survey_id, _row") == [("s1", 1), ("s4", 4)]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8-sig", "Zoë"), ("cp1252", "Zoë – ok"), ("utf-16", "Zoë")],
)
def test_encodings_are_recognised(
    load: Callable[..., LoadReport], tmp_path: Path, encoding: str, text: str
) -> None:
    """A BOM, a Windows code page or UTF-16 must not garble names or hide a column."""
    load(f"customer_id,name\nc1,{text}\n".encode(encoding), "customers")
    assert rows(tmp_path / "landing", "customers", "customer_id, name") == [("c1", text)]


def test_one_windows_line_in_a_utf8_file(load: Callable[..., LoadReport], tmp_path: Path) -> None:
    """Files glued together from two systems keep both lines' accents."""
    content = "customer_id,name\nc1,Zoë\n".encode() + "c2,René\n".encode("cp1252")
    load(content, "customers")
    assert rows(tmp_path / "landing", "customers", "name") == [("Zoë",), ("René",)]


def test_currency_without_a_rate_is_rejected(
    load: Callable[..., LoadReport], tmp_path: Path
) -> None:
    """An amount that cannot be converted is refused, not taken for dollars."""
    report = load(
        "transaction_id,customer_id,amount,currency,transaction_date,status\n"
        "t1,c1,10,eur,2026-01-01,paid\nt2,c1,10,ZZZ,2026-01-01,paid\nt3,c1,10,,2026-01-01,paid\n",
        "transactions",
    )
    assert report.reasons == {"currency: unknown currency": 1}
    assert rows(tmp_path / "landing", "transactions", "currency") == [("EUR",), (None,)]


def test_timestamps_become_utc(load: Callable[..., LoadReport], tmp_path: Path) -> None:
    """An offset is applied, not dropped: events of two zones stay in order."""
    load(
        "event_id,customer_id,timestamp\ne1,c1,2026-01-01T10:00:00+02:00\n"
        "e2,c1,2026-01-01T10:00:00Z\ne3,c1,2026-01-01 10:00\n",
        "engagement",
    )
    found = rows(tmp_path / "landing", "engagement_events", "hour(timestamp)")
    assert found == [(8,), (10,), (10,)]


def test_unknown_columns_are_kept(load: Callable[..., LoadReport], tmp_path: Path) -> None:
    """What the contract does not name may still predict churn."""
    load("customer_id;name;Referral Source;NPSGroup\nc1;A;ads;x\n", "customers")
    found = rows(tmp_path / "landing", "customers", "attr_referral_source, attr_npsgroup")
    assert found == [("ads", "x")]


def test_json_lines_and_parquet_give_the_same_rows(
    load: Callable[..., LoadReport], tmp_path: Path
) -> None:
    """The format of a file is no part of its meaning."""
    columns = "survey_id, customer_id, response_date, nps_score"
    record = {
        "survey_id": "s1",
        "customer_id": "c1",
        "response_date": "2026-01-05",
        "nps_score": 9,
    }
    report = load(f"{json.dumps(record)}\nnot json\n[1]\n", name="a.jsonl")
    assert (report.rows_read, report.accepted, report.rejected) == (3, 1, 2)
    as_json = rows(tmp_path / "landing", "surveys", columns)
    parquet = tmp_path / "b.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 's1' AS survey_id, 'c1' AS customer_id, DATE '2026-01-05' AS "
            f"response_date, 9::TINYINT AS nps_score) TO '{parquet}' (FORMAT parquet)"
        )
    ingest_file(parquet, "surveys", PLAIN, tmp_path / "other")
    assert rows(tmp_path / "other", "surveys", columns) == as_json


def test_a_database_table_is_a_source(tmp_path: Path) -> None:
    """A CRM in a database needs a table name in the mapping and nothing else."""
    path = tmp_path / "crm.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE accounts (id TEXT, title TEXT, seats INTEGER)")
        connection.execute("INSERT INTO accounts VALUES ('c1', 'Acme', 5), ('c2', 'Bolt', -1)")
    connection.close()
    rule = {
        "file": "crm.sqlite",
        "entity": "customers",
        "table": "accounts",
        "columns": {"customer_id": "id", "name": "title"},
    }
    mapping = Mapping.model_validate({"name": "crm", "files": [rule]})
    report = ingest_file(path, "customers", mapping, tmp_path / "landing")
    assert (report.accepted, report.rejected) == (1, 1)
    assert rows(tmp_path / "landing", "customers", "name, seats") == [("Acme", 5)]
    lacking = mapping.model_validate({"name": "crm", "files": [{**rule, "table": "clients"}]})
    with pytest.raises(IngestError, match=r"no table 'clients'. Allowed: accounts"):
        ingest_file(path, "customers", lacking, tmp_path / "landing")


def test_lookup_takes_the_last_value(tmp_path: Path) -> None:
    """A client who churned twice is judged by the later date, whatever its place in the file."""
    (tmp_path / "a.csv").write_text("id,name\nc1,Acme\nc2,Bolt\n")
    (tmp_path / "left.csv").write_text("id,day\nc1,05-03-2026\nc1,20-01-2026\n")
    mapping = Mapping.model_validate(
        {
            "name": "crm",
            "files": [
                {
                    "file": "a.csv",
                    "entity": "customers",
                    "columns": {
                        "customer_id": "id",
                        "churned_at": {
                            "from": "id",
                            "lookup": {"file": "left.csv", "key": "id", "value": "day"},
                            "format": "%d-%m-%Y",
                        },
                    },
                }
            ],
        }
    )
    ingest_folder(tmp_path, mapping, tmp_path / "landing")
    found = rows(tmp_path / "landing", "customers", "customer_id, churned_at::VARCHAR")
    assert found == [("c1", "2026-03-05"), ("c2", None)]
    (tmp_path / "left.csv").write_text("id,day\nc2,01-04-2026\n")
    report = ingest_folder(tmp_path, mapping, tmp_path / "landing")[0]
    assert not report.already_loaded
    assert len(rows(tmp_path / "landing", "customers")) == 2


@pytest.mark.parametrize(
    ("content", "entity", "message"),
    [
        ("", "surveys", "is empty"),
        ("survey_id,response_date\ns1,2026-01-01\n", "surveys", "no column 'customer_id'"),
        ("survey_id,customer,response_date\n", "surveys", "Did you mean 'customer'"),
        ("a,a\n1,2\n", "customers", "repeats"),
        ("a,b\n1,2\n", "survey", r"Did you mean 'surveys'\?"),
    ],
)
def test_what_cannot_be_loaded_says_why(
    load: Callable[..., LoadReport], content: str, entity: str, message: str
) -> None:
    """One clear sentence for each way a file can be wrong as a whole."""
    with pytest.raises(IngestError, match=message):
        load(content, entity)


def test_missing_file_and_folder_without_customers(tmp_path: Path) -> None:
    """A wrong path is named; a folder without clients says which file it looked for."""
    with pytest.raises(IngestError, match=r"No file .*nothing\.csv"):
        ingest_file(tmp_path / "nothing.csv", "surveys", PLAIN, tmp_path / "landing")
    with pytest.raises(IngestError, match=r"no customers file; expected ravenstack_accounts\.csv"):
        ingest_folder(tmp_path, load_mapping("ravenstack"), tmp_path / "landing")


def test_replace_all_forgets_what_the_folder_dropped(tmp_path: Path) -> None:
    """A full export replaces the last one; by default new files only add."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id,name\nc1,Acme\n")
    ingest_folder(folder, PLAIN, tmp_path / "landing")
    (folder / "customers.csv").write_text("customer_id,name\nc2,Bolt\n")
    ingest_folder(folder, PLAIN, tmp_path / "landing")
    assert len(rows(tmp_path / "landing", "customers")) == 2
    ingest_folder(folder, PLAIN, tmp_path / "landing", replace_all=True)
    assert rows(tmp_path / "landing", "customers", "customer_id") == [("c2",)]


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters='\r\n"\x00', exclude_categories=("Cs", "Cc")),
    max_size=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1, max_size=12))
def test_accepted_and_rejected_make_up_what_was_read(
    tmp_path: Path, cells: list[tuple[str, str, str, str]]
) -> None:
    """Whatever stands in a file, no record disappears and none is counted twice."""
    lines = [",".join(f'"{cell}"' for cell in record) for record in cells]
    path = tmp_path / "surveys.csv"
    header = "survey_id,customer_id,response_date,nps_score"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8", newline="")
    with duckdb.connect():
        report = ingest_file(path, "surveys", PLAIN, tmp_path / "landing")
    assert report.accepted + report.rejected == report.rows_read == len(cells)
