"""Structured logs: readable on a terminal, JSON lines in `<home>/logs/aura.log`."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

_SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_PROCESSORS: list[structlog.types.Processor] = [
    structlog.stdlib.filter_by_level,
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]
"""One list, however often logging is set up: loggers keep the one they first saw."""


def _without_traceback(
    _logger: object, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """The file keeps it; a terminal is read by people."""
    event.pop("exc_info", None)
    return event


def configure(home: Path, level: str = "INFO") -> None:
    """Send our events to the log file and warnings to the terminal.

    Args:
        home: AURA_HOME; `logs/` is made inside it.
        level: Lowest level that is written.
    """
    folder = home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    to_file = RotatingFileHandler(folder / "aura.log", maxBytes=10_000_000, backupCount=5)
    to_file.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=_SHARED,
        )
    )
    to_terminal = logging.StreamHandler()
    to_terminal.setLevel(logging.WARNING)
    to_terminal.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_traceback,
                structlog.dev.ConsoleRenderer(),
            ],
            foreign_pre_chain=_SHARED,
        )
    )
    logging.raiseExceptions = False  # a full disk must not print a traceback for each line
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.addHandler(to_file)
    root.addHandler(to_terminal)
    root.setLevel(level)
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
