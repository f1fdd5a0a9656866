"""The response is a contract: its keys are fixed, present and plain JSON."""

import json

from app.agent.context import PageContext
from app.agent.events import TurnAnswer

KEYS = {
    "answer",
    "tool_calls",
    "facts",
    "table",
    "charts",
    "citations",
    "provenance",
    "files",
    "kind",
    "pending",
    "suggestions",
    "session_id",
    "model",
    "fallback",
    "grounded",
    "latency_ms",
    "audit_id",
}


def test_the_response_has_these_keys() -> None:
    """Clients outside read them by name, the empty ones too."""
    answer = TurnAnswer(answer="Hi", session_id="s", model="builtin", latency_ms=1.0, audit_id="a")
    assert set(json.loads(answer.model_dump_json())) == KEYS


def test_a_page_may_say_more_than_we_read() -> None:
    """A host page's own fields break nothing, and none of them is kept."""
    page = PageContext.model_validate({"segment": "SMB", "theme": "dark"})
    assert page.model_dump(exclude_none=True) == {"segment": "SMB"}
