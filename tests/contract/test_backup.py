"""Backup and restore: whole round trips, and nothing touched by what is no whole backup."""

import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.archive import ENDINGS, BackupError
from app.backup import backup
from app.governance.audit import AuditEvent
from app.restore import restore
from app.settings import Settings
from app.store.audit_log import AuditLog
from app.store.database import Database
from data.home_lock import BUILDING, SERVING, HomeBusyError, HomeLock


@pytest.fixture
def lived_in(prepared_settings: Settings, tmp_path: Path) -> Settings:
    """A home with data, a model, an audit log, a secret and a file made for somebody."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("warehouse.duckdb", "landing", "models"):
        source = prepared_settings.home / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, home / name)
    database = Database.open(home)
    AuditLog(database).append([AuditEvent(f"a{n}", "u1", "analyst", "turn") for n in range(3)])
    database.close()
    (home / "auth_secret").write_text("s" * 64)
    (home / "auth_secret").chmod(0o600)
    (home / "files" / "u1").mkdir(parents=True)
    (home / "files" / "u1" / "report.csv").write_text("a,b\n")
    (home / "index").mkdir()
    (home / "index" / "kept").write_text("made by Aura itself")
    (home / "embedder").symlink_to(prepared_settings.home / "embedder")
    return prepared_settings.model_copy(update={"home": home})


def state(home: Path) -> dict[str, bytes]:
    """Every file that a backup is answerable for; the store by what it says."""
    files = {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.parent.name != "embedder" and not path.name.startswith(".")
    }
    database = Database.open(home)
    out = io.StringIO()
    AuditLog(database).export(out)
    database.close()
    kept = {name: content for name, content in files.items() if not name.startswith("aura.db")}
    return {**kept, "audit": out.getvalue().encode()}


def change(home: Path) -> None:
    """What happens after a backup: more is loaded, asked and made, and something is lost."""
    (home / "warehouse.duckdb").write_bytes(b"rebuilt")
    (home / "landing" / "other").mkdir()
    (home / "landing" / "other" / "more.parquet").write_bytes(b"rows")
    (home / "news.json").write_text("{}")
    shutil.rmtree(home / "files")
    database = Database.open(home)
    AuditLog(database).append([AuditEvent("later", "u1", "analyst", "turn")])
    database.close()


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_backed_up_comes_back_as_it_was(
    lived_in: Settings, tmp_path: Path, ending: str
) -> None:
    """Round trip: changed, added and lost files; what Aura makes by itself stays."""
    home = lived_in.home
    before = state(home)
    target = tmp_path / f"safe{ending}"
    report = backup(lived_in, target)
    assert report.files >= 5
    assert target.stat().st_mode & 0o777 == 0o600
    change(home)
    assert state(home) != before
    manifest = restore(home, target)
    assert state(home) == before
    assert len(manifest.files) == report.files
    assert (home / "auth_secret").stat().st_mode & 0o777 == 0o600
    assert not (home / ".restore").exists()
    assert list(tmp_path.glob(".*")) == []


def test_a_backup_opens_a_new_home(lived_in: Settings, tmp_path: Path) -> None:
    """On another machine nothing is there yet; the embedding model is made again."""
    target = tmp_path / "safe.tar.zst"
    backup(lived_in, target)
    fresh = tmp_path / "fresh"
    restore(fresh, target)
    expected = {
        name: content for name, content in state(lived_in.home).items() if "index" not in name
    }
    assert state(fresh) == expected
    assert (fresh / "embedder" / "model.onnx").exists()


def test_a_backup_while_serving_holds_committed_records(lived_in: Settings, tmp_path: Path) -> None:
    """The store is copied online: an open writer neither blocks nor is seen half."""
    database = Database.open(lived_in.home)
    with HomeLock(lived_in.home, SERVING, shared=True):
        backup(lived_in, tmp_path / "safe.tar")
    AuditLog(database).append([AuditEvent("later", "u1", "analyst", "turn")])
    database.close()
    restore(lived_in.home, tmp_path / "safe.tar")
    database = Database.open(lived_in.home)
    report = AuditLog(database).verify()
    database.close()
    assert (report.ok, report.records) == (True, 3)


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return (
        content[:middle]
        + bytes(255 - byte for byte in content[middle : middle + 64])
        + content[middle + 64 :]
    )


def _noise(content: bytes) -> bytes:
    return b"no archive at all" * 100


@pytest.mark.parametrize("damage", [_cut, _flip, _noise, lambda _content: b""])
@pytest.mark.parametrize("ending", [".tar.zst", ".tar.gz", ".tar"])
def test_a_damaged_backup_changes_nothing(
    lived_in: Settings, tmp_path: Path, ending: str, damage: Callable[[bytes], bytes]
) -> None:
    """Whatever is wrong with its bytes: one clear line, and the home as it was."""
    target = tmp_path / f"safe{ending}"
    backup(lived_in, target)
    target.write_bytes(damage(target.read_bytes()))
    before = state(lived_in.home)
    with pytest.raises(BackupError, match=r"damaged or no backup of Aura; nothing has changed"):
        restore(lived_in.home, target)
    assert state(lived_in.home) == before
    assert not (lived_in.home / ".restore").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../outside"},
        {"name": "/outside"},
        {"name": "landing/../../outside"},
        {"name": "link", "type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"name": "link", "type": tarfile.LNKTYPE, "linkname": "../outside"},
        {"name": "pipe", "type": tarfile.FIFOTYPE},
        {"name": ".restore/commit.json"},
        {"name": "embedder/model.onnx"},
    ],
    ids=lambda change: change["name"] + str(change.get("type", "")),
)
def test_an_archive_cannot_reach_outside_the_home(
    lived_in: Settings, tmp_path: Path, change: dict[str, Any]
) -> None:
    """Paths upwards, absolute ones, links and devices are refused, and nothing is written."""
    target = tmp_path / "evil.tar"
    with tarfile.open(target, "w") as archive:
        info = tarfile.TarInfo("x")
        for name, value in change.items():
            setattr(info, name, value)
        info.size = 4 if info.isreg() else 0
        archive.addfile(info, io.BytesIO(b"evil"))
    before = state(lived_in.home)
    with pytest.raises(BackupError, match=r"nothing has changed|no backup has"):
        restore(lived_in.home, target)
    assert state(lived_in.home) == before
    assert not (tmp_path / "outside").exists()
    assert not (lived_in.home.parent / "outside").exists()


def test_nobody_restores_under_a_server_or_a_build(lived_in: Settings, tmp_path: Path) -> None:
    """The locks say who is in the way, in both directions."""
    target = tmp_path / "safe.tar"
    backup(lived_in, target)
    with (
        HomeLock(lived_in.home, SERVING, shared=True),
        pytest.raises(HomeBusyError, match="serving"),
    ):
        restore(lived_in.home, target)
    with HomeLock(lived_in.home, BUILDING):
        with pytest.raises(HomeBusyError, match="Another build"):
            restore(lived_in.home, target)
        with pytest.raises(HomeBusyError, match="Another build"):
            backup(lived_in, target)


def test_a_restore_that_was_cut_short_is_finished_by_the_next(
    lived_in: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between any two moves: nobody works on the half, the next restore ends it."""
    target = tmp_path / "safe.tar"
    backup(lived_in, target)
    home = lived_in.home
    before = state(home)
    moved = Path.rename
    allowed = 0
    while True:
        change(home)
        left = [allowed]

        def rename(self: Path, other: Path, left: list[int] = left) -> Path:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return moved(self, other)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", rename)
            try:
                restore(home, target)
            except KeyboardInterrupt:
                pass
            else:
                break
        with pytest.raises(HomeBusyError, match="cut short"):
            HomeLock(home, SERVING, shared=True)
        restore(home, target)
        assert state(home) == before
        allowed += 1
    assert allowed > 8


def test_a_name_without_a_known_ending_is_refused(lived_in: Settings, tmp_path: Path) -> None:
    """The endings are listed; no file is left."""
    with pytest.raises(
        BackupError, match=r"^safe\.zip does not end in one of \.tar\.zst, \.tar\.gz"
    ):
        backup(lived_in, tmp_path / "safe.zip")
    assert {path.name for path in tmp_path.iterdir()} == {"home"}
