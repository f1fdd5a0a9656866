"""What is counted: by the template of a route, and never anything about a person."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import metrics

SAMPLE = re.compile(r"^aura_http_request_seconds_count\{(.*)\} (\S+)$", re.MULTILINE)


def _counts() -> dict[str, float]:
    return {labels: float(count) for labels, count in SAMPLE.findall(metrics.exposition().decode())}


@pytest.fixture
def client() -> TestClient:
    """An application with one good route and one that breaks."""
    app = FastAPI()
    app.add_middleware(metrics.CountRequests)

    async def page(name: str) -> str:
        if name == "broken":
            raise RuntimeError(name)
        return name

    app.add_api_route("/pages/{name}", page)
    return TestClient(app, raise_server_exceptions=False)


def test_requests_are_counted_by_route_and_status(client: TestClient) -> None:
    """Names in a path make no new series, nor do methods that somebody invents."""
    before = _counts()
    for name in ("ann", "bo", "broken"):
        client.get(f"/pages/{name}")
    client.get("/nowhere/secret")
    client.request("BREW", "/pages/ann")
    new = {labels: n - before.get(labels, 0) for labels, n in _counts().items()}
    assert new['method="GET",route="/pages/{name}",status="200"'] == 2
    assert new['method="GET",route="/pages/{name}",status="500"'] == 1
    assert new['method="GET",route="other",status="404"'] == 1
    text = metrics.exposition().decode()
    assert not any(word in text for word in ("ann", "secret", "BREW"))


def test_figures_that_nothing_backed_are_counted() -> None:
    """The rates of unsupported and missing figures follow from these."""
    metrics.count_figures(model="m1", figures=5, unsupported=2, missing=False)
    metrics.count_figures(model="m1", figures=0, unsupported=0, missing=True)
    metrics.count_turn(model="m1", kind="answer", fallback=True, latency_ms=120)
    text = metrics.exposition().decode()
    assert 'aura_figures_total{model="m1"} 5.0' in text
    assert 'aura_figures_unsupported_total{model="m1"} 2.0' in text
    assert 'aura_answers_without_figures_total{model="m1"} 1.0' in text
    assert 'aura_turn_seconds_count{fallback="true",kind="answer",model="m1"} 1.0' in text
