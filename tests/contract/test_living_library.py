"""A person adds, edits, breaks and deletes a play while Aura runs, and asks."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import wiring
from app.agent.context import PageContext
from app.agent.events import TurnAnswer
from app.settings import Settings
from app.wiring import Parts

ASKED = "Is there a playbook for a drone delivery that wind has delayed?"
PLAY = """---
title: Delayed drone delivery
trigger: Wind keeps the drones of a client's delivery on the ground.
strategy: success_call
reviewed: 2026-11-01
---
## Steps

{step}
"""


@pytest.fixture(scope="module")
def running(
    prepared_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Parts]:
    """Everything that serves, on a copy of the home with few plays of its own."""
    home = tmp_path_factory.mktemp("living") / "home"
    shutil.copytree(prepared_settings.home, home)
    plays = home.parent / "plays"
    plays.mkdir()
    for name in ("win-back", "low-nps", "silent-client"):
        shutil.copy(prepared_settings.playbooks / f"{name}.md", plays)
    changes = {"home": home, "playbooks": plays, "database_url": f"sqlite:///{home}/own.db"}
    parts = wiring.build(prepared_settings.model_copy(update=changes))
    parts.turns.warm_up()
    yield parts
    parts.close()


def _ask(parts: Parts) -> TurnAnswer:
    asker = parts.identity.identify(None)
    return asyncio.run(parts.turns.answer(asker, ASKED, None, PageContext(page="test")))


def _cited(answer: TurnAnswer) -> set[str]:
    return {citation.source for citation in answer.citations}


def test_a_play_is_cited_edited_and_gone_while_aura_runs(running: Parts) -> None:
    """The very next question sees each change; a broken file does not silence the others."""
    play: Path = running.settings.playbooks / "drone-delay.md"
    assert "drone-delay" not in _cited(_ask(running))
    play.write_text(PLAY.format(step="Ground the fleet and phone the recipient."), "utf-8")
    added = _ask(running)
    assert "drone-delay" in _cited(added)
    assert "phone the recipient" in added.answer
    play.write_text(PLAY.format(step="Send a van and tell the client the hour."), "utf-8")
    assert "Send a van" in _ask(running).answer
    (play.parent / "broken.md").write_text("---\ntitle: [\n---\nText\n", "utf-8")
    assert "drone-delay" in _cited(_ask(running))
    play.unlink()
    assert "drone-delay" not in _cited(_ask(running))
