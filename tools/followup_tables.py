"""Facts and tables of what was done for clients, and how they stood then and since."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from data.gold_followup import USAGE_DAYS, ClientState
from tools.contract import Column, Fact, Scalar, Table, ToolContext
from tools.customer_panel import SEES_CONTACTS
from tools.followup import Outcome
from tools.strategies import spoken
from tools.trial import Trial
from tools.trial_words import day_words
from tools.wording import format_value

__all__ = ["effect_facts", "is_later", "list_table", "outcome_facts", "step_table"]

_STATE_COLUMNS: Final = (
    Column(name="client", unit="text", label="Still a client"),
    Column(name="mrr", unit="usd", label="MRR"),
    Column(name="churn_prob_90d", unit="prob", label="Predicted churn probability"),
    Column(name="events_30d", unit="count", label=f"Events in {USAGE_DAYS} days"),
    Column(name="tickets_open", unit="count", label="Open tickets"),
)


def is_later(told: Outcome, after: ClientState) -> bool:
    """Whether a score rests on anything that came after the action."""
    return after.is_client and after.scored_on is not None and after.scored_on > told.deed.day


def outcome_facts(told: Outcome) -> list[Fact]:
    """The client on the day of the action and at the last look."""
    deed = told.deed
    facts = [
        Fact(name="strategy", value=deed.strategy, unit="text"),
        Fact(name="done_on", value=deed.day, unit="date"),
    ]
    states = [("before", told.before), ("after", told.latest[1] if told.latest else None)]
    if told.latest is not None:
        days = told.latest[0]
        facts.append(Fact(name="days_since", value=days, unit="days"))
        facts.append(Fact(name="looked_on", value=deed.day + timedelta(days=days), unit="date"))
    for when, state in states:
        if state is None:
            continue
        later = when == "before" or is_later(told, state)
        facts += [
            Fact(name=f"is_client_{when}", value=state.is_client, unit="text"),
            Fact(name=f"mrr_{when}", value=state.mrr, unit="usd"),
            Fact(name=f"events_30d_{when}", value=state.events, unit="count"),
            Fact(name=f"tickets_open_{when}", value=state.tickets_open, unit="count"),
            Fact(
                name=f"churn_prob_90d_{when}",
                value=state.churn_prob if later else None,
                unit="prob",
            ),
        ]
    facts.append(Fact(name="usage_window", value=USAGE_DAYS, unit="days"))
    return [fact for fact in facts if fact.value is not None]


def effect_facts(trial: Trial) -> list[Fact]:
    """What the strategy does on average, by its test."""
    arms, effect = trial.arms, trial.effect
    return [
        Fact(name="treated", value=arms.treated, unit="count"),
        Fact(name="control", value=arms.control, unit="count"),
        Fact(name="retention_treated", value=arms.treated_rate, unit="prob"),
        Fact(name="retention_control", value=arms.control_rate, unit="prob"),
        Fact(name="effect_pct", value=100 * effect.effect, unit="pct"),
        Fact(name="effect_pct_low", value=100 * effect.low, unit="pct"),
        Fact(name="effect_pct_high", value=100 * effect.high, unit="pct"),
    ]


def step_table(outcomes: Sequence[Outcome], context: ToolContext) -> Table:
    """One client: each action on its day and at each look; notes only for who looks after it."""
    sees_notes = context.role in SEES_CONTACTS
    rows: list[list[Scalar | None]] = []
    for each in outcomes:
        note = each.deed.note or None if sees_notes else None
        rows.append([_done(each), day_words(each.deed.day), *_cells(each, each.before), note])
        rows += [
            [_done(each), f"{format_value(days, 'days')} later", *_cells(each, state), None]
            for days, state in sorted(each.after.items())
        ]
    return Table(
        title="What was done, and how the client stood",
        columns=[
            Column(name="action", unit="text", label="Action"),
            Column(name="look", unit="text", label="When"),
            *_STATE_COLUMNS,
            Column(name="note", unit="text", label="Note"),
        ],
        rows=rows,
    )


def list_table(outcomes: Sequence[Outcome], context: ToolContext) -> Table:
    """All clients: each action at its last look."""
    names = context.gold.names(context.scope)
    rows: list[list[Scalar | None]] = []
    for each in outcomes:
        deed = each.deed
        days, state = each.latest or (None, None)
        since = "nothing to see yet" if days is None else f"{format_value(days, 'days')} later"
        who = names[deed.customer_id]
        rows.append([who, _done(each), deed.day, since, *_cells(each, state)])
    return Table(
        title="What was done, and how the client stands",
        columns=[
            Column(name="name", unit="text", label="Client"),
            Column(name="action", unit="text", label="Action"),
            Column(name="done_on", unit="date", label="Done on"),
            Column(name="look", unit="text", label="Last look"),
            *_STATE_COLUMNS,
        ],
        rows=rows,
    )


def _done(each: Outcome) -> str:
    name = spoken(each.deed.strategy)
    return f"{name} (control, not treated)" if each.deed.is_held_back else name


def _cells(each: Outcome, state: ClientState | None) -> list[Scalar | None]:
    if state is None:
        return [None] * len(_STATE_COLUMNS)
    shown = state is each.before or is_later(each, state)
    return [
        "yes" if state.is_client else "no",
        state.mrr,
        state.churn_prob if shown else None,
        state.events,
        state.tickets_open,
    ]
