"""Words, facts and tables of a test before and after it is started."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import numpy as np

from tools.contract import Column, Fact, RunningTest, Scalar, Table
from tools.experiment_plan import CONTACT_DAYS, Eligible, ExperimentPlan
from tools.models.frames import column, is_unknown, numbers
from tools.models.hazards import EFFECT_DAYS
from tools.strategies import spoken
from tools.strategy_evidence import LEAST_PER_ARM
from tools.wording import count_noun, format_value, join_words

__all__ = [
    "assigned_table",
    "plan_caveats",
    "plan_facts",
    "plan_sentences",
    "running_sentences",
    "started_sentences",
    "strata_table",
    "too_few",
]

_BALANCED: Final = 0.25
"""Standardised difference below which arms count as alike (Stuart 2010)."""
_LIKELY: Final = 0.5
"""Power below which a test will more likely miss the expected effect than find it."""


def plan_sentences(plan: ExperimentPlan, currency: str) -> str:
    """What would be done, and what it could show."""
    name = spoken(plan.strategy)
    about = f" ({plan.where})" if plan.where else ""
    groups = len(set(plan.strata))
    drawn = (
        f"drawn at random within {count_noun(groups, 'group')} of like segment and churn risk"
        if groups > 1
        else "drawn at random"
    )
    trait, gap = plan.largest_imbalance
    said = "the arms are alike" if gap < _BALANCED else "the arms differ somewhat by chance"
    cost = (
        f" Treating them is expected to cost {_usd(plan.cost_usd, currency)}."
        if plan.cost_usd is not None
        else " What it costs is not known."
    )
    return (
        f"A test of {name} would take {len(plan.strata):,} of the "
        f"{count_noun(plan.matching, 'client')} that match{about}"
        f"{_left_out(plan.eligible)}. {plan.treated:,} would be treated and {plan.control:,} left "
        f"alone as control, {drawn}; {said} (largest gap {gap:.2f} standard deviations, {trait})."
        f"{cost} About {_pct(plan.stay_prob)} are expected to stay without treatment, so the "
        f"smallest effect it finds 8 times in 10 is {_points(plan.detectable)} percentage points"
        f"{_prospect(plan)}. It can be read from {_day(plan.readable)}, {EFFECT_DAYS} days after "
        "the start. Shall I start it?"
    )


def started_sentences(plan: ExperimentPlan, day: date, readable: date) -> str:
    """What was done, and what to do now."""
    return (
        f"Started on {_day(day)}: {plan.treated:,} clients were drawn to be treated with "
        f"{spoken(plan.strategy)}, {plan.control:,} are the control group. Treat those whom the "
        "list marks, and leave the others without it (care as usual is fine). Do not judge it "
        f"before {_day(readable)}: then all outcomes are known and the effect is measured."
    )


def running_sentences(running: RunningTest, readable: date) -> str:
    """That the test is there already."""
    return (
        f"A test of {spoken(running.strategy)} is running already: {running.treated:,} treated and "
        f"{running.control:,} control clients since {_day(running.started)}. Nothing was assigned "
        f"again. It can be read from {_day(readable)}."
    )


def too_few(name: str, matching: int, eligible: Eligible, smaller: int, scoped: str) -> str:
    """Why no test is started."""
    free = len(eligible.rows)
    advice = (
        "Record who agreed to be contacted first."
        if eligible.without_consent == matching
        else "Which other clients may take part, or shall it wait until running tests have ended?"
    )
    return (
        f"A test of {name} would be too small to show anything: {free:,} of "
        f"{count_noun(matching, 'matching client')}{scoped} can take part"
        f"{_left_out(eligible)}, which leaves {smaller:,} in the smaller arm where at least "
        f"{LEAST_PER_ARM} are needed. {advice}"
    )


def plan_caveats(plan: ExperimentPlan) -> list[str]:
    """Lopsided arms, and a test that will hardly show anything."""
    caveats: list[str] = []
    trait, gap = plan.largest_imbalance
    if gap >= _BALANCED:
        caveats.append(
            f"By chance the arms differ in {trait} by {gap:.2f} standard deviations; more clients "
            "would even that out."
        )
    if plan.power is not None and plan.power < _LIKELY:
        caveats.append(
            "A test of this size will more likely miss the expected effect than find it: take more "
            "clients, or those at higher risk."
        )
    return caveats


def plan_facts(plan: ExperimentPlan) -> list[Fact]:
    """All figures of the plan by name."""
    eligible = plan.eligible
    facts = [
        Fact(name="strategy", value=plan.strategy, unit="text"),
        Fact(name="customers_matching", value=plan.matching, unit="count"),
        Fact(name="customers", value=len(plan.strata), unit="count"),
        Fact(name="without_consent", value=eligible.without_consent, unit="count"),
        Fact(name="in_running_test", value=eligible.in_test, unit="count"),
        Fact(name="contacted_lately", value=eligible.contacted, unit="count"),
        Fact(name="contact_window", value=CONTACT_DAYS, unit="days"),
        Fact(name="treated", value=plan.treated, unit="count"),
        Fact(name="control", value=plan.control, unit="count"),
        Fact(name="strata", value=len(set(plan.strata)), unit="count"),
        Fact(name="stay_prob", value=plan.stay_prob, unit="prob"),
        Fact(name="detectable_effect_pct", value=100 * plan.detectable, unit="points"),
        Fact(name="largest_imbalance", value=plan.largest_imbalance[1], unit="score"),
        Fact(name="outcome_window", value=EFFECT_DAYS, unit="days"),
        Fact(name="readable_on", value=plan.readable, unit="date"),
        Fact(name="seed", value=str(plan.seed), unit="text"),
    ]
    if plan.expected_effect is not None and plan.power is not None:
        facts += [
            Fact(name="expected_effect_pct", value=100 * plan.expected_effect, unit="points"),
            Fact(name="power", value=plan.power, unit="prob"),
        ]
    if plan.cost_usd is not None:
        facts.append(Fact(name="cost_usd", value=plan.cost_usd, unit="usd"))
    return facts


def strata_table(plan: ExperimentPlan) -> Table:
    """The groups that clients are drawn within."""
    prob = numbers(plan.eligible.rows, "churn_prob_90d")
    names = np.array(plan.strata)
    rows: list[list[Scalar | None]] = []
    for name in sorted(set(plan.strata)):
        inside = names == name
        treated = int(plan.draw.treated[inside].sum())
        size = int(inside.sum())
        rows.append([name, size, treated, size - treated, float(prob[inside].mean())])
    return Table(
        title=f"Test of {spoken(plan.strategy)}: groups",
        columns=[
            Column(name="stratum", unit="text", label="Group"),
            Column(name="customers", unit="count", label="Clients"),
            Column(name="treated", unit="count", label="To treat"),
            Column(name="control", unit="count", label="Control"),
            Column(name="avg_churn_prob", unit="prob", label="Average churn probability"),
        ],
        rows=rows,
    )


def assigned_table(plan: ExperimentPlan) -> Table:
    """Every client with the arm, those to treat first, the most ARR at risk first."""
    rows = plan.eligible.rows
    named: Mapping[str, list[Scalar | None]] = {
        name: [None if is_unknown(value) else value for value in column(rows, name)]
        for name in ("name", "segment", "churn_risk", "account_manager", "arr", "customer_id")
    }
    order = sorted(range(len(rows)), key=lambda place: not plan.draw.treated[place])
    return Table(
        title=f"Test of {spoken(plan.strategy)}: who to treat",
        columns=[
            Column(name="name", unit="text", label="Client"),
            Column(name="arm", unit="text", label="Arm"),
            Column(name="segment", unit="text", label="Segment"),
            Column(name="churn_risk", unit="text", label="Churn risk"),
            Column(name="account_manager", unit="text", label="Account manager"),
            Column(name="arr", unit="usd", label="ARR"),
            Column(name="propensity", unit="prob", label="Chance of treatment"),
            Column(name="customer_id", unit="text", label="Client id"),
        ],
        rows=[
            [
                named["name"][place],
                "treat" if plan.draw.treated[place] else "control",
                named["segment"][place],
                named["churn_risk"][place],
                named["account_manager"][place],
                named["arr"][place],
                float(plan.draw.propensity[place]),
                named["customer_id"][place],
            ]
            for place in order
        ],
    )


def _left_out(eligible: Eligible) -> str:
    said = [
        f"{count:,} {one if count == 1 else more} {words}"
        for count, one, more, words in (
            (eligible.without_consent, "has", "have", "no consent to be contacted on record"),
            (eligible.in_test, "is", "are", "in a running test"),
            (eligible.contacted, "was", "were", f"contacted in the last {CONTACT_DAYS} days"),
        )
        if count
    ]
    return f"; left out: {join_words(said)}" if said else ""


def _prospect(plan: ExperimentPlan) -> str:
    if plan.expected_effect is None or plan.power is None or plan.evidence is None:
        return ""
    source = "earlier tests" if plan.evidence.grade == "measured" else "its playbook"
    return (
        f"; going by {source} it should add about {_points(plan.expected_effect)} points here, "
        f"which this test would find with a chance of {_pct(plan.power)}"
    )


def _usd(value: float | None, currency: str) -> str:
    return format_value(None if value is None else round(value), "usd", currency=currency)


def _pct(share: float) -> str:
    return format_value(share, "prob")


def _points(share: float) -> str:
    return format_value(100 * share, "points")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
