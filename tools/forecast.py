"""Where a figure is heading: `forecast_metric`."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pydantic import Field

from data.gold import Gold, GoldError
from data.gold_country import main_country
from data.gold_series import DailyFigure, DailySeries, read_daily
from data.query import Scope
from data.semantic_model import SemanticError
from tools.contract import Filter, Provenance, ToolArgs, ToolContext, ToolResult, Unit
from tools.errors import FinalToolError, RetryableToolError
from tools.forecast_answers import ForecastAnswer
from tools.forecast_cache import ForecastCache, shared_cache
from tools.models.backtest import MIN_DAYS, Outlook, longest_horizon, look_ahead
from tools.models.forecast import LEVEL_PCT, WEEK, ModelName
from tools.models.public_holidays import holiday_offsets
from tools.resolve import mendable_errors, none_match, picture_note
from tools.selected import check_lasting_filters, spoken_filters

__all__ = ["ForecastMetricArgs", "forecast_metric", "warm_forecasts"]

MAX_HORIZON_DAYS: Final = 365
_REACHES: Final = (90, 180, MAX_HORIZON_DAYS)
"""Backtests are made for these horizons and answer every shorter one."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A metric that can be forecast: the series behind it and how it is told."""

    figure: DailyFigure
    label: str
    unit: Unit
    is_flow: bool
    scale: float = 1


_TARGETS: Final[dict[str, _Target]] = {
    "mrr": _Target("mrr", "MRR", "usd", is_flow=False),
    "arr": _Target("mrr", "ARR", "usd", is_flow=False, scale=12),
    "revenue": _Target("revenue", "Revenue", "usd", is_flow=True),
    "active_customers": _Target(
        "active_customers", "The number of active clients", "count", is_flow=False
    ),
    "events": _Target("events", "The number of product events", "count", is_flow=True),
    "tickets": _Target("tickets", "The number of support tickets", "count", is_flow=True),
}
_ALIASES: Final = {"customers": "active_customers"}


class ForecastMetricArgs(ToolArgs):
    """What to forecast, how far ahead, and for which clients."""

    metric: str = Field(
        description="One of mrr, arr, revenue, active_customers, events, tickets.",
    )
    horizon_days: int = Field(default=90, ge=1, le=MAX_HORIZON_DAYS)
    filters: list[Filter] = Field(
        default_factory=list[Filter],
        description="On segment, region, country, industry, plan, account_manager, contract_type.",
    )


def forecast_metric(args: ForecastMetricArgs, context: ToolContext) -> ToolResult:
    """Forecast MRR, ARR, revenue, active customers, events or tickets for the coming days.

    Use for: "where will X be in 60 days?", outlook, projection, expected volume. Revenue, events
    and tickets are summed over the horizon; MRR, ARR and customers are the level at its end. Not
    for the risk of single clients (`predict_churn`) and not for the past (`query_metrics`).
    """
    metric = _metric(args.metric, context.gold)
    target = _TARGETS[metric]
    filters = check_lasting_filters(args.filters, context, "forecast")
    resolved: dict[str, Any] = {
        "metric": metric,
        "horizon_days": args.horizon_days,
        "filters": [asked.model_dump() for asked in filters],
    }
    series = _read(target, filters, context)
    where = spoken_filters(filters, context)
    if series is None:
        return ToolResult(summary=none_match(context.scope, where), args=resolved)
    country = main_country(context.gold, filters, context.scope)
    outlook = _outlook(target, filters, args.horizon_days, series, country, context)
    answer = ForecastAnswer(
        outlook=outlook,
        label=target.label,
        unit=target.unit,
        is_flow=target.is_flow,
        days=args.horizon_days,
        scale=target.scale,
        where=where,
        currency=context.gold.build.currency,
        country=country,
    )
    return ToolResult(
        summary=answer.summary(),
        args=resolved,
        facts=answer.facts(),
        table=answer.table(),
        charts=[answer.chart()],
        provenance=[_provenance(answer, series, context)],
        caveats=[*answer.caveats(), *picture_note(context)],
        suggestions=_suggestions(metric, args.horizon_days),
    )


