"""Profiles a staged file column by column, in SQL that spills to disk instead of into memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from data.quality.profile import ColumnProfile, Example, FileProfile
from data.quality.reading import EMPTY_WORDS, PLACEHOLDERS, Reading, read_sample
from data.quality.staging import Staged
from data.sql_text import identifier, literals
from data.typed_value import moment_sql

_SAMPLE_ROWS = 20_000
_SAMPLE_VALUES = 2_000
_TOP = 12
_SHOWN = 5
_FENCE = 3.0
_DROPPED_FROM_AMOUNTS = "$€£¥ \u00a0\u202f'"


def profile_file(staged: Staged, connection: duckdb.DuckDBPyConnection, today: date) -> FileProfile:
    """Measure every column of a file.

    Args:
        staged: The file, laid out for reading by column.
        connection: From `data.quality.staging.connect`.
        today: Dates after this day are counted as future.
    """
    columns = tuple(_profile_column(staged, name, connection, today) for name in staged.columns)
    return FileProfile(
        file=staged.path.name,
        table=staged.table,
        rows=staged.rows,
        unreadable=staged.unreadable,
        unreadable_examples=staged.unreadable_examples,
        duplicate_rows=_duplicate_rows(staged, connection),
        columns=columns,
    )


def distinct_rows(
    staged: Staged, columns: Sequence[str], connection: duckdb.DuckDBPyConnection
) -> int:
    """Number of different records, looking at these columns only."""
    texts = ", ".join(f"{identifier(name)}::VARCHAR" for name in columns)
    hashes = f"SELECT DISTINCT hash({texts}) AS h FROM {staged.relation}"
    row = connection.execute(f"SELECT count(*) FROM ({hashes})").fetchone()
    return int(row[0]) if row else 0


def read_value_sql(reading: Reading, text: str) -> str:
    """SQL of the number or moment that a text holds, NULL where it holds none."""
    if reading.kind in {"date", "timestamp"}:
        return moment_sql(text, reading.formats)
    if reading.decimal is not None:
        dropped = _DROPPED_FROM_AMOUNTS + (",.".replace(reading.decimal, ""))
        text = f"replace(translate({text}, {literals([dropped])}, ''), '{reading.decimal}', '.')"
    number = f"try_cast({text} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _duplicate_rows(staged: Staged, connection: duckdb.DuckDBPyConnection) -> int:
    return staged.rows - distinct_rows(staged, list(staged.columns), connection)


def _profile_column(
    staged: Staged, name: str, connection: duckdb.DuckDBPyConnection, today: date
) -> ColumnProfile:
    column = _Column(staged, name, connection)
    measured = column.counts()
    if column.reading.kind in {"integer", "number"}:
        measured |= column.numbers()
    if column.reading.kind in {"date", "timestamp"}:
        measured |= column.dates(today)
    return ColumnProfile(
        name=name,
        stored_as=staged.columns[name],
        reading=column.reading,
        rows=staged.rows,
        **measured,
    )


@dataclass(slots=True)
class _Column:
    """One column's statements."""

    staged: Staged
    name: str
    connection: duckdb.DuckDBPyConnection
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        sample = self.connection.execute(
            f"SELECT v, count(*) AS n FROM (SELECT {self._text} AS v FROM {self.staged.relation} "
            f"USING SAMPLE reservoir({_SAMPLE_ROWS} ROWS) REPEATABLE (7)) WHERE v IS NOT NULL "
            f"GROUP BY v ORDER BY n DESC, v LIMIT {_SAMPLE_VALUES}"
        ).fetchall()
        self.reading = read_sample([(str(value), int(count)) for value, count in sample])

    @property
    def _text(self) -> str:
        text = f"nullif(trim({identifier(self.name)}::VARCHAR), '')"
        return f"CASE WHEN lower({text}) NOT IN ({literals(EMPTY_WORDS)}) THEN {text} END"

    @property
    def _values(self) -> str:
        """SELECT of `_row`, the text `v` and what it reads as, `x`; placeholders read as nothing."""
        real = f"CASE WHEN lower(v) NOT IN ({literals(PLACEHOLDERS)}) THEN v END"
        value = (
            f"try_cast({real} AS BOOLEAN)"
            if self.reading.kind == "boolean"
            else read_value_sql(self.reading, real)
        )
        return (
            f"SELECT _row, {real} AS v, {value} AS x "
            f"FROM (SELECT _row, {self._text} AS v FROM {self.staged.relation})"
        )

    def counts(self) -> dict[str, Any]:
        """What every kind of column has."""
        raw = f"{identifier(self.name)}::VARCHAR"
        rows = self.connection.execute(
            f"SELECT count(*), coalesce(sum(n), 0), arg_max(v, n, {_TOP}), max(n, {_TOP}), "
            f"map(list(lower(v)) FILTER ({self._is_placeholder}), "
            f"list(n) FILTER ({self._is_placeholder})) FROM "
            f"(SELECT v, count(*) AS n FROM (SELECT {self._text} AS v FROM {self.staged.relation}) "
            "WHERE v IS NOT NULL GROUP BY v ORDER BY v)"
        ).fetchone() or (0, 0, [], [], {})
        odd = self.connection.execute(
            f"SELECT count(*) FILTER ({raw} <> trim({raw})), count(*) FILTER "
            f"(regexp_matches({raw}, '\ufffd|Ã[\u0080-\u00bf]|â€|[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]')) "
            f"FROM {self.staged.relation}"
        ).fetchone() or (0, 0)
        return {
            "distinct": int(rows[0]),
            "missing": self.staged.rows - int(rows[1]),
            "top": tuple(zip(rows[2] or [], rows[3] or [], strict=True)),
            "placeholders": dict(rows[4] or {}),
            "padded": int(odd[0]),
            "garbled": int(odd[1]),
            **self._misfits(),
        }

    @property
    def _is_placeholder(self) -> str:
        return f"lower(v) IN ({literals(PLACEHOLDERS)})"

    def _misfits(self) -> dict[str, Any]:
        if self.reading.kind in {"text", "empty"}:
            return {}
        return self._counted("misfits", "v IS NOT NULL AND x IS NULL", "_row")

    def _counted(self, name: str, condition: str, order: str) -> dict[str, Any]:
        """A number of records and the first of them."""
        shown = self.connection.execute(
            f"SELECT _row, v, count(*) OVER () FROM ({self._values}) WHERE {condition} "
            f"ORDER BY {order}, _row LIMIT {_SHOWN}"
        ).fetchall()
        examples: tuple[Example, ...] = tuple((int(row), str(value)) for row, value, _ in shown)
        return {name: int(shown[0][2]) if shown else 0, f"{name[:-1]}_examples": examples}

    def numbers(self) -> dict[str, Any]:
        """Range, quartiles and outliers."""
        found = self.connection.execute(
            "SELECT min(x), max(x), quantile_cont(x, [0.25, 0.5, 0.75]), "
            f"count(*) FILTER (x < 0), count(*) FILTER (x = 0) FROM ({self._values})"
        ).fetchone() or (None, None, None, 0, 0)
        low, high = found[0], found[1]
        quartiles = tuple(float(one) for one in found[2] or [])
        measured: dict[str, Any] = {
            "minimum": low,
            "maximum": high,
            "quartiles": quartiles,
            "negative": int(found[3]),
            "zero": int(found[4]),
        }
        condition = _far_out(quartiles, positive=low is not None and low > 0)
        if condition:
            measured |= self._counted("outliers", condition, f"abs(x - {quartiles[1]!r}) DESC")
        return measured

    def dates(self, today: date) -> dict[str, Any]:
        """First and last day, and how many lie ahead."""
        found = self.connection.execute(
            f"SELECT min(x)::DATE::VARCHAR, max(x)::DATE::VARCHAR, count(*) FILTER "
            f"(x::DATE > DATE '{today}') FROM ({self._values})"
        ).fetchone() or (None, None, 0)
        return {"minimum": found[0], "maximum": found[1], "future": int(found[2])}


def _far_out(quartiles: tuple[float, ...], *, positive: bool) -> str | None:
    """SQL of Tukey's outer fences; positive values must lie beyond those of the logarithm too."""
    if not quartiles or quartiles[0] == quartiles[2]:
        return None
    low, _, high = quartiles
    width = _FENCE * (high - low)
    fences = f"(x < {low - width!r} OR x > {high + width!r})"
    if not positive:
        return fences
    ratio = (high / low) ** _FENCE
    return f"{fences} AND (x < {low / ratio!r} OR x > {high * ratio!r})"
