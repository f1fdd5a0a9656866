"""DuckDB's own failures, provoked, in the words of whoever runs the installation."""

from pathlib import Path

import duckdb
import pytest

from data.duckdb_causes import file_cause, outside_cause

LARGE = "CREATE TABLE t AS SELECT range, uuid() AS s FROM range(3000000) ORDER BY s"


@pytest.mark.parametrize(
    ("spill", "cause"),
    [("10MB", "the disk is full"), (None, "there is not enough memory")],
    ids=["spill", "memory"],
)
def test_what_the_machine_lacks_is_said(tmp_path: Path, spill: str | None, cause: str) -> None:
    """A spill that finds no room is the disk's fault; without any spill it is the memory's."""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '40MB'")
        connection.execute(f"SET temp_directory = '{tmp_path if spill else ''}'")
        if spill:
            connection.execute(f"SET max_temp_directory_size = '{spill}'")
        with pytest.raises(duckdb.OutOfMemoryException) as caught:
            connection.execute(LARGE)
    said = outside_cause(caught.value)
    assert said is not None
    assert said.startswith(cause)


def test_a_fault_of_ours_has_no_outside_cause() -> None:
    """A wrong name is for the log, not for whoever runs the installation."""
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute("SELECT nothing FROM nowhere")
    assert outside_cause(caught.value) is None
    assert "another version of Aura" in file_cause(caught.value)


def test_an_unknown_failure_keeps_its_first_line_and_the_remedy() -> None:
    """Nothing is hidden, nothing is more than one line."""
    assert file_cause("IO Error: odd\nstack") == (
        "IO Error: odd; build it again with `aura prepare`"
    )
