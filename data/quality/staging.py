"""A user's file laid out as Parquet in a scratch folder, where each column is cheap to read."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from data.database_table import copy_table
from data.mapping import FileRule
from data.quality.profile import Example
from data.source_file import BAD_LINES, SourceFileError, open_source
from data.sql_text import identifier, literal

MEMORY_LIMIT = "1500MB"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that can be queried.

    Attributes:
        path: The user's file.
        table: Table of a database.
        readable: The file itself, or the copy of its table.
        parquet: The same records with `_row`, their number.
        columns: Column name to the type the file gave it.
        rows: Records that could be read.
        unreadable: Records that could not.
        unreadable_examples: Some of them.
    """

    path: Path
    table: str | None
    readable: Path
    parquet: Path
    columns: dict[str, str]
    rows: int
    unreadable: int
    unreadable_examples: tuple[Example, ...]

    @property
    def relation(self) -> str:
        """SQL of the records."""
        return f"read_parquet({literal(self.parquet)})"


def stage(path: Path, rule: FileRule, scratch: Path) -> Staged:
    """Read a file once, as it is.

    Args:
        path: The user's file.
        rule: Format, delimiter, encoding and table, where they are known.
        scratch: An empty folder for the copy.

    Raises:
        SourceFileError: The file cannot be read.
        DatabaseTableError: The database has no such table.
    """
    readable = path
    if rule.format_of(path) == "database":
        readable = scratch / "table.parquet"
        copy_table(path, rule.table or "", readable)
        rule = rule.model_copy(update={"format": "parquet"})
    target = scratch / "staged.parquet"
    with connect(scratch) as connection:
        source = open_source(readable, rule, scratch, connection)
        try:
            columns = ", ".join(identifier(name) for name in source.columns)
            connection.execute(
                f"COPY (SELECT _row, {columns} FROM ({source.scan}) WHERE _broken IS NULL) "
                f"TO {literal(target)} (FORMAT parquet, COMPRESSION snappy)"
            )
            count, examples = _unreadable(connection, source.scan, bad_lines=source.keeps_bad_lines)
            row = connection.execute(f"SELECT count(*) FROM read_parquet({literal(target)})")
            rows = int((row.fetchone() or (0,))[0])
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise SourceFileError(f"{path.name} cannot be read: {reason}") from error
    return Staged(path, rule.table, readable, target, source.columns, rows, count, examples)


def connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A connection within a fixed memory that spills into the scratch folder."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute(f"SET temp_directory = {literal(scratch / 'spill')}")
    return connection


def _unreadable(
    connection: duckdb.DuckDBPyConnection, scan: str, *, bad_lines: bool
) -> tuple[int, tuple[Example, ...]]:
    relation = (
        f"SELECT line - 1 AS record, any_value(error_message) AS why FROM {BAD_LINES} GROUP BY 1"
        if bad_lines
        else f"SELECT _row AS record, _broken AS why FROM ({scan}) WHERE _broken IS NOT NULL"
    )
    shown = connection.execute(
        f"SELECT record, why, count(*) OVER () FROM ({relation}) ORDER BY record LIMIT {_SHOWN}"
    ).fetchall()
    return (int(shown[0][2]) if shown else 0), tuple((int(row[0]), str(row[1])) for row in shown)
