"""The REST interface: its one answer shape, its one error shape, and who may do what."""

import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from app.agent.context import PageContext
from app.agent.events import (
    Answered,
    StepFinished,
    StepProgress,
    StepStarted,
    Token,
    TurnAnswer,
    TurnEvent,
    Withdrawn,
)
from app.api import ApiParts, build_router
from app.failures import install_failures
from app.governance.audit import AuditEvent
from app.governance.identity import Asker, Identity
from app.governance.passwords import Passwords
from app.governance.tokens import Tokens
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.users import Users
from data.query import Scope

ASK = "/api/v1/chatbot/query"
AUDIT = "/api/v1/audit"
KEYS = {
    *("answer", "tool_calls", "facts", "table", "charts", "citations", "provenance", "files"),
    *("kind", "pending", "suggestions", "session_id", "model", "fallback", "grounded"),
    *("latency_ms", "audit_id"),
}


@dataclass
class FakeTurns:
    """Answers at once, remembers who asked what, and fails when told to."""

    asked: list[tuple[Asker, str, str | None, PageContext]] = field(
        default_factory=list[tuple[Asker, str, str | None, PageContext]]
    )
    closed: bool = False

    async def answer(
        self, asker: Asker, text: str, session_id: str | None, page: PageContext
    ) -> TurnAnswer:
        """The whole answer."""
        self.asked.append((asker, text, session_id, page))
        if text == "fail":
            raise RuntimeError("secret detail")
        return TurnAnswer(
            answer="42 clients",
            session_id=session_id or "new",
            model="builtin",
            latency_ms=1.5,
            audit_id="a1",
        )

    async def run_turn(
        self, asker: Asker, text: str, session_id: str | None, page: PageContext
    ) -> AsyncGenerator[TurnEvent, None]:
        """The same, step by step."""
        try:
            yield StepStarted("1", "query_metrics", "Looking up", {"metrics": ["nrr"]})
            yield StepProgress("1", "Looking up", "reading")
            yield StepFinished("1", "query_metrics", ok=True, summary="42\nclients")
            yield Token("41")
            yield Withdrawn()
            yield Token("42 clients")
            yield Answered(await self.answer(asker, text, session_id, page))
        finally:
            self.closed = True


class Api:
    """A client of an application made of real identity, users and audit log."""

    def __init__(self, home: Path, *, loopback: bool) -> None:
        self.database = Database.open(home)
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.users = Users(self.database, Passwords(hasher))
        self.audit = AuditLog(self.database)
        self.turns = FakeTurns()
        self.identity = Identity(Tokens("a secret"), self.users, loopback=loopback)
        self.checks = {"database": self.database.check}
        parts = ApiParts(self.turns, self.identity, self.audit, self.checks)
        app = FastAPI()
        app.include_router(build_router(parts))
        install_failures(app)
        self.client = TestClient(app, raise_server_exceptions=False)

    def bearer(self, role: str = "analyst", scope: str = "{}") -> dict[str, str]:
        """Headers with a fresh token."""
        token = self.identity.issue_token(role=role, scope=scope)
        return {"Authorization": f"Bearer {token}"}

    def ask(self, body: Any, headers: dict[str, str] | None = None) -> Response:
        """Send a question."""
        return self.client.post(ASK, json=body, headers=headers)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """On this machine only, without users."""
    made = Api(tmp_path, loopback=True)
    yield made
    made.database.close()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Api]:
    """Reachable from elsewhere."""
    made = Api(tmp_path, loopback=False)
    yield made
    made.database.close()


