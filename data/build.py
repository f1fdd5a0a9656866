"""One build of the warehouse: bronze, silver, scores, gold, then one atomic swap."""

import os
import shutil
from collections.abc import Iterable, Mapping as AnyMapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pandas as pd

from data.bronze import (
    NothingLoadedError,
    SourceFacts,
    create_bronze,
    source_facts,
    with_present,
)
from data.dbt_project import DbtError, DbtProject
from data.duckdb_causes import outside_cause
from data.durable import put_in_place
from data.home_lock import BUILDING, HomeBusyError, HomeLock
from data.landing import LandingError
from data.mapping import Mapping, load_mapping
from data.raw import ENTITIES
from data.scored import ScoredFrameError, create_missing, logged_by, write_actions, write_scored
from data.sql_text import identifier

WAREHOUSE = "warehouse.duckdb"
_STAGING = "warehouse.building-"
_ENGAGEMENT_WEIGHTS = {"activity": 0.5, "frequency": 0.3, "breadth": 0.2}
_ENGAGEMENT_CONSTANTS = {"activity_cap": 1.5, "frequency_days": 22, "breadth_features": 8}


class BuildError(RuntimeError):
    """The build stopped; the warehouse that was there before still serves."""


class Build:
    """A build in progress; use it as a context manager and end with `publish`.

    Args:
        home: Folder with `landing/<source>`; the warehouse is written there.
        source: Name of the source mapping, or the mapping.
        as_of: Today, as far as the data go; by default the last date in them.
        currency: Base currency of every amount in gold.
        scores: The semantic model's scores: `engagement` with its weights and constants.
        memory_limit: DuckDB's memory, e.g. "5GB".
        snapshot_days: Days on which to derive features, instead of the month ends. Gold needs
            the month ends: such a build ends with silver.
    """

    def __init__(
        self,
        *,
        home: Path,
        source: str | Mapping,
        as_of: date | None = None,
        currency: str = "USD",
        scores: AnyMapping[str, Any] | None = None,
        memory_limit: str = "5GB",
        snapshot_days: Iterable[date] = (),
    ) -> None:
        self._home = home.absolute()
        self._mapping = source if isinstance(source, Mapping) else load_mapping(source)
        self._asked_as_of = as_of
        self._currency = currency
        engagement = (scores or {}).get("engagement", {})
        self._weights = {**_ENGAGEMENT_WEIGHTS, **engagement.get("weights", {})}
        self._constants = {**_ENGAGEMENT_CONSTANTS, **engagement.get("constants", {})}
        self._memory_limit = memory_limit
        self._snapshot_days = tuple(sorted(set(snapshot_days)))
        self._staging = self._home / f"{_STAGING}{os.getpid()}.duckdb"
        self._scratch = self._home / f"{_STAGING}{os.getpid()}.scratch"
        self._built_at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        self._facts: SourceFacts | None = None
        self._lock: HomeLock | None = None

    def __enter__(self) -> Self:
        try:
            self._lock = HomeLock(self._home, BUILDING)
        except HomeBusyError as error:
            raise BuildError(str(error)) from error
        self._remove_leftovers()
        self._scratch.mkdir()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove_leftovers()
        if self._lock is not None:
            self._lock.close()
        if isinstance(error, duckdb.Error):
            cause = outside_cause(error) or str(error).partition("\n")[0]
            raise BuildError(f"The warehouse was not rebuilt: {cause}.") from error

    @property
    def as_of(self) -> date:
        """The day that the build calls today."""
        return self._known.as_of

    @property
    def absent(self) -> tuple[str, ...]:
        """Raw entities without a row."""
        return tuple(name for name in ENTITIES if name not in self._known.present)

    @property
    def churn_rule(self) -> str:
        """The rule that says who has churned."""
        return self._known.churn_rule

    @property
    def _known(self) -> SourceFacts:
        if self._facts is None:
            raise BuildError("Call bronze() first: nothing is known of the source yet.")
        return self._facts

    def bronze(self) -> None:
        """Attach what has been loaded, and learn its dates."""
        landing = self._home / "landing" / self._mapping.name
        if self._currency not in self._mapping.rates:
            known = ", ".join(sorted(self._mapping.rates))
            raise BuildError(f"No rate for base currency {self._currency!r}. Allowed: {known}.")
        with self._connect() as connection:
            try:
                create_bronze(connection, landing, self._mapping.rates)
                self._facts = source_facts(connection, self._mapping, self._asked_as_of)
            except (NothingLoadedError, LandingError) as error:
                raise BuildError(str(error)) from error

    def silver(self) -> None:
        """Clean, deduplicate and derive features."""
        self._dbt("run", "path:models/bronze", "path:models/silver")

    def count(self, table: str) -> int:
        """Number of rows of `schema.table`."""
        with self._connect() as connection:
            row = connection.execute(f"SELECT count(*) FROM {_qualified(table)}").fetchone()
        return int(row[0]) if row else 0

    def frame(self, table: str) -> pd.DataFrame:
        """A table of the silver or gold schema, sorted; without a schema, silver.

        Rows are stored as threads finish: unsorted, the same data would train another model.
        """
        with self._connect() as connection:
            return connection.execute(f"SELECT * FROM {_qualified(table)} ORDER BY ALL").df()

    def put(self, name: str, frame: pd.DataFrame) -> None:
        """Hand back a frame of `data.scored`: scores, their rules, or what was logged here."""
        with self._connect() as connection:
            try:
                write_scored(connection, name, frame)
            except (ScoredFrameError, duckdb.Error) as error:
                if outside_cause(error):
                    raise
                raise BuildError(f"Scores {name!r} do not fit: {error}") from error
            if name == "interventions" and logged_by(connection, self.as_of):
                self._facts = with_present(self._known, name)

    def gold(self) -> None:
        """Build the tables that are served, and test them."""
        with self._connect() as connection:
            create_missing(connection)
        self._dbt("build", "path:models/gold", "test_type:singular")

    @property
    def staging(self) -> Path:
        """The file in progress; whoever reads it closes it before the next step."""
        return self._staging

    def advise(self, actions: pd.DataFrame) -> None:
        """Write the next best actions, which are chosen from gold, into gold.

        Args:
            actions: `customer_id` and `next_best_action`; a client that is left out has none.
        """
        with self._connect() as connection:
            try:
                write_actions(connection, actions)
            except ScoredFrameError as error:
                raise BuildError(f"The next best actions do not fit: {error}") from error

    def publish(self) -> Path:
        """Swap the new warehouse in; readers of the old one keep reading it until they reopen."""
        target = self._home / WAREHOUSE
        with self._connect() as connection:
            connection.execute("CHECKPOINT")
        put_in_place(self._staging, target)
        return target

    def _connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(
            str(self._staging),
            config={
                "memory_limit": self._memory_limit,
                "temp_directory": str(self._scratch / "spill"),
            },
        )

    def _dbt(self, command: str, *selected: str) -> None:
        project = DbtProject(self._variables(), self._scratch / "dbt", self._home / "logs")
        try:
            project.run(command, *selected)
        except DbtError as error:
            raise BuildError(f"The warehouse was not rebuilt: {error}") from error

    def _variables(self) -> dict[str, Any]:
        known = self._known
        return {
            "database": str(self._staging),
            "memory_limit": self._memory_limit,
            "spill": str(self._scratch / "spill"),
            "source": self._mapping.name,
            "built_at": self._built_at.isoformat(sep=" "),
            "as_of": known.as_of.isoformat(),
            "series_from": known.series_from.isoformat(),
            "months_from": known.months_from.isoformat(),
            "snapshots_from": known.snapshots_from.isoformat(),
            "snapshot_days": [day.isoformat() for day in self._snapshot_days],
            "present": list(known.present),
            "churn_rule": known.churn_rule,
            "mrr_known": known.mrr_known,
            "is_picture": self._mapping.snapshot_date is not None,
            "gap_days": self._mapping.churned.gap_days,
            "inactivity_days": self._mapping.churned.inactivity_days,
            "currency": self._currency,
            "activity_weight": self._weights["activity"],
            "frequency_weight": self._weights["frequency"],
            "breadth_weight": self._weights["breadth"],
            **self._constants,
        }

    def _remove_leftovers(self) -> None:
        """Staging files of this build, or of one that was killed: the lock says none is alive."""
        for path in self._home.glob(f"{_STAGING}*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _qualified(table: str) -> str:
    schema, _, name = table.rpartition(".")
    return f"{identifier(schema or 'silver')}.{identifier(name)}"
