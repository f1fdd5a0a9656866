"""The REST interface as one application: every route outside the pages and the chat."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import metadata

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app import metrics
from app.alerts_api import build_alerts_router
from app.api import ApiParts, build_router
from app.failures import install_failures
from app.files_api import build_files_router
from app.render import plotly_spec
from app.rest.docs_page import add_docs
from app.rest.intake import Intake
from app.rest.metrics_page import build_metrics_router
from app.rest.routes import RestParts, build_rest_router
from app.rest.tool_door import ToolDoor
from app.settings import LOOPBACK_HOSTS, Settings
from app.store.interventions import Interventions
from app.wiring import Parts

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

DESCRIPTION = (
    "Ask in plain language, or fetch figures, clients, forecasts and advice as data. Every answer "
    "comes from the same tools as the chat, within your own scope, and says where its figures "
    "come from."
)

GROUPS = {
    "chat": "Questions in plain language, and the files that answers give out.",
    "customers": "Clients: lists, one in full, and drafts to them.",
    "figures": "Key figures, churn with its reasons, forecasts.",
    "decisions": "What to do, what it would bring, what it brought, and that it was done.",
    "alerts": "What changed for the worse.",
    "data": "What is loaded, and more of it.",
    "governance": "Who did what.",
    "operation": "Whether and how the service runs.",
}


def build_interface(settings: Settings, parts: Parts, lifespan: Lifespan | None = None) -> FastAPI:
    """Make the application; pages and chat are added by the server.

    Args:
        settings: Where to serve, and how much is taken in.
        parts: The long-lived objects.
        lifespan: What starts and ends with the server.
    """
    version = metadata.version("aura")
    metrics.tell_build(version, parts.gold.build.source)
    app = FastAPI(
        title="Aura",
        version=version,
        description=DESCRIPTION,
        openapi_tags=[{"name": name, "description": text} for name, text in GROUPS.items()],
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(metrics.CountRequests)
    if settings.is_local:
        # A foreign page that points its own name at this machine is not answered.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=sorted(LOOPBACK_HOSTS))
    install_failures(app)
    app.include_router(build_router(_api_parts(parts)))
    app.include_router(build_files_router(parts.files, parts.identity))
    app.include_router(build_rest_router(_rest_parts(settings, parts)))
    app.include_router(build_alerts_router(parts.alerts, parts.gold, parts.identity))
    app.include_router(build_metrics_router(parts.identity))
    add_docs(app)
    return app


def _api_parts(parts: Parts) -> ApiParts:
    return ApiParts(
        turns=parts.turns,
        identity=parts.identity,
        audit=parts.audit,
        checks={
            "database": parts.database.check,
            "warehouse": lambda: _warehouse(parts),
            "refresh": lambda: parts.refresher.status.words,
        },
    )


def _rest_parts(settings: Settings, parts: Parts) -> RestParts:
    return RestParts(
        door=ToolDoor(
            gold=parts.gold,
            churn=parts.churn,
            playbooks=parts.library,
            files=parts.files,
            audit=parts.audit,
            drafts=parts.drafts,
            mailer=parts.mailer,
        ),
        interventions=Interventions(parts.database),
        intake=Intake(
            home=settings.home,
            source=lambda: parts.gold.build.source,
            max_bytes=settings.max_upload_mb * 1_000_000,
            rebuilds=parts.refresher,
        ),
        identity=parts.identity,
        render=plotly_spec,
    )


def _warehouse(parts: Parts) -> str:
    as_of = f"as of {parts.gold.as_of}"
    problem = parts.gold.reader.problem
    return as_of if problem is None else f"{as_of}; the newer file is not used: {problem}"
