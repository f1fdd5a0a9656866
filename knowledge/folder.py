"""The playbook files as they are now; only those that may have changed are read again.

A file is known by its two times, its size and its number on the disk. An edit changes the first
time, a change of rights or a copy that keeps the old time the second, a file moved into its place
the number. What changed within the last two seconds is read at every look all the same: a second
change within one tick of the clock would leave all four as they were (Git calls such files racy).
"""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.documents import Problem, Reading, parse_playbook, playbook_names, unopened
from knowledge.playbook import Playbook

_SETTLED_NS = 2_000_000_000
"""The longest tick of a common file system: FAT's."""

_Stamp = tuple[int, int, int, int]
"""(modification time, time of the last change to the file's entry, size, inode)."""


@dataclass(frozen=True, slots=True)
class _File:
    """One file at the last look.

    Attributes:
        stamp: None when it could not be read.
        settled: Whether an equal stamp means equal content.
        digest: Of its content.
    """

    stamp: _Stamp | None
    settled: bool
    digest: bytes
    reading: Reading


class PlaybookFolder:
    """The playbooks of a folder, which may be empty or absent; for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}

    @property
    def playbooks(self) -> Iterator[Playbook]:
        """The usable ones; a file that has not changed gives the same object at each look."""
        return (f.reading.playbook for f in self._files.values() if f.reading.playbook is not None)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files, in their order."""
        return tuple(problem for file in self._files.values() for problem in file.reading.problems)

    def look(self, *, trust_stamps: bool = True) -> bool:
        """Read what may have changed.

        Args:
            trust_stamps: False reads every file; only changed content is parsed either way.

        Returns:
            Whether a file came, went or says something else than at the last look.
        """
        before = self._files
        self._files = {
            name: self._file(name, before.get(name), trust_stamps=trust_stamps)
            for name in playbook_names(self._folder)
        }
        return _contents(self._files) != _contents(before)

    def _file(self, name: str, known: _File | None, *, trust_stamps: bool) -> _File:
        looked_ns = time.time_ns()
        stamp = _stamp(f"{self._folder}/{name}")
        if trust_stamps and known and known.settled and known.stamp == stamp:
            return known
        path = self._folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            return _File(stamp, settled=False, digest=b"", reading=unopened(path, error))
        digest = hashlib.sha256(content).digest()
        same = known and known.digest == digest
        return _File(
            stamp,
            settled=stamp is not None and looked_ns - max(stamp[:2]) > _SETTLED_NS,
            digest=digest,
            reading=known.reading if known and same else parse_playbook(path, content),
        )


def _stamp(path: str) -> _Stamp | None:
    try:
        stat = os.stat(path)  # noqa: PTH116 - of thousands of files at each question
    except OSError:
        return None  # deleted since it was listed, or a link to nothing
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


def _contents(files: dict[str, _File]) -> list[tuple[str, bytes]]:
    return [(name, file.digest) for name, file in files.items()]
