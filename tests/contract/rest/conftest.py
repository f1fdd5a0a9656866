"""The whole REST interface on the prepared warehouse, with a store of its own."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app import wiring
from app.interface import build_interface
from app.refresh import RebuildStatus
from app.settings import Settings

HOST = "http://localhost"


@dataclass
class Rebuilds:
    """Writes down what it is asked for instead of building."""

    asked: list[str] = field(default_factory=list[str])

    @property
    def status(self) -> RebuildStatus:
        """Where the data stand."""
        state = "queued" if self.asked else "idle"
        return RebuildStatus(state=state, last_built_at=datetime(2026, 10, 21, tzinfo=UTC))

    def request_rebuild(self, reason: str) -> RebuildStatus:
        """Take a request."""
        self.asked.append(reason)
        return self.status


def _not_json(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is not JSON")


class Rest:
    """Talks to the interface as anybody."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rebuilds = Rebuilds()
        built = wiring.build(settings)
        built.refresher.stop()
        self.parts = replace(built, refresher=self.rebuilds)
        self.app = build_interface(settings, self.parts)
        self.client = TestClient(self.app, base_url=HOST, raise_server_exceptions=False)

    def bearer(self, role: str = "admin", **scope: list[str]) -> dict[str, str]:
        """Headers of somebody with a role and a scope."""
        token = self.parts.identity.issue_token(role=role, scope=json.dumps(scope))
        return {"Authorization": f"Bearer {token}"}

    def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Response:
        """Ask for a page under /api/v1."""
        return self.client.get(f"/api/v1{path}", params=params, headers=headers)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Response:
        """Send JSON to a page under /api/v1."""
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    @staticmethod
    def content(response: Response, status: int = 200) -> Any:
        """The body, read as strictly as any JSON reader may."""
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/json"
        return json.loads(response.text, parse_constant=_not_json)

    @staticmethod
    def error(response: Response, status: int, code: str) -> dict[str, str]:
        """The error, after a look at its one shape."""
        body = Rest.content(response, status)
        assert set(body) == {"error"}
        error: dict[str, str] = body["error"]
        assert set(error) == {"code", "message", "hint"}
        assert error["code"] == code
        assert all(error.values())
        return error

    @staticmethod
    def facts(body: Any) -> dict[str, Any]:
        """Facts by name."""
        return {fact["name"]: fact["value"] for fact in body["facts"]}


@pytest.fixture(scope="package")
def rest(prepared_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    """The interface over a copy of the prepared home, on this machine only, without users."""
    made = Rest(_copied(prepared_settings, tmp_path_factory.mktemp("rest")))
    yield made
    made.parts.close()


@pytest.fixture(scope="package")
def guarded(
    prepared_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rest]:
    """The same, within reach of others."""
    copied = _copied(prepared_settings, tmp_path_factory.mktemp("guarded"))
    made = Rest(copied.model_copy(update={"host": "0.0.0.0"}))  # noqa: S104 - nothing is bound
    yield made
    made.parts.close()


def _copied(settings: Settings, home: Path) -> Settings:
    for part in ("warehouse.duckdb", "models", "index", "embedder", "landing", "source.json"):
        source = settings.home / part
        if source.is_dir():
            shutil.copytree(source, home / part)
        elif source.exists():
            shutil.copy(source, home / part)
    return settings.model_copy(update={"home": home})
