"""Sends a draft after a person's yes: by a mail server or a webhook, each draft at most once."""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formataddr
from typing import Final, Literal, Protocol

import httpx
import structlog
from tenacity.wait import wait_base

from app.governance.audit import AuditEvent
from app.settings import Settings
from app.store.audit_log import AuditLog
from app.store.drafts import Drafts
from app.webhook import RefusedError, post
from tools.draft_log import Channel, Delivery, Letter
from tools.errors import FinalToolError

__all__ = ["Mailer", "SmtpTarget", "WebhookTarget", "build_mailer"]

TIMEOUT_SECONDS: Final = 20.0
_UNREACHED: Final = "the mail server was not reached"
_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (smtplib.SMTPAuthenticationError, "the mail server refused the sign-in"),
    (smtplib.SMTPResponseException, "the mail server refused it"),
    (smtplib.SMTPNotSupportedError, "the mail server does not offer what the settings ask for"),
    (TimeoutError, "the mail server did not answer in time"),
    (ssl.SSLError, "the mail server's certificate or encryption was not accepted"),
)
Tls = Literal["starttls", "tls", "none"]

log = structlog.get_logger(__name__)


class Target(Protocol):
    """Where letters go."""

    @property
    def host(self) -> str:
        """Its name for the audit log."""
        ...

    @property
    def channels(self) -> frozenset[Channel]:
        """What it takes."""
        ...

    def deliver(self, letter: Letter) -> tuple[Delivery, str]:
        """Hand a letter over; says how it went and, in a word, why."""
        ...


class SmtpTarget:
    """A mail server.

    Args:
        host, port: Where it listens.
        sender: Address that messages come from.
        user, password: How to sign in; None for no sign-in.
        tls: How the connection is protected.
        trust: Which certificates are believed; those of the system by default.
    """

    channels: frozenset[Channel] = frozenset({"email"})

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        user: str | None = None,
        password: str | None = None,
        tls: Tls = "starttls",
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self._port = port
        self._sender = sender
        self._sign_in = (user, password or "") if user else None
        self._tls = tls
        self._trust = trust

    def deliver(self, letter: Letter) -> tuple[Delivery, str]:
        """Mail a letter.

        Until the server has taken the whole of it nothing was sent; a connection that breaks
        while the text is handed over leaves it open.
        """
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            return "refused", _reason(error)
        try:
            server.send_message(self._message(letter))
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            return "refused", _reason(error)
        except (OSError, smtplib.SMTPException) as error:
            return "unknown", _reason(error)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        return "sent", "taken by the mail server"

    def _connect(self) -> smtplib.SMTP:
        trust = self._trust or ssl.create_default_context()
        if self._tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self._port, timeout=TIMEOUT_SECONDS, context=trust
            )
        else:
            server = smtplib.SMTP(self.host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            if self._tls == "starttls":
                server.starttls(context=trust)
            if self._sign_in:
                server.login(*self._sign_in)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = formataddr((_one_line(letter.sender_name), self._sender))
        message["To"] = _one_line(letter.address)
        message["Subject"] = _one_line(letter.subject)
        message["Message-ID"] = f"<{letter.draft_id}@{self._sender.partition('@')[2]}>"
        message.set_content(letter.body)
        return message


class WebhookTarget:
    """A service that sends for us: an e-mail tool, the product's own messages.

    Args:
        url: Where it listens.
        wait: How long between two attempts.
    """

    channels: frozenset[Channel] = frozenset({"email", "in_app"})

    def __init__(self, url: str, *, wait: wait_base | None = None) -> None:
        self._url = httpx.URL(url)
        self._wait = wait

    @property
    def host(self) -> str:
        """Where it goes, without the path: a webhook's path is its password."""
        return self._url.host

    def deliver(self, letter: Letter) -> tuple[Delivery, str]:
        """Post a letter with its draft's id as idempotency key."""
        body = {
            "event": "aura.outreach",
            "draft_id": letter.draft_id,
            "channel": letter.channel,
            "customer_id": letter.customer_id,
            "to": letter.address,
            "from_name": letter.sender_name,
            "subject": letter.subject,
            "body": letter.body,
        }
        try:
            return "sent", post(self._url, body, key=letter.draft_id, wait=self._wait)
        except RefusedError as error:
            return "refused", str(error)
        except httpx.HTTPError as error:
            return "unknown", type(error).__name__


class Mailer:
    """Sends drafts and keeps the books of it.

    Args:
        targets: Channel by channel the first that takes it is used.
        drafts: Where drafts are kept.
        audit: Where each attempt is recorded.
    """

    def __init__(self, targets: Sequence[Target], drafts: Drafts, audit: AuditLog) -> None:
        self._by_channel: Mapping[Channel, Target] = {
            channel: target for target in reversed(targets) for channel in target.channels
        }
        self._drafts = drafts
        self._audit = audit

    def takes(self, channel: Channel) -> bool:
        """Whether letters of a channel can be sent."""
        return channel in self._by_channel

    def send(self, letter: Letter, *, user_id: str, role: str) -> tuple[Delivery, str]:
        """Send a letter once; says how it went and, in a word, why.

        Raises:
            FinalToolError: This draft has been sent, or may have been.
        """
        target = self._by_channel[letter.channel]
        if not self._drafts.claim(letter.draft_id):
            raise FinalToolError(
                "This draft was sent already, or may have been; it is never sent twice."
            )
        outcome: Delivery = "unknown"
        word = "no answer"
        try:
            outcome, word = target.deliver(letter)
        finally:
            self._drafts.settle(letter.draft_id, outcome, user_id=user_id)
            self._audit.append([_event(letter, target.host, outcome, word, user_id, role)])
        if outcome != "sent":
            log.warning("outreach not sent", host=target.host, outcome=outcome, reason=word)
        return outcome, word


def build_mailer(settings: Settings, drafts: Drafts, audit: AuditLog) -> Mailer | None:
    """Make the mailer that the settings ask for; None when they ask for none."""
    targets: list[Target] = []
    if settings.smtp_host and settings.smtp_from:
        password = settings.smtp_password
        targets.append(
            SmtpTarget(
                settings.smtp_host,
                settings.smtp_port,
                sender=settings.smtp_from,
                user=settings.smtp_user,
                password=password.get_secret_value() if password else None,
                tls=settings.smtp_tls,
            )
        )
    if settings.outreach_webhook_url is not None:
        targets.append(WebhookTarget(settings.outreach_webhook_url.get_secret_value()))
    return Mailer(targets, drafts, audit) if targets else None


def _event(
    letter: Letter, host: str, outcome: Delivery, word: str, user_id: str, role: str
) -> AuditEvent:
    """What is recorded: who sent which draft to which client, never the text or the address."""
    return AuditEvent(
        audit_id=letter.draft_id,
        user_id=user_id,
        role=role,
        action="outreach_sent" if outcome == "sent" else "outreach_failed",
        tool="draft_outreach",
        arguments={
            "customer": letter.customer_id,
            "channel": letter.channel,
            "draft": letter.draft_id,
            "host": host,
            "outcome": outcome,
            "reason": word,
        },
        rows=1,
        data_left=True,
    )


def _reason(error: Exception) -> str:
    """Why, without what the server says in many lines, and without any address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"the mail server refused the recipient, code {', '.join(map(str, codes))}"
    said = next((words for kind, words in _REASONS if isinstance(error, kind)), _UNREACHED)
    code = getattr(error, "smtp_code", None)
    return f"{said}, code {code}" if code else said


def _one_line(text: str) -> str:
    """A header's value; a line break in it would begin another header."""
    return " ".join(text.split())
