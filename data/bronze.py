"""Landing files as the bronze schema, and what they say about the source as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from data.landing import Landing
from data.mapping import Mapping
from data.raw import ENTITIES
from data.sql_text import identifier, literals

_REJECT_COLUMNS = (
    'entity VARCHAR, file VARCHAR, "row" BIGINT, "column" VARCHAR, "value" VARCHAR, reason VARCHAR'
)
_LOAD_COLUMNS = (
    "entity VARCHAR, file VARCHAR, rows_read BIGINT, accepted BIGINT, rejected BIGINT, "
    "merged BIGINT"
)
_ACTIVITY = ("subscriptions", "transactions", "engagement_events", "support_tickets", "surveys")


class NothingLoadedError(ValueError):
    """The source has no customers, or no dates, so nothing can be built from it."""


@dataclass(frozen=True)
class SourceFacts:
    """What the build needs to know before any model runs.

    Attributes:
        present: Entities with at least one row.
        as_of: The last date in the data, or the date asked for.
        series_from: First day of the daily series: the first thing that happened.
        months_from: Month of the first client.
        snapshots_from: First day on which features can be observed.
        churn_rule: The rule in force, `auto` resolved.
        mrr_known: Whether any row states recurring revenue.
    """

    present: tuple[str, ...]
    as_of: date
    series_from: date
    months_from: date
    snapshots_from: date
    churn_rule: str
    mrr_known: bool


def create_bronze(
    connection: duckdb.DuckDBPyConnection, landing: Path, rates: dict[str, float]
) -> None:
    """Views on the canonical files, tables of loads, rejects and currency rates.

    Args:
        connection: The warehouse being built.
        landing: The source's folder of canonical files.
        rates: US dollars for one unit of a currency.

    Raises:
        LandingError: A loaded file is damaged or missing.
    """
    store = Landing(landing)
    loads = store.loads()
    for load in loads:
        store.check(load)
    for schema in ("bronze", "silver", "gold"):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for entity in ENTITIES:
        files = [landing / load.accepted_file for load in loads if load.report.entity == entity]
        _create_view(connection, files, entity)
    _create_table(
        connection,
        "load_rejects",
        _REJECT_COLUMNS,
        [landing / load.rejected_file for load in loads],
        'SELECT entity, file, "row", "column", "value", reason FROM read_parquet({files})',
    )
    _create_table(
        connection,
        "loads",
        _LOAD_COLUMNS,
        store.notes(),
        "SELECT report.entity, report.file, report.rows_read, report.accepted, report.rejected, "
        f"report.merged FROM read_json({{files}}, columns = {{{{report: 'STRUCT({_LOAD_COLUMNS})'}}}})",
    )
    connection.execute("CREATE TABLE bronze.currency_rates (currency VARCHAR, usd DOUBLE)")
    connection.executemany("INSERT INTO bronze.currency_rates VALUES (?, ?)", list(rates.items()))


def source_facts(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, as_of: date | None
) -> SourceFacts:
    """Dates, presence and churn rule of what was loaded.

    Raises:
        NothingLoadedError: There are no customers, or nothing that carries a date.
    """
    present = tuple(name for name in ENTITIES if _holds(connection, name, "true"))
    if "customers" not in present:
        raise NothingLoadedError(
            f"Source {mapping.name!r} has no customers: load a customers file first."
        )
    ranges = {name: _date_range(connection, name) for name in present}
    activity = [ranges[name] for name in _ACTIVITY if name in ranges]
    starts = [one for one, _ in activity if one] or [one for one, _ in ranges.values() if one]
    ends = [one for name, (_, one) in ranges.items() if one and name != "interventions"]
    stated = as_of or mapping.snapshot_date or mapping.as_of
    if stated is None and not ends:
        raise NothingLoadedError(f"Source {mapping.name!r} holds no date: give an as-of date.")
    last = stated or max(ends)
    first = min([*starts, last])
    signups = ranges["customers"][0]
    observed = ranges.get("engagement_events", (None, None))[0]
    return SourceFacts(
        present=present,
        as_of=last,
        series_from=first,
        months_from=min(first, signups or first).replace(day=1),
        snapshots_from=_snapshots_from(mapping, last, observed or first),
        churn_rule=_churn_rule(connection, mapping, present),
        mrr_known="subscriptions" in present or _holds(connection, "customers", "mrr IS NOT NULL"),
    )


def with_present(facts: SourceFacts, entity: str) -> SourceFacts:
    """The same facts with an entity that the source did not bring and that came another way."""
    return replace(facts, present=tuple(dict.fromkeys([*facts.present, entity])))


def _snapshots_from(mapping: Mapping, as_of: date, observed: date) -> date:
    """A picture shows its own day only: what it says of a client did not hold all along."""
    return observed if mapping.snapshot_date is None else as_of - timedelta(days=1)


def _create_view(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], entity: str) -> None:
    columns = ENTITIES[entity].columns
    kinds = {
        "text": "VARCHAR",
        "integer": "BIGINT",
        "number": "DOUBLE",
    }
    declared = {
        name: kinds.get(column.type, column.type.upper()) for name, column in columns.items()
    }
    if not files:
        empty = ", ".join(f"NULL::{kind} AS {identifier(name)}" for name, kind in declared.items())
        connection.execute(
            f"CREATE VIEW bronze.{entity} AS SELECT {empty}, NULL::VARCHAR AS _file, "
            "NULL::BIGINT AS _row, NULL::VARCHAR AS _load WHERE false"
        )
        return
    source = f"read_parquet([{literals(files)}], union_by_name = true, filename = '_load')"
    found = [str(row[0]) for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()]
    taken = [
        identifier(name) if name in found else f"NULL::{kind} AS {identifier(name)}"
        for name, kind in declared.items()
    ]
    taken += [identifier(name) for name in found if name.startswith("attr_")]
    connection.execute(
        f"CREATE VIEW bronze.{entity} AS SELECT {', '.join(taken)}, _file, _row, _load FROM {source}"
    )


def _create_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    declared: str,
    files: Sequence[Path],
    select: str,
) -> None:
    connection.execute(f"CREATE TABLE bronze.{name} ({declared})")
    if files:
        connection.execute(
            f"INSERT INTO bronze.{name} {select.format(files=f'[{literals(files)}]')}"
        )


def _holds(connection: duckdb.DuckDBPyConnection, entity: str, condition: str) -> bool:
    sql = f"SELECT 1 FROM bronze.{entity} WHERE {condition} LIMIT 1"
    return connection.execute(sql).fetchone() is not None


def _date_range(
    connection: duckdb.DuckDBPyConnection, entity: str
) -> tuple[date | None, date | None]:
    """First and last date of an entity, over rows of known clients."""
    column = identifier(ENTITIES[entity].dated_by)
    row = connection.execute(
        f"SELECT min({column})::DATE, max({column})::DATE FROM bronze.{entity} "
        "WHERE customer_id IN (SELECT customer_id FROM bronze.customers)"
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _churn_rule(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, present: tuple[str, ...]
) -> str:
    if mapping.churned.by != "auto":
        return mapping.churned.by
    if _holds(connection, "customers", "churned_at IS NOT NULL"):
        return "churned_at"
    if _holds(connection, "customers", "status IS NOT NULL"):
        return "status"
    if "subscriptions" in present:
        return "subscriptions"
    return "inactivity" if "transactions" in present else "churned_at"
