"""Figures of the past and the future: key figures, churn with its reasons, forecasts."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator, Field

from app.asking import Identify
from app.governance.identity import Asker
from app.rest.answers import RenderChart, ToolAnswer
from app.rest.queries import ClientFilters, Order, PeriodQuery, QueryModel, Word, any_of
from app.rest.tool_door import ClientId, ToolDoor
from data.query import Grain
from tools.churn import HorizonDays, PredictChurnArgs, predict_churn
from tools.explain import ExplainChurnArgs, explain_churn
from tools.forecast import MAX_HORIZON_DAYS, ForecastMetricArgs, forecast_metric
from tools.metrics import QueryMetricsArgs, query_metrics

HEADLINES: Final = (
    *("customers", "mrr", "arr", "nrr", "grr", "logo_churn_rate"),
    *("customers_at_risk", "arr_at_risk", "avg_health_score"),
)


def _whole(text: object) -> object:
    """A query string holds texts, and a closed set of numbers does not take them."""
    return int(text) if isinstance(text, str) and text.isdecimal() else text


class KpisQuery(ClientFilters, PeriodQuery, Order):
    """Which figures, over whom, when, split and ordered how."""

    metrics: list[Word] = Field(
        default=[*HEADLINES],
        min_length=1,
        max_length=40,
        description="Metric names, e.g. mrr; repeat for several. The headline figures by default.",
    )
    dimensions: list[Word] = Field(
        default_factory=list[Word],
        max_length=4,
        description="What to split by, e.g. segment; repeat for several.",
    )
    product: list[Word] = any_of("Product")
    health_band: list[Word] = any_of("healthy, watch or at_risk")
    churn_risk: list[Word] = any_of("low, medium or high")
    status: list[Word] = any_of("active or churned")
    grain: Grain | None = Field(default=None, description="Time step of a trend, e.g. month.")
    compare_to: Literal["previous_period", "previous_year"] | None = Field(
        default=None, description="Adds the earlier value and the change."
    )
    limit: int | None = Field(default=None, ge=1, le=1000, description="Groups to return.")


class ForecastQuery(ClientFilters):
    """What to forecast, how far ahead, for which clients."""

    metric: Word = Field(
        default="mrr",
        description="mrr, arr, revenue, active_customers, events or tickets.",
    )
    horizon_days: int = Field(default=90, ge=1, le=MAX_HORIZON_DAYS, description="Days ahead.")


class ChurnQuery(QueryModel):
    """How far ahead."""

    horizon_days: Annotated[HorizonDays, BeforeValidator(_whole)] = Field(
        default=90, description="30, 60 or 90 days ahead."
    )


def add_figure_routes(
    router: APIRouter, door: ToolDoor, identify: Identify, render: RenderChart
) -> None:
    """Make the routes for /kpis, /churn and /forecast."""
    for path, endpoint, summary in (
        ("/kpis", _kpis_with(door, identify, render), "Compute key figures"),
        ("/churn/{customer_id}", _churn_with(door, identify, render), "How likely a client leaves"),
        (
            "/churn/{customer_id}/explanation",
            _reasons_with(door, identify, render),
            "Why a client is at risk",
        ),
        ("/forecast", _forecast_with(door, identify, render), "Forecast a figure"),
    ):
        router.add_api_route(
            f"/api/v1{path}",
            endpoint,
            response_model=ToolAnswer,
            summary=summary,
            tags=["figures"],
        )


def _kpis_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def kpis(
        asked: Annotated[KpisQuery, Query()], asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """Totals, trends, breakdowns, comparisons and rankings.

        A flow or a rate asked without a period takes the last full month; `provenance` has each
        figure's definition, `facts` its value.
        """
        args = QueryMetricsArgs(
            metrics=asked.metrics,
            dimensions=asked.dimensions,
            filters=asked.filters(),
            period=asked.period(),
            grain=asked.grain,
            compare_to=asked.compare_to,
            order_by=asked.order(),
            limit=asked.limit,
        )
        return ToolAnswer.of(await door.call(query_metrics, args, asker), render)

    return kpis


def _churn_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def churn(
        customer_id: ClientId,
        asked: Annotated[ChurnQuery, Query()],
        asker: Annotated[Asker, Depends(identify)],
    ) -> ToolAnswer:
        """Calibrated probability with its interval, risk band and expected loss of one client."""
        args = PredictChurnArgs(customer=customer_id, horizon_days=asked.horizon_days)
        called = await door.call(predict_churn, args, asker, client=customer_id)
        return ToolAnswer.of(called, render)

    return churn


def _reasons_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def churn_explanation(
        customer_id: ClientId, asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """The drivers of one client's risk; `base_margin` + Σ `contribution:…` = `margin`."""
        args = ExplainChurnArgs(customer=customer_id)
        called = await door.call(explain_churn, args, asker, client=customer_id)
        return ToolAnswer.of(called, render)

    return churn_explanation


def _forecast_with(door: ToolDoor, identify: Identify, render: RenderChart) -> Callable[..., Any]:
    async def forecast(
        asked: Annotated[ForecastQuery, Query()], asker: Annotated[Asker, Depends(identify)]
    ) -> ToolAnswer:
        """A forecast with its interval, and the backtest that chose the method.

        Under conditions or a scope it is made for those clients, never for the whole company.
        """
        args = ForecastMetricArgs(
            metric=asked.metric, horizon_days=asked.horizon_days, filters=asked.filters()
        )
        return ToolAnswer.of(await door.call(forecast_metric, args, asker), render)

    return forecast
