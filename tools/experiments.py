"""What a past test of a strategy showed: `analyze_experiment`."""

from difflib import get_close_matches
from typing import Any

import pandas as pd
from pydantic import Field

from data.gold_interventions import EFFECT_GROUPS, read_strategies
from tools.contract import Evidence, Period, Provenance, ToolArgs, ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.estimate_answers import (
    ESTIMATE,
    estimate_caveats,
    estimate_chart,
    estimate_facts,
    estimate_sentences,
    estimate_table,
)
from tools.experiment_answers import (
    CHOSEN_BESIDE,
    DEFINITION,
    trial_caveats,
    trial_sentences,
    uneven_sentences,
)
from tools.experiment_tables import (
    arm_chart,
    arm_table,
    group_chart,
    group_table,
    trial_facts,
    uneven_facts,
)
from tools.models.frames import column
from tools.ranking_answers import ranking_result
from tools.resolve import mendable_errors
from tools.running_tests import logged_test, not_readable, open_test, running_note
from tools.strategies import Named, playbook_note, resolve_strategy, spoken
from tools.trial import Chosen, Running, Trial
from tools.trial_cases import Cases
from tools.trial_measures import measure_groups, measure_trial
from tools.trial_ranking import EVERY, rank_strategies
from tools.trial_reading import read_trial
from tools.trial_words import start_words
from tools.wording import count_noun

__all__ = ["AnalyzeExperimentArgs", "analyze_experiment"]

_PERSONAL = "account_manager"
_TABLE = "gold.interventions"


class AnalyzeExperimentArgs(ToolArgs):
    """Which strategy, split by what, assigned when."""

    strategy: str = Field(
        default=EVERY,
        min_length=1,
        max_length=200,
        description='A strategy, e.g. discount, or a playbook\'s id; "all" ranks every one by what '
        "its test showed.",
    )
    by: str | None = Field(
        default=None,
        description="segment, region, country, industry, plan, contract_type, churn_risk (when "
        "assigned), month, quarter, year or account_manager.",
    )
    group: str | None = Field(
        default=None,
        max_length=200,
        description='One value of `by` to tell first, e.g. SMB for "did it work for SMB?".',
    )
    period: Period | None = Field(default=None, description="Days of assignment; none means all.")


def analyze_experiment(args: AnalyzeExperimentArgs, context: ToolContext) -> ToolResult:
    """Say whether a strategy worked and paid: effect with interval, p-value, power, net, by group.

    Use for: "did X work", "is it significant", "did X pay", "effect of X by segment", "was the
    test big enough", A/B test results; with strategy "all" for "which play works best for SMB",
    "what has worked", "results of our experiments". Not for what it would bring in future
    (`simulate_strategy`) or the best use of a budget (`compare_strategies`).
    """
    if args.strategy.strip().casefold() == EVERY:
        return _every(args, context)
    named = resolve_strategy(args.strategy, context)
    by = _checked_by(args.by, context)
    rows, random, chosen = read_trial(named.strategy, by, args.period, context)
    resolved: dict[str, Any] = {"strategy": named.strategy}
    if by:
        resolved["by"] = by
    if args.period is not None:
        resolved["period"] = args.period.model_dump(mode="json")
    newer = logged_test(named.strategy, args.period, context)
    trial = measure_trial(named.strategy, random, chosen)
    if trial is not None and trial.is_fair:
        return _measured(
            trial, by, _group_of(args.group, by, random), named, resolved, newer, context
        )
    if trial is not None:
        return _uneven(trial, named, resolved, context)
    running = open_test(named.strategy, random, context) or newer
    if running is not None:
        return not_readable(running, resolved, context)
    if chosen is not None and chosen.effect is not None:
        return _estimated(chosen, named, resolved, context)
    raise FinalToolError(_nothing_known(named.strategy, rows, random, chosen, args.period, context))


def _every(args: AnalyzeExperimentArgs, context: ToolContext) -> ToolResult:
    by = _checked_by(args.by, context)
    if args.group and not by:
        raise RetryableToolError(
            f"To tell of {args.group!r} say by what it is a group.", EFFECT_GROUPS
        )
    ranking = rank_strategies(by, args.group or "", args.period, context)
    if not ranking.lines and "interventions" in context.gold.build.absent:
        raise FinalToolError(
            "Nothing is measured: this data set has no interventions, so no test was run here. "
            f"{start_words('success call')}"
        )
    return ranking_result(ranking, args.period, context)


