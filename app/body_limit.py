"""Routes that refuse a long body while it arrives, before it fills the memory."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from app.failures import ApiError

MAX_BODY_BYTES = 64_000


class LimitedRoute(APIRoute):
    """A route that reads at most `MAX_BODY_BYTES`, announced or not.

    Attributes:
        max_body_bytes: Another limit for a subclass; None where the endpoint counts for itself.
    """

    max_body_bytes: int | None = MAX_BODY_BYTES

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler's view of the body."""
        handler = super().get_route_handler()
        limit = self.max_body_bytes
        if limit is None:
            return handler

        async def limited(request: Request) -> Response:
            return await handler(Request(request.scope, _counted(request.receive, limit)))

        return limited


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                "The body is too long.",
                f"Send at most {limit:,} bytes.",
            )
        return message

    return counted
