"""Who sent a request: what every route of the REST interface depends on."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from app.failures import ApiError
from app.governance.identity import Asker, Identity, IdentityError

Identify = Callable[..., Any]

_SCHEME = HTTPBearer(
    auto_error=False,
    description="A token of `aura users token`; not needed on your own machine without users.",
)
"""Tells OpenAPI how to sign in; the header itself is read and judged by `Identity`."""


def identify_with(identity: Identity) -> Identify:
    """Make the dependency that tells who asks, or answers 401."""

    async def identify(request: Request, _bearer: Annotated[Any, Security(_SCHEME)]) -> Asker:
        try:
            return await asyncio.to_thread(identity.identify, request.headers.get("authorization"))
        except IdentityError as error:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "unauthenticated",
                error.problem,
                error.hint,
                {"WWW-Authenticate": "Bearer"},
            ) from error

    return identify
