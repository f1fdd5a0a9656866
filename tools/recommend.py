"""What to do next for a client or a group, and why: `recommend_action`."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from pydantic import Field

from data.gold_interventions import read_candidates, read_touched
from tools.candidates import Population, clients_of, read_population
from tools.contract import Citation, Explanation, Filter, ToolArgs, ToolContext, ToolResult
from tools.driver_answers import themes_of, value_facts
from tools.errors import FinalToolError
from tools.judged import churn_caveat
from tools.models.frames import column, rows_where
from tools.models.rules import RuleBook
from tools.models.simulation import Outcome, simulate
from tools.next_actions import NO_REPEAT_DAYS, Choice, Client, Touched, best_book, choose
from tools.recommend_answers import (
    Advice,
    cite_steps,
    client_caveats,
    client_facts,
    client_sentences,
    client_table,
    net_chart,
)
from tools.recommend_group_answers import (
    Part,
    group_chart,
    group_facts,
    group_sentences,
    group_table,
)
from tools.resolve import mendable_errors, none_match, resolve_customer
from tools.rule_book import rule_book
from tools.simulation_answers import look_back
from tools.simulation_sources import simulation_provenance
from tools.strategies import Named, known_strategies, spoken
from tools.strategy_evidence import Evidence, evidence_of_all
from tools.wording import count_noun

__all__ = ["RecommendActionArgs", "recommend_action"]

MOST_CLIENTS: Final = 200
"""A group's advice looks at so many clients, those with the most ARR at risk."""
_HIGH_RISK: Final = Filter(dimension="churn_risk", op="=", value="high")


class RecommendActionArgs(ToolArgs):
    """A client, or filters for a group; neither means the clients at high risk."""

    customer: str | None = Field(default=None, description="Client id or name.")
    filters: list[Filter] = Field(default_factory=list[Filter])


def recommend_action(args: RecommendActionArgs, context: ToolContext) -> ToolResult:
    """Recommend the next best action for a client or a group, with the evidence and the steps.

    Use for: "what should I do about X", "next best action". Not for reasons alone
    (`explain_churn`), a named strategy's outcome (`simulate_strategy`) or a message
    (`draft_outreach`).
    """
    if args.customer is not None:
        return _one_client(args.customer, context)
    return _group(args.filters or [_HIGH_RISK], context)


def _one_client(text: str, context: ToolContext) -> ToolResult:
    customer_id, name = resolve_customer(text, context)
    with mendable_errors():
        rows = read_candidates(context.gold, [], context.scope, customer_ids=[customer_id])
    if rows.empty:
        raise FinalToolError(
            f"{name} is no longer a client or has no score yet, so there is no next action to "
            "weigh. Ask for their history with get_customer, or open the playbook win-back."
        )
    evidence = _evidence(context)
    features, explanations = _explained(rows, context)
    clients = _clients(features, explanations, rule_book(context.gold))
    (choice,) = choose(rows, clients, evidence, _touched([customer_id], evidence, context))
    row: dict[str, Any] = rows.iloc[0].to_dict()
    chosen = _of(evidence, choice.best)
    book = best_book(chosen, clients[0]) if chosen else None
    raising = [theme for theme in themes_of(explanations[0]) if theme.push > 0][:2]
    advice = Advice(
        name=name,
        row=row,
        choice=choice,
        chosen=chosen,
        outcome=_alone(rows, chosen),
        runner_up=_of(evidence, choice.runner_up),
        book=book,
        themes=tuple(raising),
        features=features.iloc[0].to_dict(),
        card=context.churn.card,
    )
    spoken_drivers = [driver for theme in raising for driver in theme.drivers[:1]]
    currency = context.gold.build.currency
    used = [each for each in (chosen, advice.runner_up) if each is not None]
    return ToolResult(
        summary=client_sentences(advice, currency),
        args={"customer": customer_id},
        facts=[
            *client_facts(advice),
            *value_facts(spoken_drivers, advice.features, context.churn.card),
        ],
        table=client_table(advice, evidence),
        charts=[net_chart(advice)],
        citations=_citations(book),
        provenance=simulation_provenance("recommend_action", used or evidence, 1, context),
        caveats=[*client_caveats(advice), *churn_caveat(context)],
        suggestions=_next_questions(name, chosen, may_write=bool(row["consent_contact"])),
    )


def _group(filters: Sequence[Filter], context: ToolContext) -> ToolResult:
    population = read_population(filters, context)
    args = {"filters": [asked.model_dump() for asked in population.filters]}
    evidence = _evidence(context)
    if population.size == 0:
        return ToolResult(
            summary=none_match(context.scope, population.where),
            args=args,
            provenance=simulation_provenance("recommend_action", evidence, 0, context),
            suggestions=["Which clients are at risk?"],
        )
    rows = population.rows.head(MOST_CLIENTS)
    features, explanations = _explained(rows, context)
    clients = _clients(features, explanations, rule_book(context.gold))
    ids = [client.customer_id for client in clients]
    choices = choose(rows, clients, evidence, _touched(ids, evidence, context))
    parts = _parts(rows, clients, choices, evidence)
    currency = context.gold.build.currency
    used = [part.evidence for part in parts]
    return ToolResult(
        summary=group_sentences(parts, population.words(), len(rows), currency),
        args=args,
        facts=group_facts(parts, population.size),
        table=group_table(rows, choices, explanations),
        charts=[group_chart(parts)] if parts else [],
        citations=_citations(parts[0].book) if parts else [],
        provenance=simulation_provenance("recommend_action", used or evidence, len(rows), context),
        caveats=[*_group_caveats(rows, population, choices), *churn_caveat(context)],
        suggestions=[
            *(f"What would {spoken(part.evidence.strategy)} bring for them?" for part in parts[:1]),
            "Compare all strategies for these clients",
            f"What should I do about {column(rows, 'name').iloc[0]}?",
        ],
    )


