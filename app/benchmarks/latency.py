"""`aura bench latency`: what a turn and its parts cost on this machine."""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from app.agent.context import PageContext
from app.agent.events import Token
from app.benchmarks.machine import Timing, timing
from app.evaluation.cases import OWN_CASES, Binding, SkipCase, load_cases
from app.wiring import Parts
from data.query import Scope
from data.truth import Truth
from tools.models.rules import load_default

ROUNDS = 3
CLIENTS = 50


def latency(parts: Parts) -> list[Timing]:
    """Time whole turns over the project's own questions, then single clients."""
    parts.turns.warm_up()
    turns, first_tokens = asyncio.run(_turns(parts, _questions(parts)))
    features = parts.gold.features(Scope()).head(CLIENTS)
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in features.to_dict("records")
    ]
    book = load_default()
    churn = parts.churn
    singles = [features.iloc[[n]] for n in range(len(features))]
    return [
        timing("turn, built-in planner", turns),
        timing("first words of a turn", first_tokens),
        timing("rules, one client", _each(rows, book.evaluate)),
        timing("churn score, one client", _each(singles, churn.predict)),
        timing("SHAP, one client", _each(singles, churn.explain)),
    ]


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
    times: list[float] = []
    for item in items:
        start = perf_counter()
        work(item)
        times.append(1000 * (perf_counter() - start))
    return times
