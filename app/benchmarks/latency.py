"""`aura bench latency`: what a turn and its parts cost on this machine."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Any, Final

import pandas as pd

from app.agent.context import PageContext
from app.agent.events import Token
from app.benchmarks.machine import Timing, timing
from app.evaluation.cases import OWN_CASES, Binding, SkipCase, load_cases
from app.wiring import Parts
from data.query import Filter, Scope
from data.truth import Truth
from tools.comparison import CompareStrategiesArgs, compare_strategies
from tools.contract import ToolContext
from tools.forecast import ForecastMetricArgs, forecast_metric
from tools.models.frames import column
from tools.recommend import RecommendActionArgs, recommend_action
from tools.rule_book import rule_book
from tools.simulation import SimulateStrategyArgs, simulate_strategy
from tools.strategies import known_strategies

ROUNDS: Final = 3
CLIENTS: Final = 50
COMPARISONS: Final = 3
FORECASTS: Final = ("mrr", "events")
_COLD_SECONDS: Final = 30.0
"""After so long no further slice is forecast for the first time."""


def latency(parts: Parts) -> list[Timing]:
    """Time decisions and forecasts, whole turns over the project's own questions, then clients."""
    parts.turns.warm_up()
    context = parts.turns.tool_context(parts.identity.identify(None))
    decided = [*_forecasts(context), *_decisions(context)]
    turns, first_tokens = asyncio.run(_turns(parts, _questions(parts)))
    return [
        timing("turn, built-in planner", turns),
        timing("first words of a turn", first_tokens),
        *_single_clients(parts, parts.gold.features(Scope()).head(CLIENTS)),
        *decided,
    ]


def _single_clients(parts: Parts, features: pd.DataFrame) -> list[Timing]:
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in features.to_dict("records")
    ]
    book, churn = rule_book(parts.gold), parts.churn
    singles = [features.iloc[[n]] for n in range(len(features))]
    return [
        timing("rules, one client", _each(rows, book.evaluate)),
        timing("churn score, one client", _each(singles, churn.predict)),
        timing("SHAP, one client", _each(singles, churn.explain)),
    ]


def _decisions(context: ToolContext) -> list[Timing]:
    """Strategies over a segment each, and the next action of single clients."""
    slices, names = _slices(context), known_strategies(context)
    simulations = [
        SimulateStrategyArgs(strategy=name, filters=filters) for filters in slices for name in names
    ]
    comparisons = [CompareStrategiesArgs(filters=filters) for filters in slices] * COMPARISONS
    clients = column(context.gold.features(context.scope), "customer_id").head(CLIENTS)
    advices = [RecommendActionArgs(customer=str(key)) for key in clients]
    return [
        timing(
            "simulate_strategy, a segment",
            _each(simulations, lambda args: simulate_strategy(args, context)),
        ),
        timing(
            "compare_strategies, a segment",
            _each(comparisons, lambda args: compare_strategies(args, context)),
        ),
        timing(
            "recommend_action, one client",
            _each(advices, lambda args: recommend_action(args, context)),
        ),
    ]


def _forecasts(context: ToolContext) -> list[Timing]:
    """First and later forecasts of slices; the imports of the first of all count nowhere."""

    def forecast(args: ForecastMetricArgs) -> object:
        return forecast_metric(args, context)

    forecast(ForecastMetricArgs(metric="revenue"))
    asked = [
        ForecastMetricArgs(metric=metric, filters=filters)
        for filters in _slices(context)
        for metric in FORECASTS
    ]
    cold = list(_until(_COLD_SECONDS, asked, forecast))
    return [
        timing("forecast, first of a slice", cold),
        timing("forecast, made before", _each(asked[: len(cold)] * COMPARISONS, forecast)),
    ]


def _slices(context: ToolContext) -> list[list[Filter]]:
    """Each segment, or all clients where there is none."""
    segments = context.gold.values("segment", context.scope)
    return [[Filter(dimension="segment", value=name)] for name in segments] or [[]]


def _questions(parts: Parts) -> list[str]:
    questions: list[str] = []
    with Truth(parts.settings.home / "warehouse.duckdb") as truth:
        for case in load_cases(OWN_CASES):
            binding = Binding(truth.rows, parts.gold.as_of)
            try:
                questions.append(binding.text(case.turns[0].user))
            except SkipCase:
                continue
    return questions


async def _turns(parts: Parts, questions: Sequence[str]) -> tuple[list[float], list[float]]:
    asker = parts.identity.identify(None)
    whole: list[float] = []
    first: list[float] = []
    for question in list(questions) * ROUNDS:
        start = perf_counter()
        seen = False
        async for event in parts.turns.run_turn(asker, question, None, PageContext(page="bench")):
            if isinstance(event, Token) and not seen:
                first.append(1000 * (perf_counter() - start))
                seen = True
        whole.append(1000 * (perf_counter() - start))
    return whole, first


def _each(items: Sequence[Any], work: Callable[[Any], Any]) -> list[float]:
    work(items[0])
    return [_milliseconds(item, work) for item in items]


def _until(seconds: float, items: Sequence[Any], work: Callable[[Any], Any]) -> Iterable[float]:
    """Time items one by one until the time is up; one at the least."""
    start = perf_counter()
    for item in items:
        yield _milliseconds(item, work)
        if perf_counter() - start > seconds:
            return


def _milliseconds(item: Any, work: Callable[[Any], Any]) -> float:
    start = perf_counter()
    work(item)
    return 1000 * (perf_counter() - start)
