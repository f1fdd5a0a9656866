"""The secret that signs tokens: given by the settings, or made once and kept in AURA_HOME."""

import os
import secrets
from pathlib import Path

SECRET_FILE = "auth_secret"  # noqa: S105 -- a file's name
OWNER_ONLY = 0o600
SHORTEST = 32


class SecretError(Exception):
    """The kept secret is damaged; the message says what to do."""


def load_secret(home: Path, given: str | None = None) -> str:
    """Return the given secret, else the one kept in `home`, made at the first call.

    Two processes that start at once get the same secret.

    Raises:
        SecretError: The kept one is too short to be safe: its file was damaged.
    """
    if given:
        return given
    path = home / SECRET_FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _create(path)
    secret = path.read_text(encoding="ascii", errors="replace")
    if len(secret) < SHORTEST:
        raise SecretError(f"{path} is damaged: delete it, and everybody signs in again.")
    return secret


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secret holds
    finally:
        draft.unlink()
