"""What every command shares: its settings, and failures told in one line on stderr."""

import errno
import secrets
from collections.abc import Generator
from contextlib import contextmanager

import structlog
import typer

from app import logs
from app.settings import Settings, SettingsError, load_settings

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

log = structlog.get_logger(__name__)


def settings_of_command() -> Settings:
    """Read the settings and start the log; a bad setting ends the command."""
    try:
        settings = load_settings()
    except SettingsError as error:
        raise _end(str(error)) from error
    try:
        logs.configure(settings.home, settings.log_level)
    except OSError as error:
        raise _end(_in_words(error, settings)) from error
    return settings


@contextmanager
def failing_in_one_line(settings: Settings) -> Generator[None]:
    """End the command with exit code 1 and one line, whatever goes wrong inside."""
    try:
        yield
    except OSError as error:
        raise _end(_in_words(error, settings)) from error
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as error:
        from app.expected import EXPECTED  # noqa: PLC0415 - only a failure pays for its imports

        if isinstance(error, EXPECTED):
            raise _end(" ".join(str(error).split())) from error
        incident = secrets.token_hex(6)
        log.exception("command failed", incident=incident)
        where = settings.home / "logs" / "aura.log"
        raise _end(f"something unexpected happened; incident {incident} in {where}") from error


def _in_words(error: OSError, settings: Settings) -> str:
    where = error.filename or settings.home
    if error.errno in _FULL:
        return f"the disk is full ({where}); free some space and run the command again"
    return f"{error.strerror or error}: {where}"


def _end(line: str) -> typer.Exit:
    typer.echo(f"aura: {line}", err=True)
    return typer.Exit(1)
