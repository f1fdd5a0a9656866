"""docs/API.md is true: it lists every route, and every curl in it works as it stands."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from app.failures import ErrorResponse
from app.rest.answers import ToolAnswer

GUIDE = (Path(__file__).parents[3] / "docs" / "API.md").read_text(encoding="utf-8")
ROUTES = re.findall(r"^### `([A-Z]+) (\S+)`$", GUIDE, flags=re.MULTILINE)
COMMANDS = re.findall(r"^```bash\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)
TICKETS = "ticket_id,customer_id,created_at\nG1,C00001,2026-10-01T10:00:00\n"


def _run(rest: Any, command: str) -> Response:
    """Do what a curl command says, as far as the guide uses its options."""
    words = iter(shlex.split(command.replace("\\\n", " ")))
    assert next(words) == "curl"
    method, url = "GET", ""
    headers: dict[str, str] = {}
    params: list[tuple[str, str]] = []
    sent: dict[str, Any] = {}
    as_query = False
    for word in words:
        if word in {"-s", "-sG"}:
            as_query = word == "-sG"
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in {"-d", "--data-urlencode"} and as_query:
            name, _, value = next(words).partition("=")
            params.append((name, value))
        elif word == "-d":
            method, sent["content"] = "POST", next(words)
        elif word == "-F":
            method = "POST"
            name, _, value = next(words).partition("=")
            if value.startswith("@"):
                sent["files"] = {name: (value[1:], TICKETS)}
            else:
                sent.setdefault("data", {})[name] = value
        else:
            assert not url, word
            url = word
    path = url.removeprefix("http://127.0.0.1:8000")
    return rest.client.request(method, path, params=params, headers=headers, **sent)


def _draft_of_somebody(rest: Any) -> str:
    clients = rest.get("/customers", limit=20).json()["customers"]
    drafted = (rest.post(f"/customers/{each['customer_id']}/outreach", {}) for each in clients)
    return next(found["drafts"][0]["id"] for each in drafted if (found := each.json())["drafts"])


def test_the_guide_lists_every_route(rest: Any) -> None:
    """And none that is not there."""
    paths = rest.app.openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert len(ROUTES) == len(set(ROUTES))
    assert set(ROUTES) == served


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_works(rest: Any, command: str) -> None:
    """A reader can paste it, with the ids of an active client and of a draft for it.

    Here no mail server is set up, and sending says so.
    """
    active = rest.get("/customers", limit=1).json()["customers"][0]["customer_id"]
    command = command.replace("C00001", active)
    if "DRAFT_ID" in command:
        command = command.replace("DRAFT_ID", _draft_of_somebody(rest))
    response = _run(rest, command)
    assert response.status_code == (409 if "/send" in command else 200), response.text


def test_every_route_has_a_command() -> None:
    """In its own section, with curl."""
    sections = re.split(r"^##+ ", GUIDE, flags=re.MULTILINE)
    shown = [section for section in sections if re.match(r"`[A-Z]+ /", section)]
    assert len(shown) == len(ROUTES)
    assert not [section.split("`")[1] for section in shown if "curl -s" not in section]


def test_the_guide_shows_the_shape_of_an_answer() -> None:
    """Every field by its name."""
    for model in (ToolAnswer, ErrorResponse):
        assert not [name for name in model.model_fields if f'"{name}"' not in GUIDE]


def test_openapi_is_useful_to_a_program(rest: Any) -> None:
    """Each operation has a summary, a description, a typed answer, the error shape, a sign-in."""
    document = rest.app.openapi()
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            assert operation["tags"]
            error = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert error["$ref"].endswith("/ErrorResponse")
            assert path == "/healthz" or operation["security"] == [{"HTTPBearer": []}]
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            assert "authorization" not in names
            if path.startswith("/api/v1/") and "/files/" not in path:
                answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
                assert "$ref" in answer


def test_every_route_refuses_a_parameter_it_does_not_know(rest: Any) -> None:
    """Below /api/v1, but for the chat's own door and files, which take none at all."""
    for method, path in ROUTES:
        if not path.startswith("/api/v1/") or "chatbot" in path or "/files/" in path:
            continue
        address = path.format(customer_id="C00001", strategy="discount", draft_id="D1")
        response = rest.client.request(method, address, params={"surprise": "1"})
        error = rest.error(response, 422, "invalid_request")
        assert "surprise" in error["message"]


def test_other_sites_get_nothing(rest: Any) -> None:
    """No header opens the interface to foreign pages: CORS is closed."""
    headers = {"Origin": "https://elsewhere.example"}
    for method in ("GET", "OPTIONS"):
        asked = headers | {"Access-Control-Request-Method": "GET"}
        response = rest.client.request(method, "/api/v1/kpis", headers=asked)
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_the_metrics_are_for_admins(rest: Any) -> None:
    """Prometheus' text, with the routes asked so far."""
    rest.get("/customers/C00001")
    response = rest.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert 'route="/api/v1/customers/{customer_id}"' in response.text
    assert "aura_build_info{" in response.text
    refused = rest.client.get("/metrics", headers=rest.bearer("cs_lead"))
    rest.error(refused, 403, "forbidden")


def test_the_docs_page_names_no_other_host(rest: Any) -> None:
    """Page, script and style come from here, and the browser is told to load nothing else."""
    page = rest.client.get("/docs")
    assert not re.findall(r"https?://", page.text)
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for asset in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert rest.client.get(asset).status_code == 200
