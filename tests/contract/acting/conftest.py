"""People who may write: drafts that can be sent, an action log and files, over real data."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.mailing import Mailer
from app.store.actions import Actions
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.drafts import Drafts
from app.store.exports import Exports
from app.store.interventions import Interventions
from data.gold import Gold
from data.query import OrderBy, Scope
from tools.contract import ConfirmedCall, ToolContext, ToolResult
from tools.draft_log import Channel, Delivery, Letter
from tools.outreach import DraftOutreachArgs, draft_outreach


class Post:
    """Takes letters, or fails as a test says."""

    host = "mail.example"
    channels: frozenset[Channel] = frozenset({"email"})

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.outcome: Delivery = "sent"

    def deliver(self, letter: Letter) -> tuple[Delivery, str]:
        """Keep a letter."""
        self.letters.append(letter)
        return self.outcome, "a reason"


class Clock:
    """Nine o'clock on the day of the data, until a test moves it."""

    def __init__(self, gold: Gold) -> None:
        day = gold.as_of
        self.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


class Desk:
    """Somebody who drafts, and what the tool says to them."""

    def __init__(self, context: ToolContext) -> None:
        self.context = context

    def do(self, **args: Any) -> ToolResult:
        """Call the tool."""
        return draft_outreach(DraftOutreachArgs(**args), self.context)

    def agree(self, result: ToolResult) -> ToolResult:
        """Say yes to what a result asks."""
        assert result.asks_first
        confirmed = ConfirmedCall("draft_outreach", result.args)
        return self.but(confirmed=confirmed).do(**result.args)

    def but(self, **changes: Any) -> "Desk":
        """The same desk in other circumstances."""
        return Desk(replace(self.context, **changes))

    @staticmethod
    def facts(result: ToolResult) -> dict[str, Any]:
        """Facts by name."""
        return {fact.name: fact.value for fact in result.facts}


@pytest.fixture
def store(database: Database) -> Interventions:
    """An empty action log."""
    return Interventions(database)


@pytest.fixture
def shelf(tmp_path: Path) -> Exports:
    """No files yet."""
    return Exports(tmp_path / "files")


@pytest.fixture
def context(reader: ToolContext, store: Interventions, shelf: Exports) -> ToolContext:
    """The same person, who may write."""
    return replace(reader, actions=Actions(store), files=shelf)


@pytest.fixture(scope="session")
def clients(gold: Gold) -> Callable[..., list[tuple[str, dict[str, Any]]]]:
    """Finds the riskiest clients whose gold row has some values."""

    def _clients(limit: int = 40, **row: Any) -> list[tuple[str, dict[str, Any]]]:
        by_risk = OrderBy(by="churn_prob_90d")
        rows = gold.customers(filters=[], scope=Scope(), sort_by=by_risk, limit=1_000).rows
        full = [
            (str(found[0]), gold.customer(str(found[0]), Scope()) or {}) for found in rows[:200]
        ]
        kept = [(key, data) for key, data in full if all(data[k] == v for k, v in row.items())]
        assert kept
        return kept[:limit]

    return _clients


@pytest.fixture
def clock(gold: Gold) -> Clock:
    """The clock of the store."""
    return Clock(gold)


@pytest.fixture
def post() -> Post:
    """No letters yet."""
    return Post()


@pytest.fixture
def desk(reader: ToolContext, database: Database, clock: Clock, post: Post, shelf: Exports) -> Desk:
    """An administrator where drafts are kept and can be sent."""
    drafts = Drafts(database, cap_days=14, now=clock)
    mailer = Mailer([post], drafts, AuditLog(database))
    return Desk(replace(reader, user_id="ann", drafts=drafts, mailer=mailer, files=shelf))


@pytest.fixture
def client(desk: Desk) -> str:
    """An active client who may be contacted and was not lately."""
    rows = desk.context.gold.customers(filters=[], scope=Scope(), limit=200).rows
    for row in rows:
        facts = desk.facts(desk.do(customer=str(row[0]), channel="email"))
        if facts["drafted"] == "email" and "last_contact" not in facts:
            return str(row[0])
    raise AssertionError("no such client")
