"""Routes that refuse a query parameter they do not know, instead of answering something else."""

from collections.abc import Callable, Coroutine, Iterator
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from app.body_limit import LimitedRoute
from app.failures import ApiError


class StrictRoute(LimitedRoute):
    """A limited route that takes only the query parameters it declares."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Look at the names before anything else is done."""
        handler = super().get_route_handler()
        known = [*_query_names(self.dependant)]

        async def strict(request: Request) -> Response:
            for name in request.query_params:
                if name not in known:
                    raise _unknown(name, known)
            return await handler(request)

        return strict


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The parameters that a route and what it depends on declare, alone or as a model."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (info.alias or name for name, info in model.model_fields.items())
        else:
            yield field.alias
    for each in dependant.dependencies:
        yield from _query_names(each)


def _unknown(name: str, known: list[str]) -> ApiError:
    guess = get_close_matches(name, known, n=1)
    meant = f" Did you mean {guess[0]!r}?" if guess else ""
    allowed = f"Allowed: {', '.join(known)}." if known else "This route takes none."
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        f"There is no query parameter {name[:80]!r}.{meant}",
        allowed,
    )
