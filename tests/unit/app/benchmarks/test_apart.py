"""Measuring in a process of its own: memory of a whole tree of processes, and failures."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.benchmarks.apart import MeasureError, Memory, measure_apart

HOLD = "import sys; block = bytearray(120_000_000); print(1, flush=True); sys.stdin.read()"
PARENT = (
    "import subprocess, sys; "
    f"subprocess.run([sys.executable, '-c', {HOLD!r}], stdin=sys.stdin, stdout=sys.stdout)"
)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_counts_what_a_child_of_the_child_holds() -> None:
    """The build's own processes are part of its cost; they are gone when it ends."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        memory = Memory(child.pid)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.5)
        child.communicate(b"")
    assert memory.stop() > 120_000_000


def test_the_last_line_is_the_report(tmp_path: Path) -> None:
    """What the process said before does not matter."""
    numbers = tmp_path / "numbers.json"
    numbers.write_text('{"rows": 3}', encoding="utf-8")
    measured = measure_apart("reading", "json.tool", ["--compact", numbers], tmp_path)
    assert measured.found == {"rows": 3}


def test_a_failure_says_what_failed_and_why(tmp_path: Path) -> None:
    """The last line of the process is the reason."""
    with pytest.raises(MeasureError, match=r"The measured reading failed: .*No module named"):
        measure_apart("reading", "no_such_module", [], tmp_path)
