"""POST /chatbot/query: its one answer shape, and what it takes."""

import json
from typing import Any

import pytest

from app.agent.context import PageContext

ASK = "/api/v1/chatbot/query"
KEYS = {
    *("answer", "tool_calls", "facts", "table", "charts", "citations", "provenance", "files"),
    *("kind", "pending", "suggestions", "session_id", "model", "fallback", "grounded"),
    *("latency_ms", "audit_id"),
}


def test_an_answer_has_every_key(api: Any) -> None:
    """Callers may rely on each key of the response, whatever the question."""
    response = api.ask({"query": "  NRR? "})
    assert response.status_code == 200
    assert set(response.json()) == KEYS
    assert response.json()["session_id"] == "new"
    assert api.turns.asked[0][1:] == ("NRR?", None, PageContext())


def test_session_and_page_are_handed_on(api: Any) -> None:
    """The conversation goes on and the page is known; null means absent."""
    page = {"user_role": "cs_lead", "segment": "SMB", "customer_id": "C1", "page": "/customers"}
    assert api.ask({"query": "x", "session_id": "s", "context": page}).status_code == 200
    assert api.ask({"query": "x", "session_id": None, "context": None}).status_code == 200
    assert [asked[2:] for asked in api.turns.asked] == [
        ("s", PageContext(**page)),
        (None, PageContext()),
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "query: Field required"),
        ({"query": ""}, "at least 1 character"),
        ({"query": " \n "}, "at least 1 character"),
        ({"query": "x" * 4_001}, "at most 4000 characters"),
        ({"query": 7}, "query: Input should be a valid string, got 7"),
        ({"query": "x", "sessionid": "s"}, "sessionid: Extra inputs are not permitted"),
        ({"query": "x", "session_id": ""}, "session_id"),
        ({"query": "x", "context": {"scope": {}}}, "context.scope: Extra inputs"),
        ({"query": "x", "context": {"page": "x" * 201}}, "context.page"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_wrong_body_is_told_what_is_allowed(api: Any, body: Any, said: str) -> None:
    """The message names the field and its value, the hint every field with its limit."""
    error = api.error(api.ask(body), 422, "invalid_request")
    assert said in error["message"]
    assert "query: the question, 1 to 4,000 characters" in error["hint"]
    assert "context: object of user_role, segment, customer_id, page" in error["hint"]
    assert len(error["message"]) < 400
    assert api.turns.asked == []


def test_the_longest_question_is_taken(api: Any) -> None:
    """The limit itself is allowed."""
    assert api.ask({"query": "ż" * 4_000}).status_code == 200


@pytest.mark.parametrize(
    "content", [b"{", b'{"query": "\\ud800"}', b"\xff", b"[" * 5_000, b'{"query": NaN}']
)
def test_a_body_that_is_not_json_is_refused(api: Any, content: bytes) -> None:
    """Rubbish ends in the one error shape too."""
    response = api.client.post(ASK, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    api.error(response, response.status_code, response.json()["error"]["code"])


def test_a_form_of_another_site_is_refused(api: Any) -> None:
    """Only JSON is read, so that a foreign page cannot post without the browser's consent."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        response = api.client.post(ASK, content=b'{"query": "x"}', headers={"Content-Type": kind})
        api.error(response, 422, "invalid_request")
    assert api.turns.asked == []


def test_a_huge_body_is_refused(api: Any) -> None:
    """Whether or not its length is announced."""
    kind = {"Content-Type": "application/json"}
    api.error(api.client.post(ASK, content=b" " * 100_000, headers=kind), 413, "too_large")
    chunks = (b" " * 10_000 for _ in range(10))
    api.error(api.client.post(ASK, content=chunks, headers=kind), 413, "too_large")


def test_unknown_routes_and_methods_have_the_shape(api: Any) -> None:
    """A 405 tells the methods that work."""
    api.error(api.client.get("/api/v1/nothing"), 404, "not_found")
    wrong = api.client.get(ASK)
    assert "POST" in api.error(wrong, 405, "method_not_allowed")["hint"]
    assert wrong.headers["allow"] == "POST"


def test_a_crash_tells_an_incident_and_no_detail(api: Any) -> None:
    """The exception's own words stay in the log."""
    error = api.error(api.ask({"query": "fail"}), 500, "internal")
    assert "incident" in error["message"]
    assert "secret" not in json.dumps(error)


def test_the_interface_describes_itself(api: Any) -> None:
    """OpenAPI knows request, response and the error shape."""
    document = api.client.get("/openapi.json").json()
    route = document["paths"][ASK]["post"]
    assert set(route["responses"]) == {"200", "default"}
    schemas = set(document["components"]["schemas"])
    assert {"ChatQuery", "TurnAnswer", "ErrorResponse"} <= schemas
    assert "HTTPValidationError" not in schemas
