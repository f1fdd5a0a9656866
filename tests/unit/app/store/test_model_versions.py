"""Which version serves, which served before, what was decided, and what may be thrown away."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.store import model_versions
from app.store.model_versions import KEPT, Decision, ModelStoreError

DAY = date(2026, 10, 20)


def _store(home: Path, *versions: str) -> None:
    """Folders that look like stored models, each a day younger than the one before."""
    for age, version in enumerate(versions):
        folder = model_versions.folder_of(home) / version
        folder.mkdir(parents=True)
        (folder / model_versions.METADATA).write_text("{}")
        model_versions.record(version, _decision(DAY + timedelta(days=age)), home)


def _decision(day: date) -> Decision:
    return Decision(
        source="demo", trained_on=day, decided_on=day, promoted=True, reason="The first model here."
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three versions that have served in turn."""
    _store(tmp_path, "a", "b", "c")
    for version in ("a", "b", "c"):
        model_versions.serve(version, tmp_path)
    return tmp_path


def test_going_back_twice_goes_back_further(home: Path) -> None:
    """Each step back undoes one promotion, until none is left."""
    assert model_versions.predecessor(home) == "b"
    model_versions.go_back(home)
    assert model_versions.served(home) == ["b", "a"]
    model_versions.go_back(home)
    assert model_versions.served(home) == ["a"]
    with pytest.raises(ModelStoreError, match="nothing to go back to"):
        model_versions.go_back(home)


def test_a_version_that_serves_again_can_be_undone(home: Path) -> None:
    """Back from an old version that was chosen by hand is the one it replaced."""
    model_versions.serve("a", home)
    assert model_versions.served(home) == ["a", "c", "b"]
    model_versions.go_back(home)
    assert model_versions.served(home) == ["c", "b"]


def test_a_predecessor_that_is_gone_is_passed_over(home: Path) -> None:
    """Somebody removed its folder: the one before it serves."""
    (model_versions.folder_of(home) / "b" / model_versions.METADATA).unlink()
    model_versions.go_back(home)
    assert model_versions.served(home) == ["a"]


def test_a_pointer_of_one_line_is_read(home: Path) -> None:
    """Homes of earlier releases name the serving version only."""
    (model_versions.folder_of(home) / "CURRENT").write_text("b\n")
    assert model_versions.served(home) == ["b"]
    model_versions.serve("c", home)
    assert model_versions.served(home) == ["c", "b"]


def test_an_unknown_version_is_refused_with_those_there_are(home: Path) -> None:
    """The message lists what could be meant, and nothing changes."""
    with pytest.raises(ModelStoreError, match=r"'d' is stored\. Stored: a, b, c"):
        model_versions.serve("d", home)
    assert model_versions.served(home)[0] == "c"


def test_old_versions_are_removed_but_never_those_in_use(tmp_path: Path) -> None:
    """The newest stay, and however old they are the serving one and the one before it."""
    names = [f"v{number:02d}" for number in range(10)]
    _store(tmp_path, *names)
    model_versions.serve("v00", tmp_path)
    model_versions.serve("v01", tmp_path)
    removed = model_versions.prune(tmp_path)
    assert model_versions.versions(tmp_path) == ["v00", "v01", *names[-KEPT:]]
    assert sorted(removed) == ["v02", "v03", "v04"]
    assert model_versions.prune(tmp_path) == []


def test_a_decision_makes_the_round_trip(home: Path) -> None:
    """What was recorded is read; what is damaged or missing counts as nothing."""
    assert model_versions.decision_on("a", home) == _decision(DAY)
    (model_versions.folder_of(home) / "a" / model_versions.DECISION).write_text("{ not json")
    assert model_versions.decision_on("a", home) is None
    assert model_versions.decision_on("nowhere", home) is None


def test_nothing_half_written_stays(home: Path) -> None:
    """What a killed process left is swept away with the next save."""
    folder = model_versions.folder_of(home)
    (folder / ".pointing-1").write_text("x")
    (folder / "a" / ".deciding-1").write_text("x")
    model_versions.remove_leftovers(home)
    assert [path.name for path in folder.rglob(".*")] == []
