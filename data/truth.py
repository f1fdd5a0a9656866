"""Plain SQL on the built warehouse, for evaluation and tests only: never within a turn's reach."""

from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb


class Truth:
    """A read-only connection of its own; use it as a context manager."""

    def __init__(self, warehouse: Path) -> None:
        self._connection = duckdb.connect(str(warehouse), read_only=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of one SELECT."""
        found = self._connection.execute(sql).fetchall()
        return [tuple(_plain(value) for value in row) for row in found]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
