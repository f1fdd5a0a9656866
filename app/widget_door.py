"""The way of the chat widget into the chat: its script, its sign-in, and which sites may use it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import jwt
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.governance.identity import Asker, IdentityError
from app.pages.asking import TOKEN_CLAIM, asker_in_session, session_secret
from app.pages.assets import WIDGET
from app.pages.rendering import assets
from app.wiring import Parts

CHAT: Final = "/chat"
SIGN_IN: Final = f"{CHAT}/auth/jwt"
_POLICY_VIOLATION: Final = 1008


def build_widget_door(parts: Parts) -> Sequence[BaseRoute]:
    """Make the routes that stand before Chainlit's own of the same address."""
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=parts.settings.allowed_widget_origins,
        allow_credentials=True,
        allow_methods=["POST"],
        allow_headers=["Authorization", "Content-Type"],
    )
    door = _Door(parts)
    return [
        Route(SIGN_IN, door.sign_in, methods=["POST", "OPTIONS"], middleware=[cross_origin]),
        Route(f"{CHAT}/copilot/index.js", _script, methods=["GET"]),
    ]


class ForeignSites:
    """Refuses requests to the chat, sockets included, that come from sites not on the list.

    Chainlit checks the origin of plain requests only; a socket is open to any site.

    Args:
        app: The application.
        allowed: Origins beside our own, e.g. `https://crm.example.com`.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] in {"http", "websocket"} and self._is_foreign(scope):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
                return
            words = "This site may not use the chat; see AURA_WIDGET_ORIGINS."
            response = PlainTextResponse(words, HTTPStatus.FORBIDDEN.value)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        if not f"{scope['path']}/".startswith(f"{CHAT}/"):
            return False
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or origin in self._allowed:
            return False
        return urlsplit(origin).netloc != headers.get("host", "")


@dataclass(frozen=True, slots=True)
class _Door:
    parts: Parts

    async def sign_in(self, request: Request) -> Response:
        """Exchange a signed token for the chat's session cookie.

        A session of the same person with the same rights is left as it is.
        """
        try:
            asker, token = await asyncio.to_thread(self._read, request)
        except IdentityError as error:
            return JSONResponse({"detail": str(error)}, HTTPStatus.UNAUTHORIZED.value)
        response = JSONResponse({"success": True}, headers={"Cache-Control": "no-store"})
        if not await asyncio.to_thread(self._is_signed_in, request, asker):
            _set_cookie(request, response, session_of(self.parts, asker, token))
        return response

    def _read(self, request: Request) -> tuple[Asker, str]:
        header = request.headers.get("authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise IdentityError("The widget needs a signed token.")
        return self.parts.identity.from_token(token.strip()), token.strip()

    def _is_signed_in(self, request: Request, asker: Asker) -> bool:
        try:
            current = asker_in_session(self.parts, request.cookies)
        except IdentityError:
            return False
        lasts = not self.parts.identity.is_open
        return current == asker and lasts


def session_of(parts: Parts, asker: Asker, token: str) -> str:
    """A session of the chat that lives as long as its token.

    Args:
        parts: The secret.
        asker: Whom the token names.
        token: Kept inside, so that each message is answered under its role and scope.
    """
    expires = jwt.decode(token, options={"verify_signature": False})["exp"]
    claims = {
        "identifier": asker.user_id,
        "display_name": asker.name,
        "metadata": {TOKEN_CLAIM: token},
        "iat": int(time.time()),
        "exp": expires,
    }
    return jwt.encode(claims, session_secret(parts), algorithm="HS256")


def _set_cookie(request: Request, response: Response, session: str) -> None:
    from chainlit.auth.cookie import set_auth_cookie  # noqa: PLC0415 - reads the app root

    set_auth_cookie(request, response, session)


async def _script(request: Request) -> Response:
    """The widget's script; it is large, so browsers keep it and ask whether it changed."""
    found = await asyncio.to_thread(assets().find, assets().version(WIDGET), WIDGET)
    if found is None:
        return PlainTextResponse("No such file.", HTTPStatus.NOT_FOUND.value)
    tag = f'"{assets().version(WIDGET)}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=3600",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    if found.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.compressed, media_type=found.media_type, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
