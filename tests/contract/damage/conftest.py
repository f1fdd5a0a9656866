"""A home that may be damaged, and the line that a command ends with then."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from app.settings import Settings
from app.terminal import failing_in_one_line


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
