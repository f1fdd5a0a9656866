"""What the process counts: requests, turns, and figures that nothing backed (Prometheus)."""

from time import perf_counter
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

_BUILD: Final = Info("aura_build", "What runs here.", registry=REGISTRY)
_REQUESTS: Final = Histogram(
    "aura_http_request_seconds",
    "Seconds from request to the end of its response.",
    ("method", "route", "status"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
_TURNS: Final = Histogram(
    "aura_turn_seconds",
    "Seconds of a chat turn, whatever door it came through.",
    ("model", "kind", "fallback"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
_FIGURES: Final = Counter(
    "aura_figures", "Figures that models wrote in answers.", ("model",), registry=REGISTRY
)
_UNSUPPORTED: Final = Counter(
    "aura_figures_unsupported",
    "Figures that no tool backed; the gate kept them from the page.",
    ("model",),
    registry=REGISTRY,
)
_MISSING: Final = Counter(
    "aura_answers_without_figures",
    "Answers that stated none of the figures their tools found.",
    ("model",),
    registry=REGISTRY,
)


def tell_build(version: str, source: str) -> None:
    """Say what runs here.

    Args:
        version: Of this software.
        source: Whose data it serves.
    """
    _BUILD.info({"version": version, "source": source})


def count_turn(*, model: str, kind: str, fallback: bool, latency_ms: float) -> None:
    """Count one answered turn."""
    _TURNS.labels(model, kind, str(fallback).lower()).observe(latency_ms / 1000)


def count_figures(*, model: str, figures: int, unsupported: int, missing: bool) -> None:
    """Count what the grounding gate saw in one answer."""
    _FIGURES.labels(model).inc(figures)
    _UNSUPPORTED.labels(model).inc(unsupported)
    _MISSING.labels(model).inc(int(missing))


def exposition() -> bytes:
    """Everything counted so far, in Prometheus' text format."""
    return generate_latest(REGISTRY)


class CountRequests:
    """ASGI middleware that times requests by the template of their route, never by their path.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and time it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = perf_counter() - started
            _REQUESTS.labels(method, _route(scope), str(status)).observe(seconds)


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path", None) or "other")
