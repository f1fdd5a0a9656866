"""Which strategy serves a group best, and the best use of a budget: `compare_strategies`."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from tools.candidates import Population, read_population
from tools.comparison_order import order_clients
from tools.contract import Fact, Filter, Scalar, ToolArgs, ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.judged import churn_caveat
from tools.simulation_answers import look_back, outcome_facts, strategy_row, strategy_table
from tools.simulation_ranking import (
    Tried,
    by_grade,
    net_chart,
    ranking_caveats,
    ranking_facts,
    ranking_sentences,
)
from tools.simulation_sources import nobody_to_treat, simulation_provenance
from tools.strategies import Named, known_strategies, playbook_note, resolve_strategy, spoken
from tools.strategy_evidence import Evidence, evidence_of_all, evidence_where_known
from tools.strategy_mix import best_mix, try_strategy
from tools.targeting import Targeting
from tools.wording import join_words

__all__ = ["CompareStrategiesArgs", "compare_strategies"]

_TOOL: Final = "compare_strategies"


class CompareStrategiesArgs(ToolArgs):
    """Which strategies (none = all), on whom, and what may be spent on whom first."""

    strategies: list[str] = Field(default_factory=list[str], max_length=20)
    filters: list[Filter] = Field(default_factory=list[Filter])
    budget: float | None = Field(default=None, gt=0, description="The most that may be spent.")
    targeting: Targeting | None = Field(
        default=None,
        description="Whom each strategy treats first when the budget does not reach all, as in "
        "simulate_strategy. Left out: the clients for whom it has the highest expected net value.",
    )


def compare_strategies(args: CompareStrategiesArgs, context: ToolContext) -> ToolResult:
    """Compare strategies for a group, or find the best use of a budget.

    Use for: "which strategy saves the most", "rank strategies by ROI", "we have $20,000". Not for
    a single strategy (`simulate_strategy`). Give targeting only when the person says who comes
    first.
    """
    named = _named(args, context)
    gather = evidence_of_all if args.strategies else evidence_where_known
    evidence = gather(named, context)
    population = read_population(args.filters, context)
    resolved: dict[str, Any] = {
        "strategies": [each.strategy for each in evidence],
        "filters": [f.model_dump() for f in population.filters],
    }
    if args.budget is not None:
        resolved["budget"] = args.budget
    if args.targeting is not None:
        resolved["targeting"] = args.targeting
    if population.size == 0:
        return nobody_to_treat(
            resolved, population.none_words(context.scope), evidence, _TOOL, context
        )
    order = order_clients(evidence, population, args.targeting, args.budget, context)
    tried = by_grade(
        [
            try_strategy(each, order.rows[each.strategy], args.budget, in_order=order.is_given)
            for each in evidence
        ],
        args.budget,
    )
    mix = None
    if args.budget is not None and not order.is_given:
        mix = best_mix(tried, population, args.budget)
    currency = context.gold.build.currency
    return ToolResult(
        summary=ranking_sentences(tried, mix, population.words(), args.budget, currency),
        args=resolved,
        facts=[
            Fact(name="customers", value=population.size, unit="count"),
            *ranking_facts(tried, mix),
            *(
                fact
                for each in tried
                if each.outcome is not None
                for fact in outcome_facts(each.outcome, f"{each.evidence.strategy}:")
            ),
            *order.facts,
        ],
        table=strategy_table(
            [_row(each) for each in tried], _title(population, args.budget, currency)
        ),
        charts=[net_chart(tried)],
        provenance=[
            *simulation_provenance(_TOOL, evidence, population.size, context),
            *order.provenance,
        ],
        caveats=[
            *ranking_caveats(tried, population.size),
            *order.caveats,
            *_unweighed(named, evidence),
            *population.left_out(),
            *(note for each in named for note in playbook_note(each)),
            *churn_caveat(context),
        ],
        suggestions=[
            look_back(tried[0].evidence),
            "What is the next best action for these clients?",
            "Which clients are most at risk?",
        ],
    )


def _named(args: CompareStrategiesArgs, context: ToolContext) -> list[Named]:
    """The strategies that are compared, each once."""
    asked = args.strategies or known_strategies(context)
    if not asked:
        raise FinalToolError(
            "There is no strategy to compare: nothing was tried and no playbook names one. "
            "Add a playbook to the playbooks folder."
        )
    every = [resolve_strategy(text, context) for text in asked]
    named = list({each.strategy: each for each in every}.values())
    if args.strategies and len(named) < 2 and args.budget is None:
        others = [name for name in known_strategies(context) if name != named[0].strategy]
        raise RetryableToolError(
            f"A comparison needs two strategies, got {named[0].strategy}.", others
        )
    return named


def _unweighed(named: Sequence[Named], evidence: Sequence[Evidence]) -> list[str]:
    weighed = {each.strategy for each in evidence}
    left_out = [spoken(each.strategy) for each in named if each.strategy not in weighed]
    advice = "nothing is known of the effect. Add a range to the playbook, or run a test."
    return [f"Left out: {join_words(left_out)}; {advice}"] if left_out else []


def _row(tried: Tried) -> list[Scalar | None]:
    if tried.outcome is None:
        nothing: list[Scalar | None] = [0, 0.0, 0.0, 0.0, 0.0, *(None for _ in range(5))]
        return [tried.evidence.strategy, tried.evidence.grade, *nothing]
    return strategy_row(tried.evidence, tried.outcome)


def _title(population: Population, budget: float | None, currency: str) -> str:
    within = f", budget {budget:,.0f} {currency}" if budget is not None else ""
    return f"Strategies for {population.words()}{within}"
