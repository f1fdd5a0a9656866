"""What a home was prepared from, and whether its raw folder has changed since."""

import os
import shutil
from pathlib import Path

import pytest

from app.origin import ORIGIN_FILE, Origin, OriginError, find_origin
from data.mapping import load_mapping

DEMO = load_mapping("demo")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A raw folder with two files."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id\nC1\n")
    (folder / "surveys.csv").write_text("survey_id\nS1\n")
    return folder


def test_it_is_read_back_as_written(home: Path, raw: Path) -> None:
    """The record survives, and no draft is left beside it."""
    origin = Origin.of(home, DEMO, raw)
    origin.save(home)
    assert find_origin(home) == origin
    assert [path.name for path in home.iterdir()] == [ORIGIN_FILE]


def test_a_home_without_a_record_has_no_origin(home: Path) -> None:
    """Nothing was prepared, or by an older Aura."""
    assert find_origin(home) is None


def test_a_damaged_record_says_how_to_mend_it(home: Path) -> None:
    """It names the file and the command."""
    (home / ORIGIN_FILE).write_text("{")
    with pytest.raises(OriginError, match=r"source\.json cannot be read; run `aura prepare"):
        find_origin(home)


def test_new_and_rewritten_files_are_changes(home: Path, raw: Path) -> None:
    """A file that was there and is as it was is not."""
    origin = Origin.of(home, DEMO, raw)
    assert origin.changed_files(home) == []
    (raw / "surveys.csv").write_text("survey_id\nS2\n")
    (raw / "interventions.csv").write_text("intervention_id\n")
    assert origin.changed_files(home) == ["interventions.csv", "surveys.csv"]


def test_a_touch_a_draft_and_a_deletion_change_nothing(home: Path, raw: Path) -> None:
    """What was loaded stays loaded; a hidden file is somebody's draft."""
    origin = Origin.of(home, DEMO, raw)
    os.utime(raw / "customers.csv", (1, 1))
    (raw / ".surveys.csv.part").write_text("half")
    (raw / "surveys.csv").unlink()
    assert origin.changed_files(home) == []


def test_same_size_and_time_but_other_content_needs_a_new_time(home: Path, raw: Path) -> None:
    """A file is read again only when its size or time moved: a look stays cheap."""
    origin = Origin.of(home, DEMO, raw)
    mark = origin.files["surveys.csv"]
    (raw / "surveys.csv").write_text("survey_id\nS9\n")
    os.utime(raw / "surveys.csv", ns=(mark.modified_ns, mark.modified_ns))
    assert origin.changed_files(home) == []
    os.utime(raw / "surveys.csv", ns=(1, 1))
    assert origin.changed_files(home) == ["surveys.csv"]


def test_a_folder_that_is_gone_is_said(home: Path, raw: Path) -> None:
    """An unmounted drive is not an empty folder."""
    origin = Origin.of(home, DEMO, raw)
    shutil.rmtree(raw)
    with pytest.raises(OriginError, match="raw is not there"):
        origin.changed_files(home)


def test_a_folder_inside_the_home_moves_with_it(home: Path, raw: Path, tmp_path: Path) -> None:
    """A copied or restored home watches its own raw files."""
    inside = home / "raw" / "demo"
    shutil.copytree(raw, inside)
    Origin.of(home, DEMO, inside).save(home)
    moved = tmp_path / "moved"
    shutil.copytree(home, moved)
    origin = find_origin(moved)
    assert origin is not None
    assert origin.folder_in(moved) == moved / "raw" / "demo"


def test_a_file_added_by_hand_keeps_the_folder_watched(home: Path, raw: Path) -> None:
    """A build without a folder goes on from the one read before, if the source is the same."""
    first = Origin.of(home, DEMO, raw)
    first.save(home)
    assert Origin.of(home, DEMO, None) == first
    other = Origin.of(home, load_mapping("telco"), None)
    assert (other.source, other.folder) == ("telco", None)


def test_a_mapping_of_ones_own_is_kept_by_its_path(home: Path, raw: Path, tmp_path: Path) -> None:
    """So that a rebuild finds it from any folder."""
    own = tmp_path / "mine.yml"
    own.write_text("description: My export\n")
    assert Origin.of(home, load_mapping(own), raw).source == str(own)
    assert Origin.of(home, DEMO, raw).source == "demo"
