"""REST: questions, the audit log, and whether the service is up."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import to_json

from app.agent.context import PageContext
from app.agent.events import (
    Answered,
    StepFinished,
    StepProgress,
    StepStarted,
    Token,
    TurnAnswer,
    TurnEvent,
    Withdrawn,
)
from app.agent.outages import OUTAGES
from app.asking import Identify, identify_with
from app.body_limit import LimitedRoute
from app.failures import ApiError, ErrorResponse, unavailable, unexpected
from app.governance.audit import AuditRecord
from app.governance.identity import Asker, Identity
from app.strict_route import StrictRoute

MAX_QUERY_LENGTH = 4_000
MAX_AUDIT_PAGE = 1_000
EVENT_STREAM = "text/event-stream"

Short = Annotated[str, StringConstraints(max_length=200)]


class Turns(Protocol):
    """What answers questions."""

    def run_turn(
        self, asker: Asker, text: str, session_id: str | None, page: PageContext
    ) -> AsyncIterator[TurnEvent]:
        """Answer step by step; the last event is `Answered`."""
        ...

    async def answer(
        self, asker: Asker, text: str, session_id: str | None, page: PageContext
    ) -> TurnAnswer:
        """Answer at once."""
        ...


class AuditReader(Protocol):
    """Where the audit log is read."""

    def latest(
        self, *, limit: int = 100, before: int | None = None, audit_id: str | None = None
    ) -> list[AuditRecord]:
        """The newest records first."""
        ...


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the routes need.

    Attributes:
        turns: Answers questions.
        identity: Tells who asks.
        audit: The audit log.
        checks: Name → a check that returns a word about a part, or raises when it is down.
    """

    turns: Turns
    identity: Identity
    audit: AuditReader
    checks: Mapping[str, Callable[[], str]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageFields(_Body):
    """The page around the chat; it sets tone and focus and never widens rights."""

    user_role: Short | None = Field(default=None, description="role whose tone is wanted")
    segment: Short | None = Field(default=None, description="the page's segment filter")
    customer_id: Short | None = Field(default=None, description="the client on the page")
    page: Short | None = Field(default=None, description="the page's name or path")


class ChatQuery(_Body):
    """One question."""

    query: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY_LENGTH)
    ] = Field(description=f"the question, 1 to {MAX_QUERY_LENGTH:,} characters (required)")
    session_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="id of the conversation, 1 to 200 characters; empty for a new one"
    )
    context: PageFields | None = Field(
        default=None,
        description=f"object of {', '.join(PageFields.model_fields)}, each a short text",
    )


class AuditEntry(BaseModel):
    """One record of the audit log, with its place in the chain."""

    seq: int
    at: datetime
    audit_id: str
    user_id: str
    role: str
    action: str
    tool: str | None
    arguments: dict[str, Any]
    rows: int | None
    model: str | None
    tokens: int | None
    data_left: bool
    prev_hash: str
    hash: str


class AuditPage(BaseModel):
    """Records, newest first; `next_before` asks for the page after this one."""

    entries: list[AuditEntry]
    next_before: int | None


class Health(BaseModel):
    """The service is up."""

    status: str
    checks: dict[str, str]


def build_router(parts: ApiParts) -> APIRouter:
    """Make the routes; the application also needs `app.failures.install_failures`."""
    router = APIRouter(route_class=LimitedRoute, responses={"default": {"model": ErrorResponse}})
    identify = identify_with(parts.identity)
    router.add_api_route(
        "/api/v1/chatbot/query",
        _chat_with(parts.turns, identify),
        methods=["POST"],
        response_model=TurnAnswer,
        summary="Ask Aura",
        tags=["chat"],
    )
    router.add_api_route(
        "/api/v1/audit",
        _audit_with(parts.audit, identify),
        response_model=AuditPage,
        summary="Read the audit log (role admin)",
        tags=["governance"],
        route_class_override=StrictRoute,
    )
    router.add_api_route(
        "/healthz",
        _health_with(parts.checks),
        response_model=Health,
        summary="Whether the service is up",
        tags=["operation"],
    )
    return router


def _chat_with(turns: Turns, identify: Identify) -> Callable[..., Any]:
    async def query(
        request: Request, body: ChatQuery, asker: Annotated[Asker, Depends(identify)]
    ) -> Any:
        """Ask in plain language; `Accept: text/event-stream` streams the same as events.

        Events: `step_started`, `step_finished`, `token`, `withdrawn` (the tokens so far do not
        count), at the end `answer` with the whole response, or `error`.
        """
        page = PageContext(**(body.context or PageFields()).model_dump())
        if EVENT_STREAM in request.headers.get("accept", "").lower():
            events = turns.run_turn(asker, body.query, body.session_id, page)
            return StreamingResponse(
                _stream(events),
                media_type=EVENT_STREAM,
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        answer = await turns.answer(asker, body.query, body.session_id, page)
        if answer.outage is not None:
            raise unavailable(answer.outage)
        return answer

    return query


async def _stream(events: AsyncIterator[TurnEvent]) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            yield _encode(*_named(event))
    except Exception as error:  # noqa: BLE001 -- the status is sent: the failure must be an event
        body = unexpected(error, path="/api/v1/chatbot/query")
        yield _encode("error", ErrorResponse(error=body))
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def _named(event: TurnEvent) -> tuple[str, Any]:
    match event:
        case StepStarted():
            return "step_started", asdict(event)
        case StepProgress():
            return "step_progress", asdict(event)
        case StepFinished():
            return "step_finished", asdict(event)
        case Token():
            return "token", asdict(event)
        case Withdrawn():
            return "withdrawn", asdict(event)
        case Answered():
            return "answer", event.answer


def _encode(name: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), to_json(data, inf_nan_mode="null"))


def _audit_with(audit: AuditReader, identify: Identify) -> Callable[..., Any]:
    async def read_audit(
        asker: Annotated[Asker, Depends(identify)],
        limit: Annotated[int, Query(ge=1, le=MAX_AUDIT_PAGE)] = 100,
        before: Annotated[int | None, Query(ge=1)] = None,
        audit_id: Annotated[Short | None, Query()] = None,
    ) -> AuditPage:
        """Newest records first; `audit_id` is the one of an answer."""
        if asker.role != "admin":
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "forbidden",
                f"The audit log is open to the role admin, yours is {asker.role}.",
                "Ask an administrator.",
            )
        records = await asyncio.to_thread(
            audit.latest, limit=limit, before=before, audit_id=audit_id
        )
        entries = [AuditEntry(**record.as_row()) for record in records]
        more = len(records) == limit and records[-1].seq > 1
        return AuditPage(entries=entries, next_before=records[-1].seq if more else None)

    return read_audit


def _health_with(checks: Mapping[str, Callable[[], str]]) -> Callable[..., Any]:
    async def healthz() -> Health:
        """Look at each part; 503 names the one that is down."""
        words: dict[str, str] = {}
        for name, check in checks.items():
            try:
                words[name] = await asyncio.to_thread(check)
            except Exception as error:
                said = str(error) if isinstance(error, OUTAGES) else None
                hint = said or unexpected(error, part=name).message
                raise ApiError(
                    HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", f"{name} is down.", hint
                ) from error
        return Health(status="ok", checks=words)

    return healthz
