"""`aura backup`: everything in AURA_HOME that Aura cannot make again by itself, in one file."""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from tarfile import TarFile, TarInfo
from tempfile import TemporaryDirectory
from typing import IO, Final

from app.archive import FORMAT, MANIFEST, BackupError, FileEntry, Manifest, writing
from app.settings import Settings
from app.store.database import SQLITE_FILE, database_location
from data.durable import alone, put_in_place
from data.home_lock import BUILDING, HomeLock

REBUILT: Final = frozenset({"chat", "embedder", "index", "logs"})
"""Made again by the next start or question; hidden files and drafts stay out too."""

_SQLITE: Final = b"SQLite format 3\x00"
_BESIDE_SQLITE: Final = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, and what it leaves to its owner."""

    files: int
    size_bytes: int
    notes: tuple[str, ...]


def backup(settings: Settings, target: Path) -> BackupReport:
    """Write a backup; Aura may serve meanwhile, builds and loads wait or are refused.

    Raises:
        BackupError: Nothing is prepared here, or the name of the file is not understood.
        HomeBusyError: A build is running.
    """
    home = settings.home
    if not (home / "warehouse.duckdb").is_file():
        raise BackupError(f"Nothing is prepared in {home}: there is nothing to back up.")
    draft = target.absolute().with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with ExitStack() as held:
            held.enter_context(HomeLock(home, BUILDING))
            for lock in sorted(home.glob("landing/*/.lock")):
                held.enter_context(alone(lock))
            scratch = Path(held.enter_context(TemporaryDirectory(prefix=".backup-", dir=home)))
            archive = held.enter_context(writing(draft, target.name))
            files = {name: _add(archive, name, path, scratch) for name, path in _files(home)}
            _add_manifest(archive, files)
        put_in_place(draft, target.absolute())
    finally:
        draft.unlink(missing_ok=True)
    return BackupReport(len(files), target.stat().st_size, tuple(_notes(settings)))


def managed(home: Path) -> list[str]:
    """The entries of a home that a backup holds and a restore replaces."""
    return sorted(
        entry.name
        for entry in home.iterdir()
        if entry.name not in REBUILT and _is_shown(entry.name)
    )


def _is_shown(name: str) -> bool:
    return not name.startswith((".", "warehouse.building-"))


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    """(name in the archive, file), links left out: what they lead to is not ours."""
    for top in managed(home):
        entry = home / top
        for path in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            name = path.relative_to(home)
            hidden = any(part.startswith(".") for part in name.parts)
            beside = path.name.endswith(_BESIDE_SQLITE)
            if path.is_file() and not path.is_symlink() and not hidden and not beside:
                yield name.as_posix(), path


def _add(archive: TarFile, name: str, path: Path, scratch: Path) -> FileEntry:
    with path.open("rb") as file:
        is_sqlite = file.read(len(_SQLITE)) == _SQLITE
    source = _copy_sqlite(path, scratch) if is_sqlite else path
    with source.open("rb") as file:
        info = archive.gettarinfo(arcname=name, fileobj=file)
        info.mode = path.stat().st_mode & 0o777
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        digest = _Digest(file)
        archive.addfile(info, digest)
    return FileEntry(sha256=digest.hex, size_bytes=info.size)


def _copy_sqlite(path: Path, scratch: Path) -> Path:
    """One moment of a database that may be in use, by SQLite's online backup."""
    target = scratch / "copy.db"
    target.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path} cannot be copied: {error}. No backup was made.") from error
    return target


class _Digest:
    """Hashes what is read, so that the manifest says what went in, whatever happens to the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = sha256()

    def read(self, size: int = -1) -> bytes:
        """Some bytes of the file."""
        chunk = self._file.read(size)
        self._hash.update(chunk)
        return chunk

    @property
    def hex(self) -> str:
        """Digest of everything read so far."""
        return self._hash.hexdigest()


def _add_manifest(archive: TarFile, files: dict[str, FileEntry]) -> None:
    manifest = Manifest(
        format=FORMAT,
        aura=metadata.version("aura"),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files=files,
    )
    content = manifest.model_dump_json(indent=1).encode()
    info = TarInfo(MANIFEST)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _notes(settings: Settings) -> Iterator[str]:
    url = database_location(settings.home, settings.database_url)
    if url.get_backend_name() != "sqlite":
        yield "The operational database is not in it: back up PostgreSQL with pg_dump."
    elif url.database != str(settings.home / SQLITE_FILE):
        yield f"The operational database {url.database} is outside AURA_HOME and not in it."
    if settings.auth_secret is not None:
        yield "The secret comes from CHAINLIT_AUTH_SECRET: keep it with your settings."
    if not settings.playbooks.is_relative_to(settings.home):
        yield f"The playbooks in {settings.playbooks} are your own files and not in it."
    if settings.rules is not None and not settings.rules.is_relative_to(settings.home):
        yield f"The risk rules in {settings.rules} are your own file and not in it."
