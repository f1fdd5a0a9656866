"""Draws clients into a randomised test, after a yes: `start_experiment`."""

from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from pydantic import Field, ValidationError

from tools.action_log import ASK_FIRST
from tools.candidates import Population, read_population
from tools.contract import (
    ActionsPort,
    Assignment,
    Fact,
    FileRef,
    Filter,
    Provenance,
    RunningTest,
    Table,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.errors import FinalToolError
from tools.experiment_plan import ExperimentPlan, eligible_of, plan_experiment
from tools.experiment_plan_answers import (
    assigned_table,
    plan_caveats,
    plan_facts,
    plan_sentences,
    running_sentences,
    started_sentences,
    strata_table,
    too_few,
)
from tools.models.frames import column
from tools.models.hazards import EFFECT_DAYS
from tools.report import Report, Section
from tools.report_text import as_csv
from tools.resolve import none_match
from tools.strategies import Named, playbook_note, resolve_strategy, spoken
from tools.strategy_evidence import LEAST_PER_ARM

__all__ = ["StartExperimentArgs", "start_experiment"]

_DEFINITION: Final = (
    "Randomised test: active clients who may be contacted, were not treated within 60 days and are "
    "in no running test, drawn within groups of like segment and churn risk. Outcome: still a "
    "client 90 days later."
)
_NOT_YET_BUILT: Final = (
    "The next build of the data takes the test over; until then recommendations do not know of it."
)


class StartExperimentArgs(ToolArgs):
    """What to test, on whom, and which share of them to treat."""

    strategy: str = Field(
        min_length=1,
        max_length=200,
        description="A strategy, e.g. success_call, or a playbook's id.",
    )
    filters: list[Filter] = Field(
        default_factory=list[Filter], description="Who may take part; none means all clients."
    )
    treat_fraction: float = Field(
        default=0.5, gt=0, lt=1, description="Share to treat; the others are the control group."
    )


def start_experiment(args: StartExperimentArgs, context: ToolContext) -> ToolResult:
    """Start a randomised test (A/B test) of a strategy: draws who is treated and who is control.

    Call it at once when a person wants to test a strategy: without their yes it only shows size,
    arms and what the test could find, and asks. Not for what a test showed
    (`analyze_experiment`), nor for writing down a single action (`log_intervention`).
    """
    actions = _writable(context)
    named, population, resolved = _asked(args, context)
    if population.size == 0:
        return ToolResult(
            summary=f"{none_match(context.scope, population.where)} There is nobody to test on.",
            args=resolved,
            facts=[Fact(name="customers", value=0, unit="count")],
            suggestions=["Which clients are at risk?"],
        )
    eligible = eligible_of(population, named.strategy, actions, context)
    arms = args.treat_fraction, 1 - args.treat_fraction
    smaller = round(min(arms) * len(eligible.rows))
    if smaller < LEAST_PER_ARM:
        running = actions.running(strategy=named.strategy, test_days=EFFECT_DAYS)
        if running is not None and eligible.running is not None:
            return _running(running, resolved, context)
        raise FinalToolError(
            too_few(spoken(named.strategy), population.size, eligible, smaller, _scoped(context))
        )
    plan = plan_experiment(named, population, eligible, args.treat_fraction, actions.today, context)
    if not _said_yes(resolved, context):
        return _preview(plan, named, resolved, context)
    return _started(plan, resolved, actions, context)


def _writable(context: ToolContext) -> ActionsPort:
    """The log to write to.

    Raises:
        FinalToolError: There is none, or it is not known which clients are the person's own.
    """
    if context.actions is None:
        raise FinalToolError("No test can be started here: this installation keeps no action log.")
    if context.role == "account_manager" and context.scope.account_manager is None:
        raise FinalToolError(
            "An account manager tests on their own clients only, and this account does not say "
            "which those are. Ask an administrator to name them in its scope."
        )
    return context.actions


def _asked(
    args: StartExperimentArgs, context: ToolContext
) -> tuple[Named, Population, dict[str, Any]]:
    named = resolve_strategy(args.strategy, context)
    population = read_population(args.filters, context, valued=False)
    return (
        named,
        population,
        {
            "strategy": named.strategy,
            "filters": [asked.model_dump(mode="json") for asked in population.filters],
            "treat_fraction": args.treat_fraction,
        },
    )


def _said_yes(resolved: dict[str, Any], context: ToolContext) -> bool:
    """Whether the yes was for exactly this test."""
    confirmed = context.confirmed
    if confirmed is None or confirmed.tool != "start_experiment":
        return False
    try:
        agreed = StartExperimentArgs.model_validate(dict(confirmed.args))
    except ValidationError:
        return False
    return _asked(agreed, context)[2] == resolved


def _preview(
    plan: ExperimentPlan, named: Named, resolved: dict[str, Any], context: ToolContext
) -> ToolResult:
    currency = context.gold.build.currency
    return ToolResult(
        summary=f"{ASK_FIRST} {plan_sentences(plan, currency)}",
        args=resolved,
        facts=plan_facts(plan),
        table=strata_table(plan),
        provenance=[_source(plan, "gold.customer_health_scores", context)],
        caveats=[*_own_clients(context), *plan_caveats(plan), *playbook_note(named)],
        suggestions=["Yes, start it", "No, leave it"],
        asks_first=True,
    )


def _started(
    plan: ExperimentPlan, resolved: dict[str, Any], actions: ActionsPort, context: ToolContext
) -> ToolResult:
    day = actions.assign(
        _assignments(plan),
        strategy=plan.strategy,
        note=f"Test of {plan.strategy}, treat {plan.treat_fraction:g}, seed {plan.seed}",
        user_id=context.user_id,
        test_days=EFFECT_DAYS,
    )
    if day is None:
        running = actions.running(strategy=plan.strategy, test_days=EFFECT_DAYS)
        if running is None:
            raise FinalToolError(
                "Somebody has just put some of these clients into another test, so nothing was "
                "assigned. Ask again to see who is left."
            )
        return _running(running, resolved, context)
    name, table = spoken(plan.strategy), assigned_table(plan)
    return ToolResult(
        summary=started_sentences(plan, day, plan.readable),
        args=resolved,
        facts=[*plan_facts(plan), Fact(name="started_on", value=day, unit="date")],
        table=table,
        provenance=[_source(plan, "action log", context)],
        files=_files(plan, table, day, context),
        caveats=[*_own_clients(context), _NOT_YET_BUILT],
        suggestions=[
            f"How long until the {name} test can be read?",
            "Draft an email to the first client",
        ],
    )


def _assignments(plan: ExperimentPlan) -> list[Assignment]:
    return [
        Assignment(
            customer_id=str(key),
            arm="treatment" if treated else "control",
            propensity=float(propensity),
            cost_usd=round(float(cost), 2) if treated and np.isfinite(cost) else None,
        )
        for key, treated, propensity, cost in zip(
            column(plan.eligible.rows, "customer_id"),
            plan.draw.treated,
            plan.draw.propensity,
            plan.costs_usd,
            strict=True,
        )
    ]


def _running(running: RunningTest, resolved: dict[str, Any], context: ToolContext) -> ToolResult:
    readable = running.last_assigned + timedelta(days=EFFECT_DAYS)
    return ToolResult(
        summary=running_sentences(running, readable),
        args=resolved,
        facts=[
            Fact(name="strategy", value=running.strategy, unit="text"),
            Fact(name="treated", value=running.treated, unit="count"),
            Fact(name="control", value=running.control, unit="count"),
            Fact(name="started_on", value=running.started, unit="date"),
            Fact(name="readable_on", value=readable, unit="date"),
        ],
        provenance=[
            Provenance(
                tool="start_experiment",
                table="action log",
                as_of=context.gold.as_of,
                rows=running.treated + running.control,
                definition=_DEFINITION,
                evidence="recorded",
            )
        ],
        suggestions=[f"Did {spoken(running.strategy)} work?"],
    )


def _files(plan: ExperimentPlan, table: Table, day: date, context: ToolContext) -> list[FileRef]:
    if context.files is None:
        return []
    name = f"test-{plan.strategy.replace('_', '-')}-{day.isoformat()}"
    report = Report(name=name, title=table.title, about="", sections=(Section("", (), table),))
    return [
        context.files.save(
            user_id=context.user_id,
            name=f"{name}.csv",
            content=as_csv(report),
            media_type="text/csv",
        )
    ]


def _source(plan: ExperimentPlan, table: str, context: ToolContext) -> Provenance:
    logged = table == "action log"
    return Provenance(
        tool="start_experiment",
        table=table,
        as_of=plan.start if logged else context.gold.as_of,
        rows=len(plan.strata),
        definition=_DEFINITION,
        evidence="recorded" if logged else "predicted",
        model_version=None if logged else context.churn.version,
    )


def _scoped(context: ToolContext) -> str:
    return "" if context.scope.is_full else " in your scope"


def _own_clients(context: ToolContext) -> list[str]:
    if context.scope.is_full:
        return []
    whose = "your own clients" if context.role == "account_manager" else "clients in your scope"
    return [f"Only {whose} take part."]
