"""Somebody who may start a test, the day after the last day of the data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.store.actions import Actions
from app.store.database import Database
from app.store.exports import Exports
from app.store.interventions import Interventions
from data.gold import Gold
from tools.contract import ToolContext


@pytest.fixture
def store(database: Database, gold: Gold) -> Interventions:
    """An empty action log, on the day after the data's last."""
    noon = datetime(gold.as_of.year, gold.as_of.month, gold.as_of.day, 12, tzinfo=UTC)
    return Interventions(database, now=lambda: noon + timedelta(days=1))


@pytest.fixture
def context(reader: ToolContext, store: Interventions, tmp_path: Path) -> ToolContext:
    """An administrator who sees every client and may write."""
    return replace(reader, actions=Actions(store), files=Exports(tmp_path / "files"))
