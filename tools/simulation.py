"""What a strategy would bring: `simulate_strategy`."""

from dataclasses import replace
from typing import Any, Final

from pydantic import Field

from tools.candidates import Population, clients_of, read_population
from tools.contract import (
    Fact,
    Filter,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.errors import RetryableToolError
from tools.judged import churn_caveat
from tools.models.hazards import EFFECT_DAYS
from tools.models.simulation import Costs, Outcome, simulate
from tools.simulation_answers import (
    look_back,
    measure_rows,
    outcome_facts,
    outcome_sentences,
    simulation_caveats,
    tornado_chart,
)
from tools.simulation_sources import nobody_to_treat, simulation_provenance
from tools.strategies import Named, playbook_note, resolve_strategy, spoken
from tools.strategy_evidence import Evidence, evidence_of_all
from tools.targeting import Targeting, rank

__all__ = ["SimulateStrategyArgs", "simulate_strategy"]

_LONGEST_DAYS: Final = 1095


class SimulateStrategyArgs(ToolArgs):
    """What to try, on whom, at what price, counted when."""

    strategy: str = Field(
        min_length=1,
        max_length=200,
        description="A strategy, e.g. success_call, or a playbook's id, e.g. win-back.",
    )
    filters: list[Filter] = Field(default_factory=list[Filter])
    treat_fraction: float = Field(
        default=1.0, gt=0, le=1, description="Share of them to treat, see targeting."
    )
    targeting: Targeting = Field(
        default="value_at_risk",
        description="Who comes first: the most ARR at risk, the highest churn risk, or who is "
        "expected to respond (uplift; used only where the strategy's test proves it).",
    )
    cost_per_customer: float | None = Field(
        default=None, ge=0, description="Left out: the mean cost of past cases."
    )
    discount_pct: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="With the strategy discount: 20 for 20 % off; sets the cost.",
    )
    horizon_days: int = Field(
        default=EFFECT_DAYS, ge=7, le=_LONGEST_DAYS, description="When the clients are counted."
    )


def simulate_strategy(args: SimulateStrategyArgs, context: ToolContext) -> ToolResult:
    """Simulate what one strategy would bring for a group: clients kept, ARR saved, cost, ROI.

    Use for: "what if we offer…", "what would X bring", break-even, expected return. Not for
    several strategies or a budget (`compare_strategies`), nor for what a past test showed
    (`analyze_experiment`). "Who would respond best to X?" is targeting `uplift`.
    """
    named = resolve_strategy(args.strategy, context)
    population = read_population(args.filters, context)
    resolved: dict[str, Any] = {
        "strategy": named.strategy,
        "filters": [asked.model_dump() for asked in population.filters],
        "treat_fraction": args.treat_fraction,
        "horizon_days": args.horizon_days,
    }
    asked = _asked_costs(args, named)
    if args.targeting != "value_at_risk":
        resolved["targeting"] = args.targeting
    if args.cost_per_customer is not None:
        resolved["cost_per_customer"] = args.cost_per_customer
    if args.discount_pct is not None:
        resolved["discount_pct"] = args.discount_pct
    (evidence,) = evidence_of_all([named], context)
    if population.size == 0:
        return nobody_to_treat(
            resolved, population.none_words(context.scope), [evidence], "simulate_strategy", context
        )
    evidence = replace(evidence, costs=asked or evidence.costs)
    treated = max(1, round(args.treat_fraction * population.size))
    ranking = rank(population.rows, args.targeting, named.strategy, "simulate_strategy", context)
    rows = ranking.rows.head(treated)
    clients = clients_of(rows, evidence)
    outcome = simulate(clients, evidence.effect, evidence.costs, horizon_days=args.horizon_days)
    currency = context.gold.build.currency
    past = evidence if args.discount_pct is None else replace(evidence, costs=Costs(0.0))
    caveats = simulation_caveats(
        past, outcome, args.horizon_days, float(clients.prob.mean()), currency
    )
    if args.discount_pct is not None:
        caveats.append(
            f"The cost is {args.discount_pct:g} % of each client's MRR over {args.horizon_days} "
            "days; the effect is that of past discounts, whatever their size."
        )
    covered = int(evidence.covers(rows).sum())
    if covered < treated:
        caveats.append(
            f"The effect is known for {evidence.kind}: that is {covered:,} of these {treated:,} "
            "clients; for the others it is carried over untested."
        )
    caveats += [*ranking.caveats(treated), *population.left_out()]
    return ToolResult(
        summary=outcome_sentences(population.words(treated), outcome, evidence, currency),
        args=resolved,
        facts=[
            *outcome_facts(outcome),
            *_basis_facts(evidence, outcome, population),
            *ranking.facts,
        ],
        table=ranking.first_clients(treated) or measure_rows(outcome, currency),
        charts=[tornado_chart(outcome)],
        provenance=[
            *simulation_provenance("simulate_strategy", [evidence], treated, context),
            *ranking.provenance,
        ],
        caveats=[*caveats, *playbook_note(named), *churn_caveat(context)],
        suggestions=[
            look_back(evidence),
            "Compare all strategies for these clients",
            f"What if {spoken(named.strategy)} cost half as much?",
        ][: 3 if args.cost_per_customer is not None else 2],
    )


def _asked_costs(args: SimulateStrategyArgs, named: Named) -> Costs | None:
    """What the person said that it costs; None leaves it to past cases."""
    if args.discount_pct is None:
        return None if args.cost_per_customer is None else Costs(args.cost_per_customer)
    if named.strategy != "discount":
        raise RetryableToolError(
            f"discount_pct goes with the strategy discount, got {named.strategy}.", ["discount"]
        )
    if args.cost_per_customer is not None:
        raise RetryableToolError(
            "A cost is given twice: leave out one of the two.",
            ["discount_pct", "cost_per_customer"],
        )
    return Costs.of_discount(args.discount_pct, args.horizon_days)


def _basis_facts(evidence: Evidence, outcome: Outcome, population: Population) -> list[Fact]:
    facts = [
        Fact(name="strategy", value=evidence.strategy, unit="text"),
        Fact(name="evidence_grade", value=evidence.grade, unit="text"),
        Fact(name="customers", value=population.size, unit="count"),
        Fact(
            name="cost_per_customer",
            value=outcome.cost_usd.value / outcome.customers_treated,
            unit="usd",
        ),
        Fact(name="cost_share_of_arr", value=evidence.costs.share_of_arr, unit="prob"),
        Fact(name="avg_churn_prob", value=population.mean_prob, unit="prob"),
    ]
    if evidence.arms is not None and evidence.measured is not None:
        facts += [
            Fact(name="test_clients", value=evidence.arms.clients, unit="count"),
            Fact(name="retention_treated", value=evidence.arms.treated_rate, unit="prob"),
            Fact(name="retention_control", value=evidence.arms.control_rate, unit="prob"),
            Fact(name="test_effect_pct", value=100 * evidence.measured.effect, unit="pct"),
        ]
    for end, value in (("low", evidence.low), ("high", evidence.high)):
        if value is not None:
            facts.append(Fact(name=f"expected_effect_{end}", value=100 * value, unit="points"))
    return facts