def _evidence(context: ToolContext) -> list[Evidence]:
    names = known_strategies(context)
    if not names:
        raise FinalToolError(
            "There is nothing to recommend from: no strategy was tried and no playbook names one. "
            "Add a playbook to the playbooks folder."
        )
    return evidence_of_all([Named(name) for name in names], context)


def _explained(rows: pd.DataFrame, context: ToolContext) -> tuple[pd.DataFrame, list[Explanation]]:
    """Features and explanations in the order of the candidates."""
    ids = [str(key) for key in column(rows, "customer_id")]
    with mendable_errors():
        features = context.gold.features(context.scope, customer_ids=ids)
    features = features.set_index("customer_id", drop=False).reindex(ids).reset_index(drop=True)
    return features, context.churn.explain(features)


def _clients(
    features: pd.DataFrame,
    explanations: Sequence[Explanation],
    book: RuleBook,
) -> list[Client]:
    fired = column(book.evaluate_frame(features), "rules_fired")
    records = features.to_dict("records")
    return [
        Client.of({str(k): v for k, v in row.items()}, why, [book.rule(r).feature for r in names])
        for row, why, names in zip(records, explanations, fired, strict=True)
    ]


def _touched(ids: Sequence[str], evidence: Sequence[Evidence], context: ToolContext) -> Touched:
    """Cases of the data, and for a single client what people logged here."""
    with mendable_errors():
        touched = read_touched(context.gold, context.scope, within_days=NO_REPEAT_DAYS)
    if context.actions is None or len(ids) != 1:
        return touched
    lately = list(touched.get(ids[0], []))
    for each in evidence:
        logged = context.actions.last(customer_id=ids[0], strategy=each.strategy)
        if logged and (context.gold.as_of - logged.at.date()).days < NO_REPEAT_DAYS:
            lately.append((each.strategy, "treatment", logged.at.date(), True))
    return {**touched, ids[0]: lately}


def _parts(
    rows: pd.DataFrame,
    clients: Sequence[Client],
    choices: Sequence[Choice],
    evidence: Sequence[Evidence],
) -> list[Part]:
    """The clients by the strategy chosen for them, the largest net value first."""
    parts: list[Part] = []
    for each in evidence:
        mine = [i for i, choice in enumerate(choices) if choice.best == each.strategy]
        if not mine:
            continue
        chosen = rows_where(rows, [choice.best == each.strategy for choice in choices])
        outcome = simulate(clients_of(chosen, each), each.effect, each.costs)
        parts.append(Part(each, outcome, best_book(each, clients[mine[0]])))
    return sorted(parts, key=lambda part: -part.outcome.net_usd.value)


def _alone(rows: pd.DataFrame, chosen: Evidence | None) -> Outcome | None:
    return simulate(clients_of(rows, chosen), chosen.effect, chosen.costs) if chosen else None


def _of(evidence: Sequence[Evidence], strategy: str | None) -> Evidence | None:
    return next((each for each in evidence if each.strategy == strategy), None)


def _citations(book: Any) -> list[Citation]:
    return cite_steps(book) if book is not None else []


def _next_questions(name: str, chosen: Evidence | None, *, may_write: bool) -> list[str]:
    if chosen is None:
        return [f"Why is {name} at risk?", "Which clients are most at risk?"]
    first = f"Draft an email to {name}" if may_write else f"Why is {name} at risk?"
    return [first, look_back(chosen), f"Log {spoken(chosen.strategy)} for {name}"]


def _group_caveats(
    rows: pd.DataFrame, population: Population, choices: Sequence[Choice]
) -> list[str]:
    caveats: list[str] = []
    if len(rows) < population.size:
        caveats.append(
            f"Looked at the {len(rows):,} of {population.size:,} clients with the most ARR at risk."
        )
    silent = int((column(rows, "consent_contact") == False).sum())  # noqa: E712 — may be null
    if silent:
        caveats.append(
            f"No consent to be contacted is recorded for {count_noun(silent, 'client')}: act only "
            "when they get in touch."
        )
    lately = sum(bool(choice.barred) for choice in choices)
    if lately:
        caveats.append(
            f"For {count_noun(lately, 'client')} a strategy was left out: done within the last "
            f"{NO_REPEAT_DAYS} days, or in the control group of a running test."
        )
    nothing = sum(choice.best is None for choice in choices)
    if nothing:
        caveats.append(f"For {count_noun(nothing, 'client')} no strategy is worth its cost.")
    return caveats
