"""Tells one address about new alerts: each alert at most once, names only when that is wanted."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import httpx
import structlog
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential
from tenacity.wait import wait_base

from app.governance.audit import AuditEvent
from app.store.alerts import Alerts, Delivery, StoredAlert
from app.store.audit_log import AuditLog

TIMEOUT_SECONDS: Final = 10.0
ATTEMPTS: Final = 4
_BUSY: Final = 429

log = structlog.get_logger(__name__)


class RefusedError(Exception):
    """The receiver said, or showed, that it took nothing: it may be told again.

    Args:
        word: What happened.
        passing: Whether trying again in a moment may help.
        reached: Whether the request left this machine.
    """

    def __init__(self, word: str, *, passing: bool, reached: bool) -> None:
        self.passing = passing
        self.reached = reached
        super().__init__(word)


class Webhook:
    """Delivers the alerts that wait for it.

    Args:
        url: Whom to tell.
        details: Whether names, headlines and figures are told, or counts alone.
        alerts: Where the alerts wait.
        audit: Where each delivery is recorded.
        wait: How long between two attempts.
    """

    def __init__(
        self,
        url: str,
        *,
        details: bool,
        alerts: Alerts,
        audit: AuditLog,
        wait: wait_base | None = None,
    ) -> None:
        self._url = httpx.URL(url)
        self._details = details
        self._alerts = alerts
        self._audit = audit
        self._wait = wait

    def deliver(self, as_of: date) -> int:
        """Send what waits, in one request; returns how many alerts were taken.

        A failure is logged and recorded, never raised. Alerts that the receiver certainly did not
        get wait for the next build; when it cannot be known, they are not sent again.
        """
        claimed = self._alerts.claim()
        if not claimed:
            return 0
        delivery_id = uuid.uuid4().hex
        outcome: Delivery = "unknown"
        word, left = "no answer", True
        try:
            body = payload(claimed, delivery_id, as_of, details=self._details)
            word = post(self._url, body, key=delivery_id, wait=self._wait)
            outcome = "sent"
        except RefusedError as error:
            outcome, word = "pending", str(error)
            left = error.reached
        except httpx.HTTPError as error:
            word = type(error).__name__
        finally:
            self._alerts.settle(claimed, outcome)
            self._audit.append([self._event(delivery_id, claimed, word, left=left)])
        if outcome != "sent":
            log.warning("alert webhook failed", host=self._host, outcome=word, alerts=len(claimed))
        return len(claimed) if outcome == "sent" else 0

    def _event(
        self, delivery_id: str, claimed: Sequence[StoredAlert], word: str, *, left: bool
    ) -> AuditEvent:
        return AuditEvent(
            audit_id=delivery_id,
            user_id="webhook",
            role="system",
            action="alert_webhook",
            arguments={
                "host": self._host,
                "counts": _counts(claimed),
                "details": self._details,
                "outcome": word,
            },
            rows=len(claimed),
            data_left=left,
        )

    @property
    def _host(self) -> str:
        """Where it goes, without the path: a webhook's path is its password."""
        return self._url.host


def post(url: httpx.URL, body: dict[str, Any], *, key: str, wait: wait_base | None = None) -> str:
    """Post once, again only while the receiver certainly took nothing; gives its answer.

    Args:
        url: Whom to tell.
        body: What.
        key: By which the receiver knows a second attempt from a second message.
        wait: How long between two attempts.

    Raises:
        RefusedError: The receiver took nothing.
        HTTPError: It is not known whether it did.
    """
    attempts = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait or wait_exponential(multiplier=1, max=10),
        reraise=True,
    )
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        response = attempts(_post, client, url, body, {"Idempotency-Key": key})
    return f"HTTP {response.status_code}"


def payload(
    alerts: Sequence[StoredAlert], delivery_id: str, as_of: date, *, details: bool
) -> dict[str, Any]:
    """What is sent: counts by kind, and each alert only with `details`."""
    body: dict[str, Any] = {
        "event": "aura.alerts",
        "delivery_id": delivery_id,
        "as_of": as_of.isoformat(),
        "counts": _counts(alerts),
    }
    if details:
        body["alerts"] = [_told(stored) for stored in alerts]
    return body


def _counts(alerts: Sequence[StoredAlert]) -> dict[str, int]:
    return dict(Counter(stored.alert.kind for stored in alerts))


def _told(stored: StoredAlert) -> dict[str, Any]:
    alert = stored.alert
    return {
        "id": stored.id,
        "kind": alert.kind,
        "severity": alert.severity,
        "customer_id": alert.customer_id,
        "name": alert.name,
        "headline": alert.headline,
        "figures": alert.figures,
        "arr": alert.arr,
        "raised_as_of": stored.raised_as_of.isoformat(),
    }


def _post(
    client: httpx.Client, url: httpx.URL, body: dict[str, Any], headers: dict[str, str]
) -> httpx.Response:
    try:
        response = client.post(url, json=body, headers=headers)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        word = f"not reached ({type(error).__name__})"
        raise RefusedError(word, passing=True, reached=False) from error
    if not response.is_success:
        passing = response.is_server_error or response.status_code == _BUSY
        raise RefusedError(f"HTTP {response.status_code}", passing=passing, reached=True)
    return response


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, RefusedError) and error.passing
