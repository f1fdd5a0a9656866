"""An empty operational database for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database."""
    opened = Database.open(tmp_path)
    yield opened
    opened.close()
