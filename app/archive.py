"""The file of a backup: a tar archive, compressed as its name says, with a manifest at its end."""

import gzip
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tarfile import TarError, TarFile
from typing import IO, Any, Final, Self

import zstandard
from pydantic import BaseModel, ConfigDict

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
ENDINGS: Final = (".tar.zst", ".tar.gz", ".tgz", ".tar")
DAMAGED: Final = (TarError, EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError)
"""What reading raises on bytes that are not, or no longer, an archive."""

_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_GZIP_MAGIC: Final = b"\x1f\x8b"


class BackupError(Exception):
    """A backup cannot be made or used; the message says why, and that nothing has changed."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Part):
    """One file of the archive."""

    sha256: str
    size_bytes: int


class Manifest(_Part):
    """What the archive holds.

    Attributes:
        format: Version of this layout.
        aura: Version of Aura that made it.
        made_at: When, UTC.
        files: Path inside AURA_HOME → what it must hold.
    """

    format: int
    aura: str
    made_at: str
    files: dict[str, FileEntry]


@contextmanager
def writing(draft: Path, name: str) -> Generator[TarFile]:
    """An archive to fill, readable by its owner only, compressed as the name it will have says.

    Raises:
        BackupError: The ending is unknown.
    """
    if not name.endswith(ENDINGS):
        raise BackupError(f"{name} does not end in one of {', '.join(ENDINGS)}.")
    draft.touch(mode=0o600)
    with (
        draft.open("wb") as raw,
        _compressed(name, raw) as out,
        TarFile.open(fileobj=out, mode="w|") as archive,
    ):
        yield archive


@contextmanager
def reading(path: Path) -> Generator[TarFile]:
    """An archive to read in one pass; how it is compressed is read from its first bytes."""
    with path.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        with _decompressed(magic, raw) as plain, TarFile.open(fileobj=plain, mode="r|") as archive:
            yield archive


def _compressed(name: str, raw: IO[bytes]) -> Any:
    if name.endswith(".tar.zst"):
        return zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False)
    if name.endswith((".tar.gz", ".tgz")):
        return gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6)
    return _Plain(raw)


def _decompressed(magic: bytes, raw: IO[bytes]) -> Any:
    if magic == _ZSTD_MAGIC:
        return zstandard.ZstdDecompressor().stream_reader(raw, closefd=False)
    if magic.startswith(_GZIP_MAGIC):
        return gzip.GzipFile(fileobj=raw, mode="rb")
    return _Plain(raw)


class _Plain:
    """A stream as it is; its owner closes it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self.read, self.write = raw.read, raw.write

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return
