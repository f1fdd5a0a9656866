"""What a home was prepared from: its source, its raw folder, and that folder's files at the time.

Kept in `source.json` beside the warehouse, so that a rebuild needs no arguments and a change in
the folder can be told from a touch.
"""

import os
from collections.abc import Mapping as AnyMapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data.durable import put_in_place
from data.mapping import SOURCES_DIR, Mapping
from data.source_file import content_hash

ORIGIN_FILE = "source.json"


class OriginError(Exception):
    """It is not known what a home was prepared from; the message says what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileMark(_Part):
    """One raw file; the hash decides, size and time save computing it again."""

    size_bytes: int
    modified_ns: int
    sha256: str

    def looks_like(self, stat: os.stat_result) -> bool:
        """Whether nothing suggests that the file was written again."""
        return (stat.st_size, stat.st_mtime_ns) == (self.size_bytes, self.modified_ns)


class Origin(_Part):
    """Where a warehouse comes from.

    Attributes:
        source: Name of a mapping of ours, or path of the user's own.
        folder: The raw folder, relative to the home when inside it; None when files were only
            added one by one.
        files: The folder's files when they were last read, by name.
    """

    source: str
    folder: str | None = None
    files: dict[str, FileMark] = {}

    @classmethod
    def of(cls, home: Path, mapping: Mapping, folder: Path | None) -> "Origin":
        """What a build is about to read; without a folder, the one read before stays watched."""
        source = _source_of(mapping)
        if folder is None:
            earlier = find_origin(home)
            return earlier if earlier and earlier.source == source else cls(source=source)
        folder = folder.resolve()
        inside = folder.is_relative_to(home.resolve())
        shown = folder.relative_to(home.resolve()) if inside else folder
        return cls(source=source, folder=str(shown), files=fingerprint(folder))

    def folder_in(self, home: Path) -> Path | None:
        """The raw folder."""
        return None if self.folder is None else home / self.folder

    def changed_files(self, home: Path) -> list[str]:
        """Names of the files that are new or hold something else than when they were read.

        A file that was taken away changes nothing: what was loaded from it stays loaded.

        Raises:
            OriginError: The folder is gone.
        """
        folder = self.folder_in(home)
        if folder is None:
            return []
        if not folder.is_dir():
            raise OriginError(f"The raw folder {folder} is not there.")
        found = fingerprint(folder, self.files)
        return [
            name
            for name, mark in found.items()
            if name not in self.files or self.files[name].sha256 != mark.sha256
        ]

    def save(self, home: Path) -> None:
        """Write it beside the warehouse, whole or not at all."""
        draft = home / f".{ORIGIN_FILE}.part"
        draft.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        put_in_place(draft, home / ORIGIN_FILE)


def find_origin(home: Path) -> Origin | None:
    """What the home was prepared from; None when nothing was recorded.

    Raises:
        OriginError: The record cannot be read.
    """
    path = home / ORIGIN_FILE
    try:
        return Origin.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValidationError, UnicodeDecodeError) as error:
        raise OriginError(
            f"{path} cannot be read; run `aura prepare --source NAME --input DIR` to write it anew."
        ) from error


def fingerprint(
    folder: Path, known: AnyMapping[str, FileMark] | None = None
) -> dict[str, FileMark]:
    """Mark every file of a raw folder; files that look as `known` are not read again."""
    marks: dict[str, FileMark] = {}
    for name, stat in listing(folder).items():
        before = (known or {}).get(name)
        if before is not None and before.looks_like(stat):
            marks[name] = before
            continue
        marks[name] = FileMark(
            size_bytes=stat.st_size,
            modified_ns=stat.st_mtime_ns,
            sha256=content_hash(folder / name),
        )
    return marks


def listing(folder: Path) -> dict[str, os.stat_result]:
    """The files of a raw folder by name; hidden ones are somebody's drafts."""
    return {
        path.name: path.stat()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


def _source_of(mapping: Mapping) -> str:
    read_from = mapping.read_from
    if read_from is None or read_from.parent == SOURCES_DIR:
        return mapping.name
    return str(read_from)
