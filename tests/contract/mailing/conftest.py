"""A draft, and a real mail server on this machine to send it to."""

import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from app.mailing import Mailer, Target
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.drafts import Drafts
from tools.draft_log import Letter, NewDraft, SavedDraft

HOST = "127.0.0.1"
TO = "ann@northwind.example"


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


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on; the library wants to know it beforehand."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


@pytest.fixture
def mailbox() -> Mailbox:
    """Empty."""
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox, free_port: int) -> Iterator[Controller]:
    """A mail server without encryption on a free port of this machine."""
    running = Controller(mailbox, hostname=HOST, port=free_port)
    running.start()
    yield running
    running.stop()


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
