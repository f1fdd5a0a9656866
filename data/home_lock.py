"""Who uses a home: builds and restores one at a time, servers together, no restore beside them."""

import fcntl
from pathlib import Path
from types import TracebackType
from typing import IO, Self

BUILDING = ".building.lock"
SERVING = ".serving.lock"
RESTORING = ".restore"
"""Folder of a restore under way, inside the home."""


class HomeBusyError(RuntimeError):
    """Somebody else uses the home; the message says who, and what to wait for."""


class HomeLock:
    """A lock on a home, let go by `close` or when the process ends, however it ends.

    Args:
        home: AURA_HOME.
        name: `BUILDING` or `SERVING`.
        shared: Others may hold it too, as long as all of them share.
        restores: The holder finishes a restore that was cut short; nobody else works beside one.

    Raises:
        HomeBusyError: Another holds it, or a restore must be finished first.
    """

    def __init__(
        self, home: Path, name: str, *, shared: bool = False, restores: bool = False
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (home / name).open("a")
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise HomeBusyError(_words(home, name, shared=shared)) from error
        if not restores and (home / RESTORING / "commit.json").exists():
            self._file.close()
            raise HomeBusyError(
                f"A restore of {home} was cut short: run `aura restore FILE` again to finish it."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others in."""
        self._file.close()


def _words(home: Path, name: str, *, shared: bool) -> str:
    if name == BUILDING:
        return f"Another build of {home} is running; wait for it."
    if shared:
        return f"{home} is being restored from a backup; wait for it."
    return f"Aura is serving from {home}; stop it first."
