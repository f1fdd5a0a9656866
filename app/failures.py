"""The one shape of every failure of the REST interface."""

import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, HTTPException as ApiHTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.agent.outages import OUTAGES

SHOWN_VALUE_LENGTH = 80

_log = structlog.get_logger(__name__)


class ErrorBody(BaseModel):
    """What went wrong, and what to do about it."""

    code: str
    message: str
    hint: str


class ErrorResponse(BaseModel):
    """Body of every failed request."""

    error: ErrorBody


class ApiError(ApiHTTPException):
    """A request fails on purpose.

    Args:
        status: HTTP status.
        code: A word for programs, e.g. "forbidden".
        message: What was wrong.
        hint: What to do about it.
        headers: Headers that belong to the status.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        hint: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.body = ErrorBody(code=code, message=message, hint=hint)
        super().__init__(status.value, detail=message, headers=dict(headers or {}))


_KNOWN: dict[int, tuple[str, str]] = {
    400: ("bad_request", "Send a JSON body with the header Content-Type: application/json."),
    404: ("not_found", "The routes are listed at /docs."),
    405: ("method_not_allowed", "The methods are listed at /docs."),
}


def install_failures(app: FastAPI) -> None:
    """Make every failure of an application come in the one shape."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    for kind in OUTAGES:
        app.add_exception_handler(kind, _on_outage)
    app.add_exception_handler(Exception, _on_unexpected)


def unavailable(cause: str) -> ApiError:
    """Something that every answer needs is missing; the cause says what mends it."""
    return ApiError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        cause,
        "Whoever runs this installation can mend it; then ask again.",
    )


def unexpected(error: Exception, **where: str) -> ErrorBody:
    """Log an error under an incident id; the body tells the id and nothing else."""
    incident = uuid.uuid4().hex[:12]
    _log.error("request failed", incident=incident, exc_info=error, **where)
    return ErrorBody(
        code="internal",
        message=f"Something went wrong here (incident {incident}).",
        hint="Try again; if it stays, give the incident to whoever runs this installation.",
    )


def _respond(
    status: int, body: ErrorBody, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    content = ErrorResponse(error=body).model_dump()
    return JSONResponse(content, status_code=status, headers=dict(headers or {}))


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    failure = cast("HTTPException", error)
    if isinstance(failure, ApiError):
        return _respond(failure.status_code, failure.body, failure.headers)
    code, hint = _KNOWN.get(failure.status_code, ("failed", "The routes are listed at /docs."))
    allowed = (failure.headers or {}).get("Allow")
    if allowed:
        hint = f"Allowed: {allowed}."
    message = f"{request.method} {request.url.path}: {failure.detail}"
    return _respond(
        failure.status_code, ErrorBody(code=code, message=message, hint=hint), failure.headers
    )


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    problems = cast("RequestValidationError", error).errors()
    message = " ".join(_sentence(problem) for problem in problems[:10])
    body = ErrorBody(code="invalid_request", message=message, hint=_allowed(request))
    return _respond(HTTPStatus.UNPROCESSABLE_ENTITY, body)


async def _on_outage(request: Request, error: Exception) -> JSONResponse:
    _log.error("not served", path=request.url.path, problem=str(error))
    return _respond(HTTPStatus.SERVICE_UNAVAILABLE, unavailable(str(error)).body)


async def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    body = unexpected(error, method=request.method, path=request.url.path)
    return _respond(HTTPStatus.INTERNAL_SERVER_ERROR, body)


def _sentence(problem: Mapping[str, Any]) -> str:
    path = [str(part) for part in cast("Sequence[Any]", problem["loc"])[1:]]
    where = ".".join(path) or "body"
    if problem["type"] == "json_invalid":
        return f"The body is not JSON: {problem['ctx']['error']} at character {where}."
    value = repr(problem.get("input"))
    if len(value) > SHOWN_VALUE_LENGTH:
        value = f"{value[:SHOWN_VALUE_LENGTH]}… ({len(value):,} characters)"
    said = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}, got {value}."


def _allowed(request: Request) -> str:
    """Name the fields of the route's body, with what each may hold."""
    body_field = getattr(request.scope.get("route"), "body_field", None)
    model = getattr(getattr(body_field, "field_info", None), "annotation", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return "The parameters and their limits are listed at /docs."
    fields = [
        f"{name}: {info.description.rstrip('.')}" if info.description else name
        for name, info in model.model_fields.items()
    ]
    return "Allowed: " + "; ".join(fields) + "."