def _measured(
    trial: Trial,
    by: str | None,
    asked: str,
    named: Named,
    resolved: dict[str, Any],
    newer: Running | None,
    context: ToolContext,
) -> ToolResult:
    groups = measure_groups(trial.cases.known, by, asked) if by else None
    if asked:
        resolved["group"] = asked
    sources = [_provenance(DEFINITION, trial.arms.clients, "measured", context)]
    if trial.chosen is not None and trial.chosen.effect is not None:
        sources.append(
            _provenance(
                CHOSEN_BESIDE,
                trial.chosen.arms.clients,
                "predicted",
                context,
                table=f"{_TABLE} (chosen by hand)",
            )
        )
    return ToolResult(
        summary=trial_sentences(trial, groups, context.gold.build.currency),
        args=resolved,
        facts=trial_facts(trial, groups),
        table=group_table(trial, groups) if groups else arm_table(trial),
        charts=[group_chart(trial, groups) if groups else arm_chart(trial)],
        provenance=sources,
        caveats=[
            *trial_caveats(trial, groups),
            *([running_note(newer)] if newer else []),
            *playbook_note(named),
        ],
        suggestions=[
            f"What would {spoken(named.strategy)} bring for high-risk clients?",
            f"Show the effect of {spoken(named.strategy)} by {'region' if by else 'segment'}",
            "Compare all strategies for clients at risk",
        ],
    )


def _uneven(
    trial: Trial, named: Named, resolved: dict[str, Any], context: ToolContext
) -> ToolResult:
    """The draw was not fair: what is recorded, and no effect."""
    return ToolResult(
        summary=uneven_sentences(trial),
        args=resolved,
        facts=uneven_facts(trial),
        table=arm_table(trial),
        provenance=[_provenance(DEFINITION, trial.arms.clients, "recorded", context)],
        caveats=playbook_note(named),
        suggestions=[
            f"Start an experiment with {spoken(named.strategy)}",
            "Compare all strategies for clients at risk",
        ],
    )


def _estimated(
    chosen: Chosen, named: Named, resolved: dict[str, Any], context: ToolContext
) -> ToolResult:
    """Nobody was drawn at random, but how people were chosen is on record."""
    effect = chosen.effect
    assert effect is not None  # noqa: S101 - the caller has checked it
    return ToolResult(
        summary=estimate_sentences(chosen, effect),
        args=resolved,
        facts=estimate_facts(chosen, effect),
        table=estimate_table(chosen, effect),
        charts=[estimate_chart(chosen, effect)],
        provenance=[_provenance(ESTIMATE, chosen.arms.clients, "predicted", context)],
        caveats=[*estimate_caveats(chosen), *playbook_note(named)],
        suggestions=[
            f"Start an experiment with {spoken(named.strategy)}",
            "Compare all strategies for clients at risk",
        ],
    )


def _checked_by(by: str | None, context: ToolContext) -> str | None:
    if by is None:
        return None
    wanted = by.strip().casefold().replace(" ", "_").replace("-", "_")
    if wanted == _PERSONAL and not context.scope.is_full:
        raise FinalToolError(
            "Effects by account manager are shown only to those who may see every client. "
            "Ask for the effect by segment or region."
        )
    if wanted in EFFECT_GROUPS:
        return wanted
    near = get_close_matches(wanted, EFFECT_GROUPS, n=2, cutoff=0.6)
    raise RetryableToolError(
        f"An effect cannot be split by {by!r}.",
        [*near, *(g for g in EFFECT_GROUPS if g not in near)],
    )


def _group_of(group: str | None, by: str | None, random: Cases) -> str:
    """The group that was asked for, as the data spell it; "" for none."""
    if group is None:
        return ""
    if by is None:
        raise RetryableToolError(f"To tell of {group!r} say by what it is a group.", EFFECT_GROUPS)
    names = sorted(set(column(random.known, "grp")))
    same = [name for name in names if name.casefold() == group.strip().casefold()]
    if not same:
        raise RetryableToolError(f"The test has no client with {by} {group!r}.", names)
    return same[0]


def _nothing_known(
    strategy: str,
    rows: pd.DataFrame,
    random: Cases,
    chosen: Chosen | None,
    period: Period | None,
    context: ToolContext,
) -> str:
    """Why there is no effect to tell, and what to do about it."""
    name = spoken(strategy)
    if "interventions" in context.gold.build.absent:
        return (
            f"Nothing is measured about {name}: this data set has no interventions, so no test was "
            "run here. A playbook's expected effect can be simulated instead. "
            f"{start_words(name)}"
        )
    within = f" between {period.start} and {period.end}" if period else ""
    if len(random.known):
        arm = "treated" if random.arms.treated else "left untreated"
        why = (
            f"all {count_noun(random.arms.clients, 'client')} drawn with a known outcome were "
            f"{arm}, so there is nobody to compare them with"
        )
    elif chosen is not None:
        why = f"no client was drawn at random, and of those chosen by hand {chosen.refusal}"
    elif len(rows):
        why = (
            f"its {count_noun(len(rows), 'case')} were chosen by hand and the probability of being "
            "chosen is not on record, so what the strategy did cannot be told from who was chosen"
        )
    else:
        why = "it was tried on nobody"
    with mendable_errors():
        tried = [spoken(each) for each in read_strategies(context.gold) if each != strategy]
    others = f" Strategies with cases: {', '.join(tried)}." if tried else ""
    return f"The effect of {name}{within} is not known: {why}. {start_words(name)}{others}"


def _provenance(
    definition: str, rows: int, evidence: Evidence, context: ToolContext, *, table: str = _TABLE
) -> Provenance:
    return Provenance(
        tool="analyze_experiment",
        table=table,
        as_of=context.gold.as_of,
        rows=rows,
        definition=definition,
        evidence=evidence,
    )
