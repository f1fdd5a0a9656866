"""Who sent a request: what every route of the REST interface depends on."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header

from app.failures import ApiError
from app.governance.identity import Asker, Identity, IdentityError

Identify = Callable[[str | None], Any]


def identify_with(identity: Identity) -> Identify:
    """Make the dependency that tells who asks, or answers 401."""

    async def identify(authorization: Annotated[str | None, Header()] = None) -> Asker:
        try:
            return await asyncio.to_thread(identity.identify, authorization)
        except IdentityError as error:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "unauthenticated",
                error.problem,
                error.hint,
                {"WWW-Authenticate": "Bearer"},
            ) from error

    return identify
