"""What a model provider's failure means: worth another try, or not, and in which words."""

from dataclasses import dataclass
from typing import Any

_RETRYABLE_STATUS = frozenset({408, 409, 425, 429})
_RATE_LIMITED = 429
_SERVER_FAULT = 500
_CONNECTION_FAULTS = ("APIConnectionError", "ConnectError", "ReadError", "RemoteProtocolError")


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed model call.

    Attributes:
        retryable: Whether the same call may succeed.
        malformed: Whether the model wrote a tool call that its provider could not parse.
        wait_seconds: How long the provider asks to wait, if it says so.
    """

    retryable: bool
    malformed: bool
    wait_seconds: float | None
    words: str


def classify(error: Exception) -> Failure:
    """Read an error of any provider's client by its status and body, not by its class."""
    status = getattr(error, "status_code", None)
    if _code(error) == "tool_use_failed":
        return Failure(True, True, None, "sent malformed tool calls")
    if status == _RATE_LIMITED:
        return Failure(True, False, _retry_after(error), "is at its rate limit and did not answer")
    if status in _RETRYABLE_STATUS or (isinstance(status, int) and status >= _SERVER_FAULT):
        return Failure(True, False, _retry_after(error), "did not answer")
    is_connection = type(error).__name__ in _CONNECTION_FAULTS
    return Failure(is_connection, False, None, "did not answer")


def _code(error: Exception) -> str | None:
    body: Any = getattr(error, "body", None)
    if not isinstance(body, dict):
        return None
    inner: Any = body.get("error", body)
    return inner.get("code") if isinstance(inner, dict) else None


def _retry_after(error: Exception) -> float | None:
    response: Any = getattr(error, "response", None)
    stated = response.headers.get("retry-after") if response is not None else None
    try:
        return float(stated) if stated is not None else None
    except ValueError:
        return None
