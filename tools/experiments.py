"""What a past test of a strategy showed: `analyze_experiment`."""

from datetime import timedelta
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from data.gold_interventions import EFFECT_GROUPS, read_strategies, read_trial_rows
from tools.contract import Period, Provenance, ToolArgs, ToolContext, ToolResult
from tools.errors import FinalToolError, RetryableToolError
from tools.experiment_answers import (
    CHOSEN,
    DEFINITION,
    effect_chart,
    group_chart,
    group_table,
    trial_caveats,
    trial_facts,
    trial_sentences,
    trial_table,
)
from tools.models.effects import Difference, aipw, difference, sample_ratio_p
from tools.models.frames import column, numbers, rows_where
from tools.models.hazards import EFFECT_DAYS
from tools.models.pooling import partial_pooling
from tools.models.rules import load_default
from tools.resolve import mendable_errors
from tools.running_tests import days_of, logged_test, not_readable, open_test, running_note
from tools.strategies import playbook_note, resolve_strategy, spoken
from tools.strategy_evidence import arm_counts
from tools.trial import Group, Money, Trial

__all__ = ["AnalyzeExperimentArgs", "analyze_experiment"]

GROUP_SPREAD = 0.05
"""Prior scale of how far the effects of groups differ (0-1)."""
_LEAST_CHOSEN = 10
"""Rows an arm needs before hand-picked cases are estimated."""
_PERSONAL = "account_manager"


class AnalyzeExperimentArgs(ToolArgs):
    """Which strategy, split by what, assigned when."""

    strategy: str = Field(
        min_length=1, max_length=200, description="A strategy, e.g. discount, or a playbook's id."
    )
    by: str | None = Field(
        default=None,
        description="segment, region, country, industry, plan, contract_type, churn_risk (when "
        "assigned), month, quarter, year or account_manager.",
    )
    period: Period | None = Field(default=None, description="Days of assignment; none means all.")


def analyze_experiment(args: AnalyzeExperimentArgs, context: ToolContext) -> ToolResult:
    """Say whether a strategy worked: effect on retention with interval, p-value, power, by group.

    Use for: "did X work", "is it significant", "effect of X by segment", A/B test results. Not
    for what it would bring in future (`simulate_strategy`).
    """
    named = resolve_strategy(args.strategy, context)
    by = _checked_by(args.by, context)
    with mendable_errors():
        rows = read_trial_rows(
            context.gold,
            [named.strategy],
            by=by or "segment",
            period=args.period,
            risk_bands=_bands(),
        )
    resolved: dict[str, Any] = {"strategy": named.strategy}
    if by:
        resolved["by"] = by
    if args.period is not None:
        resolved["period"] = args.period.model_dump(mode="json")
    trial = _trial(named.strategy, rows)
    newer = logged_test(named.strategy, args.period, context)
    if trial is None:
        running = open_test(named.strategy, rows, context) or newer
        if running is None:
            raise FinalToolError(_nothing_measured(named.strategy, len(rows), args.period, context))
        return not_readable(running, resolved, context)
    groups = _groups(rows) if by else ()
    currency = context.gold.build.currency
    return ToolResult(
        summary=trial_sentences(trial, groups, by, currency),
        args=resolved,
        facts=trial_facts(trial, groups),
        table=group_table(trial, groups, by) if by else trial_table(trial),
        charts=[group_chart(trial, groups, by) if by else effect_chart(trial)],
        provenance=_provenance(trial, context),
        caveats=[
            *trial_caveats(trial, currency),
            *([running_note(newer)] if newer else []),
            *playbook_note(named),
        ],
        suggestions=[
            f"What would {spoken(named.strategy)} bring for high-risk clients?",
            f"Show the effect of {spoken(named.strategy)} by {'region' if by else 'segment'}",
            "Compare all strategies for clients at risk",
        ],
    )


def _trial(strategy: str, rows: pd.DataFrame) -> Trial | None:
    """The test as a whole; None while an arm has no known outcome."""
    is_random = (column(rows, "assignment") == "random").to_numpy()
    randomised, chosen = rows_where(rows, is_random), rows_where(rows, ~is_random)
    arms = arm_counts(randomised)
    if not arms.is_comparable:
        return None
    assigned = (column(randomised, "arm") == "treatment").to_numpy()
    share = numbers(randomised, "propensity")
    planned = float(np.nanmean(share)) if np.isfinite(share).any() else 0.5
    known = column(randomised, "retained").notna().to_numpy()
    days = days_of(randomised)
    open_days = days_of(rows_where(randomised, ~known))
    return Trial(
        strategy=strategy,
        arms=arms,
        effect=difference(arms),
        open_rows=len(open_days),
        open_until=max(open_days) + timedelta(days=EFFECT_DAYS) if open_days else None,
        ratio_p=sample_ratio_p(int(assigned.sum()), int((~assigned).sum()), planned),
        first=min(days),
        last=max(days),
        money=_money(rows_where(randomised, known)),
        chosen=_chosen(chosen),
        chosen_rows=len(chosen),
    )


