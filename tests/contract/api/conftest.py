"""The REST interface of the chat, made of real identity, users and audit log."""

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
from app.governance.identity import Asker, Identity
from app.governance.passwords import Passwords
from app.governance.tokens import Tokens
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.users import Users

ASK = "/api/v1/chatbot/query"


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

    @staticmethod
    def error(response: Response, status: int, code: str) -> dict[str, str]:
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
