"""`kill -9` at any moment: the old answers stay, the next run succeeds, nothing piles up."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.governance.audit import AuditEvent
from app.store import model_store
from app.store.audit_log import AuditLog
from app.store.database import Database
from data.gold import Gold
from data.landing import Landing
from data.query import Query, Scope
from data.semantic_model import load_semantic_model
from knowledge.embedder import Embedder
from knowledge.library import Library

REPO = Path(__file__).parents[2]
OLD = ("--customers", "60", "--months", "12", "--seed", "5", "--as-of", "2026-09-30")
NEW = ("--customers", "60", "--months", "12", "--seed", "6", "--as-of", "2026-10-20")
KILLS = [pytest.param(number, marks=() if number < 2 else pytest.mark.long) for number in range(50)]
BESIDE_SQLITE = ("-wal", "-shm")
FIGURES = Query(metrics=["mrr", "active_customers", "nps"], dimensions=["segment"])


@dataclass(frozen=True)
class Homes:
    """A home with the old data, and one that was brought to the new data undisturbed."""

    old: Path
    new: Path
    seconds: float


def aura(home: Path, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The command in a process group of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AURA_")}
    kept = {key: kept[key] for key in kept if key not in {"DATABASE_URL", "GROQ_API_KEY"}}
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=REPO,
        env={**kept, "AURA_HOME": str(home)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def prepare(home: Path, size: tuple[str, ...]) -> None:
    """Prepare to the end."""
    with aura(home, "prepare", *size) as child:
        _, said = child.communicate()
    assert child.returncode == 0, said


def kill(child: subprocess.Popen[str]) -> None:
    """End a command and all that it started, as a power cut would."""
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


@pytest.fixture(scope="module")
def homes(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """Both are prepared by the command itself; model and vectors of the playbooks are shared."""
    old = tmp_path_factory.mktemp("crash") / "old"
    shutil.copytree(prepared_home / "embedder", old / "embedder", copy_function=share)
    shutil.copytree(prepared_home / "index", old / "index")
    prepare(old, OLD)
    database = Database.open(old)
    AuditLog(database).append([AuditEvent(f"a{n}", "u1", "analyst", "turn") for n in range(5)])
    database.close()
    new = old.with_name("new")
    copy(old, new)
    start = time.monotonic()
    prepare(new, NEW)
    return Homes(old, new, time.monotonic() - start)


def copy(home: Path, target: Path) -> None:
    """A copy that shares the embedding model, whose files are only ever replaced."""
    shutil.copytree(home, target, ignore=shutil.ignore_patterns("embedder"))
    shutil.copytree(home / "embedder", target / "embedder", copy_function=share)


def share(source: str, target: str) -> None:
    """A second name for a large file, or a copy on another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@pytest.fixture
def home(homes: Homes, tmp_path: Path) -> Iterator[Path]:
    """A copy of the old home to be killed in."""
    target = tmp_path / "home"
    copy(homes.old, target)
    yield target
    shutil.rmtree(target)


def figures(home: Path) -> list[tuple[Any, ...]]:
    """What a reader is answered, after every store behind an answer was opened."""
    embedder = Embedder(home / "embedder")
    library = Library(REPO / "playbooks", home / "index", embedder)
    assert library.search("a client who stopped logging in")
    landing = Landing(home / "landing" / "demo")
    for load in landing.loads():
        landing.check(load)
    database = Database.open(home)
    report = AuditLog(database).verify()
    database.close()
    assert report.ok
    assert report.records >= 5
    gold = Gold(home / "warehouse.duckdb", load_semantic_model())
    try:
        model_store.load(str(gold.build.model_version), home)
        answer = gold.query(FIGURES, Scope())
        return [(gold.as_of.isoformat(),), *map(rounded, answer.rows)]
    finally:
        gold.close()


