"""`aura bench scale`: a whole prepare of a demo set of a given size, in a process of its own."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any, Final

from app import logs
from app.settings import Settings

AS_OF: Final = date(2026, 10, 20)
_LOOK_SECONDS: Final = 0.2
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class ScaleError(Exception):
    """The measured prepare failed; the message is its own last line."""


@dataclass(frozen=True, slots=True)
class ScaleReport:
    """What a prepare of one size cost.

    Attributes:
        events: Engagement events that were written.
        seconds: Wall time by step; "Writing the demo data" is no part of a build.
        build_seconds: All steps but the writing.
        peak_mb: Most memory that the process and all it started held at one look.
        sizes_mb: File or folder → megabytes.
    """

    customers: int
    events: int
    seconds: dict[str, float]
    build_seconds: float
    peak_mb: float
    sizes_mb: dict[str, float]


def scale(settings: Settings, *, customers: int, events: int, folder: Path | None) -> ScaleReport:
    """Write a demo set, prepare it in a subprocess, and measure.

    Args:
        settings: Those of the command; only the home is another.
        customers: Clients.
        events: Roughly how many engagement events.
        folder: Home to use and keep; a temporary one beside AURA_HOME when None.

    Raises:
        ScaleError: The prepare failed.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return _measure(settings.model_copy(update={"home": folder.absolute()}), customers, events)
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="aura-scale-", dir=settings.home.parent) as name:
        return _measure(settings.model_copy(update={"home": Path(name)}), customers, events)


def lines(report: ScaleReport) -> list[str]:
    """The report as a table."""
    rows = [f"{report.customers:,} clients, {report.events:,} events"]
    rows += [f"{name:<44}{seconds:>9.1f} s" for name, seconds in report.seconds.items()]
    rows.append(f"{'Build, all steps but the writing':<44}{report.build_seconds:>9.1f} s")
    rows.append(f"{'Peak memory':<44}{report.peak_mb:>9,.0f} MB")
    return rows + [f"{name:<44}{size:>9,.1f} MB" for name, size in report.sizes_mb.items()]


def _measure(settings: Settings, customers: int, events: int) -> ScaleReport:
    program = (sys.executable, "-m", __name__, str(settings.home), str(settings.playbooks))
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [*program, str(customers), str(events)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AURA_HOME": str(settings.home)},  # noqa: TID251 - handed on
    ) as child:
        memory = _Memory(child.pid)
        out, said = child.communicate()
        peak = memory.stop()
    if child.returncode != 0:
        last = [line for line in said.splitlines() if line.strip()]
        why = last[-1] if last else "it was ended, as happens when memory runs out"
        raise ScaleError(f"The measured prepare failed: {why}")
    found = json.loads(out.splitlines()[-1])
    seconds: dict[str, float] = found["seconds"]
    return ScaleReport(
        customers=customers,
        events=found["events"],
        seconds=seconds,
        build_seconds=round(sum(list(seconds.values())[1:]), 1),
        peak_mb=round(peak / 1e6, 1),
        sizes_mb=_sizes(settings.home),
    )


def _sizes(home: Path) -> dict[str, float]:
    parts = {
        "raw files": home / "raw",
        "landing": home / "landing",
        "warehouse.duckdb": home / "warehouse.duckdb",
    }
    return {name: round(_size(path) / 1e6, 1) for name, path in parts.items()}


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


class _Memory:
    """Watches what a process and all its descendants hold, until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The peak, in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.is_set():
            self._peak = max(self._peak, sum(map(_resident, _tree(self._pid))))
            sleep(_LOOK_SECONDS)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        except OSError:
            continue  # it ended between two looks
        found += map(int, children)
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _prepare(home: Path, playbooks: Path, customers: int, events: int) -> dict[str, Any]:
    from app.prepare import DemoSize, demo_folder, prepare  # noqa: PLC0415 - measured, not the doors
    from data.mapping import load_mapping  # noqa: PLC0415

    settings = Settings(home=home, playbooks=playbooks)
    start = perf_counter()
    folder = demo_folder(settings, DemoSize(customers, events=events), AS_OF, lambda _line: None)
    writing = {"Writing the demo data": round(perf_counter() - start, 2)}
    report = prepare(settings, load_mapping("demo"), folder, lambda _line: None, replace_all=True)
    rows = sum(load.rows_read for load in report.loads if load.entity == "engagement_events")
    return {"seconds": {**writing, **report.seconds}, "events": rows}


if __name__ == "__main__":
    logs.configure(Path(sys.argv[1]))
    done = _prepare(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    sys.stdout.write(json.dumps(done) + "\n")
