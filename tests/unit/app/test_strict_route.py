"""A query parameter that a route does not know is refused, wherever it was declared."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

from app.failures import install_failures
from app.strict_route import StrictRoute


class _Asked(BaseModel):
    limit: int = 1
    condition: list[str] = Field(default_factory=list[str], alias="filter")


def _depended(language: str = "en") -> str:
    return language


@pytest.fixture
def client() -> TestClient:
    """One route with a model and a dependency, one with a plain parameter, one with none."""

    async def both(
        asked: Annotated[_Asked, Query()], language: Annotated[str, Depends(_depended)]
    ) -> str:
        return f"{asked.limit} {language} {asked.condition}"

    async def plain(word: str = "") -> str:
        return word

    async def none() -> str:
        return "none"

    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/both", both)
    router.add_api_route("/plain", plain)
    router.add_api_route("/none", none)
    app = FastAPI()
    app.include_router(router)
    install_failures(app)
    return TestClient(app)


@pytest.mark.parametrize(
    "address", ["/both?limit=2&language=pl&filter=a", "/plain?word=x", "/none"]
)
def test_declared_parameters_are_taken(client: TestClient, address: str) -> None:
    """A model's by its alias, a dependency's, and plain ones."""
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("/both?limti=2", "Allowed: limit, filter, language."),
        ("/both?condition=a", "Allowed: limit, filter, language."),
        ("/plain?words=x", "Allowed: word."),
        ("/none?x", "This route takes none."),
    ],
)
def test_others_are_refused_with_the_ones_it_takes(
    client: TestClient, address: str, hint: str
) -> None:
    """A typo must not answer another question."""
    response = client.get(address)
    assert response.status_code == 422
    assert response.json()["error"]["hint"] == hint
