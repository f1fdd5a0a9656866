"""Words of what was done for clients and what changed since, without claiming a cause."""

from collections.abc import Sequence
from typing import Any, Final

from data.gold_followup import USAGE_DAYS
from tools.contract import Fact, Period, Provenance, ToolContext, ToolResult
from tools.experiment_answers import DEFINITION
from tools.followup import Outcome, look_back
from tools.followup_tables import effect_facts, list_table, outcome_facts, step_table
from tools.followup_words import (
    change_words,
    head_words,
    measured_words,
    nothing_words,
    when_words,
)
from tools.models.alerts import FOLLOW_UP_DAYS
from tools.running_tests import open_test
from tools.strategies import resolve_strategy, spoken
from tools.trial import Trial
from tools.trial_measures import measure_trial
from tools.trial_reading import read_trial
from tools.trial_words import day_words
from tools.wording import count_noun, join_words

__all__ = ["actions_result"]

_LISTED: Final = 50
_DEFINITION: Final = (
    f"As recorded on the day of the action and {join_words([str(mark) for mark in FOLLOW_UP_DAYS])} days "
    f"after it: contract, MRR, open tickets, and product events in the {USAGE_DAYS} days up to "
    "that day."
)
_ANYONE: Final = (
    "It counts what anyone did for the clients you can see, treatments drawn for a test included."
)
_PREDICTED: Final = (
    "Churn probability within 90 days, by the model that serves now, from what was known at the "
    "last month end up to that day."
)


def actions_result(
    client: tuple[str, str] | None,
    strategy: str | None,
    period: Period | None,
    context: ToolContext,
) -> ToolResult:
    """What was done for one client, or for all in scope, and what became of it.

    Args:
        client: Id and name; None for all in scope.
        strategy: Only this one, as a person names it.
        period: Only what was done on these days.
        context: Who asks.
    """
    key, name = client or (None, "")
    named = resolve_strategy(strategy, context).strategy if strategy else None
    outcomes, total = look_back(
        context, customer_id=key, strategy=named, period=period, limit=_LISTED
    )
    resolved: dict[str, Any] = {"about": "actions"}
    resolved |= {"customer": key} if key else {}
    resolved |= {"strategy": named} if named else {}
    resolved |= {"period": period.model_dump(mode="json")} if period else {}
    when = when_words(period)
    missed = ""
    if named and not outcomes:
        outcomes, total = look_back(
            context, customer_id=key, strategy=None, period=period, limit=_LISTED
        )
        missed = f"No {spoken(named)} is on file{f' for {name}' if name else ''}{when}. "
    if not outcomes:
        return ToolResult(
            summary=nothing_words(name, when, context),
            args=resolved,
            provenance=[_recorded(context, 0)],
            suggestions=[f"What should I do about {name}?"]
            if name
            else ["Which clients are at risk?"],
        )
    if client is None:
        found = _of_all(outcomes, total, when, resolved, context)
    else:
        found = _of_one(name, outcomes, total, when, resolved, context)
    return found.model_copy(update={"summary": f"{missed}{found.summary}"})


def _of_one(
    name: str,
    outcomes: Sequence[Outcome],
    total: int,
    when: str,
    resolved: dict[str, Any],
    context: ToolContext,
) -> ToolResult:
    treated = [each for each in outcomes if not each.deed.is_held_back]
    told = treated[0] if treated else outcomes[0]
    strategy = told.deed.strategy
    _, random, _ = read_trial(strategy, None, None, context)
    trial = measure_trial(strategy, random, None)
    fair = trial if trial is not None and trial.is_fair else None
    waits = open_test(strategy, random, context) if trial is None else None
    measured = measured_words(strategy, fair)
    if waits is not None:
        measured = (
            f"A test of {spoken(strategy)} is running and can be read from "
            f"{day_words(waits.readable)}."
        )
    parts = [
        head_words(name, told, treated, total, when),
        change_words(told, context),
        _no_proof(name, told),
        measured,
    ]
    sources = [_recorded(context, total)]
    if _scored(told):
        sources.append(_predicted(context))
    if fair is not None:
        sources.append(_tested(fair, context))
    return ToolResult(
        summary=" ".join(part for part in parts if part),
        args=resolved,
        facts=[
            Fact(name="name", value=name, unit="text"),
            Fact(name="actions", value=total, unit="count"),
            *outcome_facts(told),
            *(effect_facts(fair) if fair else []),
        ],
        table=step_table(outcomes, context),
        provenance=sources,
        suggestions=[
            f"Did {spoken(strategy)} work?",
            f"What should I do about {name}?",
            f"Why is {name} at risk?",
        ],
    )


