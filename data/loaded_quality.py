"""What stands in the warehouse and what was refused on the way, for the page about the data."""

from dataclasses import dataclass
from typing import Any

from data.client_selection import table
from data.gold import Gold
from data.raw import ENTITIES

_REASONS = 200


@dataclass(frozen=True, slots=True)
class LoadedEntity:
    """One raw entity in the warehouse.

    Attributes:
        entity: Raw entity.
        rows_read: Records in its files.
        rows: Rows that answers are made of.
        rejected: Records with a fault, or of an unknown customer.
        duplicates: Records that a later one with the same key replaced.
        merged: Records that joined the row of another one.
        after_as_of: Rows dated after the last day of the data.
    """

    entity: str
    rows_read: int
    rows: int
    rejected: int
    duplicates: int
    merged: int
    after_as_of: int


@dataclass(frozen=True, slots=True)
class RejectReason:
    """Records that were refused for the same reason.

    Attributes:
        column: Canonical column; None where the whole record cannot be read.
        rows: How many.
        row: The first of them, as its place in the file.
        value: What stands there.
    """

    entity: str
    file: str
    column: str | None
    reason: str
    rows: int
    row: int
    value: str | None


def loaded_entities(gold: Gold) -> list[LoadedEntity]:
    """Every entity with at least one row, in the order of the raw contract."""
    rows = _rows(
        gold,
        "SELECT entity, rows_read, accepted, rejected, duplicates, merged, after_as_of "
        f"FROM {table('load_audit', 'silver')}",
    )
    found = {str(row[0]): LoadedEntity(*row) for row in rows}
    return [found[name] for name in ENTITIES if name in found and found[name].rows_read]


def reject_reasons(gold: Gold) -> list[RejectReason]:
    """Why records were refused, the most frequent reason first."""
    rows = _rows(
        gold,
        'SELECT entity, file, "column", reason, count(*), min("row"), arg_min("value", "row") '
        f"FROM {table('rejected', 'bronze')} GROUP BY ALL "
        f'ORDER BY count(*) DESC, entity, file, "column", reason LIMIT {_REASONS}',
    )
    return [RejectReason(*row) for row in rows]


def costs_of_absence(gold: Gold) -> dict[str, list[str]]:
    """Absent entity to the metrics that cannot be answered without it."""
    return {
        entity: [metric.label for metric in gold.semantic.metrics if entity in metric.needs]
        for entity in gold.build.absent
    }


def _rows(gold: Gold, sql: str) -> list[tuple[Any, ...]]:
    return gold.reader.rows(sql, {})[1]
