"""One locked, read-only door to the warehouse file.

The file is attached to an in-memory database with external access off and the configuration
locked, so that no statement can write, read another file or undo these settings. A swapped file
is noticed by its inode and opened beside the old one, which serves the calls that still use it.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from data.query import Scalar
from data.semantic_filters import CATALOG

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GoldError", "GoldMissing", "GoldReader", "GoldTooSlow"]

_T = TypeVar("_T")


class GoldError(Exception):
    """Base of what reading gold may raise."""


class GoldMissing(GoldError):  # noqa: N818 — said as what happened
    """There is no readable warehouse."""


class GoldTooSlow(GoldError):  # noqa: N818 — said as what happened
    """A statement ran into the time limit."""


class GoldReader:
    """Runs statements on the current warehouse file; safe to share between threads.

    Args:
        path: `warehouse.duckdb`.
        time_limit_seconds: A statement is interrupted after this long.
    """

    def __init__(self, path: Path, *, time_limit_seconds: float) -> None:
        self.path = path
        self._time_limit_seconds = time_limit_seconds
        self._lock = threading.Lock()
        self._version = ""
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def version(self) -> str:
        """Changes whenever the file is swapped.

        Raises:
            GoldMissing: There is no warehouse.
        """
        try:
            stat = self.path.stat()
        except OSError as error:
            raise self._missing("does not exist") from error
        return f"{stat.st_ino}-{stat.st_mtime_ns}"

    def rows(
        self, sql: str, params: Mapping[str, Scalar]
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Column names and all rows of one statement.

        Raises:
            GoldMissing: There is no warehouse.
            GoldTooSlow: The time limit was reached.
        """

        def fetch(cursor: duckdb.DuckDBPyConnection) -> Any:
            cursor.execute(sql, dict(params))
            names = tuple(column[0] for column in cursor.description or ())
            return names, cursor.fetchall()

        return self._run(fetch)

    def frame(self, sql: str, params: Mapping[str, Scalar]) -> "pd.DataFrame":
        """The result of one statement as a data frame.

        Raises:
            GoldMissing: There is no warehouse.
            GoldTooSlow: The time limit was reached.
        """
        return self._run(lambda cursor: cursor.execute(sql, dict(params)).df())

    def close(self) -> None:
        """Close the file; the next statement opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._version = None, ""

    def _run(self, work: Callable[[duckdb.DuckDBPyConnection], _T]) -> _T:
        cursor = self._current().cursor()
        timer = threading.Timer(self._time_limit_seconds, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            return work(cursor)
        except duckdb.InterruptException as error:
            limit = f"{self._time_limit_seconds:g} seconds"
            message = f"The question took longer than {limit}. Ask for fewer groups or less time."
            raise GoldTooSlow(message) from error
        finally:
            timer.cancel()
            cursor.close()

    def _current(self) -> duckdb.DuckDBPyConnection:
        version = self.version
        with self._lock:
            if self._connection is None or version != self._version:
                self._connection, self._version = self._open(), version
            return self._connection

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:")
        quoted = str(self.path).replace("'", "''")
        try:
            connection.execute(f"ATTACH '{quoted}' AS {CATALOG} (READ_ONLY)")
        except duckdb.Error as error:
            connection.close()
            raise self._missing("cannot be opened") from error
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def _missing(self, why: str) -> GoldMissing:
        return GoldMissing(f"The warehouse {self.path} {why}. Run `aura prepare` to build it.")
