"""Shared by the tests of gold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.truth import Truth


@pytest.fixture(scope="module")
def truth(prepared_home: Path) -> Iterator[Truth]:
    """Plain SQL on the prepared warehouse."""
    with Truth(prepared_home / "warehouse.duckdb") as connection:
        yield connection
