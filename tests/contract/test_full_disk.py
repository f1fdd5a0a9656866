"""A disk that takes no more: each writer ends in one clear line, and the old state stays whole.

The limit is the operating system's own on the size of a file (`RLIMIT_FSIZE`): every write beyond
it fails, in Aura, in its libraries and in the processes it starts, as on a disk that is full.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.store import model_store
from data.gold import Gold
from data.semantic_model import load_semantic_model
from knowledge.embedder import Embedder
from knowledge.library import Library

REPO = Path(__file__).parents[2]
LIMITED = """
import resource, sys
from pathlib import Path
import typer
from app.settings import Settings
from app.terminal import failing_in_one_line

home, limit = Path(sys.argv[1]), int(sys.argv[2])
settings = Settings(home=home)
{before}
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with failing_in_one_line(settings):
        {work}
except typer.Exit as end:
    sys.exit(end.exit_code)
"""
INGEST = (
    "from data.ingest import ingest_file; from data.mapping import load_mapping",
    'ingest_file(home / "surveys.csv", "surveys", load_mapping("demo"), home / "landing")',
)
BUILD = (
    "from data.build import Build",
    'with Build(home=home, source="demo") as build: build.bronze()',
)
DBT = (
    "from data.build import Build",
    'with Build(home=home, source="demo") as build: build.bronze(); build.silver()',
)
MODEL = (
    (
        "from app.store import model_store, model_versions; "
        "model = model_store.load(model_versions.versions(home)[0], home); "
        "import dataclasses; card = model.card.model_copy(update={'version': 'churn-new'}); "
        "model = dataclasses.replace(model, card=card)"
    ),
    "model_store.save(model, home)",
)
INDEX = (
    (
        "from knowledge.library import Library; from knowledge.embedder import Embedder; "
        'library = Library(Path("playbooks"), home / "index", Embedder(home / "embedder")); '
        'import shutil; shutil.rmtree(home / "index")'
    ),
    "library.refresh()",
)
EXPORT = (
    "from knowledge.embedder_export import export",
    'export(home / "other-embedder")',
)
STORE = (
    (
        "from app.store.database import Database; from app.store.audit_log import AuditLog; "
        "from app.governance.audit import AuditEvent; log = AuditLog(Database.open(home)); "
        'events = [AuditEvent("x" * 900, "u", "analyst", "turn")] * 200'
    ),
    "[log.append(events) for _ in range(20)]",
)
BACKUP = ("from app.backup import backup", 'backup(settings, home / "safe.tar")')


@pytest.fixture
def home(prepared_home: Path, tmp_path: Path) -> Path:
    """A copy of the prepared home and one more file to load."""
    target = tmp_path / "home"
    target.mkdir()
    shutil.copyfile(prepared_home / "warehouse.duckdb", target / "warehouse.duckdb")
    for name in ("models", "index", "landing"):
        shutil.copytree(prepared_home / name, target / name)
    (target / "embedder").symlink_to(prepared_home / "embedder")
    lines = (f"s{n},C{n},2026-01-05,9,comment {os.urandom(20).hex()}\n" for n in range(5_000))
    header = "survey_id,customer_id,response_date,nps_score,comments\n"
    (target / "surveys.csv").write_text(header + "".join(lines))
    return target


@pytest.mark.parametrize(
    ("work", "limit", "cause"),
    [
        pytest.param(INGEST, 20_000, "the disk is full", id="ingest"),
        pytest.param(BUILD, 5_000, "the disk is full", id="build"),
        pytest.param(DBT, 3_000_000, "the disk is full", id="dbt"),
        pytest.param(MODEL, 2_000, "the disk is full", id="model"),
        pytest.param(INDEX, 300_000, "cannot be written", id="index"),
        pytest.param(EXPORT, 1_000_000, "", id="embedding model"),
        pytest.param(STORE, 300_000, "Free some space", id="store"),
        pytest.param(BACKUP, 1_000_000, "the disk is full", id="backup"),
    ],
)
def test_a_full_disk_is_one_line_and_loses_nothing(
    home: Path, work: tuple[str, str], limit: int, cause: str
) -> None:
    """The line says what to do; the warehouse, its model and the stores are as they were."""
    before = (home / "warehouse.duckdb").read_bytes()
    program = LIMITED.format(before=work[0], work=work[1])
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program, str(home), str(limit)],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.splitlines()
    assert (done.returncode, len(said)) == (1, 1), done.stderr
    assert said[0].startswith("aura: ")
    assert cause in said[0]
    assert "unexpected" not in said[0]
    assert (home / "warehouse.duckdb").read_bytes() == before
    gold = Gold(home / "warehouse.duckdb", load_semantic_model())
    model_store.load(str(gold.build.model_version), home)
    gold.close()
    library = Library(REPO / "playbooks", home / "index", Embedder(home / "embedder"))
    assert library.search("a client who stopped logging in")
    left = {path.name for path in home.iterdir()}
    assert not {name for name in left if name.endswith(".part") or "other-embedder" in name}
