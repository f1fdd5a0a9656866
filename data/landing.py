"""The landing folder of one source: canonical files, rejects, and a note beside each load."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class LoadReport:
    """What happened to one file.

    Attributes:
        file: File name.
        entity: Raw entity it was read as.
        rows_read: Records of this entity in the file.
        accepted: Records that became canonical rows, or part of one.
        rejected: Records with at least one fault, kept with their reasons.
        reasons: "column: reason" to the number of faults.
        already_loaded: The same content had been loaded before; nothing changed.
        merged: Of the accepted records, those that joined the row of another one.
        skipped: Records of the file that the mapping leaves to other entities.
    """

    file: str
    entity: str
    rows_read: int
    accepted: int
    rejected: int
    reasons: dict[str, int]
    already_loaded: bool
    merged: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Load:
    """The note beside a loaded file, written last: without it the file counts as not loaded.

    Attributes:
        sequence: Order of loading; where a key repeats, the later load wins.
        content_hash: SHA-256 of the user's file.
        rules_hash: Changes with the mapping, the rates and the files it looks up.
        report: What happened.
    """

    sequence: int
    content_hash: str
    rules_hash: str
    report: LoadReport

    @property
    def _stem(self) -> str:
        return f"{self.sequence:06d}-{self.content_hash[:16]}"

    @property
    def accepted_file(self) -> str:
        """Clean rows, relative to the source's folder."""
        return f"{self.report.entity}/{self._stem}.parquet"

    @property
    def rejected_file(self) -> str:
        """Faults, relative to the source's folder."""
        return f"rejected/{self._stem}-{self.report.entity}.parquet"

    @property
    def note_file(self) -> str:
        """This note, relative to the source's folder."""
        return f"loads/{self._stem}-{self.report.entity}.json"


class Landing:
    """Reads and writes one source's folder.

    Args:
        folder: `landing/<source>`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def loads(self) -> list[Load]:
        """Every complete load, oldest first."""
        found: list[Load] = []
        for path in sorted((self.folder / "loads").glob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            report = LoadReport(**content.pop("report"))
            found.append(Load(**content, report=report))
        return found

    def find(self, content_hash: str, entity: str) -> Load | None:
        """The load of this content as this entity."""
        same = (
            load
            for load in self.loads()
            if load.content_hash == content_hash and load.report.entity == entity
        )
        return next(same, None)

    def next_sequence(self) -> int:
        """The number of the load to come."""
        return max((load.sequence for load in self.loads()), default=0) + 1

    def store(self, load: Load, accepted: Path, rejected: Path) -> None:
        """Move finished files into place, the note last.

        Args:
            load: The note.
            accepted: Clean rows, on the same file system.
            rejected: Faults, beside them.
        """
        self._move(rejected, load.rejected_file)
        self._move(accepted, load.accepted_file)
        note = accepted.with_suffix(".json")
        note.write_text(json.dumps(asdict(load)), encoding="utf-8")
        self._move(note, load.note_file)

    def keep_only(self, kept: set[tuple[str, str]]) -> None:
        """Forget every load but these (entity, content hash), and what killed loads left."""
        for load in self.loads():
            if (load.report.entity, load.content_hash) not in kept:
                for name in (load.note_file, load.accepted_file, load.rejected_file):
                    (self.folder / name).unlink(missing_ok=True)
        for leftover in self.folder.glob(".loading-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _move(self, source: Path, name: str) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
