"""The warehouse is damaged while it serves: whatever still answers goes on answering."""

import os
import shutil
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app import wiring
from app.interface import build_interface
from app.settings import Settings
from app.wiring import Parts

ASK = "/api/v1/chatbot/query"


@pytest.fixture
def serving(lived_in: Settings) -> Iterator[tuple[Parts, TestClient]]:
    """The REST interface over a home that may be damaged while it serves."""
    parts = wiring.build(lived_in)
    yield parts, _client(lived_in, parts)
    parts.close()


def _client(settings: Settings, parts: Parts) -> TestClient:
    app = build_interface(settings, parts)
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def _said(client: TestClient) -> str:
    response = client.post(ASK, json={"query": "What is our MRR?"})
    assert response.status_code == 200, response.text
    return str(response.json()["answer"])


def test_a_damaged_newer_warehouse_is_not_used(
    serving: tuple[Parts, TestClient], lived_in: Settings
) -> None:
    """The old one serves on, health says so, and the next good one is taken."""
    parts, client = serving
    path = lived_in.home / "warehouse.duckdb"
    good = path.with_name("good")
    shutil.copyfile(path, good)
    before = _said(client)
    next_one = path.with_name("next")
    next_one.write_bytes(os.urandom(100_000))
    next_one.replace(path)
    assert _said(client) == before
    assert "the newer file is not used" in client.get("/healthz").json()["checks"]["warehouse"]
    path.unlink()
    assert _said(client) == before
    good.replace(path)
    assert _said(client) == before
    assert parts.gold.reader.problem is None


def test_a_warehouse_damaged_in_place_is_said_until_it_is_mended(
    serving: tuple[Parts, TestClient], lived_in: Settings
) -> None:
    """Nothing can be read any more: 503 with the remedy, the same in chat, and health is down."""
    parts, client = serving
    path = lived_in.home / "warehouse.duckdb"
    good = path.with_name("good")
    shutil.copyfile(path, good)
    before = _said(client)
    os.truncate(path, 4096)
    parts.gold.close()  # what is in memory would still answer for a while
    response = client.post(ASK, json={"query": "What is our MRR?"})
    assert response.status_code == 503
    error = response.json()["error"]
    assert (error["code"], "`aura prepare`" in error["message"]) == ("unavailable", True)
    with client.stream(
        "POST", ASK, json={"query": "What is our MRR?"}, headers={"Accept": "text/event-stream"}
    ) as stream:
        text = stream.read().decode()
    assert "I cannot answer right now." in text
    assert "`aura prepare`" in text
    assert client.get("/healthz").status_code == 503
    assert "`aura prepare`" in client.get("/healthz").json()["error"]["hint"]
    good.replace(path)
    assert _said(client) == before