def contents(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every gold table, row for row, but for the moment of the build."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'gold' "
            "AND table_name <> 'build_info' ORDER BY 1"
        ).fetchall()
        return {
            name: sorted(
                map(rounded, connection.execute(f"SELECT * FROM gold.{name}").fetchall()), key=str
            )
            for (name,) in names
        }


def rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row without the last bits, which depend on the order of a parallel sum."""
    return tuple(f"{value:.9g}" if isinstance(value, float) else value for value in row)


def names(home: Path) -> set[str]:
    """Every file; names made at random or from the last bits of figures are left out."""
    shown: set[str] = set()
    for path in home.rglob("*"):
        name = path.relative_to(home).as_posix()
        folder = name.partition("/")[0]
        unnamed = folder == "index" and path.parent.name != "index"
        if path.is_file() and folder != "logs" and not unnamed and not name.endswith(BESIDE_SQLITE):
            shown.add(re.sub(r"churn-\d+-\w+", "version", name))
    return shown


SERVER = """
import asyncio, sys
from pathlib import Path
from app import wiring
from app.agent.context import PageContext
from app.settings import Settings

parts = wiring.build(Settings(home=Path(sys.argv[1])))
asker = parts.identity.identify(None)

async def talk(session):
    while True:
        answer = await parts.turns.answer(asker, "What is our MRR?", session, PageContext())
        print("answered", answer.audit_id, flush=True)

async def main():
    await asyncio.gather(*(talk(f"session-{n}") for n in range(3)))

asyncio.run(main())
"""


def answers_in(lines: Iterable[str]) -> Iterator[str]:
    """Ids of the answers among what a server says; a line that was cut short is none."""
    for line in lines:
        if line.startswith("answered ") and line.endswith("\n"):
            yield line.split()[1]


@pytest.mark.parametrize("turns", [5, pytest.param(23, marks=pytest.mark.long)])
def test_a_server_killed_between_turns_and_records_loses_no_answer(
    homes: Homes, home: Path, turns: int
) -> None:
    """Whatever was answered is on record, the chain holds, and the next start serves."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", SERVER, str(home)],
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        answered = set(islice(answers_in(child.stdout), turns))
        time.sleep(random.Random(turns).uniform(0, 0.3))  # noqa: S311 - not a secret
        os.killpg(child.pid, signal.SIGKILL)
        answered |= set(answers_in(child.stdout))
    assert figures(home) == figures(homes.old)
    database = Database.open(home)
    recorded = {record.event.audit_id for record in AuditLog(database).latest(limit=1_000)}
    database.close()
    assert len(answered) >= turns
    assert answered <= recorded


def kill_at(child: subprocess.Popen[str], number: int, seconds: float) -> None:
    """Kill at a seeded moment: even numbers by the clock, odd ones right after a step is named."""
    rng = random.Random(number)  # noqa: S311 - not a secret
    assert child.stderr is not None
    if number % 2:
        for _ in range(rng.randint(1, 17)):
            child.stderr.readline()
        time.sleep(rng.choice([0.0, 0.0, 0.05, 0.3]))
    else:
        time.sleep(rng.uniform(0.0, 1.05) * seconds)
    kill(child)


@pytest.mark.parametrize("number", KILLS)
def test_a_prepare_killed_at_any_moment_loses_nothing(
    homes: Homes, home: Path, number: int
) -> None:
    """Old figures or new ones, whole stores, and a next run as if nothing had happened."""
    old, new = figures(homes.old), figures(homes.new)
    assert old != new
    if number % 5 == 4:  # so that its export and its filling are killed too
        shutil.rmtree(home / "index")
        shutil.rmtree(home / "embedder")
    kill_at(aura(home, "prepare", *NEW), number, homes.seconds)
    if (home / "embedder" / "embedder.json").exists():
        assert figures(home) in (old, new)
    prepare(home, NEW)
    assert figures(home) == new
    assert contents(home) == contents(homes.new)
    assert names(home) == names(homes.new)
