"""The landing folder after a crash between any two steps: the old loads or the new ones."""

from pathlib import Path

import pytest

from data import landing as landing_module
from data.ingest import ingest_file, ingest_folder
from data.landing import Landing, LandingError
from data.mapping import Mapping

PLAIN = Mapping(name="crm", rates={"USD": 1.0})
CUSTOMERS = "customer_id,account_creation_date\nc1,2025-01-01\n"
SURVEYS = "survey_id,customer_id,response_date,nps_score\ns1,c1,2026-01-05,{score}\n"


class CrashError(BaseException):
    """The process is gone."""


def folder(path: Path, score: int) -> Path:
    """A source whose survey says this score."""
    path.mkdir(exist_ok=True)
    (path / "customers.csv").write_text(CUSTOMERS)
    (path / "surveys.csv").write_text(SURVEYS.format(score=score))
    return path


def in_force(home: Path) -> set[tuple[str, str]]:
    """What counts as loaded, each file whole."""
    landing = Landing(home / "landing" / "crm")
    loads = landing.loads()
    for load in loads:
        landing.check(load)
    return {(load.report.entity, load.content_hash) for load in loads}


def files(home: Path) -> int:
    """How many Parquet files lie there."""
    return len(list((home / "landing").rglob("*.parquet")))


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Crash before the n-th file is put into place; n is the list's one item."""
    left = [-1]
    put = landing_module.put_in_place

    def put_or_crash(draft: Path, target: Path) -> None:
        if left[0] == 0:
            raise CrashError
        left[0] -= 1
        put(draft, target)

    monkeypatch.setattr(landing_module, "put_in_place", put_or_crash)
    return left


def test_a_replacement_counts_in_one_moment(tmp_path: Path, crashing: list[int]) -> None:
    """Whatever the step of the crash, nothing of the new folder counts before all of it does."""
    first, second = folder(tmp_path / "first", 9), folder(tmp_path / "second", 3)
    ingest_folder(first, PLAIN, tmp_path / "landing", replace_all=True)
    old = in_force(tmp_path)
    ingest_folder(second, PLAIN, tmp_path / "calm" / "landing", replace_all=True)
    new = in_force(tmp_path / "calm")
    steps = 0
    while True:
        crashing[0] = steps
        try:
            ingest_folder(second, PLAIN, tmp_path / "landing", replace_all=True)
        except CrashError:
            assert in_force(tmp_path) == old
            steps += 1
        else:
            break
    assert steps == 4  # rejects, rows and note of the changed file, then the decision
    assert in_force(tmp_path) == new
    assert files(tmp_path) == files(tmp_path / "calm")


def test_a_decided_replacement_is_finished_by_the_next_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed right after the decision: the new loads count at once, and the old files go later."""
    ingest_folder(folder(tmp_path / "first", 9), PLAIN, tmp_path / "landing", replace_all=True)
    second = folder(tmp_path / "second", 3)
    ingest_folder(second, PLAIN, tmp_path / "calm" / "landing", replace_all=True)
    tidy = Landing._tidy

    def crash(self: Landing) -> None:
        if (self.folder / "kept.json").exists():
            raise CrashError
        tidy(self)

    with monkeypatch.context() as patched:
        patched.setattr(Landing, "_tidy", crash)
        with pytest.raises(CrashError):
            ingest_folder(second, PLAIN, tmp_path / "landing", replace_all=True)
    assert in_force(tmp_path) == in_force(tmp_path / "calm")
    assert files(tmp_path) == 3 * 2
    ingest_file(second / "surveys.csv", "surveys", PLAIN, tmp_path / "landing")
    assert in_force(tmp_path) == in_force(tmp_path / "calm")
    assert files(tmp_path) == 2 * 2
    assert not list((tmp_path / "landing").rglob("*.pending"))


def test_other_rules_never_leave_a_note_beside_other_bytes(
    tmp_path: Path, crashing: list[int]
) -> None:
    """A file that is translated again gets another name until its note says so."""
    source = folder(tmp_path / "first", 9)
    ingest_folder(source, PLAIN, tmp_path / "landing")
    before = in_force(tmp_path)
    dearer = PLAIN.model_copy(update={"rates": {"USD": 1.0, "EUR": 2.0}})
    for step in range(3):
        crashing[0] = step
        with pytest.raises(CrashError):
            ingest_file(source / "surveys.csv", "surveys", dearer, tmp_path / "landing")
        assert in_force(tmp_path) == before
    crashing[0] = -1
    ingest_file(source / "surveys.csv", "surveys", dearer, tmp_path / "landing")
    assert in_force(tmp_path) == before
    assert files(tmp_path) == 4


def test_rows_without_a_note_are_not_loaded(tmp_path: Path, crashing: list[int]) -> None:
    """The first load ever, killed before its note: nothing counts, and the next one cleans up."""
    source = folder(tmp_path / "first", 9)
    crashing[0] = 2
    with pytest.raises(CrashError):
        ingest_file(source / "surveys.csv", "surveys", PLAIN, tmp_path / "landing")
    assert in_force(tmp_path) == set()
    assert files(tmp_path) == 2
    crashing[0] = -1
    ingest_file(source / "customers.csv", "customers", PLAIN, tmp_path / "landing")
    assert {entity for entity, _ in in_force(tmp_path)} == {"customers"}
    assert files(tmp_path) == 2


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """The check compares every byte with what was written."""
    ingest_folder(folder(tmp_path / "first", 9), PLAIN, tmp_path / "landing")
    landing = Landing(tmp_path / "landing" / "crm")
    load = landing.loads()[0]
    path = landing.folder / load.accepted_file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(LandingError, match=r"is damaged: load customers\.csv again"):
        landing.check(load)
