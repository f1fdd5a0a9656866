"""STARTTLS, the certificate and the password: nothing is handed to a stranger."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.mailing import SmtpTarget

HOST = "127.0.0.1"
SENDER = "success@aura.example"
PASSWORD, WRONG = "s3cret", "guess"


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


def _may_enter(*given: Any) -> AuthResult:
    login = next(each for each in given if isinstance(each, LoginPassword))
    return AuthResult(success=login == LoginPassword(b"aura", PASSWORD.encode()), handled=False)


@pytest.fixture
def safe_server(mailbox: Any, free_port: int, tmp_path: Path) -> Iterator[tuple[Controller, Path]]:
    """One that wants STARTTLS and a password; its certificate beside it."""
    pem = _certificate(tmp_path)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(pem)
    running = Controller(
        mailbox,
        hostname=HOST,
        port=free_port,
        tls_context=own,
        require_starttls=True,
        auth_required=True,
        authenticator=_may_enter,
    )
    running.start()
    yield running, pem
    running.stop()


def test_starttls_and_a_password_are_spoken(
    safe_server: tuple[Controller, Path], mailbox: Any, send: Callable[..., Any]
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
    safe_server: tuple[Controller, Path], mailbox: Any, send: Callable[..., Any]
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
    server: Controller, mailbox: Any, send: Callable[..., Any]
) -> None:
    """STARTTLS is no wish."""
    target = SmtpTarget(HOST, server.port, sender=SENDER)
    assert send(target)[0] == "refused"
    assert mailbox.recipients == []
