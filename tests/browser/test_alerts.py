"""What is new is offered on the empty page, told once, and gone when it was read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from app.store.alerts import Alerts
from app.store.database import Database
from app.store.tables import AlertReadRow
from data.gold import Gold
from data.query import Scope
from tools.models.alerts import Alert

pytestmark = pytest.mark.browser

WAIT_MS = 30_000


@pytest.fixture
def surging(prepared_home: Path, gold: Gold) -> Iterator[str]:
    """A client with an unread alert; nothing else has been read either."""
    customer_id, name = min(gold.names(Scope()).items())
    alert = Alert(
        kind="tickets_surge",
        customer_id=customer_id,
        name=name,
        headline="9 support tickets in 30 days, usually 1",
        figures={"tickets_30d": 9.0, "tickets_usual_30d": 1.0},
        arr=120_000.0,
        severity="high",
        as_of=gold.as_of,
    )
    database = Database.open(prepared_home)
    Alerts(database).record([alert])
    with database.write() as session:
        session.execute(delete(AlertReadRow))
    yield name
    with database.write() as session:
        session.execute(delete(AlertReadRow))
    database.close()


def _open(page: Page, server: str) -> None:
    page.goto(f"{server}/chat")
    page.locator("#chat-input").wait_for(timeout=WAIT_MS)


def test_a_manager_reads_what_is_new(page: Page, server: str, surging: str) -> None:
    """Buttons beside the starters; one line after an answer; silence once it was read."""
    _open(page, server)
    bell = page.get_by_role("button", name="Ticket surges:")
    expect(bell).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("Who is at risk?")).to_be_visible()

    page.locator("#chat-input").click()
    page.keyboard.type("How many active customers do we have?")
    page.keyboard.press("Enter")
    told = page.get_by_text("with a surge of tickets")
    expect(told).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Ticket surges:").click()
    expect(page.get_by_text("5 or more tickets in 30 days?")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("table").last).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
    expect(told).to_have_count(1)

    _open(page, server)
    expect(page.get_by_text("Who is at risk?")).to_be_visible(timeout=WAIT_MS)
    expect(bell).to_have_count(0)
