"""The alert webhook against a real HTTP server: what is sent, how often, and what is recorded."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tenacity import wait_none

from app import webhook as webhook_module
from app.alerting import announce
from app.settings import Settings
from app.store.alerts import Alerts
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.webhook import ATTEMPTS, Webhook
from tools.models.alerts import Alert

DAY = date(2026, 10, 20)
FOUND = [
    Alert(
        kind="renewal_due",
        customer_id=f"C{number}",
        name=f"Northwind {number}",
        headline="Renewal due in 5 days",
        figures={"days_to_renewal": 5.0},
        arr=1200.0,
        severity="low",
        as_of=DAY,
    )
    for number in range(3)
]


class Receiver(ThreadingHTTPServer):
    """Answers with the next status of a script, 200 when it has run out; None hangs up."""

    def __init__(self) -> None:
        self.script: list[int | None] = []
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/hook/a-secret-path"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was posted."""
        return [body for _, body in self.received]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((dict(self.headers), body))
        status = self.server.script.pop(0) if self.server.script else 200
        if status is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Quiet."""


@pytest.fixture
def receiver(listening: Callable[..., AbstractContextManager[Receiver]]) -> Iterator[Receiver]:
    """A server of our own."""
    with listening(Receiver()) as server:
        yield server


def _webhook(database: Database, url: str, *, details: bool = False) -> Webhook:
    alerts, audit = Alerts(database), AuditLog(database)
    return Webhook(url, details=details, alerts=alerts, audit=audit, wait=wait_none())


def test_it_tells_counts_and_no_names(database: Database, receiver: Receiver) -> None:
    """Who the clients are stays here unless it was asked for."""
    Alerts(database).record(FOUND, for_webhook=True)
    assert _webhook(database, receiver.url).deliver(DAY) == 3
    (body,) = receiver.bodies
    assert body.pop("delivery_id")
    assert body == {
        "event": "aura.alerts",
        "as_of": "2026-10-20",
        "counts": {"renewal_due": 3},
    }


def test_it_tells_names_and_figures_when_wanted(database: Database, receiver: Receiver) -> None:
    """AURA_ALERT_WEBHOOK_DETAILS adds the alerts themselves."""
    Alerts(database).record(FOUND[:1], for_webhook=True)
    _webhook(database, receiver.url, details=True).deliver(DAY)
    (told,) = receiver.bodies[0]["alerts"]
    assert told["name"] == "Northwind 0"
    assert told["figures"] == {"days_to_renewal": 5.0}


def test_an_alert_is_never_sent_twice(database: Database, receiver: Receiver) -> None:
    """The same build again, or another one with the same alerts, is silence."""
    hook, alerts = _webhook(database, receiver.url), Alerts(database)
    for _ in range(3):
        alerts.record(FOUND, for_webhook=True)
        hook.deliver(DAY)
    assert len(receiver.received) == 1
    alerts.record([*FOUND, replace(FOUND[0], customer_id="C9")], for_webhook=True)
    hook.deliver(DAY)
    assert receiver.bodies[1]["counts"] == {"renewal_due": 1}


def test_a_busy_receiver_is_asked_again_under_the_same_key(
    database: Database, receiver: Receiver
) -> None:
    """Whoever took the first request without saying so can tell the second by its key."""
    receiver.script = [503, 429]
    Alerts(database).record(FOUND, for_webhook=True)
    assert _webhook(database, receiver.url).deliver(DAY) == 3
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.received}) == 1
    assert len(receiver.received) == 3


@pytest.mark.parametrize(("status", "asked"), [(500, ATTEMPTS), (404, 1), (302, 1)])
def test_what_was_refused_waits_for_the_next_build(
    database: Database, receiver: Receiver, status: int, asked: int
) -> None:
    """A receiver that is down for long loses nothing; one that says no is asked once."""
    receiver.script = [status] * ATTEMPTS
    Alerts(database).record(FOUND, for_webhook=True)
    hook = _webhook(database, receiver.url)
    assert hook.deliver(DAY) == 0
    assert len(receiver.received) == asked
    receiver.script = []
    assert hook.deliver(DAY) == 3


def test_when_nobody_knows_whether_it_arrived_it_is_not_sent_again(
    database: Database, receiver: Receiver
) -> None:
    """The line broke after the request was read: silence is better than an alarm twice."""
    receiver.script = [None]
    Alerts(database).record(FOUND, for_webhook=True)
    hook = _webhook(database, receiver.url)
    assert hook.deliver(DAY) == 0
    assert hook.deliver(DAY) == 0
    assert len(receiver.received) == 1


def test_a_slow_receiver_is_not_waited_for_and_not_told_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that accepts and says nothing runs into the time limit, once."""
    monkeypatch.setattr(webhook_module, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        Alerts(database).record(FOUND, for_webhook=True)
        assert _webhook(database, url).deliver(DAY) == 0
        assert Alerts(database).claim() == []
    (entry,) = AuditLog(database).latest()
    assert entry.event.arguments["outcome"] == "ReadTimeout"


def test_each_delivery_is_audited(database: Database, receiver: Receiver) -> None:
    """What left, where to and how it went; the address's path is a password and stays out."""
    receiver.script = [404]
    Alerts(database).record(FOUND, for_webhook=True)
    hook = _webhook(database, receiver.url)
    hook.deliver(DAY)
    hook.deliver(DAY)
    audit = AuditLog(database)
    sent, refused = (record.event for record in audit.latest())
    assert (sent.action, sent.rows, sent.data_left) == ("alert_webhook", 3, True)
    assert sent.arguments == {
        "host": "127.0.0.1",
        "counts": {"renewal_due": 3},
        "details": False,
        "outcome": "HTTP 200",
    }
    assert (refused.arguments["outcome"], refused.data_left) == ("HTTP 404", True)
    assert audit.verify().ok


def test_when_nobody_listens_nothing_has_left(database: Database) -> None:
    """The record says so, and the alerts wait."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    Alerts(database).record(FOUND, for_webhook=True)
    assert _webhook(database, f"http://127.0.0.1:{port}/").deliver(DAY) == 0
    (record,) = AuditLog(database).latest()
    assert record.event.data_left is False
    assert len(Alerts(database).claim()) == 3


def test_a_build_records_its_alerts_and_tells_the_address_of_the_settings(
    tmp_path: Path, receiver: Receiver
) -> None:
    """From the settings to the wire; without an address nothing is sent, then or later."""
    silent = Settings(home=tmp_path)
    announce(silent, FOUND[:1], DAY, lambda _line: None)
    telling = Settings.model_validate({"home": tmp_path, "alert_webhook_url": receiver.url})
    lines: list[str] = []
    announce(telling, FOUND, DAY, lines.append)
    assert lines == ["3 alerts hold, 2 of them new"]
    assert [body["counts"] for body in receiver.bodies] == [{"renewal_due": 2}]


def test_a_store_that_is_down_does_not_undo_the_build(tmp_path: Path) -> None:
    """The new data serve already; the log says what is missing."""
    settings = Settings(home=tmp_path, database_url=f"postgresql://ann@/none?host={tmp_path}")
    announce(settings, FOUND, DAY, lambda _line: None)
