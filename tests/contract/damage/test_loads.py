"""Damaged raw files and loads: one line that says what to load again, and nothing half."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from data.build import Build
from data.ingest import ingest_file, ingest_folder
from data.landing import Landing
from data.mapping import Mapping

LineOf = Callable[[Callable[[], object]], str]
PLAIN = Mapping(name="crm", rates={"USD": 1.0})
SURVEYS = "survey_id,customer_id,response_date,nps_score\n" + "".join(
    f"s{n},c{n},2026-01-05,9\n" for n in range(200)
)


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("surveys.csv.gz", gzip.compress(SURVEYS.encode())[:-30], "cut short or damaged"),
        ("surveys.csv.gz", b"\x1f\x8b" + os.urandom(300), "cut short or damaged"),
        ("surveys.csv.gz", SURVEYS.encode(), "cut short or damaged"),
        ("surveys.jsonl.gz", gzip.compress(b'{"survey_id": "s1"}\n' * 50)[:-9], "cut short"),
        ("surveys.parquet", b"PAR1" + os.urandom(300), "not a whole Parquet file"),
        ("surveys.csv", b"", "is empty"),
    ],
    ids=["cut csv.gz", "noise csv.gz", "plain csv.gz", "cut jsonl.gz", "noise parquet", "empty"],
)
def test_a_damaged_raw_file_is_one_line(
    tmp_path: Path, line_of: LineOf, name: str, content: bytes, cause: str
) -> None:
    """Nothing is loaded of it, and nothing is left behind."""
    (tmp_path / name).write_bytes(content)
    landing = tmp_path / "landing"
    line = line_of(lambda: ingest_file(tmp_path / name, "surveys", PLAIN, landing))
    assert name in line
    assert cause in line
    assert [path for path in landing.rglob("*") if path.name != ".lock" and path.is_file()] == []


def test_a_raw_file_that_may_not_be_read_is_one_line(
    tmp_path: Path, line_of: LineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own words and the file; root may read everything, so the open is refused."""
    path = tmp_path / "surveys.csv"
    path.write_text(SURVEYS)
    path.chmod(0)
    opened = Path.open

    def refuse(self: Path, *args: object, **options: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    line = line_of(lambda: ingest_file(path, "surveys", PLAIN, tmp_path / "landing"))
    assert line == f"Permission denied: {path}"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A home with one client loaded."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "customers.csv").write_text("customer_id,account_creation_date\nc1,2025-01-01\n")
    (raw / "surveys.csv").write_text(SURVEYS)
    ingest_folder(raw, PLAIN, tmp_path / "landing")
    return tmp_path


@pytest.mark.parametrize("entity", ["customers", "surveys"])
@pytest.mark.parametrize(
    "damage", [lambda path: os.truncate(path, 40), lambda path: path.unlink()], ids=["cut", "gone"]
)
def test_a_damaged_landing_file_is_one_line_and_loading_again_mends_it(
    shop: Path, line_of: LineOf, entity: str, damage: Callable[[Path], None]
) -> None:
    """The build names the file and the load to repeat."""
    landing = Landing(shop / "landing" / "crm")
    load = next(load for load in landing.loads() if load.report.entity == entity)
    damage(landing.folder / load.accepted_file)

    def build() -> None:
        with Build(home=shop, source=PLAIN) as started:
            started.bronze()

    line = line_of(build)
    assert load.accepted_file in line
    assert f"load {entity}.csv again" in line
    reports = ingest_folder(shop / "raw", PLAIN, shop / "landing")
    assert [report.already_loaded for report in reports].count(False) == 1
    build()
    assert not list(shop.glob("warehouse.building-*"))


def test_a_damaged_note_is_one_line(shop: Path, line_of: LineOf) -> None:
    """It says which file to delete before the load is repeated."""
    landing = Landing(shop / "landing" / "crm")
    note = landing.notes()[0]
    os.truncate(note, 20)
    assert f"{note} is damaged: delete it" in line_of(
        lambda: ingest_folder(shop / "raw", PLAIN, shop / "landing")
    )