def _of_all(
    outcomes: Sequence[Outcome],
    total: int,
    when: str,
    resolved: dict[str, Any],
    context: ToolContext,
) -> ToolResult:
    names = context.gold.names(context.scope)
    known = [each.latest for each in outcomes if each.latest is not None]
    stayed = sum(state.is_client for _, state in known)
    done = [
        f"{names[each.deed.customer_id]} ({spoken(each.deed.strategy)}, {day_words(each.deed.day)})"
        for each in outcomes[:3]
    ]
    ahead = len(outcomes) - len(known)
    summary = (
        f"{count_noun(total, 'action')} {'is' if total == 1 else 'are'} on file{when}, the latest: "
        f"{join_words(done)}."
        + (f" Looked at here: the latest {len(outcomes)}." if total > len(outcomes) else "")
        + (
            f" The client was still a client at the last look after {stayed:,} of "
            f"{count_noun(len(known), 'action')}."
            if known
            else ""
        )
        + (f" For {count_noun(ahead, 'action')} there is nothing to see yet." if ahead else "")
        + " That says what happened, not what helped: only a randomised test can tell that."
    )
    return ToolResult(
        summary=summary,
        args=resolved,
        facts=[
            Fact(name="actions", value=total, unit="count"),
            Fact(name="actions_shown", value=len(outcomes), unit="count"),
            Fact(name="still_clients_after", value=stayed, unit="count"),
            Fact(name="actions_with_outcome", value=len(known), unit="count"),
            Fact(name="actions_without_outcome", value=ahead, unit="count"),
        ],
        table=list_table(outcomes, context),
        provenance=[
            _recorded(context, total),
            *([_predicted(context)] if any(_scored(each) for each in outcomes) else []),
        ],
        caveats=[_ANYONE],
        suggestions=[
            f"What did we do for {names[outcomes[0].deed.customer_id]}, and did it help?",
            "Which strategy has worked best?",
        ],
    )


def _no_proof(name: str, told: Outcome) -> str:
    if told.deed.is_held_back:
        return "One client cannot show what the treatment would have changed."
    return (
        f"One client cannot show whether it helped: nobody knows how {name} would stand without it."
    )


def _scored(told: Outcome) -> bool:
    states = [told.before, *(state for state in told.after.values())]
    return any(state is not None and state.churn_prob is not None for state in states)


def _recorded(context: ToolContext, rows: int) -> Provenance:
    return Provenance(
        tool="get_customer",
        table="gold.interventions",
        as_of=context.gold.as_of,
        rows=rows,
        definition=_DEFINITION,
        evidence="recorded",
    )


def _predicted(context: ToolContext) -> Provenance:
    return Provenance(
        tool="get_customer",
        table="gold.health_history",
        as_of=context.gold.as_of,
        rows=1,
        definition=_PREDICTED,
        evidence="predicted",
        model_version=context.gold.build.model_version,
    )


def _tested(trial: Trial, context: ToolContext) -> Provenance:
    return Provenance(
        tool="get_customer",
        table=f"test of {spoken(trial.strategy)}",
        as_of=context.gold.as_of,
        rows=trial.arms.clients,
        definition=DEFINITION,
        evidence="measured",
    )
