"""REST: what changed for the worse among the clients in one's scope."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from app.alert_digest import alerts_in_scope, mark_read
from app.asking import Identify, identify_with
from app.failures import ErrorResponse
from app.governance.identity import Asker, Identity
from app.store.alerts import Alerts, StoredAlert
from app.strict_route import StrictRoute
from data.gold import Gold
from tools.models.alerts import AlertKind, Severity

MAX_ALERTS = 1_000


class AlertEntry(BaseModel):
    """One alert.

    `raised_as_of` is the first day it held, `first_seen_at` when a build found it; `seen` is the
    asker's own mark. ARR is in the base currency.
    """

    id: str
    kind: AlertKind
    severity: Severity
    customer_id: str
    name: str
    headline: str
    figures: dict[str, float]
    arr: float | None
    as_of: date
    raised_as_of: date
    first_seen_at: datetime
    seen: bool


class AlertPage(BaseModel):
    """Alerts that hold now, the most severe and largest first."""

    as_of: date
    currency: str
    total: int
    unseen: int
    alerts: list[AlertEntry]


class SeenAlerts(BaseModel):
    """Which alerts were read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: list[Annotated[str, Field(max_length=64)]] | None = Field(
        default=None,
        max_length=MAX_ALERTS,
        description=f"up to {MAX_ALERTS:,} ids; left out: every alert in your scope",
    )


class Marked(BaseModel):
    """How many alerts were unread before."""

    marked: int


def build_alerts_router(alerts: Alerts, gold: Gold, identity: Identity) -> APIRouter:
    """Make the routes; the application also needs `app.failures.install_failures`."""
    router = APIRouter(route_class=StrictRoute, responses={"default": {"model": ErrorResponse}})
    identify = identify_with(identity)
    router.add_api_route(
        "/api/v1/alerts",
        _list_from(alerts, gold, identify),
        response_model=AlertPage,
        summary="Alerts on the clients in your scope",
        tags=["alerts"],
    )
    router.add_api_route(
        "/api/v1/alerts/seen",
        _mark_in(alerts, gold, identify),
        methods=["POST"],
        response_model=Marked,
        summary="Mark alerts as read",
        tags=["alerts"],
    )
    return router


def _list_from(alerts: Alerts, gold: Gold, identify: Identify) -> Callable[..., Any]:
    async def list_alerts(
        asker: Annotated[Asker, Depends(identify)],
        kind: Annotated[AlertKind | None, Query()] = None,
        since: Annotated[date | None, Query(description="first raised on or after")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_ALERTS)] = 100,
    ) -> AlertPage:
        """What holds in the data that serve: who got worse, and by how much."""
        found = await asyncio.to_thread(
            alerts_in_scope, alerts, gold, asker, kind=kind, since=since
        )
        return _page(found, limit, gold)

    return list_alerts


def _page(found: Sequence[StoredAlert], limit: int, gold: Gold) -> AlertPage:
    return AlertPage(
        as_of=gold.as_of,
        currency=gold.build.currency,
        total=len(found),
        unseen=sum(not stored.seen for stored in found),
        alerts=[_entry(stored) for stored in found[:limit]],
    )


def _entry(stored: StoredAlert) -> AlertEntry:
    alert = stored.alert
    return AlertEntry(
        id=stored.id,
        kind=alert.kind,
        severity=alert.severity,
        customer_id=alert.customer_id,
        name=alert.name,
        headline=alert.headline,
        figures=alert.figures,
        arr=alert.arr,
        as_of=alert.as_of,
        raised_as_of=stored.raised_as_of,
        first_seen_at=stored.first_seen_at,
        seen=stored.seen,
    )


def _mark_in(alerts: Alerts, gold: Gold, identify: Identify) -> Callable[..., Any]:
    async def mark_seen(body: SeenAlerts, asker: Annotated[Asker, Depends(identify)]) -> Marked:
        """Yours alone: others still find them unread. Ids out of your scope count as unknown."""
        marked = await asyncio.to_thread(mark_read, alerts, gold, asker, body.ids)
        return Marked(marked=marked)

    return mark_seen