def _money(known: pd.DataFrame) -> Money | None:
    treated = (column(known, "arm") == "treatment").to_numpy()
    cost, arr = numbers(known, "cost")[treated], numbers(known, "arr")
    if not np.isfinite(cost).any() or not np.isfinite(arr).any():
        return None
    left = numbers(known, "retained") == 0
    at_stake = arr[left & ~treated & np.isfinite(arr)]
    return Money(
        cost_usd=float(np.nanmean(cost)),
        arr_usd=float(np.nanmean(arr)),
        leaver_arr_usd=float(at_stake.mean()) if at_stake.size else float(np.nanmean(arr)),
    )


def _chosen(rows: pd.DataFrame) -> Difference | None:
    """The estimate from hand-picked rows with a known probability of being picked."""
    chance, risk = numbers(rows, "propensity"), numbers(rows, "churn_prob")
    usable = column(rows, "retained").notna().to_numpy() & np.isfinite(chance)
    usable &= (chance > 0) & (chance < 1)
    rows, chance, risk = rows_where(rows, usable), chance[usable], risk[usable]
    treated = (column(rows, "arm") == "treatment").to_numpy().astype(np.float64)
    if min(treated.sum(), (1 - treated).sum()) < _LEAST_CHOSEN:
        return None
    known = np.isfinite(risk)
    usual = float(risk[known].mean()) if known.any() else 0.0
    found = aipw(treated, numbers(rows, "retained"), chance, np.where(known, risk, usual))
    return found if found.standard_error > 0 else None


def _groups(rows: pd.DataFrame) -> tuple[Group, ...]:
    """Each group's own effect, and the one pooled with the others."""
    randomised = rows_where(rows, (column(rows, "assignment") == "random").to_numpy())
    labels = column(randomised, "grp")
    found = {
        name: arm_counts(rows_where(randomised, (labels == name).to_numpy()))
        for name in sorted(set(labels))
    }
    usable = {name: arms for name, arms in found.items() if arms.is_comparable}
    if not usable:
        return ()
    own = [difference(arms) for arms in usable.values()]
    pooled = partial_pooling(
        np.array([each.effect for each in own]),
        np.array(
            [
                _safe_variance(arms.treated, arms.control, e.standard_error)
                for arms, e in zip(usable.values(), own, strict=True)
            ]
        ),
        spread=GROUP_SPREAD,
    )
    return tuple(
        Group(name, arms, each, float(estimate), float(sd))
        for (name, arms), each, estimate, sd in zip(
            usable.items(), own, pooled.estimates, pooled.sds, strict=True
        )
    )


def _safe_variance(treated: int, control: int, standard_error: float) -> float:
    """A group in which everyone stayed is not known exactly."""
    floor = 0.05 * 0.95 * (1 / treated + 1 / control)
    return max(standard_error**2, floor)


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


def _nothing_measured(strategy: str, rows: int, period: Period | None, context: ToolContext) -> str:
    name = spoken(strategy)
    if "interventions" in context.gold.build.absent:
        return (
            f"Nothing is measured about {name}: this data set has no interventions, so no test was "
            "run here. A playbook's expected effect can be simulated instead."
        )
    within = f" assigned {period.start} to {period.end}" if period else ""
    with mendable_errors():
        tried = [spoken(each) for each in read_strategies(context.gold) if each != strategy]
    others = f" Strategies with cases: {', '.join(tried)}." if tried else ""
    return (
        f"There is no randomised test of {name}{within} with a known outcome in both arms "
        f"({rows:,} cases in all), so its effect is not measured.{others}"
    )


def _bands() -> tuple[float, float]:
    bands = load_default().bands.churn_risk
    return bands.medium, bands.high


def _provenance(trial: Trial, context: ToolContext) -> list[Provenance]:
    sources = [
        Provenance(
            tool="analyze_experiment",
            table="gold.interventions",
            as_of=context.gold.as_of,
            rows=trial.arms.clients,
            definition=DEFINITION,
            evidence="measured",
        )
    ]
    if trial.chosen is not None:
        sources.append(
            Provenance(
                tool="analyze_experiment",
                table="gold.interventions (chosen by hand)",
                as_of=context.gold.as_of,
                rows=trial.chosen_rows,
                definition=CHOSEN,
                evidence="predicted",
            )
        )
    return sources
