"""How times are summed up, and the machine they hold for."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one operation, in milliseconds."""

    name: str
    samples: int
    p50_ms: float
    p95_ms: float


def machine() -> str:
    """The machine in a few words."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def timing(name: str, times: Sequence[float]) -> Timing:
    """Sum up the times of one operation, in milliseconds."""
    ordered = sorted(times)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    return Timing(name, len(ordered), round(statistics.median(ordered), 2), round(p95, 2))
