"""Columns of other files of the same export beside a file's own, and dates that stand as codes."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data.ingest import IngestError, LoadReport, ingest_file
from data.mapping import Mapping, MappingError, load_mapping

START = {"from": "term", "values": {"2025A": date(2025, 2, 1), "2025B": date(2025, 9, 1)}}
JOINED: dict[str, Any] = {
    "join": [
        {"file": "people.csv", "match": {"person": "nr"}},
        {"file": "terms.parquet", "match": ["term", "module"]},
    ],
    "columns": {
        "customer_id": ["person", "term"],
        "account_creation_date": {"from": "day", "unit": "days", "negative": True, "after": START},
        "contract_end_date": {"from": "length", "unit": "days", "after": START},
    },
}


def load(folder: Path, rule: dict[str, Any]) -> LoadReport:
    """Load the enrolments as customers."""
    files = [{"file": "file.csv", "entity": "customers", **rule}]
    mapping = Mapping.model_validate({"name": "school", "rates": {"USD": 1}, "files": files})
    return ingest_file(folder / "file.csv", "customers", mapping, folder / "landing")


def rows(folder: Path, columns: str) -> list[tuple[Any, ...]]:
    """Canonical rows in the order of the file."""
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT {columns} FROM read_parquet(?) ORDER BY _row",
            [str(folder / "landing" / "school" / "customers" / "*.parquet")],
        ).fetchall()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Enrolments, people in CSV, terms in Parquet."""
    (tmp_path / "file.csv").write_text(
        "person,term,module,day\np1,2025A,M,-10\np2,2025b,M,3\np9,2025A,M,0\np1,2025C,M,1\n"
    )
    (tmp_path / "people.csv").write_text("nr,region,age_band\np1,North,0-35\np2,South,55+\n")
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT '2025A' AS term, 'M' AS module, 240 AS length UNION ALL "
            f"SELECT '2025A', 'N', 270) TO '{tmp_path / 'terms.parquet'}'"
        )
    return tmp_path


def test_each_row_gets_the_columns_of_its_match_and_keeps_its_place(export: Path) -> None:
    """A row without a match stays and knows less; nothing is doubled."""
    report = load(export, JOINED)
    assert (report.rows_read, report.accepted) == (4, 3)
    assert rows(export, "_row, customer_id, region, attr_age_band") == [
        (1, "p1-2025A", "North", "0-35"),
        (2, "p2-2025b", "South", "55+"),
        (3, "p9-2025A", None, None),
    ]


def test_days_count_from_the_date_that_a_code_means(export: Path) -> None:
    """Before the date as well as after it; a code that means no date rejects its row."""
    report = load(export, JOINED)
    assert report.reasons == {"account_creation_date: not a date": 1}
    assert rows(export, "account_creation_date, contract_end_date") == [
        (date(2025, 1, 22), date(2025, 9, 29)),
        (date(2025, 9, 4), None),
        (date(2025, 2, 1), date(2025, 9, 29)),
    ]


def test_a_changed_file_that_is_joined_is_read_again(export: Path) -> None:
    """The file itself is the same, what it means is not."""
    load(export, JOINED)
    assert load(export, JOINED).already_loaded
    (export / "people.csv").write_text("nr,region,age_band\np1,East,0-35\n")
    assert not load(export, JOINED).already_loaded
    assert rows(export, "region") == [("East",), (None,), (None,)]


@pytest.mark.parametrize(
    ("join", "message"),
    [
        ({"file": "nobody.csv", "match": "person"}, "joins nobody.csv, which is not in"),
        ({"file": "people.csv", "match": "person"}, "people.csv has no column 'person'"),
        ({"file": "people.csv", "match": {"who": "nr"}}, "file.csv has no column 'who'"),
        ({"file": "twice.csv", "match": "person"}, "several rows for 'p1'"),
        ({"file": "file.csv", "match": ["person", "term"]}, "both have 'day', 'module'"),
        ({"file": "broken.parquet", "match": "person"}, "broken.parquet cannot be read"),
    ],
    ids=["no file", "no column there", "no column here", "several rows", "alike", "damaged"],
)
def test_a_join_that_cannot_be_made_says_why(
    export: Path, join: dict[str, Any], message: str
) -> None:
    """A join that doubles rows or hides a column would give wrong numbers in silence."""
    (export / "twice.csv").write_text("person,colour\np1,red\np1,blue\n")
    (export / "broken.parquet").write_text("not Parquet")
    with pytest.raises(IngestError, match=message):
        load(export, {"join": join, "columns": {"customer_id": "person"}})


def test_a_picture_has_no_other_today(tmp_path: Path) -> None:
    """Two days that both claim to be today are a contradiction."""
    path = tmp_path / "crm.yml"
    path.write_text("snapshot_date: 2026-01-31\nas_of: 2026-01-01\n")
    with pytest.raises(MappingError, match="or `as_of`, not both"):
        load_mapping(path)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{from: a, negative: true}", "`negative` needs `before` or `after`"),
        ("{from: a, unit: days, after: {from: b, values: {}}}", "at least 1"),
        ("{from: a, unit: days, after: {from: b, values: {x: soon}}}", "valid date"),
    ],
    ids=["nothing to count from", "no code", "no date"],
)
def test_a_date_that_cannot_be_counted_is_refused(tmp_path: Path, rule: str, message: str) -> None:
    """Told when the mapping is read."""
    path = tmp_path / "crm.yml"
    path.write_text(f"files: [{{file: a.csv, entity: customers, columns: {{churned_at: {rule}}}}}]")
    with pytest.raises(MappingError, match=message):
        load_mapping(path)
