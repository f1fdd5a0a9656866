from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app.pages.guards import CONTENT_POLICY, RETURN_COOKIE, PageHeaders, to_sign_in


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def _send_away(request: Request) -> Response:
    return to_sign_in(request)


def _client() -> TestClient:
    around = [Middleware(PageHeaders)]
    routes = [
        Route("/", _hello, middleware=around),
        Route("/customers/{key}", _send_away, middleware=around),
    ]
    return TestClient(Starlette(routes=routes), follow_redirects=False)


def test_scripts_come_from_this_server_alone() -> None:
    """No inline script, no other host, no frame around us."""
    headers = _client().get("/").headers
    assert headers["content-security-policy"] == CONTENT_POLICY
    directives = dict(part.split(" ", 1) for part in CONTENT_POLICY.split("; "))
    assert directives["script-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert not [name for name, sources in directives.items() if "http" in sources or "*" in sources]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_way_to_the_sign_in_page_remembers_where_from() -> None:
    """The address asked for is kept for the way back, and only for the chat's pages."""
    answer = _client().get("/customers/C1?x=a b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/chat/login"
    cookie = answer.headers["set-cookie"]
    name, value = cookie.split(";")[0].split("=", 1)
    assert name == RETURN_COOKIE
    assert unquote(value) == "/customers/C1?x=a%20b"
    assert "Path=/chat" in cookie