def _error(response: Response, status: int, code: str) -> dict[str, str]:
    """The error, after a look at its one shape."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, str] = body["error"]
    assert set(error) == {"code", "message", "hint"}
    assert error["code"] == code
    assert error["message"]
    assert error["hint"]
    return error


def _events(response: Response) -> list[tuple[str, Any]]:
    blocks = [block for block in response.text.split("\n\n") if block]
    lines = [block.split("\n") for block in blocks]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in lines
    ]


def test_an_answer_has_every_key(api: Api) -> None:
    """Callers may rely on each key of the response, whatever the question."""
    response = api.ask({"query": "  NRR? "})
    assert response.status_code == 200
    assert set(response.json()) == KEYS
    assert response.json()["session_id"] == "new"
    assert api.turns.asked[0][1:] == ("NRR?", None, PageContext())


def test_session_and_page_are_handed_on(api: Api) -> None:
    """The conversation goes on and the page is known; null means absent."""
    page = {"user_role": "cs_lead", "segment": "SMB", "customer_id": "C1", "page": "/customers"}
    assert api.ask({"query": "x", "session_id": "s", "context": page}).status_code == 200
    assert api.ask({"query": "x", "session_id": None, "context": None}).status_code == 200
    assert [asked[2:] for asked in api.turns.asked] == [
        ("s", PageContext(**page)),
        (None, PageContext()),
    ]


def test_without_users_this_machine_asks_as_the_demo_user(api: Api) -> None:
    """The page's role gives no rights: those are the demo user's own."""
    api.ask({"query": "x", "context": {"user_role": "analyst"}})
    asker = api.turns.asked[0][0]
    assert (asker.user_id, asker.role) == ("demo", "admin")
    assert asker.scope.is_full


def test_a_token_decides_role_and_scope(api: Api) -> None:
    """Whatever the body says, a narrow token stays narrow."""
    headers = api.bearer("account_manager", '{"region": ["EMEA"]}')
    body = {"query": "x", "context": {"user_role": "admin", "segment": "SMB"}}
    assert api.ask(body, headers).status_code == 200
    asker = api.turns.asked[0][0]
    assert (asker.role, asker.scope) == ("account_manager", Scope(region=("EMEA",)))


def test_beyond_this_machine_a_token_is_needed(guarded: Api) -> None:
    """No token and a bad token are refused with advice; a good one is let in."""
    refused = guarded.ask({"query": "x"})
    assert "aura users token" in _error(refused, 401, "unauthenticated")["hint"]
    assert refused.headers["www-authenticate"] == "Bearer"
    _error(guarded.ask({"query": "x"}, {"Authorization": "Bearer x"}), 401, "unauthenticated")
    _error(guarded.client.get(AUDIT), 401, "unauthenticated")
    assert guarded.turns.asked == []
    assert guarded.ask({"query": "x"}, guarded.bearer()).status_code == 200


def test_the_first_user_closes_the_open_door(api: Api) -> None:
    """From then on everyone signs in, and a disabled user's token is worth nothing."""
    assert api.ask({"query": "x"}).status_code == 200
    api.users.add("Ann", "correct horse", "analyst", Scope())
    _error(api.ask({"query": "x"}), 401, "unauthenticated")
    headers = {"Authorization": f"Bearer {api.identity.issue_token(user='Ann')}"}
    assert api.ask({"query": "x"}, headers).status_code == 200
    api.users.disable("Ann")
    _error(api.ask({"query": "x"}, headers), 401, "unauthenticated")


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
def test_a_wrong_body_is_told_what_is_allowed(api: Api, body: Any, said: str) -> None:
    """The message names the field and its value, the hint every field with its limit."""
    error = _error(api.ask(body), 422, "invalid_request")
    assert said in error["message"]
    assert "query: the question, 1 to 4,000 characters" in error["hint"]
    assert "context: object of user_role, segment, customer_id, page" in error["hint"]
    assert len(error["message"]) < 400
    assert api.turns.asked == []


def test_the_longest_question_is_taken(api: Api) -> None:
    """The limit itself is allowed."""
    assert api.ask({"query": "ż" * 4_000}).status_code == 200


