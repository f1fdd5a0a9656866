"""One readable file to two Parquet files: the canonical rows, and the faults of the others."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from data.canonical import CanonicalSelect, canonical_select
from data.duckdb_causes import outside_cause
from data.joined import joined
from data.mapping import FileRule, Mapping
from data.source_file import BAD_LINES, SourceFile, SourceFileError, open_source
from data.sql_text import literal

_MEMORY_LIMIT = "3GB"
_MAX_SHIFTS = 1000
_ROW = '"row"'


@dataclass(frozen=True)
class Translation:
    """What came out.

    Attributes:
        accepted: Parquet of canonical rows.
        rejected: Parquet of faults: entity, file, row, column, value, reason.
        rows_accepted: Number of records that became canonical rows, or part of one.
        rows_rejected: Number of records with at least one fault.
        reasons: "column: reason" to the number of faults.
        rows_merged: Of the accepted records, those that joined the row of another one.
        rows_skipped: Number of records that `where` leaves to other entities.
    """

    accepted: Path
    rejected: Path
    rows_accepted: int
    rows_rejected: int
    reasons: dict[str, int]
    rows_merged: int
    rows_skipped: int


def translate(
    path: Path, name: str, rule: FileRule, mapping: Mapping, *, folder: Path, scratch: Path
) -> Translation:
    """Read a file by its rule, in one stream and within a fixed memory.

    Args:
        path: The file to read.
        name: The file as the user knows it.
        rule: What the mapping says of it.
        mapping: The source, for its currencies.
        folder: Where files named in a `lookup` or `join` stand.
        scratch: Folder for the results.

    Raises:
        SourceFileError: The file cannot be read.
        MissingColumnError: It lacks a column.
    """
    accepted, rejected = scratch / "accepted.parquet", scratch / "rejected.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        connection.execute(f"SET temp_directory = {literal(scratch / 'spill')}")
        source = joined(open_source(path, rule, scratch, connection), rule, folder, connection)
        select = canonical_select(source, rule, folder, mapping)
        try:
            _collect_faults(connection, select, source, name)
            record = _record_number(connection, source, "_row")
            kept = _copy(connection, select.accepted(record, name), accepted)
            _copy(connection, _faults(rule.entity), rejected)
            records = _count(connection, select.records) if select.merged else kept
            skipped = _count(connection, select.skipped) if select.skipped else 0
        except duckdb.Error as error:
            if (cause := outside_cause(error)) is not None:
                raise SourceFileError(f"{name} was not loaded: {cause}.") from error
            reason = str(error).splitlines()[0]
            raise SourceFileError(f"{name} cannot be read: {reason}") from error
        faulty = _count(connection, f"SELECT count(DISTINCT {_ROW}) FROM faults")
        reasons = connection.execute(
            """SELECT concat_ws(': ', "column", reason), count(*) FROM faults GROUP BY 1 ORDER BY 1"""
        ).fetchall()
    counted = {str(reason): int(count) for reason, count in reasons}
    return Translation(accepted, rejected, records, faulty, counted, records - kept, skipped)


def _collect_faults(
    connection: duckdb.DuckDBPyConnection, select: CanonicalSelect, source: SourceFile, name: str
) -> None:
    connection.execute(f"CREATE TEMP TABLE faults AS {select.rejected(name)}")
    if not source.keeps_bad_lines:
        return
    connection.execute(
        "CREATE TEMP TABLE bad_records AS SELECT line - 1 AS record, any_value(csv_line) AS value, "
        f"any_value(lower(error_message)) AS reason FROM {BAD_LINES} GROUP BY 1"
    )
    connection.execute(f"UPDATE faults SET {_ROW} = {_record_number(connection, source, _ROW)}")
    connection.execute(
        f"INSERT INTO faults SELECT {literal(name)}, record, NULL, value, reason FROM bad_records"
    )


def _record_number(connection: duckdb.DuckDBPyConnection, source: SourceFile, readable: str) -> str:
    """SQL of a record's place in the file, from its place among the readable ones."""
    if not source.keeps_bad_lines:
        return readable
    found = connection.execute("SELECT record FROM bad_records ORDER BY 1").fetchall()
    if not found or len(found) > _MAX_SHIFTS:
        return readable
    before = [record - place for place, (record,) in enumerate(found, start=1)]
    return f"{readable} + len(list_filter({before}, lambda earlier: earlier < {readable}))"


def _faults(entity: str) -> str:
    return (
        f'SELECT {literal(entity)} AS entity, file, {_ROW}::BIGINT AS {_ROW}, "column", "value", '
        f'reason FROM faults ORDER BY {_ROW}, "column"'
    )


def _copy(connection: duckdb.DuckDBPyConnection, select: str, target: Path) -> int:
    return _count(
        connection, f"COPY ({select}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)"
    )


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
