from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

Run = Callable[..., Result]
REPO = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, with a home of its own."""
    monkeypatch.setenv("AURA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(REPO)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["playbooks", *map(str, arguments)])

    return call


def test_our_own_plays_pass(run: Run) -> None:
    """At least thirty, without a fault."""
    done = run("check")
    assert done.exit_code == 0, done.output
    assert int(done.output.split()[0]) >= 30


def test_a_play_is_begun_mended_and_checked(run: Run, tmp_path: Path) -> None:
    """A person begins a file, breaks it, and is told where."""
    folder = tmp_path / "plays"
    assert run("new", "late-invoice", "--folder", folder).exit_code == 0
    assert run("check", "--folder", folder).output == "1 play, nothing to mend.\n"
    play = folder / "late-invoice.md"
    play.write_text(play.read_text("utf-8").replace("## Evidence", "## Proof"), "utf-8")
    done = run("check", "--folder", folder)
    assert done.exit_code == 1
    assert done.output == f"{play}:1: section 'Evidence' is missing or empty\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("new", "Late Invoice"), "no playbook id"), (("check", "--folder", "nowhere"), "no folder")],
    ids=["id", "folder"],
)
def test_wrong_usage_is_said(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """What was wrong and which value."""
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert arguments[-1] in done.output
