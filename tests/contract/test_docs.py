import re
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import app
from tools.registry import TOOLS

REPO = Path(__file__).parents[2]
README = (REPO / "README.md").read_text(encoding="utf-8")


def _commands() -> set[str]:
    return set(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`?aura ([a-z]+)", README))))
def test_every_command_of_the_readme_exists(command: str) -> None:
    """A reader can type what the README shows."""
    assert command in _commands()


def test_the_readme_names_every_command() -> None:
    """No command stays hidden."""
    missing = {name for name in _commands() if f"aura {name}" not in README}
    assert not missing


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z-]+)", README))))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    """The two commands, and any other that is named, are in the Makefile."""
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_of_the_readme_leads_somewhere(link: str) -> None:
    """Files and pictures that the README shows are there."""
    assert (REPO / link).exists()


def test_the_changelog_names_every_tool() -> None:
    """What the agent can do is told to those who update."""
    changelog = (REPO / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not [tool.__name__ for tool in TOOLS if f"`{tool.__name__}`" not in changelog]
