"""Files into the installation, and what it holds."""

import asyncio
import tempfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request

from app.asking import Identify
from app.failures import ApiError
from app.governance.identity import Asker
from app.rest.data_answers import DataStatus, IngestAnswer
from app.rest.intake import CATEGORIES, FIELDS, FORMATS, Intake, SourceType, load, loads_of
from app.rest.tool_door import ToolDoor
from app.rest.upload import receive_form
from app.strict_route import StrictRoute

LOADERS: Final = frozenset({"admin", "cs_lead"})
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [*FIELDS, "file"],
                    "properties": {
                        "source_type": {
                            "type": "string",
                            "enum": [*get_args(SourceType)],
                            "description": "`csv` reads the file as the prepared source's own; "
                            "`crm` and `api` by the mapping of that name.",
                        },
                        "data_category": {
                            "type": "string",
                            "enum": [*CATEGORIES],
                            "description": "What the rows are.",
                        },
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": f"One of {', '.join(FORMATS)}.",
                        },
                    },
                }
            }
        },
    }
}


def add_data_routes(router: APIRouter, door: ToolDoor, intake: Intake, identify: Identify) -> None:
    """Make the routes under /api/v1/data."""
    router.add_api_route(
        "/api/v1/data/ingest",
        _ingest_with(door, intake, identify),
        methods=["POST"],
        response_model=IngestAnswer,
        summary="Load a file (roles admin and cs_lead, full scope)",
        tags=["data"],
        openapi_extra=_FORM,
        route_class_override=UploadRoute,
    )
    router.add_api_route(
        "/api/v1/data/status",
        _status_with(door, intake, identify),
        response_model=DataStatus,
        summary="What is loaded, and how fresh it is",
        tags=["data"],
    )


class UploadRoute(StrictRoute):
    """A route whose body is counted while it is written to the disk."""

    max_body_bytes = None


def _ingest_with(door: ToolDoor, intake: Intake, identify: Identify) -> Callable[..., Any]:
    async def ingest(request: Request, asker: Annotated[Asker, Depends(identify)]) -> IngestAnswer:
        """Load one file and queue a rebuild; bad rows are kept out and told with their reasons.

        A file is loaded whole or not at all, and loading the same content again changes nothing.
        `demographics` means customers, `engagement` means engagement_events. Only the roles admin
        and cs_lead with full scope may load: the data are the whole company's.
        """
        _refuse_foreign_page(request)
        _refuse_unentitled(asker)
        with tempfile.TemporaryDirectory(prefix=".upload-", dir=intake.home) as name:
            form = await receive_form(
                request.headers,
                request.stream(),
                Path(name),
                file_field="file",
                max_bytes=intake.max_bytes,
            )
            report, faults = await asyncio.to_thread(load, form, intake)
        if not report.already_loaded:
            await asyncio.to_thread(intake.rebuilds.request_rebuild, f"{report.file} was added")
        told = {"file": report.file, "entity": report.entity, "rejected": report.rejected}
        audit_id = await asyncio.to_thread(door.record, asker, "ingest", told, report.accepted)
        return IngestAnswer.of(report, faults, intake.rebuilds.status, audit_id)

    return ingest


def _status_with(door: ToolDoor, intake: Intake, identify: Identify) -> Callable[..., Any]:
    async def status(asker: Annotated[Asker, Depends(identify)]) -> DataStatus:
        """What was loaded, when it was built, and whether a rebuild is under way."""

        def read() -> DataStatus:
            build = door.gold.build
            loads = loads_of(intake, build.source) if asker.scope.is_full else None
            return DataStatus.of(build, intake.rebuilds.status, loads)

        return await door.read(read)

    return status


def _refuse_unentitled(asker: Asker) -> None:
    if asker.role not in LOADERS or not asker.scope.is_full:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            "Data of the whole company are loaded by the roles admin and cs_lead with full scope; "
            f"yours is {asker.role}{'' if asker.scope.is_full else ' with a limited scope'}.",
            "Ask an administrator.",
        )


def _refuse_foreign_page(request: Request) -> None:
    """A form is sent by browsers without asking: only our own pages may send this one."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            "Another site's page sent this form.",
            "Send it from a program, or from a page of this installation.",
        )
