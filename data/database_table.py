"""A table of the user's own database, copied to a file that the loader can read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import column, create_engine, inspect, select, table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_ROWS_AT_ONCE = 50_000


class DatabaseTableError(ValueError):
    """The database cannot be reached, or has no such table."""


def table_names(path: Path) -> list[str]:
    """Every table and view of a database that can be read without naming a schema.

    Raises:
        DatabaseTableError: It cannot be reached, or is none.
    """
    try:
        engine = create_engine(_url(path))
        known = inspect(engine)
        names = sorted([*known.get_table_names(), *known.get_view_names()])
        engine.dispose()
    except SQLAlchemyError as error:
        raise DatabaseTableError(f"{path.name}: {type(error).__name__}.") from error
    return names


def copy_table(path: Path, name: str, target: Path) -> None:
    """Stream one table to Parquet, every value as text.

    Args:
        path: A SQLite file, or a `.url` file whose only line is an SQLAlchemy URL.
        name: Table, or schema.table.
        target: Parquet file to write.

    Raises:
        DatabaseTableError: The message says which table or database is meant.
    """
    schema, _, bare = name.rpartition(".")
    try:
        engine = create_engine(_url(path))
        columns = _columns(engine, bare, schema or None, path)
        chosen = select(*(column(one) for one in columns)).select_from(
            table(bare, *(column(one) for one in columns), schema=schema or None)
        )
        layout = pa.schema([(one, pa.string()) for one in columns])
        with engine.connect() as connection, pq.ParquetWriter(target, layout) as writer:
            rows = connection.execution_options(stream_results=True).execute(chosen)
            while chunk := rows.fetchmany(_ROWS_AT_ONCE):
                writer.write_table(_texts(chunk, layout))
        engine.dispose()
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else type(error).__name__
        raise DatabaseTableError(f"{path.name}: table {name!r} cannot be read: {cause}.") from error


def _url(path: Path) -> str:
    return (
        path.read_text(encoding="utf-8").strip() if path.suffix == ".url" else f"sqlite:///{path}"
    )


def _columns(engine: Any, name: str, schema: str | None, path: Path) -> list[str]:
    known = inspect(engine)
    names = [*known.get_table_names(schema=schema), *known.get_view_names(schema=schema)]
    if name not in names:
        raise DatabaseTableError(
            f"{path.name} has no table {name!r}. Allowed: {', '.join(sorted(names)) or 'none'}."
        )
    return [str(one["name"]) for one in known.get_columns(name, schema=schema)]


def _texts(rows: Sequence[Any], layout: Any) -> Any:
    values = zip(*rows, strict=True)
    return pa.table(
        [[None if value is None else str(value) for value in one] for one in values], schema=layout
    )
