"""One prepared installation for the whole run: 300 demo clients, 24 months, one seed."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

from app.settings import Settings
from data.gold import Gold
from data.semantic_model import load_semantic_model

# The same inputs on every machine, and no wall clock in any verdict.
hypothesis_settings.register_profile("aura", deadline=None, derandomize=True)
hypothesis_settings.load_profile("aura")

REPO = Path(__file__).parents[1]
AS_OF = date(2026, 10, 20)


def _settings_for(home: Path) -> Settings:
    """Settings of a test: nothing is read from the environment or `.env`."""
    defaults = {name: info.default for name, info in Settings.model_fields.items()}
    values = {**defaults, "home": home, "playbooks": REPO / "playbooks"}
    return Settings.model_construct(None, **values)


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home prepared by the product's own code; AURA_TEST_HOME names one to use again."""
    given = os.environ.get("AURA_TEST_HOME")
    shared_by_workers = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared_by_workers = shared_by_workers.parent
    home = Path(given) if given else shared_by_workers / "prepared"
    with FileLock(shared_by_workers / "prepared.lock"):
        if not (home / "warehouse.duckdb").exists():
            from app.prepare import DemoSize, prepare_demo  # noqa: PLC0415 - seconds of imports

            size = DemoSize(customers=300, months=24, seed=7)
            prepare_demo(_settings_for(home), size, AS_OF, lambda _line: None)
    return home


@pytest.fixture(scope="session")
def prepared_settings(prepared_home: Path) -> Settings:
    """Settings of the prepared home; change them with `model_copy`."""
    return _settings_for(prepared_home)


@pytest.fixture(scope="session")
def gold(prepared_home: Path) -> Iterator[Gold]:
    """The reader of the prepared warehouse."""
    reader = Gold(prepared_home / "warehouse.duckdb", load_semantic_model())
    yield reader
    reader.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data sets and cases beside the repository."""
    folder = Path(os.environ.get("AURA_SHARED", REPO.parent / "shared"))
    if not folder.exists():
        pytest.skip(f"no public data at {folder}")
    return folder
