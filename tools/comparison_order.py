"""Whom each of several strategies treats first with a budget, and how that is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from tools.candidates import Population
from tools.contract import Fact, Provenance, ToolContext
from tools.models.frames import rows_where
from tools.models.proof import LEAST_LEAVERS, LEAST_PER_ARM
from tools.strategies import spoken
from tools.strategy_evidence import Evidence
from tools.targeting import ORDER_WORDS, Ranking, Targeting, rank
from tools.wording import join_words

__all__ = ["Order", "order_clients"]

_BY_VALUE: Final = (
    "The budget goes to the clients for whom it saves most for its cost; clients for whom the cost "
    "exceeds the expected saving are left out."
)
_ALL_TREATED: Final = (
    "Without a budget every client is treated, so it changes nothing who comes first."
)


@dataclass(frozen=True, slots=True)
class Order:
    """The clients of each strategy.

    Attributes:
        rows: By strategy the clients its effect is known for, the first to treat first.
        is_given: The budget is spent in this order; else on those for whom it buys most.
        caveats: Who comes first, and why.
        facts: What the tests say of ranking by who responds, where that was asked for.
        provenance: Those tests.
    """

    rows: Mapping[str, pd.DataFrame]
    is_given: bool = False
    caveats: Sequence[str] = ()
    facts: list[Fact] = field(default_factory=list[Fact])
    provenance: list[Provenance] = field(default_factory=list[Provenance])


def order_clients(
    evidence: Sequence[Evidence],
    population: Population,
    targeting: Targeting | None,
    budget: float | None,
    context: ToolContext,
) -> Order:
    """Put the clients of each strategy in the order asked for.

    Args:
        evidence: One a strategy.
        population: The clients that match.
        targeting: The order; None for the highest expected net value.
        budget: The most that may be spent; without one everybody is treated.
        context: Where the tests are read from.
    """
    rows = {
        each.strategy: rows_where(population.rows, each.covers(population.rows))
        for each in evidence
    }
    if budget is None:
        return Order(rows, caveats=[_ALL_TREATED] if targeting else [])
    if targeting is None:
        return Order(rows, caveats=[_BY_VALUE])
    rankings = {
        strategy: rank(clients, targeting, strategy, "compare_strategies", context)
        for strategy, clients in rows.items()
        if len(clients)
    }
    return Order(
        rows=rows | {strategy: ranking.rows for strategy, ranking in rankings.items()},
        is_given=True,
        caveats=[_first(targeting), *_proofs(rankings)],
        facts=[
            fact.model_copy(update={"name": f"{strategy}:{fact.name}"})
            for strategy, ranking in rankings.items()
            for fact in ranking.facts
        ],
        provenance=_tests(rankings),
    )


def _first(targeting: Targeting) -> str:
    who = f"the clients with {ORDER_WORDS[targeting]}"
    if targeting == "uplift":
        who += " where its own test proves that order, else those with the highest churn risk"
    return (
        f"Each strategy treats first {who}, as far as the budget goes, also clients for whom the "
        "cost exceeds the expected saving. No mix of strategies is looked for in a given order."
    )


def _proofs(rankings: Mapping[str, Ranking]) -> list[str]:
    """For which strategies it is proved who responds, and why not for the others."""
    asked = {name: each for name, each in rankings.items() if each.proof is not None}
    proved = [each.note for each in asked.values() if each.used == "uplift" and each.note]
    others = {name: each.proof for name, each in asked.items() if each.used != "uplift"}
    untested = [spoken(n) for n, proof in others.items() if proof and proof.beyond_risk is None]
    unproved = [spoken(n) for n, proof in others.items() if proof and proof.beyond_risk is not None]
    said = list(proved)
    if unproved:
        said.append(
            "Ranking by who responds did not beat ranking by risk in the randomised test of "
            f"{join_words(unproved)}: there the clients with the highest churn risk come first."
        )
    if untested:
        said.append(
            f"Who responds to {join_words(untested)} is not known: that takes a randomised test "
            f"with known outcomes of {LEAST_PER_ARM} clients in each arm, {LEAST_LEAVERS} of them "
            "lost. There the clients with the highest churn risk come first."
        )
    return said


def _tests(rankings: Mapping[str, Ranking]) -> list[Provenance]:
    """The tests of all strategies as one source."""
    sources = [source for ranking in rankings.values() for source in ranking.provenance]
    if not sources:
        return []
    rows = sum(source.rows for source in sources)
    return [sources[0].model_copy(update={"rows": rows})]
