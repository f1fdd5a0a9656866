"""`aura ingest --check` as a person runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from data.mapping import load_mapping

CLIENTS = "account_id,company,signup\n" + "".join(
    f"A{row},Firm {row},2025-01-{row + 10}\n" for row in range(9)
)


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of clients, and a home where nothing is prepared."""
    monkeypatch.setenv("AURA_HOME", str(tmp_path / "home"))
    path = tmp_path / "accounts.csv"
    path.write_text(CLIENTS)
    return path


def test_the_report_the_questions_and_the_mapping_are_told(export: Path) -> None:
    """Three parts: the file, what would be loaded, the YAML; nothing is loaded."""
    result = CliRunner().invoke(app, ["ingest", "--check", str(export)])
    assert result.exit_code == 0, result.output
    assert "accounts.csv: 9 rows, 3 columns" in result.stdout
    assert "accounts.csv as customers: 9 of 9 rows accepted, 0 rejected" in result.stdout
    assert "customer_id: account_id" in result.stdout
    assert not (export.parent / "home" / "landing").exists()


def test_the_proposal_is_saved_once_and_never_overwritten(export: Path) -> None:
    """A mapping that somebody edited is not lost to a second check."""
    target = export.with_name("crm.yml")
    command = ["ingest", "--check", str(export), "--write", str(target)]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert load_mapping(target).name == "crm"
    target.write_text("edited")
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert target.read_text() == "edited"
    assert [path.name for path in export.parent.glob(".*")] == []


def test_json_holds_the_whole_report(export: Path) -> None:
    """For programs: figures, findings, trials, questions and the YAML."""
    result = CliRunner().invoke(app, ["ingest", "--check", str(export), "--json"])
    told = json.loads(result.stdout)
    assert told["files"][0]["profile"]["rows"] == 9
    assert told["trials"][0]["accepted"] == 9
    assert "entity: customers" in told["proposal"]["yaml"]
    assert told["questions"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["accounts.csv"], 2, "--entity is needed"),
        (["accounts.csv", "--check", "--entity", "customers"], 2, "leave --entity out"),
        (["accounts.csv", "--entity", "customers", "--json"], 2, "belong to --check"),
        (["accounts.csv", "--check", "--write", "crm.txt"], 2, "must end in .yml"),
        (["nothing.csv", "--check"], 1, "No file or folder"),
    ],
)
def test_wrong_use_is_said(
    export: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    """2 for what cannot be meant, 1 for what is not there."""
    monkeypatch.chdir(export.parent)
    result = CliRunner().invoke(app, ["ingest", *arguments])
    assert result.exit_code == code
    assert message in " ".join(result.stderr.replace("│", " ").split())
