"""Measures a strategy: from a randomised test, its parts, or from cases that somebody chose."""

from typing import Final

import numpy as np
import pandas as pd

from tools.models.covariates import covariate_columns
from tools.models.effects import ArmCounts, Difference, difference
from tools.models.frames import Floats, column, numbers, rows_where
from tools.models.observational import LEAST, MOST, aipw, overlap
from tools.models.pooling import false_alarm_probability, heterogeneity_p, partial_pooling
from tools.models.returns import ArmMoney, Returns, returns
from tools.trial import Chosen, Group, Groups, Trial
from tools.trial_cases import Cases, arm_counts, days_of, is_treated

__all__ = ["estimate_chosen", "measure_groups", "measure_trial"]

GROUP_SPREAD: Final = 0.05
"""Prior scale of how far the effects of groups differ (0-1)."""
RISK_SPREAD: Final = 0.2
"""The same of groups by risk: who would stay anyway has little to gain."""
_LEAST_SIZE: Final = 10.0
"""Effective clients an arm needs before chosen cases are compared."""
_LEAST_EVENTS: Final = 5
"""Clients who left, and clients who stayed, that they need together."""
_SURE_SHARE: Final = 0.05
"""Of the variance of a share: nobody left among few is no proof that nobody would."""


def measure_trial(strategy: str, cases: Cases, chosen: Chosen | None) -> Trial | None:
    """Measure a test as a whole; None while an arm has no known outcome."""
    arms = cases.arms
    if not arms.is_comparable:
        return None
    days = days_of(cases.assigned)
    money, unpriced = _money(cases.known)
    return Trial(
        strategy=strategy,
        cases=cases,
        arms=arms,
        effect=difference(arms),
        first=min(days),
        last=max(days),
        money=money,
        unpriced=unpriced,
        chosen=chosen,
    )


def measure_groups(known: pd.DataFrame, by: str, asked: str) -> Groups:
    """Measure each part of a test, and draw it towards the others as far as it is uncertain."""
    labels = column(known, "grp")
    names = sorted(set(labels))
    found = {name: arm_counts(rows_where(known, (labels == name).to_numpy())) for name in names}
    usable = {name: arms for name, arms in found.items() if arms.is_comparable}
    left_out = tuple(name for name in found if name not in usable)
    if not usable:
        return Groups(by, (), left_out, 1.0, 0.0)
    own = [difference(arms) for arms in usable.values()]
    effects = np.array([each.effect for each in own])
    variances = np.array(list(map(_safe_variance, usable.values(), own)))
    spread = RISK_SPREAD if by == "churn_risk" else GROUP_SPREAD
    pooled = partial_pooling(effects, variances, spread=spread)
    parts = tuple(
        Group(name, arms, each, float(estimate), float(sd))
        for (name, arms), each, estimate, sd in zip(
            usable.items(), own, pooled.estimates, pooled.sds, strict=True
        )
    )
    return Groups(
        by=by,
        parts=parts,
        left_out=left_out,
        differ_p=heterogeneity_p(effects, variances),
        false_alarm_prob=false_alarm_probability(len(parts)),
        asked=asked if asked in usable else "",
    )


def estimate_chosen(strategy: str, cases: Cases, before: pd.DataFrame) -> Chosen | None:
    """Estimate from cases that were not drawn; None where no probability of choice is known.

    Args:
        strategy: Canonical name.
        cases: The cases.
        before: As `read_known_before` gives it.
    """
    chance = numbers(cases.known, "propensity")
    usable = np.isfinite(chance)
    rows = rows_where(cases.known, usable)
    if rows.empty:
        return None
    chance = chance[usable]
    treated = is_treated(rows).astype(np.float64)
    found = overlap(treated, chance)
    arms, inside = arm_counts(rows), arm_counts(rows_where(rows, found.inside))
    refusal = _refusal(inside, found.treated_size, found.control_size)
    covariates = _covariates(rows, before)[found.inside]
    effect = None
    if not refusal:
        effect = aipw(
            treated[found.inside],
            numbers(rows, "retained")[found.inside],
            chance[found.inside],
            covariates,
        )
    return Chosen(
        strategy=strategy,
        cases=cases,
        rows=len(rows),
        arms=inside,
        naive=difference(arms) if arms.is_comparable else None,
        overlap=found,
        effect=effect,
        refusal=refusal,
        covariates=covariates.shape[1],
    )


def _covariates(rows: pd.DataFrame, before: pd.DataFrame) -> Floats:
    """What was known before the assignment, the churn probability among it."""
    facts = rows[["intervention_id"]].merge(before, on="intervention_id", how="left")
    risk = numbers(rows, "churn_prob")
    columns = covariate_columns(facts)
    if not np.isfinite(risk).any():
        return columns
    filled = np.where(np.isfinite(risk), risk, np.nanmean(risk))
    spread = filled.std()
    return np.column_stack([columns, (filled - filled.mean()) / spread]) if spread else columns


def _refusal(arms: ArmCounts, treated_size: float, control_size: float) -> str:
    """Why chosen cases cannot be compared; "" when they can."""
    if not arms.is_comparable or min(treated_size, control_size) < _LEAST_SIZE:
        return (
            f"too few of those who were treated and of those who were not are alike: within "
            f"{LEAST:.0%} to {MOST:.0%} chance of treatment they are worth {treated_size:.0f} and "
            f"{control_size:.0f} clients of a fair draw, and at least {_LEAST_SIZE:.0f} each are "
            "needed"
        )
    kept = arms.treated_kept + arms.control_kept
    if min(kept, arms.clients - kept) < _LEAST_EVENTS:
        return (
            f"only {arms.clients - kept} of {arms.clients} clients left, and at least "
            f"{_LEAST_EVENTS} who left and {_LEAST_EVENTS} who stayed are needed"
        )
    return ""


def _money(known: pd.DataFrame) -> tuple[Returns | None, int]:
    """What the test brought, and how many clients it leaves out for want of an ARR."""
    treated = is_treated(known)
    arr, cost = numbers(known, "arr"), numbers(known, "cost")
    priced = np.isfinite(arr)
    spent = cost[treated & np.isfinite(cost)]
    if not spent.size or not (priced & treated).any() or not (priced & ~treated).any():
        return None, 0
    # What a treated client cost is unknown, not nothing; an untreated one cost nothing.
    filled = np.where(np.isfinite(cost), cost, np.where(treated, spent.mean(), 0.0))
    left = (numbers(known, "retained") == 0).astype(np.float64)
    arms = [
        ArmMoney(arr[priced & arm], left[priced & arm], filled[priced & arm])
        for arm in (treated, ~treated)
    ]
    return returns(*arms), int((~priced).sum())


def _safe_variance(arms: ArmCounts, own: Difference) -> float:
    """A group in which everyone stayed is not known exactly."""
    floor = _SURE_SHARE * (1 - _SURE_SHARE) * (1 / arms.treated + 1 / arms.control)
    return max(own.standard_error**2, floor)
