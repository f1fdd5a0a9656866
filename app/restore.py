"""`aura restore`: a backup takes the place of what a home holds, whole or not at all.

<home>/.restore/new          the unpacked backup, checked before anything else is touched
<home>/.restore/old          what was there before, kept until the new state is in place
<home>/.restore/commit.json  from here on a restore that was cut short is carried on, not undone
"""

import os
import shutil
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from tarfile import TarFile, TarInfo, data_filter
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from app.archive import DAMAGED, FORMAT, MANIFEST, BackupError, FileEntry, Manifest, reading
from app.backup import REBUILT, managed
from data.durable import put_in_place, sync, write
from data.home_lock import BUILDING, RESTORING, SERVING, HomeLock
from knowledge.embedder_export import export

_CHUNK_BYTES: Final = 1 << 20
_MANIFEST_BYTES: Final = 64 << 20


class _Swap(BaseModel):
    """What goes and what comes, by name inside the home."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    goes: list[str]
    comes: list[str]


def restore(home: Path, source: Path) -> Manifest:
    """Replace the state of a home by a backup; what Aura makes by itself is made again.

    Returns:
        The manifest of the backup.

    Raises:
        BackupError: The file is no whole backup; nothing has changed.
        HomeBusyError: Aura serves or builds there.
    """
    if not source.is_file():
        raise BackupError(f"There is no file {source}.")
    with ExitStack() as held:
        held.enter_context(HomeLock(home, SERVING, restores=True))
        held.enter_context(HomeLock(home, BUILDING, restores=True))
        work = home / RESTORING
        _carry_on(home)
        shutil.rmtree(work, ignore_errors=True)
        try:
            manifest = _unpack(source, work / "new")
            comes = sorted({name.partition("/")[0] for name in manifest.files})
            swap = _Swap(goes=managed(home), comes=comes)
            write(work / "draft.json", swap.model_dump_json().encode())
            put_in_place(work / "draft.json", work / "commit.json")
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        _carry_on(home)
        export(home / "embedder")
    return manifest


def _carry_on(home: Path) -> None:
    """Put the old state aside and the new one in place; each move is skipped once it is done."""
    work = home / RESTORING
    commit = work / "commit.json"
    if not commit.exists():
        return
    swap = _Swap.model_validate_json(commit.read_text(encoding="utf-8"))
    (work / "old").mkdir(exist_ok=True)
    for name in swap.goes:
        waits = name not in swap.comes or (work / "new" / name).exists()
        if waits and (home / name).exists() and not (work / "old" / name).exists():
            (home / name).rename(work / "old" / name)
    for name in swap.comes:
        if (work / "new" / name).exists():
            (work / "new" / name).rename(home / name)
    sync(home)
    commit.unlink()
    shutil.rmtree(work, ignore_errors=True)


def _unpack(source: Path, folder: Path) -> Manifest:
    folder.mkdir(parents=True)
    damaged = f"{source} is damaged or no backup of Aura; nothing has changed."
    found: dict[str, FileEntry] = {}
    text = b""
    try:
        with reading(source) as archive:
            for member in archive:
                if member.name == MANIFEST and member.size <= _MANIFEST_BYTES:
                    text = _content(archive, member)
                else:
                    found[member.name] = _extract(archive, member, folder)
        manifest = Manifest.model_validate_json(text)
    except (*DAMAGED, ValidationError) as error:
        raise BackupError(damaged) from error
    if manifest.format != FORMAT:
        raise BackupError(
            f"{source} was made by Aura {manifest.aura} in format {manifest.format}, "
            f"this version reads {FORMAT}; nothing has changed."
        )
    if manifest.files != found:
        raise BackupError(damaged)
    return manifest


def _content(archive: TarFile, member: TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file is not None else b""


def _extract(archive: TarFile, member: TarInfo, folder: Path) -> FileEntry:
    """Write one file, and say what was written; no other kind of member is taken."""
    safe = data_filter(member, str(folder))
    top = Path(safe.name).parts[0]
    file = archive.extractfile(member) if member.isreg() else None
    if file is None or safe.name != member.name or top in REBUILT or top.startswith("."):
        raise BackupError(f"The archive holds {member.name!r}, which no backup has.")
    target = folder / safe.name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        while chunk := file.read(_CHUNK_BYTES):
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        os.fchmod(handle, (member.mode & 0o755) | 0o600)
        out.flush()
        os.fsync(handle)
    return FileEntry(sha256=digest.hexdigest(), size_bytes=size)
