"""The few figures of a load that later loads are compared with, kept as JSON beside it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import duckdb

from data.raw import ENTITIES, RawColumn
from data.sql_text import identifier, literal

_CATEGORIES = 50


@dataclass(frozen=True, slots=True)
class LoadedColumn:
    """One column of the canonical rows.

    Attributes:
        missing_share: Share of rows without a value, 0-1.
        minimum: Smallest number, or first date as ISO text.
        maximum: Largest number, or last date.
        median: Of numbers.
        categories: Every value, where they are few.
    """

    missing_share: float
    minimum: float | str | None = None
    maximum: float | str | None = None
    median: float | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One unusual thing about a load.

    Attributes:
        kind: `rows`, `missing`, `range`, `categories` or `dates`.
        column: Canonical column; None for the file as a whole.
        message: What, in words, with what was usual.
    """

    kind: str
    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """What one load brought.

    Attributes:
        file: File name.
        entity: Raw entity.
        rows: Clean canonical rows.
        loaded_at: When, ISO in UTC.
        columns: Canonical columns with at least one value.
        anomalies: What was unusual, compared with the loads before it.
    """

    file: str
    entity: str
    rows: int
    loaded_at: str
    columns: dict[str, LoadedColumn]
    anomalies: tuple[Anomaly, ...] = ()

    def with_anomalies(self, found: Iterable[Anomaly]) -> Self:
        """The same, judged."""
        return replace(self, anomalies=tuple(found))

    def to_json(self) -> str:
        """As text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Back from text."""
        content: dict[str, Any] = json.loads(text)
        columns = {
            name: LoadedColumn(**one | {"categories": tuple(one["categories"])})
            for name, one in content.pop("columns").items()
        }
        anomalies = tuple(Anomaly(**one) for one in content.pop("anomalies"))
        return cls(**content, columns=columns, anomalies=anomalies)


def profile_load(accepted: Path, file: str, entity: str) -> LoadProfile:
    """Measure the canonical rows of one load.

    Args:
        accepted: Parquet of the clean rows.
        file: File name as the user knows it.
        entity: Raw entity.
    """
    relation = f"read_parquet({literal(accepted)})"
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1500MB'")
        row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
        rows = int(row[0]) if row else 0
        columns = {
            name: _column(connection, relation, name, spec, rows)
            for name, spec in ENTITIES[entity].columns.items()
        }
    filled = {name: one for name, one in columns.items() if one.missing_share < 1}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return LoadProfile(file, entity, rows, now, filled)


def _column(
    connection: duckdb.DuckDBPyConnection, relation: str, name: str, spec: RawColumn, rows: int
) -> LoadedColumn:
    value = identifier(name)
    found = connection.execute(f"SELECT count({value}) FROM {relation}").fetchone()
    missing = 1 - int(found[0]) / rows if found and rows else 1.0
    share = round(float(missing), 4)
    if missing == 1:
        return LoadedColumn(share)
    if spec.type in {"number", "integer"}:
        low, high, median = _figures(
            connection, f"min({value}), max({value}), median({value})", relation
        )
        return LoadedColumn(share, float(low), float(high), float(median))
    if spec.type in {"date", "timestamp"}:
        low, high = _figures(
            connection, f"min({value})::DATE::VARCHAR, max({value})::DATE::VARCHAR", relation
        )
        return LoadedColumn(share, str(low), str(high))
    if name.endswith("_id") or spec.type == "boolean":
        return LoadedColumn(share)
    values = connection.execute(
        f"SELECT DISTINCT {value} FROM {relation} WHERE {value} IS NOT NULL LIMIT {_CATEGORIES + 1}"
    ).fetchall()
    few = sorted(str(one) for (one,) in values) if len(values) <= _CATEGORIES else []
    return LoadedColumn(share, categories=tuple(few))


def _figures(connection: duckdb.DuckDBPyConnection, figures: str, relation: str) -> tuple[Any, ...]:
    return connection.execute(f"SELECT {figures} FROM {relation}").fetchone() or ()
