"""The ASGI application: pages at /, chat at /chat, REST at /api/v1, health at /healthz."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from app import frontend, wiring
from app.dashboard import build_pages
from app.data_page import build_data_page
from app.governance.secret import load_secret
from app.interface import build_interface
from app.settings import Settings
from app.widget_door import ForeignSites, build_widget_door

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
        parts.refresher.start()
        log.info("serving", host=settings.host, port=settings.port, source=parts.gold.build.source)
        yield
        await asyncio.to_thread(parts.refresher.stop)
        parts.close()

    app = build_interface(settings, parts, lifespan)
    pages = [*build_pages(parts), *build_data_page(parts), *build_widget_door(parts)]
    app.router.routes.extend(pages)
    app.add_middleware(ForeignSites, allowed=settings.allowed_widget_origins)
    _mount_chat(app, settings)
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
    root = frontend.build(settings.home / "chat", settings.allowed_widget_origins)
    given = settings.auth_secret.get_secret_value() if settings.auth_secret else None
    # Chainlit reads its app root and secret from the environment while it is imported.
    os.environ["CHAINLIT_APP_ROOT"] = str(root)  # noqa: TID251
    os.environ["CHAINLIT_AUTH_SECRET"] = load_secret(settings.home, given)  # noqa: TID251
    from chainlit.utils import mount_chainlit  # noqa: PLC0415 - reads the app root when imported

    mount_chainlit(app=app, target=str(CHAT_TARGET), path="/chat")
