"""Setting up logging: a command may do it more than once in a process."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from app import logs


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts logging back as it was."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(logging, "raiseExceptions", True)
    yield
    for handler in root.handlers:
        handler.close()
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("as_before")
def test_a_logger_follows_when_logging_is_set_up_again(tmp_path: Path) -> None:
    """It keeps the processors it first saw, so these stay the same list."""
    log = structlog.get_logger("somebody")
    logs.configure(tmp_path)
    log.info("first")
    logs.configure(tmp_path)
    with capture_logs() as captured:
        log.info("second")
    assert [entry["event"] for entry in captured] == ["second"]
