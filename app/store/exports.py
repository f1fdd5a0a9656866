"""Files made for people: each is kept under its owner and can be read by nobody else."""

import hashlib
import os
import re
import secrets
import shutil
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tools.contract import FileRef

URL_PREFIX: Final = "/api/v1/files"
KEPT_FILES: Final = 200
"""Files a user has; the oldest make room for new ones."""

_ID_LENGTH: Final = 24
_ID: Final = re.compile(rf"[a-z]{{{_ID_LENGTH}}}")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_MEDIA_TYPES: Final = {".csv": "text/csv", ".txt": "text/plain", ".pdf": "application/pdf"}


class ExportNameError(Exception):
    """A file may not be called so; the message says how it may."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies on the disk."""

    path: Path
    media_type: str


class Exports:
    """The files of all users of this installation.

    Args:
        folder: Where they are kept; made at the first file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, *, user_id: str, name: str, content: bytes, media_type: str) -> FileRef:
        """Keep a file; it appears whole or not at all.

        Raises:
            ExportNameError: The name is no plain file name.
        """
        if not _NAME.fullmatch(name) or Path(name).suffix not in _MEDIA_TYPES:
            endings = ", ".join(_MEDIA_TYPES)
            raise ExportNameError(
                f"{name!r} is no name for an export; allowed: lower-case letters, digits and "
                f"'._-', ending in {endings}."
            )
        owned = self._of(user_id)
        owned.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._make_room(owned)
        file_id = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_ID_LENGTH))
        home = owned / file_id
        beside = owned / f".{file_id}"
        beside.mkdir(mode=0o700)
        _write(beside / name, content)
        beside.rename(home)
        return FileRef(
            name=name, url=f"{URL_PREFIX}/{file_id}/{quote(name)}", media_type=media_type
        )

    def find(self, user_id: str, file_id: str, name: str) -> StoredFile | None:
        """A user's own file; None where there is none, or it is somebody else's."""
        if not _ID.fullmatch(file_id) or not _NAME.fullmatch(name):
            return None
        path = self._of(user_id) / file_id / name
        media_type = _MEDIA_TYPES.get(path.suffix)
        return StoredFile(path, media_type) if media_type and path.is_file() else None

    def at(self, user_id: str, url: str) -> StoredFile | None:
        """A user's own file by the address it was given out under."""
        file_id, _, name = url.removeprefix(f"{URL_PREFIX}/").partition("/")
        return self.find(user_id, file_id, name)

    def _of(self, user_id: str) -> Path:
        """An id may hold anything a token names; its digest is a safe folder."""
        return self._folder / hashlib.sha256(user_id.encode()).hexdigest()[:32]

    def _make_room(self, owned: Path) -> None:
        held = sorted(
            (entry for entry in owned.iterdir() if not entry.name.startswith(".")),
            key=lambda entry: (entry.stat().st_mtime_ns, entry.name),
        )
        for entry in held[: max(0, len(held) - KEPT_FILES + 1)]:
            shutil.rmtree(entry, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
