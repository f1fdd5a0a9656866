"""The refresher: when it builds, what it says meanwhile, and that it never blocks or doubles."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.build_process import BuildProcess
from app.origin import Origin
from app.refresh import FitProgress, RebuildStatus, Refresher, Served
from data.mapping import load_mapping
from tools.models.rules import RuleBookError

WAIT_SECONDS = 60
BUILT_AT = datetime(2026, 10, 21, tzinfo=UTC)


@dataclass
class FakeServed:
    """Data whose version a test changes; warming can be held up and fail."""

    version: str = "v1"
    warmed: list[str] = field(default_factory=list[str])
    seen: list[str] = field(default_factory=list[str])
    refresher: Refresher | None = None
    stale: str = ""

    def warm(self, tell: FitProgress) -> None:
        """Make three forecasts."""
        for made in range(3):
            tell(made, 3)
            if self.refresher is not None:
                self.seen.append(self.refresher.status.words)
        self.warmed.append(self.version)

    def why_stale(self) -> str:
        """The rules changed, or cannot be read."""
        if self.stale.startswith("bad"):
            raise RuleBookError(self.stale)
        return self.stale


class FakeBuild(BuildProcess):
    """Builds under the test's control."""

    def __init__(self, served: FakeServed) -> None:
        super().__init__({}, [])
        self.served = served
        self.problems: list[str] = []
        self.started = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.runs = 0

    def run(self, tell: Callable[[str], None]) -> str:
        """One step, then wait to be let go."""
        self.runs += 1
        tell("Training the churn model")
        self.started.release()
        assert self.go_on.acquire(timeout=WAIT_SECONDS)
        problem = self.problems.pop(0) if self.problems else ""
        if not problem:
            self.served.version = f"v{self.runs + 1}"
        return problem

    def stop(self) -> None:
        """Let go."""
        self.go_on.release(100)


