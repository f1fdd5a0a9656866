"""Keeps the data fresh: looks at the raw folder, rebuilds beside the server, warms what is new.

Answers read the old warehouse until the new one is swapped in; one build runs at a time.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from app.build_process import BuildProcess
from app.origin import OriginError, find_origin, listing
from tools.models.rules import RuleBookError

State = Literal["idle", "queued", "building", "failed"]
FitProgress = Callable[[int, int], None]

FIRST_LOOK_SECONDS: Final = 60
SETTLE_SECONDS: Final = 3.0
"""A raw file whose size or time changes within this long is still being written."""

log = structlog.get_logger(__name__)


class _StoppedError(Exception):
    """The server is going down."""


@dataclass(frozen=True, slots=True)
class RebuildStatus:
    """Where the data stand.

    Attributes:
        state: `failed` stays until a later build succeeds; the data of before serve.
        reason: Why the build was asked for.
        step: What the build is doing, in its own words.
        since: When this state began.
        problem: What went wrong, in one line.
        last_built_at: When the data that serve were built.
        forecasts: How many forecasts of new data are made, and of how many; None when none is due.
    """

    state: State = "idle"
    reason: str = ""
    step: str = ""
    since: datetime | None = None
    problem: str = ""
    last_built_at: datetime | None = None
    forecasts: tuple[int, int] | None = None

    @property
    def words(self) -> str:
        """The status in one line that names no client, file or path."""
        words = f"{self.state}: {self.step}" if self.step else self.state
        if self.state == "failed":
            words = "the last rebuild failed; the data of before serve"
        if self.forecasts is not None:
            words += f", forecasts {self.forecasts[0]} of {self.forecasts[1]}"
        return words


@dataclass(frozen=True, slots=True)
class Served:
    """What the refresher must know of the data that serve.

    Attributes:
        version: Changes when the warehouse is swapped.
        built_at: When it was built.
        warm: Fills the caches for a new warehouse, telling how many forecasts are made.
        stale: Why the data are to be built again although no raw file changed, or nothing.
    """

    version: Callable[[], str]
    built_at: Callable[[], datetime | None]
    warm: Callable[[FitProgress], None]
    stale: Callable[[], str] = lambda: ""


class Refresher:
    """Rebuilds when the raw folder changes or somebody asks.

    Args:
        home: AURA_HOME.
        served: The data that serve.
        build: The build's process.
        every_minutes: How often to look at the raw folder; 0 never.
        settle_seconds: How long a raw file must stay the same.
    """

    def __init__(
        self,
        home: Path,
        served: Served,
        build: BuildProcess,
        *,
        every_minutes: int,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._home = home
        self._served = served
        self._build = build
        self._every_minutes = every_minutes
        self._settle_seconds = settle_seconds
        self._lock = threading.Lock()
        self._status = RebuildStatus()
        self._asked_again: str | None = None
        self._stopping = threading.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="rebuild")
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._warmed = ""

    @property
    def status(self) -> RebuildStatus:
        """Where the data stand."""
        with self._lock:
            status = self._status
        return replace(status, last_built_at=self._served.built_at())

    def start(self) -> None:
        """Warm the caches, and look at the raw folder every so often."""
        self._submit(self._warm_new)
        if self._every_minutes:
            self._scheduler.add_job(
                self.look,
                "interval",
                minutes=self._every_minutes,
                next_run_time=datetime.now(UTC) + timedelta(seconds=FIRST_LOOK_SECONDS),
                coalesce=True,
                misfire_grace_time=None,
            )
            self._scheduler.start()

    def stop(self) -> None:
        """End the timer and a running build; what serves stays whole."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._build.stop()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def request_rebuild(self, reason: str) -> RebuildStatus:
        """Queue a rebuild; one that waits already serves this request too.

        Args:
            reason: Why, e.g. "tickets.csv was added".
        """
        with self._lock:
            if self._status.state == "building":
                # What was added since may have come too late for it.
                self._asked_again = reason
            elif self._status.state != "queued":
                self._queue(reason)
        return self.status

    def look(self) -> None:
        """Ask for a rebuild when the raw folder holds something new, or the last one failed."""
        state = self.status.state
        if state in {"queued", "building"}:
            return
        try:
            origin = find_origin(self._home)
            changed = origin.changed_files(self._home) if origin else []
            reason = _spoken(changed) if changed else self._served.stale()
        except (OriginError, RuleBookError, OSError) as error:
            self._fail(str(error))
            return
        if reason:
            log.info("rebuilding", reason=reason, files=changed)
            self.request_rebuild(reason)
        elif state == "failed":
            self.request_rebuild("the last rebuild failed")
        elif self._warmed != self._served.version():
            self._submit(self._warm_new)  # somebody else has built

    def _queue(self, reason: str) -> None:
        self._status = replace(
            self._status, state="queued", reason=reason, step="", since=datetime.now(UTC)
        )
        self._submit(self._rebuild)

    def _submit(self, work: Callable[[], None]) -> None:
        if not self._stopping.is_set():
            self._worker.submit(work).add_done_callback(_log_failure)

    def _rebuild(self) -> None:
        try:
            self._wait_until_written()
            self._set(state="building", step="starting", since=datetime.now(UTC))
            problem = self._build.run(lambda step: self._set(step=step))
        except _StoppedError:
            return
        except (OriginError, OSError) as error:
            problem = str(error)
        if self._stopping.is_set():
            return
        if problem:
            self._fail(problem)
        else:
            self._set(state="idle", step="", problem="", since=datetime.now(UTC))
            log.info("data rebuilt")
        with self._lock:
            again, self._asked_again = self._asked_again, None
            if again is not None:
                self._queue(again)
                return
        self._warm_new()

    def _wait_until_written(self) -> None:
        origin = find_origin(self._home)
        folder = origin.folder_in(self._home) if origin else None
        before = _looks(folder)
        while not self._stopping.wait(self._settle_seconds):
            now = _looks(folder)
            if now == before:
                return
            self._set(step="waiting until the raw files are written")
            before = now
        raise _StoppedError

    def _warm_new(self) -> None:
        """Fill the caches for the warehouse that serves; answers go on meanwhile."""
        version = self._served.version()
        if version == self._warmed:
            return
        try:
            self._served.warm(self._tell_forecasts)
            self._warmed = version
        except _StoppedError:
            return
        finally:
            self._set(forecasts=None)

    def _tell_forecasts(self, made: int, wanted: int) -> None:
        if self._stopping.is_set():
            raise _StoppedError
        self._set(forecasts=(made, wanted))

    def _fail(self, problem: str) -> None:
        log.error("rebuild failed; the data of before serve", problem=problem)
        self._set(state="failed", step="", problem=problem, since=datetime.now(UTC))

    def _set(self, **changes: Any) -> None:
        with self._lock:
            self._status = replace(self._status, **changes)


def _looks(folder: Path | None) -> dict[str, tuple[int, int]]:
    if folder is None or not folder.is_dir():
        return {}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in listing(folder).items()}


def _spoken(files: Sequence[str]) -> str:
    return f"{files[0]} changed" if len(files) == 1 else f"{len(files)} raw files changed"


def _log_failure(done: "Future[None]") -> None:
    if not done.cancelled() and done.exception() is not None:
        log.error("background work failed", exc_info=done.exception())
