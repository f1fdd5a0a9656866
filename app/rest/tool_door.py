"""The way from a request to a tool: the asker's own scope, a thread, an audit record."""

import asyncio
import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Path

from app.agent.outages import OUTAGES
from app.failures import ApiError
from app.governance.audit import AuditEvent, AuditTrail
from app.governance.identity import Asker
from app.rest.answers import Called
from data.gold import Gold
from data.semantic_model import SemanticError
from tools.contract import (
    ActionsPort,
    ChurnPort,
    ConfirmedCall,
    FilesPort,
    PlaybookPort,
    Tool,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.draft_log import DraftsPort, MailerPort
from tools.errors import FinalToolError, RetryableToolError, UnknownClient
from tools.resolve import mendable_errors

SHOWN_VALUES = 40
USUAL = "The parameters and their limits are listed at /docs."
CLIENTS_HINT = "GET /api/v1/customers lists them with their ids."

ClientId = Annotated[
    str, Path(min_length=1, max_length=200, description="A client's id, as in /api/v1/customers.")
]

_Args_contra = TypeVar("_Args_contra", bound=ToolArgs, contravariant=True)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ToolDoor:
    """Calls tools for people who ask through REST.

    Attributes:
        files: Where tools keep files.
        audit: Every call is recorded here, refused ones too.
        drafts: Where drafts are kept.
        mailer: What sends them; None where nothing does.
    """

    gold: Gold
    churn: ChurnPort
    playbooks: PlaybookPort
    files: FilesPort
    audit: AuditTrail
    drafts: DraftsPort
    mailer: MailerPort | None

    async def call(
        self,
        tool: Tool[_Args_contra],
        args: _Args_contra,
        asker: Asker,
        *,
        client: str | None = None,
        actions: ActionsPort | None = None,
        agreed: bool = False,
    ) -> Called:
        """Answer one call in a thread of its own.

        Args:
            tool: The function to call.
            args: Its arguments.
            asker: Who asks; their scope bounds what the tool sees.
            client: The client that the request's path names, by id.
            actions: Where the call may write; the request itself is the yes to it.
            agreed: Whether the request says yes to what the tool would ask about.

        Raises:
            ApiError: The tool refused, or there is no such client in scope.
        """
        yes = actions is not None or agreed
        confirmed = ConfirmedCall(tool.__name__, args.model_dump()) if yes else None
        context = self.context(asker, actions=actions, confirmed=confirmed)

        def run() -> ToolResult:
            if client is not None and self.gold.customer(client, asker.scope) is None:
                raise no_such_client(client)
            return tool(args, context)

        return await asyncio.to_thread(self._recorded, tool.__name__, args, asker, run)

    async def read(self, work: Callable[[], _T]) -> _T:
        """Read beside a tool, with its errors told in the same way."""

        def run() -> _T:
            with told_as_api_errors():
                return work()

        return await asyncio.to_thread(run)

    def context(
        self,
        asker: Asker,
        *,
        actions: ActionsPort | None = None,
        confirmed: ConfirmedCall | None = None,
    ) -> ToolContext:
        """What tools are told of who asks."""
        return ToolContext(
            user_id=asker.user_id,
            role=asker.role,
            scope=asker.scope,
            gold=self.gold,
            churn=self.churn,
            playbooks=self.playbooks,
            actions=actions,
            files=self.files,
            confirmed=confirmed,
            drafts=self.drafts,
            mailer=self.mailer,
        )

    def record(self, asker: Asker, tool: str, arguments: dict[str, Any], rows: int | None) -> str:
        """Write down that somebody called something; gives the record's audit id."""
        audit_id = secrets.token_hex(8)
        event = AuditEvent(
            audit_id=audit_id,
            user_id=asker.user_id,
            role=asker.role,
            action="api_call",
            tool=tool,
            arguments=arguments,
            rows=rows,
        )
        self.audit.append([event])
        return audit_id

    def _recorded(
        self, name: str, args: ToolArgs, asker: Asker, run: Callable[[], ToolResult]
    ) -> Called:
        try:
            with told_as_api_errors():
                result = run()
        except ApiError:
            self.record(asker, name, args.model_dump(mode="json"), None)
            raise
        rows = sum(source.rows for source in result.provenance)
        audit_id = self.record(asker, name, result.args, rows)
        return Called(tool=name, result=result, audit_id=audit_id)


def no_such_client(text: str) -> ApiError:
    """The same answer whether there is none or the asker may not see it."""
    return ApiError(
        HTTPStatus.NOT_FOUND,
        "not_found",
        f"No client {text[:80]!r} among the clients you can see.",
        CLIENTS_HINT,
    )


@contextmanager
def told_as_api_errors() -> Generator[None]:
    """Turn what a tool refuses into the one error shape.

    Raises:
        ApiError: 422 when the arguments can be mended, 404 for an unknown client, 409 when the
            data cannot answer.
        Exception: One of `OUTAGES`: answered with 503.
    """
    try:
        with mendable_errors():
            yield
    except RetryableToolError as error:
        raise _mendable(error.problem, error.allowed) from error
    except UnknownClient as error:
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", str(error), CLIENTS_HINT) from error
    except FinalToolError as error:
        if isinstance(error.__cause__, SemanticError):
            raise _mendable(str(error)) from error
        if isinstance(error.__cause__, OUTAGES):
            raise error.__cause__ from error
        raise ApiError(
            HTTPStatus.CONFLICT,
            "cannot_answer",
            str(error),
            "The same request will not succeed; GET /api/v1/data/status tells what is loaded.",
        ) from error


def _mendable(problem: str, allowed: Sequence[str] = ()) -> ApiError:
    shown = ", ".join(allowed[:SHOWN_VALUES])
    more = len(allowed) - SHOWN_VALUES
    hint = f"Allowed: {shown}{f' and {more:,} more' if more > 0 else ''}." if allowed else USUAL
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", problem, hint)