def warm_forecasts(
    gold: Gold,
    cache: ForecastCache | None = None,
    tell: Callable[[int, int], None] = lambda _made, _wanted: None,
) -> None:
    """Make the company's forecasts up to 90 days ahead before anybody asks for them.

    Args:
        gold: The reader.
        cache: Where they are kept; the process's own by default.
        tell: Told before each forecast how many are made, and of how many.
    """
    figures: list[DailyFigure] = list(dict.fromkeys(t.figure for t in _TARGETS.values()))
    for made, figure in enumerate(figures):
        tell(made, len(figures))
        try:
            series = read_daily(gold, figure, (), Scope())
            country = main_country(gold, (), Scope())
        except GoldError:
            continue
        known = series.since_first() if series else None
        if known and longest_horizon(len(known.values)) >= _REACHES[0]:
            key = _key(gold, figure, (), Scope(), _REACHES[0])
            (cache or shared_cache()).get(key, _fits(known, _REACHES[0], country))


def _metric(word: str, gold: Gold) -> str:
    asked = word.strip().casefold()
    name = _ALIASES.get(asked, asked)
    if name in _TARGETS:
        return name
    try:
        metric = gold.semantic.metric(word)
    except SemanticError as error:
        raise RetryableToolError(f"No figure {word!r} to forecast.", list(_TARGETS)) from error
    name = _ALIASES.get(metric.name, metric.name)
    if name not in _TARGETS:
        raise FinalToolError(
            f"{metric.label} is not forecast. I can forecast MRR, ARR, revenue, active clients, "
            "product events and support tickets."
        )
    return name


def _read(target: _Target, filters: Sequence[Filter], context: ToolContext) -> DailySeries | None:
    with mendable_errors():
        return read_daily(context.gold, target.figure, filters, context.scope)


def _outlook(
    target: _Target,
    filters: Sequence[Filter],
    days: int,
    series: DailySeries,
    country: str | None,
    context: ToolContext,
) -> Outlook:
    known = series.since_first()
    if not any(known.values):
        raise FinalToolError(
            f"{target.label} was zero on every day for these clients, so there is nothing to "
            "carry on."
        )
    most = min(longest_horizon(len(known.values)), MAX_HORIZON_DAYS)
    if not most:
        raise FinalToolError(
            f"{target.label} has {len(known.values)} days of history for these clients. That is "
            f"too short: a forecast that can be tested needs {MIN_DAYS // WEEK} weeks "
            f"({MIN_DAYS} days)."
        )
    if days > most:
        raise FinalToolError(
            f"{len(known.values)} days of history are too short for a forecast of {days} days "
            f"that can be tested. Ask for at most {most} days."
        )
    reach = min(next(reach for reach in _REACHES if reach >= days), most)
    key = _key(context.gold, target.figure, filters, context.scope, reach)

    def tell(model: ModelName) -> None:
        context.tell(f"testing {model} on the past")

    return shared_cache().get(key, _fits(known, reach, country, tell))


def _key(
    gold: Gold, figure: DailyFigure, filters: Sequence[Filter], scope: Scope, reach: int
) -> Hashable:
    chosen = tuple(sorted(asked.model_dump_json() for asked in filters))
    return (str(gold.reader.path), gold.version, figure, chosen, scope, reach)


def _fits(
    series: DailySeries,
    reach: int,
    country: str | None,
    tell: Callable[[ModelName], None] = lambda _model: None,
) -> Callable[[], Outlook]:
    history = np.array(series.values, dtype=np.float64)
    holidays = holiday_offsets(country, series.first, history.size + reach)
    return lambda: look_ahead(history, series.first, reach, holidays=holidays, tell=tell)


def _provenance(answer: ForecastAnswer, series: DailySeries, context: ToolContext) -> Provenance:
    what = "the sum over the horizon" if answer.is_flow else "the level on the last day"
    return Provenance(
        tool="forecast_metric",
        table=series.source,
        as_of=context.gold.as_of,
        rows=answer.outlook.history.size,
        definition=(
            f"Past daily figures carried on, {what}. MASE is the mean absolute error over that of "
            f"repeating last week in the training days. The range should hold {LEVEL_PCT} % of "
            "outcomes. Planned changes and single clients' risk are not known to it."
        ),
        evidence="predicted",
        model_version=answer.served,
    )


def _suggestions(metric: str, days: int) -> list[str]:
    spoken = {"mrr": "MRR", "arr": "ARR", "active_customers": "active customers"}
    other = 30 if days != 30 else 90
    nearby = "active customers" if metric in {"mrr", "arr", "revenue"} else "MRR"
    return [
        f"Forecast {spoken.get(metric, metric)} for the next {other} days",
        f"Forecast {nearby} for the next {days} days",
        "Which clients are most likely to churn?",
    ]
