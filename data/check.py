"""Checks files before they are loaded: figures, findings, a proposed mapping and a trial of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from data.database_table import DatabaseTableError, table_names
from data.landing import Landing
from data.mapping import FileRule, MappingError
from data.proposal.draft import Proposal
from data.proposal.keys import Source, may_hold_ids, share_of_ids
from data.proposal.propose import propose
from data.quality.anomalies import same_series
from data.quality.findings import Finding, findings_of
from data.quality.history import LoadHistory
from data.quality.profile import FileProfile
from data.quality.profiler import profile_file
from data.quality.staging import Staged, connect, stage
from data.source_file import SourceFileError, first_line
from data.sql_text import literals
from data.trial import Trial, try_load

_UNCOMMON_DELIMITERS = ("^", "~", ":")
_MOSTLY_REJECTED = 0.5
_RELATED = 0.5
_ENTITY_OF_A_LOOK = "customers"  # reading a file as it is needs a rule, and a rule an entity


class CheckError(ValueError):
    """Nothing could be checked; the message says why."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file, looked at.

    Attributes:
        profile: Its figures.
        findings: What to mend first.
    """

    profile: FileProfile
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that a check says.

    Attributes:
        files: One a file or table.
        proposal: The mapping to start from.
        trials: What it would load, and what differs from earlier loads.
        source: The source whose earlier loads it was compared with.
        passed_over: Files that cannot be read, with the reason.
    """

    files: tuple[CheckedFile, ...]
    proposal: Proposal
    trials: tuple[Trial, ...]
    source: str | None
    passed_over: tuple[tuple[str, str], ...]


def check(path: Path, landing: Path, today: date, source: str | None = None) -> CheckReport:
    """Look at a file or a folder of files; nothing is loaded.

    Args:
        path: CSV, Parquet, JSON lines, a database, or a folder of them.
        landing: Where earlier loads are kept, to compare with.
        today: Dates after this day are future ones.
        source: Compare with this source's loads; by default with the one loaded last.

    Raises:
        CheckError: There is nothing to read.
    """
    before = _earlier_source(landing, source)
    with TemporaryDirectory(prefix="aura-check-") as name:
        scratch = Path(name)
        staged, passed_over = _stage_all(path, scratch)
        with connect(scratch) as connection:
            sources = [
                Source(one, profile_file(one, connection, today), options)
                for one, options in staged
            ]
            if source is None and before and not _is_related(sources, before, connection):
                before = None
            ids = _known_ids(before)
            proposal = propose(path.name.split(".")[0], sources, ids, connection, today)
        proposal, trials = _tried(proposal, sources, before, scratch)
    ids_of = {one.file: _id_columns(proposal, one.file) for one in proposal.files}
    checked = tuple(
        CheckedFile(
            one.profile,
            tuple(findings_of(one.profile, ids_of.get(one.profile.file, frozenset()))),
        )
        for one in sources
    )
    return CheckReport(
        checked, proposal, trials, before.folder.name if before else None, tuple(passed_over)
    )


def _stage_all(
    path: Path, scratch: Path
) -> tuple[list[tuple[Staged, dict[str, str]]], list[tuple[str, str]]]:
    """Every readable file or table, and the others with the reason."""
    if not path.exists():
        raise CheckError(f"No file or folder {path}.")
    paths = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    staged: list[tuple[Staged, dict[str, str]]] = []
    passed_over: list[tuple[str, str]] = []
    for one in paths:
        try:
            for options in _looks(one):
                folder = scratch / f"{len(staged)}"
                folder.mkdir()
                rule = FileRule.model_validate(
                    {"file": one.name, "entity": _ENTITY_OF_A_LOOK, **options}
                )
                staged.append((stage(one, rule, folder), options))
        except (SourceFileError, MappingError, DatabaseTableError) as error:
            if path.is_file():
                raise CheckError(str(error)) from error
            passed_over.append((one.name, str(error)))
    if not staged:
        raise CheckError(f"{path} holds no file that can be read.")
    return staged, passed_over


def _looks(path: Path) -> Iterator[dict[str, str]]:
    """The keys with which a file must be read: one set a table of a database."""
    rule = FileRule(file=path.name, entity=_ENTITY_OF_A_LOOK)
    kind = rule.format_of(path)
    if kind == "database":
        yield from ({"table": name} for name in table_names(path))
        return
    if kind == "csv":
        header = first_line(path)
        if not any(sign in header for sign in ",;\t|"):
            found = next((sign for sign in _UNCOMMON_DELIMITERS if sign in header), None)
            yield {"delimiter": found} if found else {}
            return
    yield {}


def _earlier_source(landing: Path, source: str | None) -> Landing | None:
    """The source asked for, or the one that was loaded last."""
    folders = [one for one in landing.glob("*") if (one / "loads").is_dir()]
    if source is not None:
        folders = [one for one in folders if one.name == source]
    newest = max(folders, key=lambda one: (one / "loads").stat().st_mtime, default=None)
    return Landing(newest) if newest else None


def _is_related(
    sources: Sequence[Source], before: Landing, connection: duckdb.DuckDBPyConnection
) -> bool:
    """Whether files belong to a source: they are named as its files, or name its customers."""
    history = LoadHistory(before).profiles()
    if any(same_series(old.file, one.profile.file) for old in history for one in sources):
        return True
    ids = _known_ids(before)
    return ids is not None and any(
        share_of_ids(column.name, one, ids, connection) >= _RELATED
        for one in sources
        for column in one.profile.columns
        if may_hold_ids(column)
    )


def _known_ids(before: Landing | None) -> str | None:
    files = sorted((before.folder / "customers").glob("*.parquet")) if before else []
    if not files:
        return None
    return f"SELECT customer_id AS id FROM read_parquet([{literals(files)}], union_by_name = true)"


def _tried(
    proposal: Proposal, sources: Sequence[Source], before: Landing | None, scratch: Path
) -> tuple[Proposal, tuple[Trial, ...]]:
    """Load into the scratch folder; an entry that rejects most rows is left out of the proposal."""
    trials = try_load(proposal, sources, before, _known_ids(before), scratch)
    for trial in trials:
        if trial.accepted_share >= _MOSTLY_REJECTED:
            continue
        entry = next(
            one
            for one in proposal.in_force
            if (one.file, one.entity, one.table) == (trial.file, trial.entity, trial.table)
        )
        worst = max(trial.reasons, key=lambda reason: trial.reasons[reason])
        told = f"{1 - trial.accepted_share:.0%} of its rows would be rejected ({worst})"
        proposal = proposal.without(entry, told)
    return proposal, trials


def _id_columns(proposal: Proposal, file: str) -> frozenset[str]:
    return frozenset(
        column
        for entry in proposal.files
        if entry.file == file
        for one in entry.fields
        if one.field.endswith("_id")
        for column in one.columns
    )
