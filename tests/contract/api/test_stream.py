"""The answer as events: the same as the plain call, and guarded like it."""

import json
from typing import Any

from httpx2 import Response


def _events(response: Response) -> list[tuple[str, Any]]:
    blocks = [block for block in response.text.split("\n\n") if block]
    lines = [block.split("\n") for block in blocks]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in lines
    ]


def test_a_stream_tells_the_same_as_events(api: Any) -> None:
    """Steps and words as they come, then the very response of the plain call."""
    body = {"query": "x", "session_id": "s"}
    response = api.ask(body, {"Accept": "text/event-stream"})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = _events(response)
    assert [name for name, _ in events] == [
        *("step_started", "step_progress", "step_finished", "token", "withdrawn", "token", "answer")
    ]
    assert events[0][1]["args"] == {"metrics": ["nrr"]}
    assert events[2][1]["summary"] == "42\nclients"
    assert events[-1][1] == api.ask(body).json()


def test_a_stream_that_breaks_ends_with_an_error_event(api: Any) -> None:
    """The status was sent long before: the failure comes in the same shape as an event."""
    response = api.ask({"query": "fail"}, {"Accept": "application/json, TEXT/event-stream"})
    name, data = _events(response)[-1]
    assert name == "error"
    assert set(data["error"]) == {"code", "message", "hint"}
    assert "secret" not in response.text
    assert api.turns.closed


def test_a_stream_is_guarded_like_the_plain_call(guarded: Any) -> None:
    """Failures before the first event have a status and the JSON shape."""
    accept = {"Accept": "text/event-stream"}
    guarded.error(guarded.ask({"query": "x"}, accept), 401, "unauthenticated")
    guarded.error(guarded.ask({"query": ""}, accept | guarded.bearer()), 422, "invalid_request")
