"""All routes under /api/v1 but the chat's own: one file a noun, one way to the tools."""

from dataclasses import dataclass

from fastapi import APIRouter

from app.asking import identify_with
from app.failures import ErrorResponse
from app.governance.identity import Identity
from app.rest.answers import RenderChart
from app.rest.customers import add_customer_routes
from app.rest.decisions import add_decision_routes
from app.rest.drafts import add_draft_routes
from app.rest.figures import add_figure_routes
from app.rest.ingestion import add_data_routes
from app.rest.intake import Intake
from app.rest.tool_door import ToolDoor
from app.store.interventions import Interventions
from app.strict_route import StrictRoute


@dataclass(frozen=True, slots=True)
class RestParts:
    """What the routes need.

    Attributes:
        door: Calls the tools.
        interventions: Where actions are written.
        intake: Where files go.
        identity: Tells who asks.
        render: Draws charts.
    """

    door: ToolDoor
    interventions: Interventions
    intake: Intake
    identity: Identity
    render: RenderChart


def build_rest_router(parts: RestParts) -> APIRouter:
    """Make the routes; the application also needs `app.failures.install_failures`."""
    router = APIRouter(route_class=StrictRoute, responses={"default": {"model": ErrorResponse}})
    identify = identify_with(parts.identity)
    add_customer_routes(router, parts.door, identify, parts.render)
    add_draft_routes(router, parts.door, identify, parts.render)
    add_figure_routes(router, parts.door, identify, parts.render)
    add_decision_routes(router, parts.door, parts.interventions, identify, parts.render)
    add_data_routes(router, parts.door, parts.intake, identify)
    return router