@dataclass
class Bench:
    """A refresher over a home with a raw folder."""

    home: Path
    raw: Path
    served: FakeServed
    build: FakeBuild
    refresher: Refresher

    def build_once(self) -> None:
        """Let the build that runs, or is about to, finish."""
        assert self.build.started.acquire(timeout=WAIT_SECONDS)
        self.build.go_on.release()

    def until(self, holds: Callable[[RebuildStatus], bool]) -> RebuildStatus:
        """Wait for a status."""
        waiting = threading.Event()
        for _ in range(WAIT_SECONDS * 100):
            if holds(self.refresher.status):
                return self.refresher.status
            waiting.wait(0.01)
        pytest.fail(f"still {self.refresher.status}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Nothing has changed yet."""
    home, raw = tmp_path / "home", tmp_path / "raw"
    home.mkdir()
    raw.mkdir()
    (raw / "customers.csv").write_text("customer_id\nC1\n")
    Origin.of(home, load_mapping("demo"), raw).save(home)
    served = FakeServed()
    build = FakeBuild(served)
    refresher = Refresher(
        home,
        Served(lambda: served.version, lambda: BUILT_AT, served.warm, served.why_stale),
        build,
        every_minutes=0,
        settle_seconds=0.01,
    )
    served.refresher = refresher
    yield Bench(home, raw, served, build, refresher)
    refresher.stop()


def _is_idle(status: RebuildStatus) -> bool:
    return status.state == "idle"


def test_nothing_new_means_no_build(bench: Bench) -> None:
    """A look alone costs nothing."""
    bench.refresher.look()
    assert bench.refresher.status.state == "idle"
    assert bench.build.runs == 0


def test_a_new_raw_file_is_built_and_warmed(bench: Bench) -> None:
    """The status tells why, which step, and that it is done; the caches are filled."""
    (bench.raw / "surveys.csv").write_text("survey_id\nS1\n")
    bench.refresher.look()
    status = bench.until(lambda s: s.step == "Training the churn model")
    assert (status.state, status.reason) == ("building", "surveys.csv changed")
    assert status.words == "building: Training the churn model"
    bench.build_once()
    bench.until(lambda _: bench.served.warmed == ["v2"])
    assert bench.served.seen == [f"idle, forecasts {made} of 3" for made in range(3)]
    done = bench.until(lambda s: s.forecasts is None)
    assert (done.state, done.last_built_at) == ("idle", BUILT_AT)


def test_changed_rules_are_a_reason_to_build(bench: Bench) -> None:
    """No raw file changed, yet the scores are those of other rules; broken rules are told."""
    bench.served.stale = "bad.yml: rule inactive, weight is missing"
    bench.refresher.look()
    status = bench.refresher.status
    assert (status.state, status.problem) == ("failed", bench.served.stale)
    bench.served.stale = "the risk rules changed"
    bench.refresher.look()
    assert bench.until(lambda s: s.state == "building").reason == "the risk rules changed"
    bench.served.stale = ""
    bench.build_once()
    bench.until(_is_idle)


def test_a_failure_is_said_and_the_next_look_tries_again(bench: Bench) -> None:
    """The line names what was wrong; the health check's word names no file."""
    bench.build.problems = ["surveys.csv: no column survey_id"]
    bench.refresher.request_rebuild("surveys.csv was added")
    bench.build_once()
    status = bench.until(lambda s: s.state == "failed")
    assert status.problem == "surveys.csv: no column survey_id"
    assert status.words == "the last rebuild failed; the data of before serve"
    assert bench.served.version == "v1"
    bench.refresher.look()
    bench.build_once()
    assert bench.until(_is_idle).problem == ""


def test_requests_while_one_waits_are_served_by_it(bench: Bench) -> None:
    """Ten uploads in a row are one build."""
    blocked = threading.Event()
    bench.refresher._worker.submit(blocked.wait, WAIT_SECONDS)
    for number in range(10):
        assert bench.refresher.request_rebuild(f"file {number}").state == "queued"
    blocked.set()
    bench.build_once()
    bench.until(_is_idle)
    assert bench.build.runs == 1


def test_a_request_during_a_build_is_built_after_it(bench: Bench) -> None:
    """What came too late for the running build is not forgotten, and two never run at a time."""
    bench.refresher.request_rebuild("first")
    assert bench.build.started.acquire(timeout=WAIT_SECONDS)
    assert bench.refresher.request_rebuild("second").state == "building"
    assert bench.refresher.request_rebuild("third").reason == "first"
    assert bench.build.runs == 1
    bench.build.go_on.release()
    bench.build_once()
    assert bench.until(_is_idle).reason == "third"
    assert bench.build.runs == 2


def test_a_look_during_a_build_does_not_ask_again(bench: Bench) -> None:
    """The file that is being built in is no new change."""
    (bench.raw / "surveys.csv").write_text("survey_id\nS1\n")
    bench.refresher.look()
    assert bench.build.started.acquire(timeout=WAIT_SECONDS)
    bench.refresher.look()
    bench.build.go_on.release()
    bench.until(_is_idle)
    assert bench.build.runs == 1


def test_a_file_that_still_grows_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build begins when two looks in a row see the same."""
    sizes = iter([1, 2, 3, 3])
    grown: list[int] = []

    def looks(_folder: Path | None) -> dict[str, tuple[int, int]]:
        grown.append(next(sizes))
        return {"surveys.csv": (grown[-1], 0)}

    monkeypatch.setattr("app.refresh._looks", looks)
    bench.refresher.request_rebuild("surveys.csv changed")
    bench.build_once()
    bench.until(_is_idle)
    assert grown == [1, 2, 3, 3]


def test_a_raw_folder_that_is_gone_is_a_failure_that_heals(bench: Bench) -> None:
    """The data that serve stay; when the folder is back, the next look rebuilds."""
    away = bench.raw.rename(bench.raw.with_name("away"))
    bench.refresher.look()
    status = bench.refresher.status
    assert status.state == "failed"
    assert "is not there" in status.problem
    away.rename(bench.raw)
    bench.refresher.look()
    bench.build_once()
    bench.until(_is_idle)


def test_a_damaged_record_fails_a_request_and_keeps_the_refresher_alive(bench: Bench) -> None:
    """The next request is not lost behind it."""
    record = (bench.home / "source.json").read_text()
    (bench.home / "source.json").write_text("{")
    bench.refresher.request_rebuild("first")
    assert "cannot be read" in bench.until(lambda s: s.state == "failed").problem
    (bench.home / "source.json").write_text(record)
    bench.refresher.request_rebuild("second")
    bench.build_once()
    bench.until(_is_idle)


def test_a_swap_by_somebody_else_is_warmed(bench: Bench) -> None:
    """`aura prepare` beside the server leaves no cold caches."""
    bench.served.version = "v9"
    bench.refresher.look()
    bench.until(lambda _: bench.served.warmed == ["v9"])


def test_stopping_ends_a_build_and_starts_no_other(bench: Bench) -> None:
    """A server that goes down does not wait for a build."""
    bench.refresher.request_rebuild("first")
    assert bench.build.started.acquire(timeout=WAIT_SECONDS)
    bench.refresher.stop()
    bench.refresher.request_rebuild("second")
    assert bench.build.runs == 1


def test_the_timer_looks_and_stops(tmp_path: Path) -> None:
    """With minutes set there is a timer; without, none."""
    served = FakeServed()
    data = Served(lambda: served.version, lambda: BUILT_AT, served.warm)
    for minutes, running in ((60, True), (0, False)):
        refresher = Refresher(tmp_path, data, FakeBuild(served), every_minutes=minutes)
        refresher.start()
        assert refresher._scheduler.running is running
        refresher.stop()
        assert not refresher._scheduler.running
