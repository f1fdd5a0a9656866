import itertools
from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings, variable_names

REPO = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in variable_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_example_names_every_setting_with_its_help() -> None:
    """`.env.example` and the settings are the same list, so neither goes stale."""
    lines = (REPO / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = itertools.pairwise(lines)
    documented = {
        line.removeprefix("# ").partition("=")[0]: above.removeprefix("# ")
        for above, line in pairs
        if "=" in line and line.removeprefix("# ").partition("=")[0].isupper()
    }
    assert documented == variable_names()


def test_unknown_setting_is_refused_with_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt setting never passes in silence."""
    monkeypatch.setenv("AURA_PROT", "9000")
    with pytest.raises(SettingsError, match="AURA_PROT; did you mean AURA_PORT"):
        load_settings()


def test_bad_value_names_the_variable_and_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """An impossible value is reported by the name the user typed."""
    monkeypatch.setenv("AURA_PORT", "eighty")
    with pytest.raises(SettingsError, match="AURA_PORT='eighty'"):
        load_settings()


def test_variables_and_env_file_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment wins over `.env`, and keys stay secret when printed."""
    (tmp_path / ".env").write_text("AURA_PORT=8100\nGROQ_API_KEY=gsk_secret\n", encoding="utf-8")
    monkeypatch.setenv("AURA_PORT", "8200")
    settings = load_settings()
    assert settings.port == 8200
    assert "gsk_secret" not in repr(settings)
    assert settings.home == (tmp_path / "var").resolve()
