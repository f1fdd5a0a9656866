"""Damaged, locked and missing files of a home: each is one line that says how to mend it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from app import wiring
from app.settings import Settings

LineOf = Callable[[Callable[[], object]], str]


def _stranger(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x")


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (lambda path: path.write_bytes(os.urandom(200_000)), "it is damaged"),
        (lambda path: os.truncate(path, path.stat().st_size // 2), "it is damaged"),
        (lambda path: os.truncate(path, 0), "it is damaged"),
        (_stranger, "another version of Aura made it"),
    ],
    ids=["noise", "cut", "empty", "another program's"],
)
def test_a_damaged_warehouse_is_one_line(
    lived_in: Settings, line_of: LineOf, damage: Callable[[Path], None], cause: str
) -> None:
    """It names the file, what is wrong, and the command that mends it."""
    path = lived_in.home / "warehouse.duckdb"
    damage(path)
    line = line_of(lambda: wiring.build(lived_in))
    assert str(path) in line
    assert cause in line
    assert "`aura prepare`" in line


def test_a_warehouse_that_another_program_writes_is_one_line(
    lived_in: Settings, line_of: LineOf
) -> None:
    """Building again would not help: the other program must end; then it opens."""
    path = lived_in.home / "warehouse.duckdb"
    program = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        line = line_of(lambda: wiring.build(lived_in))
        holder.communicate(b"")
    assert "another program has it open for writing" in line
    assert "prepare" not in line
    wiring.build(lived_in).close()


@pytest.mark.parametrize(
    ("name", "damage", "cause"),
    [
        ("aura.db", lambda path: path.write_bytes(os.urandom(50_000)), "`aura restore FILE`"),
        ("models/churn/*/model.json", lambda path: os.truncate(path, 900), "train again"),
        ("models/churn/*/risk-00.json", lambda path: os.truncate(path, 900), "train again"),
        ("models/churn/*/model.json", lambda path: path.write_text("7"), "train again"),
        ("embedder/model.onnx", lambda path: os.truncate(path, 90_000), "Run `aura prepare`"),
        ("embedder/tokenizer.json", lambda path: path.write_text("{"), "Run `aura prepare`"),
        ("embedder/model.onnx", lambda path: path.unlink(), "Run `aura prepare`"),
        ("auth_secret", lambda path: path.write_text(""), "everybody signs in again"),
    ],
)
def test_a_damaged_store_is_one_line(
    lived_in: Settings, line_of: LineOf, name: str, damage: Callable[[Path], None], cause: str
) -> None:
    """Each names its file and its remedy; nothing is shown of the libraries behind."""
    home = lived_in.home
    if name.startswith("embedder"):
        shared = (home / "embedder").resolve()
        (home / "embedder").unlink()
        shutil.copytree(shared, home / "embedder")
    for path in sorted(home.glob(name)) or [home / name]:
        damage(path)
    line = line_of(lambda: wiring.build(lived_in))
    assert (str(home) in line, cause in line) == (True, True)


def test_a_damaged_index_is_made_again_by_the_next_question(lived_in: Settings) -> None:
    """It holds nothing that the playbooks do not hold."""
    (lived_in.home / "index" / "chroma.sqlite3").write_bytes(os.urandom(50_000))
    with closing(wiring.build(lived_in)) as parts:
        assert parts.library.search("a client who stopped logging in")
