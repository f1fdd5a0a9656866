"""REST: the files that answers give out, each to its owner alone."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse

from app.asking import identify_with
from app.failures import ApiError, ErrorResponse
from app.governance.identity import Asker, Identity
from app.store.exports import StoredFile


class FileShelf(Protocol):
    """Where files are looked up."""

    def find(self, user_id: str, file_id: str, name: str) -> StoredFile | None:
        """A user's own file."""
        ...


def build_files_router(files: FileShelf, identity: Identity) -> APIRouter:
    """Make the route; the application also needs `app.failures.install_failures`."""
    router = APIRouter(responses={"default": {"model": ErrorResponse}})
    router.add_api_route(
        "/api/v1/files/{file_id}/{name}",
        _download_from(files, identity),
        methods=["GET"],
        response_class=FileResponse,
        summary="Fetch a file that an answer gave out",
        tags=["chat"],
    )
    return router


def _download_from(files: FileShelf, identity: Identity) -> Callable[..., Any]:
    identify = identify_with(identity)

    async def download(
        file_id: str, name: str, asker: Annotated[Asker, Depends(identify)]
    ) -> FileResponse:
        """The file, for whoever asked for it; to everybody else it does not exist."""
        found = await asyncio.to_thread(files.find, asker.user_id, file_id, name)
        if found is None:
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "not_found",
                "There is no such file among yours.",
                "Ask for the export again; the answer's `files` has its address.",
            )
        return FileResponse(
            found.path,
            media_type=found.media_type,
            filename=name,
            headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
        )

    return download
