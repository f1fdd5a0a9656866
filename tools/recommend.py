"""What to do next for a client or a group, and why: `recommend_action`."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from pydantic import Field

from data.gold_interventions import read_candidates
from tools.best_actions import Weighed, evidence_here, weigh
from tools.candidates import Population, clients_of, read_population
from tools.contract import Citation, Filter, ToolArgs, ToolContext, ToolResult
from tools.driver_answers import themes_of, value_facts
from tools.errors import FinalToolError
from tools.judged import churn_caveat, features_of_client
from tools.models.frames import column, rows_where
from tools.models.simulation import Outcome, simulate
from tools.next_actions import NO_REPEAT_DAYS, Choice, best_book
from tools.recommend_answers import client_caveats, client_sentences
from tools.recommend_group_answers import (
    Part,
    group_chart,
    group_facts,
    group_sentences,
    group_table,
)
from tools.recommend_tables import (
    Advice,
    cite_steps,
    client_facts,
    client_table,
    net_chart,
)
from tools.resolve import mendable_errors, none_match, resolve_customer
from tools.simulation_answers import look_back
from tools.simulation_sources import simulation_provenance
from tools.strategies import spoken
from tools.strategy_evidence import Evidence
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
        rows = read_candidates(
            context.gold, [], context.scope, customer_ids=[customer_id], valued=False
        )
    if rows.empty:
        features_of_client(customer_id, context, "is no next action; the play win-back may help")
        raise FinalToolError(
            f"{name} has no churn score yet, so there is no next action to weigh. The next "
            "preparation of the data scores them."
        )
    evidence = evidence_here(context)
    weighed = weigh(rows, evidence, context)
    (client,), (choice,) = weighed.clients, weighed.choices
    row: dict[str, Any] = rows.iloc[0].to_dict()
    chosen = _of(evidence, choice.best)
    book = best_book(chosen, client) if chosen else None
    (explanation,) = context.churn.explain(weighed.features)
    raising = [theme for theme in themes_of(explanation) if theme.push > 0][:2]
    advice = Advice(
        name=name,
        row=row,
        choice=choice,
        chosen=chosen,
        outcome=_treated(rows, chosen) if chosen else None,
        runner_up=_of(evidence, choice.runner_up),
        book=book,
        themes=tuple(raising),
        features=weighed.features.iloc[0].to_dict(),
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
    population = read_population(filters, context, valued=False)
    args = {"filters": [asked.model_dump() for asked in population.filters]}
    evidence = evidence_here(context)
    if population.size == 0:
        return ToolResult(
            summary=none_match(context.scope, population.where),
            args=args,
            provenance=simulation_provenance("recommend_action", evidence, 0, context),
            suggestions=["Which clients are at risk?"],
        )
    rows = population.rows.head(MOST_CLIENTS)
    weighed = weigh(rows, evidence, context)
    parts = _parts(rows, weighed, evidence)
    currency = context.gold.build.currency
    used = [part.evidence for part in parts]
    return ToolResult(
        summary=group_sentences(parts, population.words(), len(rows), currency),
        args=args,
        facts=group_facts(parts, population.size),
        table=group_table(rows, weighed.choices, context.churn.explain(weighed.features)),
        charts=[group_chart(parts)] if parts else [],
        citations=_citations(parts[0].book) if parts else [],
        provenance=simulation_provenance("recommend_action", used or evidence, len(rows), context),
        caveats=[*_group_caveats(rows, population, weighed.choices), *churn_caveat(context)],
        suggestions=[
            *(f"What would {spoken(part.evidence.strategy)} bring for them?" for part in parts[:1]),
            "Compare all strategies for these clients",
            f"What should I do about {column(rows, 'name').iloc[0]}?",
        ],
    )


def _parts(rows: pd.DataFrame, weighed: Weighed, evidence: Sequence[Evidence]) -> list[Part]:
    """The clients by the strategy chosen for them, the largest net value first."""
    parts: list[Part] = []
    for each in evidence:
        mine = [choice.best == each.strategy for choice in weighed.choices]
        if not any(mine):
            continue
        book = best_book(each, weighed.clients[mine.index(True)])
        valued = sum(weighed.choices[i].is_valued for i, is_mine in enumerate(mine) if is_mine)
        parts.append(Part(each, _treated(rows_where(rows, mine), each), book, valued))
    return sorted(
        parts,
        key=lambda part: (
            -(part.outcome.net_usd.value if part.valued else 0.0),
            -part.outcome.customers_treated,
        ),
    )


def _treated(rows: pd.DataFrame, chosen: Evidence) -> Outcome:
    """What the strategy brings for these clients; an unknown ARR counts as none."""
    known = rows.assign(arr=column(rows, "arr").fillna(0.0))
    return simulate(clients_of(known, chosen), chosen.effect, chosen.costs)


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
    unvalued = sum(not choice.is_valued for choice in choices)
    if len(rows) < population.size:
        most = "the highest churn risk" if unvalued == len(rows) else "the most ARR at risk"
        caveats.append(f"Looked at the {len(rows):,} of {population.size:,} clients with {most}.")
    if unvalued:
        caveats.append(
            f"For {count_noun(unvalued, 'client')} no ARR is recorded: their action is the one "
            "that keeps most of those whose play answers their reasons, without a net value, and "
            "in sums they count with no ARR."
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
        lacking = "is worth its cost" if unvalued < len(rows) else "answers their reasons"
        caveats.append(f"For {count_noun(nothing, 'client')} no strategy {lacking}.")
    return caveats
