"""`aura model` as a person runs it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.store import model_store, model_versions
from app.store.following_churn import FollowingChurn
from app.store.model_versions import METADATA, Decision
from data.gold import Gold
from data.semantic_model import load_semantic_model
from tools.models.trained import TrainedChurn


@pytest.fixture(scope="module")
def model(prepared_home: Path) -> TrainedChurn:
    """The model of the prepared installation."""
    return model_store.load_serving(prepared_home).model


@pytest.fixture
def home(
    prepared_home: Path, model: TrainedChurn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An installation with the prepared model and an older, rejected one."""
    monkeypatch.setenv("AURA_HOME", str(tmp_path))
    shutil.copy(prepared_home / "source.json", tmp_path)
    decision = Decision(
        source="demo",
        trained_on=model.card.as_of,
        decided_on=model.card.as_of,
        promoted=True,
        reason="The first model here.",
    )
    for version, promoted in (("churn-older", False), (model.version, True)):
        card = model.card.model_copy(update={"version": version})
        model_store.store(replace(model, card=card), tmp_path)
        reason = "The first model here." if promoted else "Worse than churn-x."
        told = decision.model_copy(update={"promoted": promoted, "reason": reason})
        model_versions.record(version, told, tmp_path)
    model_versions.serve(model.version, tmp_path)
    return tmp_path


def test_the_list_says_which_serves_and_why(home: Path, model: TrainedChurn) -> None:
    """Each version with its dates, figures and the decision."""
    result = CliRunner().invoke(app, ["model", "list"])
    assert result.exit_code == 0, result.output
    auc = model.card.auc
    assert auc is not None
    lines = result.stdout.splitlines()
    (own,) = [line for line in lines if line.startswith(model.version)]
    assert "serves" in own
    assert f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})" in own
    assert f"  promoted on {model.card.as_of}: The first model here." in lines
    assert f"  not promoted on {model.card.as_of}: Worse than churn-x." in lines


def test_the_list_as_json_holds_cards_and_decisions(home: Path, model: TrainedChurn) -> None:
    """One array on the last line, for programs."""
    result = CliRunner().invoke(app, ["model", "list", "--json"])
    told = {each["version"]: each for each in json.loads(result.stdout.splitlines()[-1])}
    assert told[model.version]["state"] == "serves"
    assert told["churn-older"]["decision"]["promoted"] is False
    assert told[model.version]["card"]["rows"] == model.card.rows


def test_a_version_that_cannot_be_read_is_listed_with_the_reason(home: Path) -> None:
    """A damaged or foreign model does not hide the others."""
    path = model_versions.folder_of(home) / "churn-older" / METADATA
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    result = CliRunner().invoke(app, ["model", "list"])
    assert result.exit_code == 0, result.output
    assert "has schema 99" in result.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["promote", "churn-0"], "No churn model 'churn-0' is stored. Stored: churn-"),
        (["rollback"], "nothing to go back to"),
        (["card", "churn-0"], "Stored: churn-"),
    ],
    ids=["promote", "rollback", "card"],
)
def test_what_cannot_be_done_is_one_line(home: Path, command: list[str], said: str) -> None:
    """Exit code 1, what is wrong and which versions there are."""
    result = CliRunner().invoke(app, ["model", *command])
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert model_versions.served(home) != ["churn-older"]


def test_nothing_prepared_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command says what to run first."""
    monkeypatch.setenv("AURA_HOME", str(tmp_path))
    for command in (["list"], ["card"], ["promote", "x"], ["rollback"]):
        result = CliRunner().invoke(app, ["model", *command])
        assert result.exit_code == 1
        assert "run `aura prepare`" in result.stderr


def test_the_card_is_written_to_a_file(home: Path, model: TrainedChurn, tmp_path: Path) -> None:
    """The serving model's by default, whole or not at all."""
    target = tmp_path / "CARD.md"
    result = CliRunner().invoke(app, ["model", "card", "--write", str(target)])
    assert result.exit_code == 0, result.output
    assert f"`{model.version}`" in target.read_text(encoding="utf-8")
    assert CliRunner().invoke(app, ["model", "card"]).stdout == target.read_text(encoding="utf-8")


@pytest.mark.long
def test_a_running_server_follows_promotion_and_rollback(
    prepared_home: Path, home: Path, model: TrainedChurn
) -> None:
    """Scores and explanations come from the chosen model as soon as the command ends."""
    shutil.copytree(prepared_home / "landing", home / "landing")
    for name in ("warehouse.duckdb", "embedder"):
        source = prepared_home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, home / name)
    gold = Gold(home / "warehouse.duckdb", load_semantic_model())
    serving = FollowingChurn(home, lambda: gold.build.model_version)
    assert serving.version == model.version
    for command, wanted in (
        (["promote", "churn-older"], "churn-older"),
        (["rollback"], model.version),
    ):
        result = CliRunner().invoke(app, ["model", *command])
        assert result.exit_code == 0, result.output
        assert f"{wanted} serves: 300 customers" in result.stdout
        assert serving.version == wanted
        assert model_versions.served(home)[0] == wanted
    gold.close()
