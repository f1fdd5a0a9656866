"""The page /docs: the interface described and tried out, with nothing from another host."""

from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

ASSETS: Final = "/docs-assets"
_POLICY: Final = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self' "
    "'unsafe-inline'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
)
"""Swagger UI styles its elements and starts itself inline; everything else is ours."""

_DARK: Final = (
    "<script>document.documentElement.classList.toggle("
    "'dark-mode', matchMedia('(prefers-color-scheme: dark)').matches)</script>"
)
"""Its style sheet has a dark mode that only its larger layout switches on."""


def add_docs(app: FastAPI) -> None:
    """Serve /docs with the Swagger UI that the package `fastapi-swagger` brings along."""
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_swagger", "resources")]), name="docs-assets")
    page = get_swagger_ui_html(
        openapi_url=app.openapi_url or "/openapi.json",
        title=f"{app.title} – REST interface",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon-32x32.png",
        swagger_ui_parameters={
            # its badge would ask a validator elsewhere
            "validatorUrl": None,
            "defaultModelsExpandDepth": 0,
            "displayRequestDuration": True,
            "filter": True,
            "persistAuthorization": False,
        },
    )
    html = bytes(page.body).decode().replace("</head>", f"{_DARK}</head>")
    headers = {"Content-Security-Policy": _POLICY}

    async def docs() -> HTMLResponse:
        return HTMLResponse(html, headers=headers)

    app.add_api_route("/docs", docs, include_in_schema=False)
