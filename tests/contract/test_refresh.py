"""A raw file is added while people chat: the new data are swapped in under them."""

import asyncio
import csv
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import wiring
from app.agent.context import PageContext
from app.agent.events import TurnAnswer
from app.origin import Origin, find_origin
from app.refresh import Refresher
from app.settings import Settings
from data.mapping import load_mapping
from data.query import Scope

NEW_CLIENT = "Quillfeather Observatory"
HOW_MANY = "How many active customers do we have?"
MAX_TURNS = 10_000
BREATH = threading.Event()
BREATH_SECONDS = 0.5
"""The build gets a core now and then."""


@pytest.fixture
def parts(prepared_settings: Settings, tmp_path: Path) -> Iterator[wiring.Parts]:
    """A prepared home of this test's own, whose raw folder is watched."""
    home = tmp_path / "home"
    shutil.copytree(prepared_settings.home, home, ignore=shutil.ignore_patterns("aura.db*"))
    raw = next(path for path in (home / "raw").iterdir() if path.is_dir())
    Origin.of(home, load_mapping("demo"), raw).save(home)
    built = wiring.build(prepared_settings.model_copy(update={"home": home}))
    yield built
    built.refresher.stop()
    built.close()


def _ask(parts: wiring.Parts, question: str) -> TurnAnswer:
    page = PageContext(page="chat")
    return asyncio.run(parts.turns.answer(parts.asker_named(None), question, "one chat", page))


def _active(answer: TurnAnswer) -> float:
    assert (answer.kind, answer.fallback) == ("answer", False)
    value = next(fact.value for fact in answer.facts if fact.name == "customers")
    assert isinstance(value, int | float)
    return value


def _raw_folder(parts: wiring.Parts) -> Path:
    origin = find_origin(parts.settings.home)
    assert origin is not None
    folder = origin.folder_in(parts.settings.home)
    assert folder is not None
    return folder


def _add_client(folder: Path) -> None:
    """One more export beside the others, with one client who has just signed up."""
    new = {
        "customer_id": "C99999",
        "name": NEW_CLIENT,
        "segment": "SMB",
        "region": "EMEA",
        "plan": "Starter",
        "contract_type": "annual",
        "account_creation_date": "2026-10-01",
        "churned_at": "",
    }
    with (folder / "customers.more.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(new))
        writer.writeheader()
        writer.writerow(new)


def _under_way(refresher: Refresher) -> bool:
    return refresher.status.state in {"queued", "building"}


def test_a_chat_goes_on_before_during_and_after_the_swap(parts: wiring.Parts) -> None:
    """Every turn is answered, from the old data or the new and never from half of them."""
    before = _active(_ask(parts, HOW_MANY))
    _add_client(_raw_folder(parts))
    parts.refresher.look()
    during: list[float] = []
    while _under_way(parts.refresher):
        assert len(during) < MAX_TURNS
        during.append(_active(_ask(parts, HOW_MANY)))
        BREATH.wait(BREATH_SECONDS)
    status = parts.refresher.status
    assert (status.state, status.problem) == ("idle", "")
    assert set(during) <= {before, before + 1}
    assert during[0] == before

    assert _active(_ask(parts, HOW_MANY)) == before + 1
    found = _ask(parts, f"Tell me about {NEW_CLIENT}")
    assert [call.args["customer"] for call in found.tool_calls] == ["C99999"]

    names = parts.gold.names(Scope())
    kept = parts.alerts.current("demo", as_of=parts.gold.as_of)
    assert kept
    assert {stored.alert.customer_id for stored in kept} <= set(names)
    parts.refresher.look()
    assert not _under_way(parts.refresher)


def test_a_file_that_cannot_be_read_leaves_the_old_data(parts: wiring.Parts) -> None:
    """The failure is one line that names the file; answers go on."""
    before = _active(_ask(parts, HOW_MANY))
    version = parts.gold.version
    (_raw_folder(parts) / "surveys.parquet").write_bytes(b"no such thing as a parquet file")
    parts.refresher.look()
    while _under_way(parts.refresher):
        assert _active(_ask(parts, HOW_MANY)) == before
        BREATH.wait(BREATH_SECONDS)
    status = parts.refresher.status
    assert status.state == "failed"
    assert "surveys.parquet" in status.problem
    assert "\n" not in status.problem
    assert parts.gold.version == version
    assert _active(_ask(parts, HOW_MANY)) == before
