"""A user's file with the columns of other files of the same export beside its own."""

from dataclasses import replace
from pathlib import Path

import duckdb

from data.mapping import FileRule, Join
from data.source_file import SourceFile, SourceFileError
from data.sql_text import identifier, literal


def joined(
    source: SourceFile, rule: FileRule, folder: Path, connection: duckdb.DuckDBPyConnection
) -> SourceFile:
    """Add the columns of every file that the rule joins; a row without a match keeps them empty.

    Args:
        source: The opened file.
        rule: What the mapping says about it.
        folder: Where the joined files stand.
        connection: Used to read their columns.

    Raises:
        SourceFileError: A file or column is absent, two columns are called alike, or a file has
            several rows for one of this file's.
    """
    for join in rule.join:
        source = _with(source, join, folder / join.file, connection)
    return source


def _with(
    source: SourceFile, join: Join, path: Path, connection: duckdb.DuckDBPyConnection
) -> SourceFile:
    if not path.is_file():
        raise SourceFileError(f"The mapping joins {join.file}, which is not in {path.parent}.")
    relation = _table(path)
    try:
        described = connection.execute(f"DESCRIBE FROM {relation}").fetchall()
        columns = {str(row[0]): str(row[1]) for row in described}
        _check(source, join, columns)
        keys = ", ".join(_text("j", theirs) for theirs in join.match.values())
        repeated = connection.execute(
            f"SELECT concat_ws(', ', {keys}) FROM {relation} AS j "
            f"GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
        ).fetchone()
    except duckdb.Error as error:
        raise SourceFileError(
            f"{join.file} cannot be read: {str(error).splitlines()[0]}"
        ) from error
    if repeated is not None:
        raise SourceFileError(
            f"{join.file} has several rows for {repeated[0]!r}: a join needs one a row. "
            f"Name more columns in `match`; it has: {', '.join(columns)}."
        )
    added = [name for name in columns if name not in join.match.values()]
    taken = "".join(f", j.{identifier(name)}" for name in added)
    same = " AND ".join(
        f"{_text('f', own)} = {_text('j', theirs)}" for own, theirs in join.match.items()
    )
    return replace(
        source,
        columns=source.columns | {name: columns[name] for name in added},
        scan=f"SELECT f.*{taken} FROM ({source.scan}) AS f LEFT JOIN {relation} AS j ON {same}",
    )


def _table(path: Path) -> str:
    """SQL of a file beside the one being read, CSV as text."""
    if path.suffix.lower() == ".parquet":
        return f"read_parquet({literal(path)})"
    return f"read_csv({literal(path)}, all_varchar = true, header = true)"


def _check(source: SourceFile, join: Join, columns: dict[str, str]) -> None:
    for own, theirs in join.match.items():
        for name, file, known in ((own, source.name, source.columns), (theirs, join.file, columns)):
            if name not in known:
                raise SourceFileError(
                    f"{file} has no column {name!r} (needed to join {join.file}). "
                    f"It has: {', '.join(known)}."
                )
    twice = sorted((columns.keys() - set(join.match.values())) & source.columns.keys())
    if twice:
        raise SourceFileError(
            f"{source.name} and {join.file} both have {', '.join(map(repr, twice))}: name "
            "it in `match` if it is the same thing, else use `lookup` for single columns."
        )


def _text(side: str, name: str) -> str:
    return f"trim({side}.{identifier(name)}::VARCHAR)"
