"""The landing folder of one source: canonical files, rejects, and a note beside each load."""

import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import file_digest
from pathlib import Path

from data.durable import alone, put_in_place

_NOTES = "loads"
_PENDING = ".pending"
_KEPT = "kept.json"
_SCRATCH = ".loading-"


class LandingError(ValueError):
    """What was loaded is damaged; the message says which file and what to do."""


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
        accepted_hash: SHA-256 of the clean rows' file; empty in notes of earlier versions.
        rejected_hash: The same of the faults' file.
    """

    sequence: int
    content_hash: str
    rules_hash: str
    report: LoadReport
    accepted_hash: str = ""
    rejected_hash: str = ""

    @property
    def _stem(self) -> str:
        return f"{self.sequence:06d}-{self.content_hash[:16]}"

    @property
    def accepted_file(self) -> str:
        """Clean rows, relative to the source's folder; other bytes have another name."""
        return f"{self.report.entity}/{self._stem}{_mark(self.accepted_hash)}.parquet"

    @property
    def rejected_file(self) -> str:
        """Faults, relative to the source's folder."""
        mark = _mark(self.rejected_hash)
        return f"rejected/{self._stem}-{self.report.entity}{mark}.parquet"

    @property
    def note_file(self) -> str:
        """This note, relative to the source's folder."""
        return f"{_NOTES}/{self._stem}-{self.report.entity}.json"


class Landing:
    """Reads and writes one source's folder.

    A folder that replaces all that was loaded is taken over in one moment: its notes wait beside
    the others (`.pending`) until `kept.json` names those that count from then on.

    Args:
        folder: `landing/<source>`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def writing(self) -> Generator[None]:
        """Let nobody else load meanwhile; first remove what a killed load left."""
        with alone(self.folder / ".lock"):
            self._tidy()
            yield
            self._tidy()

    def loads(self) -> list[Load]:
        """Every complete load, oldest first.

        Raises:
            LandingError: A note cannot be read.
        """
        return [_read_note(path) for path in self.notes()]

    def notes(self) -> list[Path]:
        """The files of the notes that count, oldest first."""
        folder = self.folder / _NOTES
        kept = self._kept()
        if kept is None:
            return sorted(folder.glob("*.json"))
        paired = ((folder / name, folder / (name + _PENDING)) for name in sorted(kept))
        return [pending if pending.exists() else note for note, pending in paired]

    def check(self, load: Load) -> None:
        """Make sure that the files of a load are as they were written.

        Raises:
            LandingError: One is missing or damaged.
        """
        expected = {
            load.accepted_file: load.accepted_hash,
            load.rejected_file: load.rejected_hash,
        }
        for name, digest in expected.items():
            path = self.folder / name
            if not path.is_file() or (digest and _digest(path) != digest):
                raise LandingError(
                    f"{path} is {'damaged' if path.is_file() else 'missing'}: load "
                    f"{load.report.file} again, with `aura prepare` or `aura ingest`."
                )

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
        names = (path.name for path in (self.folder / _NOTES).glob("*.json*"))
        return max((int(name.partition("-")[0]) for name in names), default=0) + 1

    def store(self, load: Load, accepted: Path, rejected: Path, *, pending: bool = False) -> None:
        """Move finished files into place, the note last.

        Args:
            load: The note.
            accepted: Clean rows, on the same file system.
            rejected: Faults, beside them.
            pending: The note counts only from `keep_only` on.
        """
        load = replace(load, accepted_hash=_digest(accepted), rejected_hash=_digest(rejected))
        note = accepted.with_suffix(".json")
        note.write_text(json.dumps(asdict(load)), encoding="utf-8")
        put_in_place(rejected, self.folder / load.rejected_file)
        put_in_place(accepted, self.folder / load.accepted_file)
        put_in_place(note, self.folder / (load.note_file + (_PENDING if pending else "")))

    def keep_only(self, kept: set[tuple[str, str]]) -> None:
        """Forget every load but these (entity, content hash), in one moment."""
        stored = [_read_note(path) for path in (self.folder / _NOTES).glob("*.json*")]
        names = {
            Path(load.note_file).name
            for load in stored
            if (load.report.entity, load.content_hash) in kept
        }
        draft = self.folder / f".{_KEPT}"
        draft.write_text(json.dumps(sorted(names)), encoding="utf-8")
        put_in_place(draft, self.folder / _KEPT)
        self._tidy()

    def _kept(self) -> list[str] | None:
        path = self.folder / _KEPT
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LandingError(f"{path} is damaged: delete it and run `aura prepare`.") from error

    def _tidy(self) -> None:
        """Finish a replacement that was decided, drop one that was not, remove orphans."""
        folder = self.folder / _NOTES
        kept = self._kept()
        for path in list(folder.glob("*.json*")):
            name = path.name.removesuffix(_PENDING)
            counts = not path.name.endswith(_PENDING) if kept is None else name in kept
            if not counts:
                path.unlink()
            elif path.name != name:
                path.replace(folder / name)
        (self.folder / _KEPT).unlink(missing_ok=True)
        self._remove_orphans()

    def _remove_orphans(self) -> None:
        for leftover in self.folder.glob(f"{_SCRATCH}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        loads = self.loads()
        owned = {name for load in loads for name in (load.accepted_file, load.rejected_file)}
        for path in self.folder.glob("*/*.parquet"):
            if str(path.relative_to(self.folder)) not in owned:
                path.unlink()


def _read_note(path: Path) -> Load:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Load(**content | {"report": LoadReport(**content["report"])})
    except (ValueError, TypeError, KeyError) as error:
        raise LandingError(
            f"{path} is damaged: delete it, then load its file again with `aura prepare` "
            "or `aura ingest`."
        ) from error


def _mark(digest: str) -> str:
    return f"-{digest[:8]}" if digest else ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
