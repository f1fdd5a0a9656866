"""The ASGI application: chat at /chat, REST at /api/v1, health at /healthz."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app import frontend, wiring
from app.api import ApiParts, build_router
from app.failures import install_failures
from app.files_api import build_files_router
from app.governance.secret import load_secret
from app.settings import LOOPBACK_HOSTS, Settings

CHAT_TARGET = Path(__file__).with_name("chat.py")

log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """Build the application: one process, and everything a page loads is served from here.

    Raises:
        NotReadyError: Nothing is prepared yet, or others could reach it without signing in.
    """
    parts = wiring.build(settings)
    _refuse_open_doors(settings, parts)
    wiring.use(parts)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        warming = asyncio.create_task(parts.warm_up())
        log.info("serving", host=settings.host, port=settings.port, source=parts.gold.build.source)
        yield
        await asyncio.wait([warming])
        parts.close()

    app = FastAPI(title="Aura", docs_url=None, redoc_url=None, lifespan=lifespan)
    if settings.is_local:
        # A foreign page that points its own name at this machine is not answered.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=sorted(LOOPBACK_HOSTS))
    install_failures(app)
    app.include_router(
        build_router(
            ApiParts(
                turns=parts.turns,
                identity=parts.identity,
                audit=parts.audit,
                checks={
                    "database": parts.database.check,
                    "warehouse": lambda: f"as of {parts.gold.as_of}",
                },
            )
        )
    )
    app.include_router(build_files_router(parts.files, parts.identity))
    _mount_chat(app, settings)
    app.add_api_route("/", _to_chat, include_in_schema=False)
    return app


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until interrupted."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
    )


async def _to_chat() -> RedirectResponse:
    return RedirectResponse("/chat")


def _refuse_open_doors(settings: Settings, parts: wiring.Parts) -> None:
    if settings.is_local:
        return
    missing = [
        what
        for what, is_there in (
            ("the setting CHAINLIT_AUTH_SECRET", settings.auth_secret is not None),
            ("a user (`aura users add NAME --role ROLE`)", parts.users.exist()),
        )
        if not is_there
    ]
    if missing:
        raise wiring.NotReadyError(
            f"{settings.host} can be reached by others, so this is needed first: "
            f"{' and '.join(missing)}"
        )


def _mount_chat(app: FastAPI, settings: Settings) -> None:
    root = frontend.build(settings.home / "chat")
    given = settings.auth_secret.get_secret_value() if settings.auth_secret else None
    # Chainlit reads its app root and secret from the environment while it is imported.
    os.environ["CHAINLIT_APP_ROOT"] = str(root)  # noqa: TID251
    os.environ["CHAINLIT_AUTH_SECRET"] = load_secret(settings.home, given)  # noqa: TID251
    from chainlit.utils import mount_chainlit  # noqa: PLC0415 - reads the app root when imported

    mount_chainlit(app=app, target=str(CHAT_TARGET), path="/chat")
