"""A build in a process of its own: its steps are heard, its failure is one line."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

BUILD_COMMAND: Final = (sys.executable, "-m", "app.cli", "prepare", "--again")
PATIENCE_SECONDS: Final = 10
NICENESS: Final = 10
_STEP_ENDS: Final = " ..."
_FAILED_BEGINS: Final = "aura: "

log = structlog.get_logger(__name__)


class BuildProcess:
    """Runs one build at a time; `stop` may be called from another thread, and is for good.

    Args:
        environment: Of the build; it carries the settings.
        command: What builds; lines that end in " ..." are its steps.
    """

    def __init__(
        self, environment: Mapping[str, str], command: Sequence[str] = BUILD_COMMAND
    ) -> None:
        self._environment = dict(environment)
        self._command = tuple(command)
        self._child: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(self, tell: Callable[[str], None]) -> str:
        """Build; returns what went wrong, or nothing.

        Args:
            tell: Told the name of each step.

        Raises:
            OSError: The command cannot be started.
        """
        last = ""
        with subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
            start_new_session=True,
        ) as child:
            self._child = child
            if self._stopped:
                _end(child)
            _make_nice(child.pid)
            for line in child.stdout or ():
                said = line.strip()
                if said.endswith(_STEP_ENDS):
                    tell(said.removesuffix(_STEP_ENDS))
                last = said or last
        self._child = None
        return _problem(child.returncode, last)

    def stop(self) -> None:
        """End a running build and all that it started."""
        self._stopped = True
        child = self._child
        if child is not None:
            _end(child)


def tidy_when_ended() -> None:
    """Let a build that is told to end leave through its `with` blocks: no half file stays."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _problem(code: int, last_line: str) -> str:
    if code == 0:
        return ""
    if last_line.startswith(_FAILED_BEGINS):
        return last_line.removeprefix(_FAILED_BEGINS)
    return f"the build ended with code {code}; its last words: {last_line or 'none'}"


def _make_nice(pid: int) -> None:
    """Answers come first: the build takes what they leave."""
    try:
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    except OSError:
        log.debug("the build keeps its priority", pid=pid)


def _end(child: subprocess.Popen[str]) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, ending)
            child.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            pass
        return
