"""Sending against a real mail server and a real webhook: once, to the right one, or not at all."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tenacity import wait_none

from app.mailing import Mailer, SmtpTarget, Target, WebhookTarget, build_mailer
from app.settings import Settings
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.drafts import Drafts
from tools.draft_log import Letter, NewDraft, SavedDraft
from tools.errors import FinalToolError

HOST = "127.0.0.1"
SENDER = "success@aura.example"
TO = "ann@northwind.example"
PASSWORD, WRONG = "s3cret", "guess"


class Mailbox:
    """Takes mail; answers RCPT and DATA as a test says."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.rcpt, self.data = "250 OK", "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take or refuse a message, or hang up in the middle of it."""
        if self.data == "hang up":
            server.transport.abort()
            return "250 OK"
        if self.data.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.received.append(message)
        return self.data


def _certificate(folder: Path) -> Path:
    """A certificate for this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return pem


def _free_port() -> int:
    """One that nobody listens on; the library wants to know it beforehand."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def _may_enter(*given: Any) -> AuthResult:
    login = next(each for each in given if isinstance(each, LoginPassword))
    return AuthResult(success=login == LoginPassword(b"aura", PASSWORD.encode()), handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    """Empty."""
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    """A mail server without encryption on a free port of this machine."""
    running = Controller(mailbox, hostname=HOST, port=_free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def safe_server(mailbox: Mailbox, tmp_path: Path) -> Iterator[tuple[Controller, Path]]:
    """One that wants STARTTLS and a password; its certificate beside it."""
    pem = _certificate(tmp_path)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(pem)
    running = Controller(
        mailbox,
        hostname=HOST,
        port=_free_port(),
        tls_context=own,
        require_starttls=True,
        auth_required=True,
        authenticator=_may_enter,
    )
    running.start()
    yield running, pem
    running.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty store."""
    opened = Database.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def drafts(database: Database) -> Drafts:
    """No drafts yet."""
    return Drafts(database, cap_days=14)


@pytest.fixture
def saved(drafts: Drafts) -> SavedDraft:
    """One draft."""
    text = "Hi Zoë,\n\nsome words.\n\nBest wishes,\nTom"
    new = NewDraft("C1", "email", "warm", "usage", "A", "question", "What changed — at Nørd?", text)
    return drafts.save([new], user_id="ann")[0]


@pytest.fixture
def send(drafts: Drafts, database: Database, saved: SavedDraft) -> Callable[..., tuple[str, str]]:
    """Sends the draft by a target."""

    def through(target: Target) -> tuple[str, str]:
        mailer = Mailer([target], drafts, AuditLog(database))
        letter = Letter(
            saved.id, "email", "C1", TO, "Tom Bell", saved.draft.subject, saved.draft.message
        )
        return mailer.send(letter, user_id="ann", role="account_manager")

    return through


def _plain(port: int) -> SmtpTarget:
    return SmtpTarget(HOST, port, sender=SENDER, tls="none")


def _state(drafts: Drafts, saved: SavedDraft) -> tuple[str | None, bool]:
    found = drafts.find(saved.id)
    assert found is not None
    return found.feedback, found.sent_at is not None


def test_a_letter_arrives_once_and_is_on_record(
    server: Controller,
    mailbox: Mailbox,
    send: Callable[..., Any],
    drafts: Drafts,
    saved: SavedDraft,
    database: Database,
) -> None:
    """Headers and text as drafted, marked as used, audited without address or text."""
    target = _plain(server.port)
    assert send(target)[0] == "sent"
    with pytest.raises(FinalToolError, match="never sent twice"):
        send(target)
    (message,) = mailbox.received
    assert (message["From"], message["To"]) == (f"Tom Bell <{SENDER}>", TO)
    assert message["Subject"] == saved.draft.subject
    assert message["Message-ID"] == f"<{saved.id}@aura.example>"
    assert message.get_content().replace("\r\n", "\n").rstrip("\n") == saved.draft.message
    assert _state(drafts, saved) == ("used", True)
    (record,) = AuditLog(database).latest()
    assert (record.event.action, record.event.user_id) == ("outreach_sent", "ann")
    assert record.event.data_left
    assert TO not in str(record.event.arguments)


