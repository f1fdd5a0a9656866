"""What protects a page: its headers, and the way to the sign-in page and back."""

from typing import Final
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGN_IN: Final = "/chat/login"
RETURN_COOKIE: Final = "aura_return"
RETURN_SECONDS: Final = 600
# Plotly and the widget set styles from scripts, and the widget's fonts are an empty data address;
# scripts themselves come from here alone.
_POLICY: Final = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline' data:",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
CONTENT_POLICY: Final = "; ".join(f"{what} {sources}" for what, sources in _POLICY.items())
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class PageHeaders:
    """Adds the security headers to every answer of a page.

    Args:
        app: The page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


def to_sign_in(request: Request) -> Response:
    """Send to the chat's sign-in page, which comes back here (`public/return.js`)."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    response = RedirectResponse(SIGN_IN, status_code=303, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        RETURN_COOKIE, quote(path, safe=""), max_age=RETURN_SECONDS, path="/chat", samesite="lax"
    )
    return response