@pytest.mark.parametrize(
    "content", [b"{", b'{"query": "\\ud800"}', b"\xff", b"[" * 5_000, b'{"query": NaN}']
)
def test_a_body_that_is_not_json_is_refused(api: Api, content: bytes) -> None:
    """Rubbish ends in the one error shape too."""
    response = api.client.post(ASK, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    _error(response, response.status_code, response.json()["error"]["code"])


def test_a_form_of_another_site_is_refused(api: Api) -> None:
    """Only JSON is read, so that a foreign page cannot post without the browser's consent."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        response = api.client.post(ASK, content=b'{"query": "x"}', headers={"Content-Type": kind})
        _error(response, 422, "invalid_request")
    assert api.turns.asked == []


def test_a_huge_body_is_refused(api: Api) -> None:
    """Whether or not its length is announced."""
    kind = {"Content-Type": "application/json"}
    _error(api.client.post(ASK, content=b" " * 100_000, headers=kind), 413, "too_large")
    chunks = (b" " * 10_000 for _ in range(10))
    _error(api.client.post(ASK, content=chunks, headers=kind), 413, "too_large")


def test_unknown_routes_and_methods_have_the_shape(api: Api) -> None:
    """A 405 tells the methods that work."""
    _error(api.client.get("/api/v1/nothing"), 404, "not_found")
    wrong = api.client.get(ASK)
    assert "POST" in _error(wrong, 405, "method_not_allowed")["hint"]
    assert wrong.headers["allow"] == "POST"


def test_a_crash_tells_an_incident_and_no_detail(api: Api) -> None:
    """The exception's own words stay in the log."""
    error = _error(api.ask({"query": "fail"}), 500, "internal")
    assert "incident" in error["message"]
    assert "secret" not in json.dumps(error)


def test_a_stream_tells_the_same_as_events(api: Api) -> None:
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


def test_a_stream_that_breaks_ends_with_an_error_event(api: Api) -> None:
    """The status was sent long before: the failure comes in the same shape as an event."""
    response = api.ask({"query": "fail"}, {"Accept": "application/json, TEXT/event-stream"})
    name, data = _events(response)[-1]
    assert name == "error"
    assert set(data["error"]) == {"code", "message", "hint"}
    assert "secret" not in response.text
    assert api.turns.closed


def test_a_stream_is_guarded_like_the_plain_call(guarded: Api) -> None:
    """Failures before the first event have a status and the JSON shape."""
    accept = {"Accept": "text/event-stream"}
    _error(guarded.ask({"query": "x"}, accept), 401, "unauthenticated")
    _error(guarded.ask({"query": ""}, accept | guarded.bearer()), 422, "invalid_request")


def test_the_audit_log_is_for_admins(api: Api) -> None:
    """Every other role is told so, whatever its scope."""
    for role in ("account_manager", "cs_lead", "analyst"):
        error = _error(api.client.get(AUDIT, headers=api.bearer(role)), 403, "forbidden")
        assert role in error["message"]
    assert api.client.get(AUDIT, headers=api.bearer("admin")).status_code == 200


def test_the_audit_log_is_read_in_pages(api: Api) -> None:
    """Newest first; following `next_before` reaches every record once."""
    events = [
        AuditEvent(f"turn-{number // 2}", "ann", "analyst", "tool_call", arguments={"n": number})
        for number in range(5)
    ]
    sealed = api.audit.append(events)
    seen: list[dict[str, Any]] = []
    before: int | None = None
    while True:
        params = {"limit": 2} if before is None else {"limit": 2, "before": before}
        page = api.client.get(AUDIT, params=params).json()
        seen += page["entries"]
        before = page["next_before"]
        if before is None:
            break
    assert [entry["hash"] for entry in seen] == [record.hash for record in sealed[::-1]]
    assert seen[0]["arguments"] == {"n": 4}
    one_turn = api.client.get(AUDIT, params={"audit_id": "turn-1"}).json()["entries"]
    assert [entry["seq"] for entry in one_turn] == [4, 3]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 1_001}, {"before": 0}, {"limit": "x"}])
def test_a_wrong_page_is_told_the_limits(api: Api, params: dict[str, Any]) -> None:
    """Query parameters fail in the one shape too."""
    error = _error(api.client.get(AUDIT, params=params), 422, "invalid_request")
    assert next(iter(params)) in error["message"]


def test_health_needs_no_token_and_names_what_is_down(guarded: Api) -> None:
    """A probe learns which part is down, and nothing else about it."""
    response = guarded.client.get("/healthz")
    assert response.json() == {"status": "ok", "checks": {"database": "sqlite"}}

    def broken() -> str:
        raise RuntimeError("secret detail")

    guarded.checks["model"] = broken
    error = _error(guarded.client.get("/healthz"), 503, "unavailable")
    assert error["message"] == "model is down."
    assert "secret" not in json.dumps(error)


def test_the_interface_describes_itself(api: Api) -> None:
    """OpenAPI knows request, response and the error shape."""
    document = api.client.get("/openapi.json").json()
    route = document["paths"][ASK]["post"]
    assert set(route["responses"]) == {"200", "default"}
    schemas = set(document["components"]["schemas"])
    assert {"ChatQuery", "TurnAnswer", "ErrorResponse"} <= schemas
    assert "HTTPValidationError" not in schemas
