"""`aura bench scale`: a whole prepare of a demo set of a given size, in a process of its own."""

import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from app import logs
from app.benchmarks.apart import measure_apart
from app.settings import Settings

AS_OF: Final = date(2026, 10, 20)


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
        MeasureError: The prepare failed.
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
    arguments = [settings.home, settings.playbooks, customers, events]
    measured = measure_apart("prepare", __name__, arguments, settings.home)
    found = measured.found
    seconds: dict[str, float] = found["seconds"]
    return ScaleReport(
        customers=customers,
        events=found["events"],
        seconds=seconds,
        build_seconds=round(sum(list(seconds.values())[1:]), 1),
        peak_mb=measured.peak_mb,
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
