"""The page /data: how good the data is, and a check of a file before it is loaded."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app.dashboard import page_endpoint
from app.failures import ApiError
from app.governance.identity import Asker, IdentityError
from app.pages.asking import asker_of
from app.pages.data_report import data_report
from app.pages.frame import frame_of
from app.pages.guards import PageHeaders, to_sign_in
from app.pages.notice import Notice
from app.pages.rendering import page_response
from app.rest.intake import FORMATS
from app.rest.upload import receive_form
from app.wiring import Parts
from data.check import CheckError, CheckReport, check
from data.landing import Landing
from tools.contract import ToolContext

PATH = "/data"
FILE_FIELD = "file"
_ROLES = frozenset({"cs_lead", "analyst", "admin"})
_SAME_SITE = frozenset({None, "same-origin", "none"})


def build_data_page(parts: Parts) -> Sequence[BaseRoute]:
    """Make the routes: the report, and the check of an uploaded file."""
    around = [Middleware(PageHeaders), Middleware(GZipMiddleware, minimum_size=1_000)]
    return [
        Route(PATH, page_endpoint(parts, partial(_report, parts)), middleware=around),
        Route(PATH, _Checking(parts).endpoint, methods=["POST"], middleware=around),
    ]


def may_see_data(asker: Asker) -> bool:
    """Whether the quality of all data is theirs to see: its examples are of any client."""
    return asker.role in _ROLES and asker.scope.is_full


def _report(parts: Parts, _request: Request, asker: Asker, _context: ToolContext) -> Response:
    if not may_see_data(asker):
        return _not_for_them(parts, asker)
    return _page(parts, asker)


def _not_for_them(parts: Parts, asker: Asker) -> Response:
    notice = Notice(
        title="The data of all clients",
        text="This page shows rows of every client, so it is for leads, analysts and "
        "administrators who may see them all. Ask one of them if a figure looks wrong.",
    )
    return page_response("notice.html", notice, frame_of(parts, asker, PATH), HTTPStatus.FORBIDDEN)


def _page(
    parts: Parts,
    asker: Asker,
    *,
    found: CheckReport | None = None,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    landing = Landing(parts.settings.home / "landing" / parts.gold.build.source)
    page = data_report(
        parts.gold, landing, parts.settings.max_upload_mb, check=found, problem=problem
    )
    return page_response("data_report.html", page, frame_of(parts, asker, PATH), status)


class _Checking:
    """Looks at one uploaded file at a time, and loads none.

    Args:
        parts: The installation.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._one_at_a_time = asyncio.Lock()

    async def endpoint(self, request: Request) -> Response:
        """Take a form with a file, answer with the page and the check on it."""
        parts = self._parts
        try:
            asker = await asyncio.to_thread(
                asker_of, parts, request.headers.get("authorization"), request.cookies
            )
        except IdentityError as error:
            return PlainTextResponse(str(error), HTTPStatus.UNAUTHORIZED.value)
        if asker is None:
            return to_sign_in(request)
        if not may_see_data(asker):
            return await asyncio.to_thread(_not_for_them, parts, asker)
        if request.headers.get("sec-fetch-site") not in _SAME_SITE:
            return PlainTextResponse("Send the form from /data.", HTTPStatus.FORBIDDEN.value)
        return await self._answer(request, asker)

    async def _answer(self, request: Request, asker: Asker) -> Response:
        show = partial(_page, self._parts, asker)
        try:
            found = await self._check(request)
        except ApiError as error:
            problem = f"{error.body.message} {error.body.hint}"
            status = HTTPStatus(error.status_code)
            return await asyncio.to_thread(show, problem=problem, status=status)
        except CheckError as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return await asyncio.to_thread(show, problem=str(error), status=status)
        return await asyncio.to_thread(show, found=found)

    async def _check(self, request: Request) -> CheckReport:
        with TemporaryDirectory(prefix="aura-upload-") as name:
            form = await receive_form(
                request.headers,
                request.stream(),
                Path(name),
                file_field=FILE_FIELD,
                max_bytes=self._parts.settings.max_upload_mb * 1_000_000,
            )
            if form.file is None or form.file.stat().st_size == 0:
                raise CheckError("Choose a file with at least one row first.")
            if form.file.suffix.lower() not in FORMATS:
                # A database's address in a file would make this server connect to it.
                raise CheckError(
                    f"A file like {form.file.name!r} cannot be checked here. "
                    f"Allowed endings: {', '.join(FORMATS)}."
                )
            today = datetime.now().astimezone().date()
            landing = self._parts.settings.home / "landing"
            async with self._one_at_a_time:
                return await asyncio.to_thread(check, form.file, landing, today)
