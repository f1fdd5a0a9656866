"""The clients whose next best action is worth most."""

from typing import Final

from data.gold_interventions import read_candidates
from tools.best_actions import evidence_here, weigh
from tools.contract import ToolContext
from tools.models.frames import column, numbers
from tools.resolve import mendable_errors

__all__ = ["worth_most"]

_CHUNK_ROWS: Final = 200
"""Clients weighed at a time."""


def worth_most(context: ToolContext, count: int) -> list[str]:
    """Find the clients in scope whose action has the highest expected net value, the highest first.

    An action keeps at most the ARR that is at risk: once that is below what was found, no further
    client needs weighing.

    Args:
        context: Who asks.
        count: How many; there are fewer where fewer actions pay.

    Raises:
        NothingKnown: No strategy to choose from has a known effect.
        FinalToolError: The data cannot answer.
    """
    with mendable_errors():
        rows = read_candidates(context.gold, [], context.scope)
    at_risk = numbers(rows, "arr_at_risk")
    evidence = evidence_here(context) if len(rows) else []
    best: list[tuple[float, str]] = []
    for start in range(0, len(rows), _CHUNK_ROWS):
        if len(best) == count and -best[-1][0] >= at_risk[start]:
            break
        chunk = rows.iloc[start : start + _CHUNK_ROWS]
        choices = weigh(chunk, evidence, context).choices
        for key, choice in zip(column(chunk, "customer_id"), choices, strict=True):
            if choice.best is not None and choice.is_valued:
                best.append((-choice.net_usd[choice.best], str(key)))
        best = sorted(best)[:count]
    return [key for _, key in best]
