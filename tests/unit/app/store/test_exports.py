import stat
from pathlib import Path

import pytest

from app.store import exports
from app.store.exports import ExportNameError, Exports


def save(shelf: Exports, user_id: str = "ann", name: str = "clients.csv") -> str:
    """Keep a small file; its address."""
    return shelf.save(user_id=user_id, name=name, content=b"a,b\r\n", media_type="text/csv").url


def test_a_file_comes_back_to_its_owner_alone(tmp_path: Path) -> None:
    """Another user with the exact address finds nothing."""
    shelf = Exports(tmp_path / "files")
    url = save(shelf)
    found = shelf.at("ann", url)
    assert found is not None
    assert found.path.read_bytes() == b"a,b\r\n"
    assert found.media_type == "text/csv"
    assert url.startswith("/api/v1/files/")
    assert url.endswith("/clients.csv")
    assert shelf.at("bo", url) is None


def test_other_accounts_of_the_machine_cannot_read_it(tmp_path: Path) -> None:
    """Client data in a file is for the owner of the installation only."""
    shelf = Exports(tmp_path / "files")
    found = shelf.at("ann", save(shelf))
    assert found is not None
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(found.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("user_id", ["../../etc", "name:a/b", "token:0f", "Zoë\x00"])
def test_any_user_id_makes_a_folder_of_its_own(tmp_path: Path, user_id: str) -> None:
    """An id is never a path."""
    shelf = Exports(tmp_path / "files")
    found = shelf.at(user_id, save(shelf, user_id))
    assert found is not None
    assert found.path.parents[2] == tmp_path / "files"


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", "x.exe", "X.csv", ".hidden.csv", ""])
def test_only_plain_names_are_kept(tmp_path: Path, name: str) -> None:
    """A name cannot leave its folder or bring a program."""
    with pytest.raises(ExportNameError, match="allowed"):
        save(Exports(tmp_path / "files"), name=name)
    assert list(tmp_path.rglob("*.csv")) == []


@pytest.mark.parametrize(
    ("file_id", "name"),
    [("..", "clients.csv"), ("a" * 24, "../clients.csv"), ("a" * 24, "clients.csv"), ("", "")],
)
def test_made_up_addresses_find_nothing(tmp_path: Path, file_id: str, name: str) -> None:
    """Guessing and climbing lead nowhere."""
    shelf = Exports(tmp_path / "files")
    save(shelf)
    assert shelf.find("ann", file_id, name) is None


def test_the_oldest_files_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files do not pile up; the newest stay."""
    monkeypatch.setattr(exports, "KEPT_FILES", 2)
    shelf = Exports(tmp_path / "files")
    urls = [save(shelf) for _ in range(3)]
    assert [shelf.at("ann", url) is not None for url in urls] == [False, True, True]


def test_a_write_that_fails_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written whole cannot be fetched."""

    def fail(_handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(exports.os, "fsync", fail)
    shelf = Exports(tmp_path / "files")
    with pytest.raises(OSError, match="disk full"):
        save(shelf)
    assert [path for path in (tmp_path / "files").glob("*/*") if path.name[0] != "."] == []
