"""The route that gives out files: to the owner, and to nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.failures import install_failures
from app.files_api import build_files_router
from app.governance.identity import Identity
from app.governance.tokens import Tokens
from app.store.database import Database
from app.store.exports import Exports
from app.store.users import Users

CONTENT = "name\r\nCafé\r\n".encode()


class Door:
    """An application with files and tokens."""

    def __init__(self, home: Path, *, loopback: bool) -> None:
        self.database = Database.open(home)
        self.files = Exports(home / "files")
        self.identity = Identity(Tokens("a secret"), Users(self.database), loopback=loopback)
        app = FastAPI()
        app.include_router(build_files_router(self.files, self.identity))
        install_failures(app)
        self.client = TestClient(app, raise_server_exceptions=False)

    def bearer(self, user: str, scope: str = "{}") -> dict[str, str]:
        """Headers of a user."""
        token = self.identity.issue_token(role="analyst", scope=scope, user=user)
        return {"Authorization": f"Bearer {token}"}

    def save_for(self, headers: dict[str, str] | None) -> str:
        """A file of whoever sends these headers."""
        asker = self.identity.identify((headers or {}).get("Authorization"))
        return self.files.save(
            user_id=asker.user_id, name="clients.csv", content=CONTENT, media_type="text/csv"
        ).url


@pytest.fixture
def open_door(tmp_path: Path) -> Iterator[Door]:
    """On this machine only, without users."""
    made = Door(tmp_path, loopback=True)
    yield made
    made.database.close()


@pytest.fixture
def guarded_door(tmp_path: Path) -> Iterator[Door]:
    """Within reach of others."""
    made = Door(tmp_path, loopback=False)
    yield made
    made.database.close()


def test_the_owner_gets_the_file_as_a_download(guarded_door: Door) -> None:
    """Whole, under its name, and kept by no cache."""
    headers = guarded_door.bearer("ann")
    got = guarded_door.client.get(guarded_door.save_for(headers), headers=headers)
    assert (got.status_code, got.content) == (200, CONTENT)
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert got.headers["content-disposition"] == 'attachment; filename="clients.csv"'
    assert got.headers["cache-control"] == "private, no-store"
    assert got.headers["x-content-type-options"] == "nosniff"


def test_for_others_it_does_not_exist(guarded_door: Door) -> None:
    """Another user gets the answer of a file that never was, in the one error shape."""
    url = guarded_door.save_for(guarded_door.bearer("ann"))
    other = guarded_door.bearer("bo")
    got = guarded_door.client.get(url, headers=other)
    never = guarded_door.client.get(f"/api/v1/files/{'a' * 24}/clients.csv", headers=other)
    assert got.status_code == never.status_code == 404
    assert got.json() == never.json()
    assert set(got.json()["error"]) == {"code", "message", "hint"}
    assert got.json()["error"]["code"] == "not_found"


def test_without_a_token_nothing_is_given_out(guarded_door: Door) -> None:
    """The address alone opens nothing."""
    url = guarded_door.save_for(guarded_door.bearer("ann"))
    got = guarded_door.client.get(url)
    assert got.status_code == 401
    assert got.headers["www-authenticate"] == "Bearer"
    assert got.json()["error"]["code"] == "unauthenticated"


def test_on_this_machine_the_demo_user_fetches_by_a_plain_link(open_door: Door) -> None:
    """A link in the chat works in the browser."""
    assert open_door.client.get(open_door.save_for(None)).content == CONTENT


@pytest.mark.parametrize("name", ["..%2f..%2faura.db", "%2e%2e", "aura.db"])
def test_no_path_leads_out(open_door: Door, name: str) -> None:
    """Other files of the installation are no exports."""
    file_id = open_door.save_for(None).split("/")[4]
    got = open_door.client.get(f"/api/v1/files/{file_id}/{name}")
    assert got.status_code == 404
    assert "error" in got.json()
