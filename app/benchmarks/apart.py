"""Work measured in a process of its own: what it says last, and the most memory it held."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any, Final

_LOOK_SECONDS: Final = 0.2
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class MeasureError(Exception):
    """The measured work failed; the message is its own last line."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process left.

    Attributes:
        found: The object on the last line it wrote.
        peak_mb: Most memory that it and all it started held at one look.
    """

    found: dict[str, Any]
    peak_mb: float


def measure_apart(what: str, module: str, arguments: Sequence[object], home: Path) -> Measured:
    """Run `python -m module arguments...` and watch it.

    Args:
        what: Name of the work, for a failure's message.
        module: Whose `__main__` writes one JSON object on its last line.
        arguments: Of the command.
        home: AURA_HOME of the process.

    Raises:
        MeasureError: The process failed.
    """
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", module, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AURA_HOME": str(home)},  # noqa: TID251 - handed on
    ) as child:
        memory = Memory(child.pid)
        out, said = child.communicate()
        peak = memory.stop()
    if child.returncode != 0:
        last = [line for line in said.splitlines() if line.strip()]
        why = last[-1] if last else "it was ended, as happens when memory runs out"
        raise MeasureError(f"The measured {what} failed: {why}")
    return Measured(json.loads(out.splitlines()[-1]), round(peak / 1e6, 1))


class Memory:
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
            self._peak = max(self._peak, sum(map(resident_bytes, _tree(self._pid))))
            sleep(_LOOK_SECONDS)


def resident_bytes(pid: int) -> int:
    """What one process holds; 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        except OSError:
            continue  # it ended between two looks
        found += map(int, children)
    return found
