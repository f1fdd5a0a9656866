"""The pages: the overview at /, a client at /customers/{id}, and what they load."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from app.failures import OUTAGES, ErrorBody, unavailable, unexpected
from app.governance.identity import Asker, IdentityError
from app.pages import at_risk, client, overview
from app.pages.asking import asker_of
from app.pages.assets import PREFIX
from app.pages.charts import Fragment
from app.pages.client_advice import client_advice
from app.pages.filters import read_filters
from app.pages.frame import frame_of, widget_for
from app.pages.guards import PageHeaders, to_sign_in
from app.pages.keeping import Kept
from app.pages.notice import Notice
from app.pages.overview_charts import forecast_chart
from app.pages.rendering import PRIVATE, assets, page_response, render
from app.wiring import Parts
from tools.contract import ToolContext

Page = Callable[[Request, Asker, ToolContext], Any]
"""A blocking view: it runs in a thread and returns a response."""

FOR_GOOD = "public, max-age=31536000, immutable"


def build_pages(parts: Parts) -> Sequence[BaseRoute]:
    """Make the routes of the pages; each is compressed and guarded on its own."""
    kept = Kept()
    views: dict[str, Page] = {
        "/": partial(_overview, parts, kept),
        "/at-risk.csv": _at_risk_csv,
        "/customers/{customer_id}": partial(_client, parts, kept),
        "/pages/forecast": _forecast,
        "/pages/customers/{customer_id}/advice": _advice,
    }
    around = [Middleware(PageHeaders), Middleware(GZipMiddleware, minimum_size=1_000)]
    routes: list[BaseRoute] = [
        Route(path, page_endpoint(parts, view), methods=["GET"], middleware=around)
        for path, view in views.items()
    ]
    routes.append(Route(f"{PREFIX}/{{version}}/{{name:path}}", _asset, methods=["GET"]))
    return routes


def page_endpoint(parts: Parts, view: Page) -> Callable[[Request], Awaitable[Response]]:
    """Run a view for whoever is signed in; others are sent to the sign-in page."""

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(_guarded, parts, view, request)

    return endpoint


def _guarded(parts: Parts, view: Page, request: Request) -> Response:
    try:
        asker = asker_of(parts, request.headers.get("authorization"), request.cookies)
    except IdentityError as error:
        return PlainTextResponse(str(error), HTTPStatus.UNAUTHORIZED.value)
    if asker is None:
        return to_sign_in(request)
    try:
        return view(request, asker, parts.turns.tool_context(asker))
    except OUTAGES as error:
        return _sorry(HTTPStatus.SERVICE_UNAVAILABLE, unavailable(str(error)).body)
    except Exception as error:  # noqa: BLE001 -- a person reads a page, not JSON
        return _sorry(HTTPStatus.INTERNAL_SERVER_ERROR, unexpected(error, path=request.url.path))


def _sorry(status: HTTPStatus, body: ErrorBody) -> Response:
    return PlainTextResponse(f"{body.message}\n{body.hint}", status.value)


def _overview(
    parts: Parts, kept: Kept, request: Request, asker: Asker, context: ToolContext
) -> Response:
    page = overview.overview(request.query_params, context, kept)
    shown = {"page": "/", "segment": page.filters.chosen.get("segment")}
    widget = widget_for(parts, asker, shown, overview.STARTERS)
    return page_response("overview.html", page, frame_of(parts, asker, "/", widget))


def _client(
    parts: Parts, kept: Kept, request: Request, asker: Asker, context: ToolContext
) -> Response:
    customer_id = request.path_params["customer_id"]
    key = ("client", context.scope, context.role, customer_id)
    page = kept.get(context.gold, key, lambda: client.client_page(customer_id, context))
    if page is None:
        return _not_found(parts, asker)
    shown = {"page": request.url.path, "customer_id": customer_id}
    starters = tuple(question for _, question in page.questions)
    widget = widget_for(parts, asker, shown, starters)
    return page_response("client.html", page, frame_of(parts, asker, request.url.path, widget))


def _not_found(parts: Parts, asker: Asker) -> Response:
    """The same words for a client who does not exist and one outside the asker's scope."""
    notice = Notice(
        title="No such client",
        text="There is no such client among the clients you can see.",
    )
    return page_response("notice.html", notice, frame_of(parts, asker, ""), HTTPStatus.NOT_FOUND)


def _forecast(request: Request, _asker: Asker, context: ToolContext) -> Response:
    filters = read_filters(request.query_params, context.gold, context.scope)
    fragment = Fragment(forecast_chart(context, filters.filters))
    return HTMLResponse(render("forecast.html", fragment), headers=PRIVATE)


def _advice(request: Request, _asker: Asker, context: ToolContext) -> Response:
    advice = client_advice(request.path_params["customer_id"], context)
    if advice is None:
        return Response(status_code=HTTPStatus.NOT_FOUND.value)
    return HTMLResponse(render("advice.html", advice), headers=PRIVATE)


def _at_risk_csv(request: Request, _asker: Asker, context: ToolContext) -> Response:
    filters = read_filters(request.query_params, context.gold, context.scope)
    sort = request.query_params.get("sort", at_risk.DEFAULT_SORT)
    lines = at_risk.risk_csv(
        context, filters.filters, sort=sort if sort in at_risk.SORTS else at_risk.DEFAULT_SORT
    )
    name = f"clients-at-risk-{context.gold.as_of.isoformat()}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type="text/csv", headers={**PRIVATE, **disposition})


async def _asset(request: Request) -> Response:
    found = await asyncio.to_thread(
        assets().find, request.path_params["version"], request.path_params["name"]
    )
    if found is None:
        return PlainTextResponse("No such file.", HTTPStatus.NOT_FOUND.value)
    headers = {
        "Cache-Control": FOR_GOOD,
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if found.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.compressed, media_type=found.media_type, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
