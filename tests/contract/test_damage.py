"""Damaged, locked and missing files: one clear line, and whatever still answers goes on answering."""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
import typer
from fastapi.testclient import TestClient

from app import wiring
from app.interface import build_interface
from app.settings import Settings
from app.terminal import failing_in_one_line
from app.wiring import Parts
from data.build import Build
from data.ingest import ingest_file, ingest_folder
from data.landing import Landing
from data.mapping import Mapping

ASK = "/api/v1/chatbot/query"
PLAIN = Mapping(name="crm", rates={"USD": 1.0})
SURVEYS = "survey_id,customer_id,response_date,nps_score\n" + "".join(
    f"s{n},c{n},2026-01-05,9\n" for n in range(200)
)


@pytest.fixture
def lived_in(prepared_settings: Settings, tmp_path: Path) -> Settings:
    """A home that may be damaged; the embedding model is shared unless a test replaces it."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(prepared_settings.home / "warehouse.duckdb", home / "warehouse.duckdb")
    shutil.copytree(prepared_settings.home / "models", home / "models")
    shutil.copytree(prepared_settings.home / "index", home / "index")
    (home / "embedder").symlink_to(prepared_settings.home / "embedder")
    return prepared_settings.model_copy(update={"home": home})


@pytest.fixture
def line_of(
    prepared_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> Callable[[Callable[[], object]], str]:
    """The one line on stderr that a command ends with; anything else fails the test."""

    def _line_of(work: Callable[[], object]) -> str:
        with pytest.raises(typer.Exit) as ended, failing_in_one_line(prepared_settings):
            work()
        assert ended.value.exit_code == 1
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 1
        assert "incident" not in said[0]
        return said[0].removeprefix("aura: ")

    return _line_of


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


@pytest.fixture
def serving(lived_in: Settings) -> Iterator[tuple[Parts, TestClient]]:
    """The REST interface over a home that may be damaged while it serves."""
    parts = wiring.build(lived_in)
    yield parts, _client(lived_in, parts)
    parts.close()


def _client(settings: Settings, parts: Parts) -> TestClient:
    app = build_interface(settings, parts)
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def _said(client: TestClient) -> str:
    response = client.post(ASK, json={"query": "What is our MRR?"})
    assert response.status_code == 200, response.text
    return str(response.json()["answer"])


def test_a_damaged_newer_warehouse_is_not_used(
    serving: tuple[Parts, TestClient], lived_in: Settings
) -> None:
    """The old one serves on, health says so, and the next good one is taken."""
    parts, client = serving
    path = lived_in.home / "warehouse.duckdb"
    good = path.with_name("good")
    shutil.copyfile(path, good)
    before = _said(client)
    next_one = path.with_name("next")
    next_one.write_bytes(os.urandom(100_000))
    next_one.replace(path)
    assert _said(client) == before
    assert "the newer file is not used" in client.get("/healthz").json()["checks"]["warehouse"]
    path.unlink()
    assert _said(client) == before
    good.replace(path)
    assert _said(client) == before
    assert parts.gold.reader.problem is None


def test_a_warehouse_damaged_in_place_is_said_until_it_is_mended(
    serving: tuple[Parts, TestClient], lived_in: Settings
) -> None:
    """Nothing can be read any more: 503 with the remedy, the same in chat, and health is down."""
    parts, client = serving
    path = lived_in.home / "warehouse.duckdb"
    good = path.with_name("good")
    shutil.copyfile(path, good)
    before = _said(client)
    os.truncate(path, 4096)
    parts.gold.close()  # what is in memory would still answer for a while
    response = client.post(ASK, json={"query": "What is our MRR?"})
    assert response.status_code == 503
    error = response.json()["error"]
    assert (error["code"], "`aura prepare`" in error["message"]) == ("unavailable", True)
    with client.stream(
        "POST", ASK, json={"query": "What is our MRR?"}, headers={"Accept": "text/event-stream"}
    ) as stream:
        text = stream.read().decode()
    assert "I cannot answer right now." in text
    assert "`aura prepare`" in text
    assert client.get("/healthz").status_code == 503
    assert "`aura prepare`" in client.get("/healthz").json()["error"]["hint"]
    good.replace(path)
    assert _said(client) == before


def test_a_damaged_index_is_made_again_by_the_next_question(lived_in: Settings) -> None:
    """It holds nothing that the playbooks do not hold."""
    (lived_in.home / "index" / "chroma.sqlite3").write_bytes(os.urandom(50_000))
    with closing(wiring.build(lived_in)) as parts:
        assert parts.library.search("a client who stopped logging in")


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("surveys.csv.gz", gzip.compress(SURVEYS.encode())[:-30], "cut short or damaged"),
        ("surveys.csv.gz", b"\x1f\x8b" + os.urandom(300), "cut short or damaged"),
        ("surveys.csv.gz", SURVEYS.encode(), "cut short or damaged"),
        ("surveys.jsonl.gz", gzip.compress(b'{"survey_id": "s1"}\n' * 50)[:-9], "cut short"),
        ("surveys.parquet", b"PAR1" + os.urandom(300), "not a whole Parquet file"),
        ("surveys.csv", b"", "is empty"),
    ],
    ids=["cut csv.gz", "noise csv.gz", "plain csv.gz", "cut jsonl.gz", "noise parquet", "empty"],
)
def test_a_damaged_raw_file_is_one_line(
    tmp_path: Path, line_of: LineOf, name: str, content: bytes, cause: str
) -> None:
    """Nothing is loaded of it, and nothing is left behind."""
    (tmp_path / name).write_bytes(content)
    landing = tmp_path / "landing"
    line = line_of(lambda: ingest_file(tmp_path / name, "surveys", PLAIN, landing))
    assert name in line
    assert cause in line
    assert [path for path in landing.rglob("*") if path.name != ".lock" and path.is_file()] == []


def test_a_raw_file_that_may_not_be_read_is_one_line(
    tmp_path: Path, line_of: LineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own words and the file; root may read everything, so the open is refused."""
    path = tmp_path / "surveys.csv"
    path.write_text(SURVEYS)
    path.chmod(0)
    opened = Path.open

    def refuse(self: Path, *args: object, **options: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    line = line_of(lambda: ingest_file(path, "surveys", PLAIN, tmp_path / "landing"))
    assert line == f"Permission denied: {path}"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A home with one client loaded."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "customers.csv").write_text("customer_id,account_creation_date\nc1,2025-01-01\n")
    (raw / "surveys.csv").write_text(SURVEYS)
    ingest_folder(raw, PLAIN, tmp_path / "landing")
    return tmp_path


@pytest.mark.parametrize("entity", ["customers", "surveys"])
@pytest.mark.parametrize(
    "damage", [lambda path: os.truncate(path, 40), lambda path: path.unlink()], ids=["cut", "gone"]
)
def test_a_damaged_landing_file_is_one_line_and_loading_again_mends_it(
    shop: Path, line_of: LineOf, entity: str, damage: Callable[[Path], None]
) -> None:
    """The build names the file and the load to repeat."""
    landing = Landing(shop / "landing" / "crm")
    load = next(load for load in landing.loads() if load.report.entity == entity)
    damage(landing.folder / load.accepted_file)

    def build() -> None:
        with Build(home=shop, source=PLAIN) as started:
            started.bronze()

    line = line_of(build)
    assert load.accepted_file in line
    assert f"load {entity}.csv again" in line
    reports = ingest_folder(shop / "raw", PLAIN, shop / "landing")
    assert [report.already_loaded for report in reports].count(False) == 1
    build()
    assert not list(shop.glob("warehouse.building-*"))


def test_a_damaged_note_is_one_line(shop: Path, line_of: LineOf) -> None:
    """It says which file to delete before the load is repeated."""
    landing = Landing(shop / "landing" / "crm")
    note = landing.notes()[0]
    os.truncate(note, 20)
    assert f"{note} is damaged: delete it" in line_of(
        lambda: ingest_folder(shop / "raw", PLAIN, shop / "landing")
    )
