"""What a provider's failure means is read from its status and body."""

from typing import Any

import httpx
import pytest

from app.agent.provider_errors import classify


class _ProviderError(Exception):
    def __init__(
        self, status: int | None, body: object = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__("no")
        if status is not None:
            self.status_code = status
            self.response = httpx.Response(status, headers=headers)
        self.body = body


class APIConnectionError(Exception):
    """Named like the clients' own."""


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (_ProviderError(429), True),
        (_ProviderError(503), True),
        (_ProviderError(408), True),
        (_ProviderError(401), False),
        (_ProviderError(400), False),
        (_ProviderError(400, {"error": {"code": "tool_use_failed"}}), True),
        (_ProviderError(None, {"code": "tool_use_failed"}), True),
        (APIConnectionError(), True),
        (ValueError("no"), False),
    ],
)
def test_only_passing_faults_are_retried(error: Exception, retryable: bool) -> None:
    """A bad key or a bug of ours is not tried again."""
    assert classify(error).retryable == retryable


@pytest.mark.parametrize(
    ("stated", "seconds"), [("2", 2.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_reads_how_long_to_wait(stated: str, seconds: float | None) -> None:
    """Seconds are kept to; a date is not worth parsing."""
    error = _ProviderError(429, headers={"retry-after": stated})
    assert classify(error).wait_seconds == seconds


@pytest.mark.parametrize("body", [None, "text", {"error": "text"}, {}])
def test_any_body_is_read(body: Any) -> None:
    """A body of another shape breaks nothing."""
    assert not classify(_ProviderError(400, body)).malformed
