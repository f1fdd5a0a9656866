"""Which stored churn model serves, which served before it, and why each was chosen or not.

models/churn/CURRENT                   the serving version, below it those that served before
models/churn/<version>/decision.json   whether it was let serve, and why
"""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from data.durable import put_in_place, write
from tools.models.promotion import Comparison

METADATA: Final = "model.json"
DECISION: Final = "decision.json"
KEPT: Final = 5
"""Newest versions that are kept beside the serving one and the one before it."""
_CURRENT: Final = "CURRENT"
_POINTING: Final = ".pointing-"
_DECIDING: Final = ".deciding-"


class ModelStoreError(Exception):
    """A stored model is missing or cannot be read; the message says what to run."""


class Decision(BaseModel):
    """What was decided on a version when it was trained, or later by hand.

    Attributes:
        source: Name of the data it learned from.
        against: The version that served then.
        by: `hand` where somebody preferred it to a newer one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    trained_on: date
    decided_on: date
    promoted: bool
    reason: str
    by: Literal["build", "hand"] = "build"
    against: str | None = None
    comparison: Comparison | None = None

    def by_hand(self, today: date, reason: str, *, promoted: bool, over_newer: bool) -> Self:
        """The same version after somebody's word; the figures of its training stay."""
        changes = {
            "decided_on": today,
            "promoted": promoted,
            "reason": reason,
            "by": "hand" if over_newer else "build",
        }
        return self.model_copy(update=changes)


def folder_of(home: Path) -> Path:
    """Where the versions are."""
    return home / "models" / "churn"


def versions(home: Path) -> list[str]:
    """List the stored versions, sorted."""
    return sorted(path.parent.name for path in folder_of(home).glob(f"[!.]*/{METADATA}"))


def served(home: Path) -> list[str]:
    """List the serving version and those that served before it, newest first."""
    pointer = folder_of(home) / _CURRENT
    if not pointer.exists():
        return []
    return pointer.read_text(encoding="utf-8", errors="replace").split()


def check_stored(version: str, home: Path) -> None:
    """Refuse a version that is not there.

    Raises:
        ModelStoreError: With those that are.
    """
    if version not in versions(home):
        stored = ", ".join(versions(home)) or "none"
        raise ModelStoreError(f"No churn model {version!r} is stored. Stored: {stored}.")


def serve(version: str, home: Path) -> None:
    """Let a stored version serve; the one that serves now becomes the one before.

    Raises:
        ModelStoreError: There is no such version.
    """
    check_stored(version, home)
    _point([version, *(name for name in served(home) if name != version)], home)


def predecessor(home: Path) -> str:
    """Name the version that served before.

    Raises:
        ModelStoreError: There is none.
    """
    stored = set(versions(home))
    before = [name for name in served(home)[1:] if name in stored]
    if not before:
        raise ModelStoreError("No stored churn model served before: nothing to go back to.")
    return before[0]


def go_back(home: Path) -> None:
    """Let the predecessor serve, as if its successor had never been.

    Raises:
        ModelStoreError: There is none.
    """
    in_turn = served(home)
    _point(in_turn[in_turn.index(predecessor(home)) :], home)


def decision_on(version: str, home: Path) -> Decision | None:
    """What was decided on a version; None where nothing readable was recorded."""
    try:
        return Decision.model_validate_json((folder_of(home) / version / DECISION).read_bytes())
    except (OSError, ValidationError):
        return None


def record(version: str, decision: Decision, home: Path) -> None:
    """Keep what was decided on a stored version."""
    folder = folder_of(home) / version
    beside = folder / f"{_DECIDING}{uuid4().hex}"
    write(beside, (decision.model_dump_json(indent=2) + "\n").encode())
    put_in_place(beside, folder / DECISION)


def prune(home: Path) -> list[str]:
    """Remove old versions: neither among the newest, nor serving, nor next to go back to.

    Returns:
        Those removed.
    """
    newest = newest_first(home)
    keep = {*newest[:KEPT], *served(home)[:2]}
    removed = [name for name in newest if name not in keep]
    for name in removed:
        shutil.rmtree(folder_of(home) / name, ignore_errors=True)
    return removed


def remove_leftovers(home: Path) -> None:
    """What was being written when a process was killed."""
    for pattern in (f"{_POINTING}*", f"*/{_DECIDING}*"):
        for path in folder_of(home).glob(pattern):
            path.unlink(missing_ok=True)


def newest_first(home: Path) -> list[str]:
    """List the stored versions, the last trained first."""
    return sorted(versions(home), key=lambda name: _age(name, home), reverse=True)


def trained_on(version: str, home: Path) -> date:
    """The day a stored version was made; of one without a decision, the day of its file."""
    decision = decision_on(version, home)
    if decision is not None:
        return decision.trained_on
    return datetime.fromtimestamp(_written_ns(version, home) / 1e9, UTC).date()


def _age(version: str, home: Path) -> tuple[date, int]:
    return trained_on(version, home), _written_ns(version, home)


def _written_ns(version: str, home: Path) -> int:
    return (folder_of(home) / version / METADATA).stat().st_mtime_ns


def _point(in_turn: list[str], home: Path) -> None:
    beside = folder_of(home) / f"{_POINTING}{uuid4().hex}"
    write(beside, "".join(f"{name}\n" for name in in_turn).encode())
    put_in_place(beside, folder_of(home) / _CURRENT)