def test_starttls_and_a_password_are_spoken(
    safe_server: tuple[Controller, Path], mailbox: Mailbox, send: Callable[..., Any]
) -> None:
    """The certificate is checked, and the server has let us in by name."""
    running, pem = safe_server
    trust = ssl.create_default_context(cafile=str(pem))
    port = running.port
    wrong = SmtpTarget(HOST, port, sender=SENDER, user="aura", password=WRONG, trust=trust)
    assert send(wrong) == ("refused", "the mail server refused the sign-in, code 535")
    right = SmtpTarget(HOST, port, sender=SENDER, user="aura", password=PASSWORD, trust=trust)
    assert send(right)[0] == "sent"
    assert len(mailbox.received) == 1


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(
    safe_server: tuple[Controller, Path], mailbox: Mailbox, send: Callable[..., Any]
) -> None:
    """Nothing is handed to a stranger."""
    target = SmtpTarget(HOST, safe_server[0].port, sender=SENDER, user="aura", password=PASSWORD)
    outcome, word = send(target)
    assert (outcome, word) == (
        "refused",
        "the mail server's certificate or encryption was not accepted",
    )
    assert mailbox.recipients == []


def test_a_server_without_encryption_gets_nothing_where_it_is_wanted(
    server: Controller, mailbox: Mailbox, send: Callable[..., Any]
) -> None:
    """STARTTLS is no wish."""
    target = SmtpTarget(HOST, server.port, sender=SENDER)
    assert send(target)[0] == "refused"
    assert mailbox.recipients == []


@pytest.mark.parametrize(
    ("answers", "outcome", "word"),
    [
        (("550 no such user", "250 OK"), "refused", "refused the recipient, code 550"),
        (("250 OK", "554 looks like spam"), "refused", "refused it, code 554"),
        (("250 OK", "hang up"), "unknown", "not reached"),
    ],
    ids=["recipient", "message", "connection"],
)
def test_only_what_was_refused_is_tried_again(
    server: Controller,
    mailbox: Mailbox,
    send: Callable[..., Any],
    answers: tuple[str, str],
    outcome: str,
    word: str,
) -> None:
    """What was refused may be tried again; what may have arrived may not."""
    mailbox.rcpt, mailbox.data = answers
    target = _plain(server.port)
    got, why = send(target)
    assert got == outcome
    assert word in why
    mailbox.rcpt = mailbox.data = "250 OK"
    if outcome == "refused":
        assert send(target)[0] == "sent"
    else:
        with pytest.raises(FinalToolError, match="may have been"):
            send(target)


def test_a_server_that_is_not_there_is_told_in_a_line(send: Callable[..., Any]) -> None:
    """And the draft may be sent later."""
    assert send(_plain(_free_port())) == ("refused", "the mail server was not reached")


def test_a_subject_cannot_carry_another_header(
    server: Controller, mailbox: Mailbox, drafts: Drafts, database: Database, saved: SavedDraft
) -> None:
    """A line break in it is a blank."""
    mailer = Mailer([_plain(server.port)], drafts, AuditLog(database))
    evil = "Hi\r\nBcc: everybody@elsewhere.example"
    letter = Letter(saved.id, "email", "C1", TO, "Tom\nX: y", evil, "Text")
    assert mailer.send(letter, user_id="ann", role="admin")[0] == "sent"
    assert mailbox.recipients == [TO]
    assert mailbox.received[0]["Bcc"] is None


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
    send: Callable[..., Any], saved: SavedDraft
) -> None:
    """Refused, it may be tried again; taken, it is sent."""
    hook: Any = ThreadingHTTPServer((HOST, 0), _Hook)
    hook.received, hook.status = [], 422
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    target = WebhookTarget(f"http://{HOST}:{hook.server_port}/x", wait=wait_none())
    assert send(target) == ("refused", "HTTP 422")
    hook.status = 200
    assert send(target) == ("sent", "HTTP 200")
    hook.shutdown()
    hook.server_close()
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
