"""Files in, canonical Parquet out: what a user brings lands here, clean rows and rejects apart."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from data.canonical import MissingColumnError
from data.database_table import DatabaseTableError, copy_table
from data.landing import Landing, LandingError, Load, LoadReport
from data.mapping import FileRule, Mapping, MappingError
from data.quality.history import LoadHistory
from data.raw import ENTITIES, UnknownEntityError, entity_named
from data.source_file import SourceFileError, content_hash
from data.translation import translate

__all__ = ["IngestError", "LoadReport", "ingest_file", "ingest_folder"]

_LANDING_VERSION = 1  # raised when the same file and rules would give other canonical rows
_MENDABLE = (
    UnknownEntityError,
    SourceFileError,
    MissingColumnError,
    MappingError,
    DatabaseTableError,
    LandingError,
)


class IngestError(ValueError):
    """A file was not loaded; the message says what to mend."""


def ingest_file(path: Path, entity: str, mapping: Mapping, landing: Path) -> LoadReport:
    """Load one file as one entity; loading the same content again changes nothing.

    Args:
        path: CSV, Parquet, JSON lines or a database.
        entity: Raw entity, or its everyday name (`demographics`, `engagement`).
        mapping: How the source's columns map onto the entity's.
        landing: Folder of canonical files.

    Raises:
        IngestError: The file, a column or the entity is not what was promised.
    """
    try:
        name = entity_named(entity).name
        rule = mapping.file_rule(path, name)
        target = Landing(landing / mapping.name)
        with target.writing():
            report = _ingest(path, rule, mapping, target)[1]
            LoadHistory(target).record()
    except _MENDABLE as error:
        raise IngestError(str(error)) from error
    return report


def ingest_folder(
    input_dir: Path, mapping: Mapping, landing: Path, *, replace_all: bool = False
) -> list[LoadReport]:
    """Load every file of a folder that the mapping knows, or that is named after an entity.

    Args:
        input_dir: The export.
        mapping: How its columns map onto the raw entities.
        landing: Folder of canonical files.
        replace_all: The folder is the source's whole state: what it does not hold is forgotten,
            in one moment at the end.

    Raises:
        IngestError: The folder has no customers file, or a file cannot be loaded.
    """
    target = Landing(landing / mapping.name)
    kept: set[tuple[str, str]] = set()
    reports: list[LoadReport] = []
    try:
        files = _files(input_dir, mapping)
        with target.writing():
            for path, entity in files:
                rule = mapping.file_rule(path, entity)
                digest, report = _ingest(path, rule, mapping, target, pending=replace_all)
                kept.add((entity, digest))
                reports.append(report)
            if replace_all:
                target.keep_only(kept)
            LoadHistory(target).record()
    except _MENDABLE as error:
        raise IngestError(str(error)) from error
    return reports


def _files(input_dir: Path, mapping: Mapping) -> list[tuple[Path, str]]:
    """(file, entity) pairs, customers first."""
    if not input_dir.is_dir():
        raise SourceFileError(f"No folder {input_dir}.")
    found = [
        (path, entity)
        for path in sorted(input_dir.iterdir())
        if path.is_file()
        for entity in mapping.entities_of(path)
    ]
    if not any(entity == "customers" for _, entity in found):
        expected = [rule.file for rule in mapping.files if rule.entity == "customers"]
        wanted = ", ".join(expected) or "customers.csv, .parquet or .jsonl"
        raise SourceFileError(f"{input_dir} holds no customers file; expected {wanted}.")
    order = list(ENTITIES)
    return sorted(found, key=lambda pair: order.index(pair[1]))


def _ingest(
    path: Path, rule: FileRule, mapping: Mapping, landing: Landing, *, pending: bool = False
) -> tuple[str, LoadReport]:
    if not path.is_file():
        raise SourceFileError(f"No file {path}.")
    rules_hash = _rules_hash(rule, mapping, path.parent)
    landing.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".loading-", dir=landing.folder) as name:
        scratch = Path(name)
        readable, rule = _readable(path, rule, scratch)
        digest = content_hash(readable)
        earlier = landing.find(digest, rule.entity)
        if earlier and earlier.rules_hash == rules_hash and _is_whole(landing, earlier):
            return digest, replace(earlier.report, already_loaded=True)
        done = translate(readable, path.name, rule, mapping, folder=path.parent, scratch=scratch)
        report = LoadReport(
            file=path.name,
            entity=rule.entity,
            rows_read=done.rows_accepted + done.rows_rejected,
            accepted=done.rows_accepted,
            rejected=done.rows_rejected,
            reasons=done.reasons,
            already_loaded=False,
            merged=done.rows_merged,
            skipped=done.rows_skipped,
        )
        sequence = earlier.sequence if earlier else landing.next_sequence()
        load = Load(sequence, digest, rules_hash, report)
        landing.store(load, done.accepted, done.rejected, pending=pending)
    return digest, report


def _is_whole(landing: Landing, load: Load) -> bool:
    try:
        landing.check(load)
    except LandingError:
        return False
    return True


def _readable(path: Path, rule: FileRule, scratch: Path) -> tuple[Path, FileRule]:
    """The file itself, or the copy of a database table."""
    if rule.format_of(path) != "database":
        return path, rule
    if rule.table is None:
        raise MappingError(f"{path.name} is a database: the mapping must name a `table`.")
    copy = scratch / "table.parquet"
    copy_table(path, rule.table, copy)
    return copy, rule.model_copy(update={"format": "parquet"})


def _rules_hash(rule: FileRule, mapping: Mapping, folder: Path) -> str:
    digest = sha256(f"{_LANDING_VERSION}{rule.model_dump_json(exclude={'file'})}".encode())
    digest.update(json.dumps(mapping.rates, sort_keys=True).encode())
    digest.update(str(mapping.snapshot_date).encode())
    looked_up = [part.lookup.file for part in rule.columns.values() if part.lookup]
    for name in [*looked_up, *(join.file for join in rule.join)]:
        if (folder / name).is_file():
            digest.update(content_hash(folder / name).encode())
    return digest.hexdigest()
