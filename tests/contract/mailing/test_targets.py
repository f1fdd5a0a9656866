"""Which targets there are, and sending by a webhook."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from tenacity import wait_none

from app.mailing import WebhookTarget, build_mailer
from app.settings import Settings
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.drafts import Drafts
from tools.draft_log import SavedDraft

HOST = "127.0.0.1"
SENDER = "success@aura.example"
TO = "ann@northwind.example"


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        hook = cast("Any", self.server)
        hook.received.append((self.headers["Idempotency-Key"], body))
        self.send_response(hook.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Quiet."""


def test_a_webhook_gets_the_letter_with_the_drafts_id_as_key(
    listening: Callable[..., Any], send: Callable[..., Any], saved: SavedDraft
) -> None:
    """Refused, it may be tried again; taken, it is sent."""
    hook: Any = ThreadingHTTPServer((HOST, 0), _Hook)
    hook.received, hook.status = [], 422
    with listening(hook):
        target = WebhookTarget(f"http://{HOST}:{hook.server_port}/x", wait=wait_none())
        assert send(target) == ("refused", "HTTP 422")
        hook.status = 200
        assert send(target) == ("sent", "HTTP 200")
    assert [key for key, _ in hook.received] == [saved.id, saved.id]
    assert f'"to":"{TO}"' in hook.received[-1][1].replace(": ", ":")


def test_nothing_is_sent_unless_a_target_is_set(
    prepared_settings: Settings, drafts: Drafts, database: Database
) -> None:
    """Off by default; a mail server takes e-mail, a webhook in-app messages, too."""
    audit = AuditLog(database)
    assert build_mailer(prepared_settings, drafts, audit) is None
    mailed = prepared_settings.model_copy(update={"smtp_host": HOST, "smtp_from": SENDER})
    mailer = build_mailer(mailed, drafts, audit)
    assert mailer is not None
    assert [mailer.takes(channel) for channel in ("email", "in_app", "call")] == [
        True,
        False,
        False,
    ]
