"""Sending by a mail server: once, to the right one, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from app.mailing import Mailer, SmtpTarget
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.drafts import Drafts
from tools.draft_log import Letter, SavedDraft
from tools.errors import FinalToolError

HOST = "127.0.0.1"
SENDER = "success@aura.example"
TO = "ann@northwind.example"


def _plain(port: int) -> SmtpTarget:
    return SmtpTarget(HOST, port, sender=SENDER, tls="none")


def _state(drafts: Drafts, saved: SavedDraft) -> tuple[str | None, bool]:
    found = drafts.find(saved.id)
    assert found is not None
    return found.feedback, found.sent_at is not None


def test_a_letter_arrives_once_and_is_on_record(
    server: Controller,
    mailbox: Any,
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
    mailbox: Any,
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


def test_a_server_that_is_not_there_is_told_in_a_line(
    send: Callable[..., Any], free_port: int
) -> None:
    """And the draft may be sent later."""
    assert send(_plain(free_port)) == ("refused", "the mail server was not reached")


def test_a_subject_cannot_carry_another_header(
    server: Controller, mailbox: Any, drafts: Drafts, database: Database, saved: SavedDraft
) -> None:
    """A line break in it is a blank."""
    mailer = Mailer([_plain(server.port)], drafts, AuditLog(database))
    evil = "Hi\r\nBcc: everybody@elsewhere.example"
    letter = Letter(saved.id, "email", "C1", TO, "Tom\nX: y", evil, "Text")
    assert mailer.send(letter, user_id="ann", role="admin")[0] == "sent"
    assert mailbox.recipients == [TO]
    assert mailbox.received[0]["Bcc"] is None
