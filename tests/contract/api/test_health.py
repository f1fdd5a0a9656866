"""GET /healthz: which part is down."""

import json
from typing import Any


def test_health_needs_no_token_and_names_what_is_down(guarded: Any) -> None:
    """A probe learns which part is down, and nothing else about it."""
    response = guarded.client.get("/healthz")
    assert response.json() == {"status": "ok", "checks": {"database": "sqlite"}}

    def broken() -> str:
        raise RuntimeError("secret detail")

    guarded.checks["model"] = broken
    error = guarded.error(guarded.client.get("/healthz"), 503, "unavailable")
    assert error["message"] == "model is down."
    assert "secret" not in json.dumps(error)
