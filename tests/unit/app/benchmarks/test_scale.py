"""The measuring of a prepare: memory of a whole tree of processes, and what is told."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.benchmarks.scale import ScaleError, ScaleReport, _Memory, lines, scale
from app.settings import Settings

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
        memory = _Memory(child.pid)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.5)
        child.communicate(b"")
    assert memory.stop() > 120_000_000


def test_a_prepare_that_fails_says_why(tmp_path: Path) -> None:
    """The reason is the simulator's own, and the temporary home is gone."""
    settings = Settings(home=tmp_path / "var")
    with pytest.raises(ScaleError, match=r"The measured prepare failed: .*SimulationError"):
        scale(settings, customers=-1, events=10, folder=None)
    assert list(tmp_path.iterdir()) == []


def test_the_table_keeps_every_step() -> None:
    """Steps, their sum, memory and sizes, one a line."""
    report = ScaleReport(2_000, 1_000_000, {"Writing": 3.0, "Reading": 4.5}, 4.5, 900.0, {"raw": 7})
    text = lines(report)
    assert text[0] == "2,000 clients, 1,000,000 events"
    assert [line.split()[-2] for line in text[1:]] == ["3.0", "4.5", "4.5", "900", "7.0"]
