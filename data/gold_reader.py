"""One locked, read-only door to the warehouse file.

The file is attached to an in-memory database with external access off and the configuration
locked, so that no statement can write, read another file or undo these settings. A swapped file
is noticed by its inode and opened beside the old one, which serves the calls that still use it; one
that cannot be opened is looked at again from time to time, and the old one serves on.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import structlog

from data.duckdb_causes import file_cause
from data.query import Scalar
from data.semantic_filters import CATALOG

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GoldError", "GoldMissing", "GoldReader", "GoldTooSlow"]

_T = TypeVar("_T")
_LOOK_AGAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


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
        self._refused: tuple[str, float] = ("", 0.0)
        self.problem: str | None = None
        """Why a newer file is not used; None while the file that is there serves."""

    @property
    def version(self) -> str:
        """Changes whenever another file comes into use.

        Raises:
            GoldMissing: There is no readable warehouse.
        """
        self._current()
        return self._version

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
            self._forget()

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._version = None, ""

    def _run(self, work: Callable[[duckdb.DuckDBPyConnection], _T]) -> _T:
        connection = self._current()
        cursor = connection.cursor()
        timer = threading.Timer(self._time_limit_seconds, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            return work(cursor)
        except duckdb.InterruptException as error:
            limit = f"{self._time_limit_seconds:g} seconds"
            message = f"The question took longer than {limit}. Ask for fewer groups or less time."
            raise GoldTooSlow(message) from error
        except (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException) as error:
            raise self._lost(connection, error) from error
        except duckdb.Error as error:
            if type(error) is duckdb.Error:  # DuckDB has no type of its own for a damaged file
                raise self._lost(connection, error) from error
            raise
        finally:
            timer.cancel()
            cursor.close()

    def _lost(self, connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> GoldMissing:
        """The open file failed: the next statement opens what is there then."""
        with self._lock:
            if self._connection is connection:
                self._connection, self._version = None, ""
        return self._unusable(error)

    def _current(self) -> duckdb.DuckDBPyConnection:
        seen = self._seen()
        with self._lock:
            if self._connection is None:
                self._connection, self._version = self._open(), seen
            elif seen == self._version:
                self.problem = None
            elif self._worth_a_look(seen):
                self._try_newer(seen)
            return self._connection

    def _seen(self) -> str:
        try:
            stat = self.path.stat()
        except OSError:
            return ""
        return f"{stat.st_ino}-{stat.st_mtime_ns}"

    def _worth_a_look(self, seen: str) -> bool:
        refused, at = self._refused
        return seen != refused or monotonic() - at > _LOOK_AGAIN_SECONDS

    def _try_newer(self, seen: str) -> None:
        try:
            self._connection, self._version = self._open(), seen
        except GoldMissing as error:
            if self.problem is None:
                log.warning("newer warehouse not used", problem=str(error))
            self.problem = str(error)
            self._refused = (seen, monotonic())
        else:
            self.problem = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        if not self.path.exists():
            raise GoldMissing(f"There is no warehouse {self.path}. Run `aura prepare` to build it.")
        connection = duckdb.connect(":memory:")
        quoted = str(self.path).replace("'", "''")
        try:
            connection.execute(f"ATTACH '{quoted}' AS {CATALOG} (READ_ONLY)")
            connection.execute(f"SELECT 1 FROM {CATALOG}.gold.build_info LIMIT 1")
        except duckdb.Error as error:
            connection.close()
            raise self._unusable(error) from error
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def _unusable(self, error: duckdb.Error) -> GoldMissing:
        return GoldMissing(f"The warehouse {self.path} cannot be used: {file_cause(error)}.")
