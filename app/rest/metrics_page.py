"""The page /metrics, for a Prometheus server that signs in as an admin."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from app import metrics
from app.asking import identify_with
from app.failures import ApiError, ErrorResponse
from app.governance.identity import Asker, Identity


def build_metrics_router(identity: Identity) -> APIRouter:
    """Make the route; on this machine alone, without users, nobody needs to sign in."""
    router = APIRouter(responses={"default": {"model": ErrorResponse}})
    router.add_api_route(
        "/metrics",
        _metrics_with(identity),
        response_class=Response,
        summary="Counters for Prometheus (role admin)",
        tags=["operation"],
    )
    return router


def _metrics_with(identity: Identity) -> Callable[..., Any]:
    identify = identify_with(identity)

    async def read_metrics(asker: Annotated[Asker, Depends(identify)]) -> Response:
        """Requests, turns and grounding in Prometheus' text format."""
        if asker.role != "admin":
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "forbidden",
                f"The metrics are open to the role admin, yours is {asker.role}.",
                "Give the scraper an admin's token (`aura users token`).",
            )
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return read_metrics
