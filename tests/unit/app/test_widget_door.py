import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.widget_door import ForeignSites

CRM = "https://crm.example.com"


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def _talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def _client(*allowed: str) -> TestClient:
    routes = [
        Route("/chat/project/settings", _hello),
        Route("/chatter", _hello),
        WebSocketRoute("/chat/ws/socket.io/", _talk),
    ]
    return TestClient(ForeignSites(Starlette(routes=routes), list(allowed)))


@pytest.mark.parametrize("origin", [None, "http://testserver", "https://testserver", CRM])
def test_own_pages_and_listed_sites_reach_the_chat(origin: str | None) -> None:
    """Plain requests and sockets alike."""
    client = _client(CRM)
    headers = {} if origin is None else {"Origin": origin}
    assert client.get("/chat/project/settings", headers=headers).status_code == 200
    with client.websocket_connect("/chat/ws/socket.io/", headers=headers) as socket:
        assert socket.receive_text() == "hello"


@pytest.mark.parametrize(
    "origin", [CRM, "null", "http://testserver:81", "http://testserver.example.com", ""]
)
def test_other_sites_do_not(origin: str) -> None:
    """A site that a person happens to visit can neither read nor ask."""
    client = _client("https://other.example.com")
    headers = {"Origin": origin}
    assert client.get("/chat/project/settings", headers=headers).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/chat/ws/socket.io/", headers=headers),
    ):
        pass


def test_other_paths_are_not_its_business() -> None:
    """Only the chat is guarded here."""
    assert _client().get("/chatter", headers={"Origin": CRM}).status_code == 200
