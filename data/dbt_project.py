"""Runs the dbt project on a warehouse file and says in one sentence what failed."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.duckdb_causes import outside_cause

PROJECT_DIR = Path(__file__).parent / "dbt"
_FAILED = {"error", "fail", "runtime error"}


class DbtError(RuntimeError):
    """A model or a test of the warehouse failed."""


@dataclass(frozen=True)
class DbtProject:
    """The project, bound to one build.

    Attributes:
        variables: What the models are told; the same for every command, so that the project is
            parsed once.
        target_dir: Where dbt leaves compiled SQL and results.
        log_dir: Where dbt writes its log.
    """

    variables: dict[str, Any]
    target_dir: Path
    log_dir: Path

    def run(self, command: str, *selected: str) -> None:
        """Run one dbt command on the selected nodes.

        Args:
            command: `run` or `build`.
            *selected: dbt selectors.

        Raises:
            DbtError: A node failed; the message names the first ones.
        """
        results = self.target_dir / "run_results.json"
        results.unlink(missing_ok=True)
        done = subprocess.run(  # noqa: S603 - our own interpreter, arguments are not a shell's
            self._arguments(command, selected), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise DbtError(self._what_failed(results, done))

    def _arguments(self, command: str, selected: Sequence[str]) -> list[str]:
        return [
            *(sys.executable, "-m", "dbt.cli.main", "--quiet", "--log-level-file", "info"),
            *("--log-path", str(self.log_dir)),
            command,
            *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)),
            *("--target-path", str(self.target_dir), "--vars", json.dumps(self.variables)),
            *("--select", *selected),
        ]

    def _what_failed(self, results: Path, done: subprocess.CompletedProcess[str]) -> str:
        where = f"Details: {self.log_dir / 'dbt.log'}."
        if done.returncode < 0:
            name = signal.Signals(-done.returncode).name
            return f"dbt was ended by {name}, as happens when memory runs out. {where}"
        nodes = _nodes(results)
        said = " ".join([done.stdout, done.stderr, *(str(node.get("message")) for node in nodes)])
        if (cause := outside_cause(said)) is not None:
            return f"{cause}. {where}"
        faults = [_sentence(node) for node in nodes if node["status"] in _FAILED]
        if not faults:
            lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
            return f"dbt stopped: {' '.join(lines[-3:]) or 'no output'} {where}"
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        return f"{'; '.join(faults[:3])}{more}. {where}"


def _sentence(node: dict[str, Any]) -> str:
    kind, _, name = str(node["unique_id"]).split(".")[:3]
    if kind == "test" and node.get("failures") is not None:
        return f"test {name} failed on {node['failures']} rows"
    message = " ".join(str(node.get("message") or "").split())
    return f"{kind} {name} failed: {message[:300]}"


def _nodes(results: Path) -> list[dict[str, Any]]:
    """What dbt says of each node; nothing when it stopped before, or in the middle of, saying it."""
    try:
        return list(json.loads(results.read_text(encoding="utf-8"))["results"])
    except (OSError, ValueError, KeyError):
        return []
