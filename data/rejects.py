"""The faults that a load found, read back for the person who brought the file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from data.ingest import LoadReport
from data.landing import Landing
from data.source_file import content_hash
from data.sql_text import literal

__all__ = ["Fault", "Faults", "read_faults"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that kept its row out.

    Attributes:
        row: Place of the record in the file, from 1.
        column: None where the whole record cannot be read.
    """

    file: str
    row: int
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Faults:
    """The first faults of a file, and how many there are in all."""

    first: list[Fault]
    total: int


def read_faults(path: Path, report: LoadReport, folder: Path, *, limit: int) -> Faults:
    """What kept rows of a loaded file out, in the order of the file.

    Args:
        path: The file as it was loaded.
        report: What loading it said.
        folder: `landing/<source>`.
        limit: The most faults to return.
    """
    load = Landing(folder).find(content_hash(path), report.entity)
    if load is None or not report.rejected:
        return Faults([], 0)
    faults = literal(folder / load.rejected_file)
    with duckdb.connect() as connection:
        rows: list[tuple[Any, ...]] = connection.execute(
            'SELECT file, "row", "column", "value", reason, count(*) OVER () '
            f'FROM read_parquet({faults}) ORDER BY "row", "column" LIMIT {int(limit)}'
        ).fetchall()
    return Faults([Fault(*row[:5]) for row in rows], int(rows[0][5]) if rows else 0)
