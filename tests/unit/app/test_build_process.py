"""A build in a process of its own: its steps, how it fails, and that it can be ended."""

import sys
import threading
from pathlib import Path

import pytest

from app.build_process import BuildProcess

WAIT_SECONDS = 60


def _process(script: str) -> BuildProcess:
    return BuildProcess({}, [sys.executable, "-c", script])


def test_a_build_process_tells_its_steps() -> None:
    """Lines that end in dots are steps; others are talk."""
    steps: list[str] = []
    script = "print('  Reading the raw files ...'); print('a warning'); print('  Scoring ...')"
    assert _process(script).run(steps.append) == ""
    assert steps == ["Reading the raw files", "Scoring"]


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("import sys; print('aura: no folder raw'); sys.exit(1)", "no folder raw"),
        (
            "import os; print('so far', flush=True); os.abort()",
            "the build ended with code -6; its last words: so far",
        ),
        ("import sys; sys.exit(3)", "the build ended with code 3; its last words: none"),
    ],
)
def test_a_build_process_that_fails_is_told_in_one_line(script: str, problem: str) -> None:
    """Our own line without its prefix; a crash by its code and last words."""
    assert _process(script).run(lambda _step: None) == problem


def test_a_running_build_process_is_ended_with_its_children() -> None:
    """What the build has started goes with it."""
    script = (
        "import subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "print('Sleeping ...', flush=True); child.wait()"
    )
    build, asleep = _process(script), threading.Event()
    problem: list[str] = []
    running = threading.Thread(target=lambda: problem.append(build.run(lambda _step: asleep.set())))
    running.start()
    assert asleep.wait(WAIT_SECONDS)
    build.stop()
    # The pipe closes only when the child of the child is gone too.
    running.join(WAIT_SECONDS)
    assert problem == ["the build ended with code -15; its last words: Sleeping ..."]


def test_a_build_that_is_told_to_end_leaves_nothing_half(tmp_path: Path) -> None:
    """It goes through its `with` blocks, which remove what is not finished."""
    script = (
        "import time; from app.build_process import tidy_when_ended; tidy_when_ended()\n"
        f"try:\n print('Building ...', flush=True); time.sleep(600)\n"
        f"finally: open({str(tmp_path / 'tidied')!r}, 'w').close()"
    )
    build, begun = _process(script), threading.Event()
    running = threading.Thread(target=lambda: build.run(lambda _step: begun.set()))
    running.start()
    assert begun.wait(WAIT_SECONDS)
    build.stop()
    running.join(WAIT_SECONDS)
    assert (tmp_path / "tidied").exists()


def test_a_build_stopped_before_it_began_ends_at_once() -> None:
    """No build outlives the server that asked for it."""
    build = _process("import time; time.sleep(600)")
    build.stop()
    assert build.run(lambda _step: None).startswith("the build ended with code -15")
