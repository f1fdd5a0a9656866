"""Words, facts and chart of an estimate from clients whom somebody chose: no test, and said so."""

from typing import Final

from tools.contract import Chart, Column, Fact, Scalar, Series, Table
from tools.models.effects import Difference
from tools.models.observational import LEAST, MOST
from tools.strategies import spoken
from tools.trial import Chosen
from tools.trial_words import day_words, p_words, points, start_words
from tools.wording import count_noun, format_value

__all__ = [
    "ESTIMATE",
    "estimate_caveats",
    "estimate_chart",
    "estimate_facts",
    "estimate_sentences",
    "estimate_table",
]

ESTIMATE: Final = (
    "Effect on the share retained after 90 days, estimated from assignments that were not random: "
    "each client weighted by the recorded probability of treatment and compared through what was "
    "known before (augmented inverse-probability weighting, 5-fold cross-fitted); 95 % interval "
    f"from the influence function. Only clients with a probability of {LEAST} to {MOST} count."
)


def estimate_sentences(found: Chosen, effect: Difference) -> str:
    """What the chosen cases suggest, what they would suggest unadjusted, and what that is worth."""
    name = spoken(found.strategy)
    head = {
        1: f"{name} seems to have kept clients",
        -1: f"{name} seems to have lost clients",
        0: f"no clear effect of {name}",
    }[_sign(effect)]
    naive = (
        f" The plain difference of {points(found.naive.effect)} points is no effect: it mixes in "
        "who was chosen."
        if found.naive
        else ""
    )
    return (
        f"Estimated, not measured: {head}. Of {found.arms.clients:,} clients who were chosen and "
        f"not drawn, {found.arms.treated:,} of them treated, comparing like with like gives "
        f"{points(effect.effect)} points in retention (95 % interval {points(effect.low)} to "
        f"{points(effect.high)}, {p_words(effect.p_value)}).{naive} This is estimated from "
        "assignments that were not random: a reason for the choice that nobody wrote down can "
        f"mislead it. {start_words(name)}"
    )


def estimate_caveats(found: Chosen) -> list[str]:
    """Overlap, and who is left out."""
    overlap, cases = found.overlap, found.cases
    worth = (
        f"Weighted, the comparison is worth {overlap.treated_size:,.0f} treated and "
        f"{overlap.control_size:,.0f} untreated clients of a fair draw."
    )
    caveats = [worth]
    outside = found.rows - int(overlap.inside.sum())
    if outside:
        caveats.append(
            f"{count_noun(outside, 'client')} ({format_value(overlap.outside_share, 'prob')}) are "
            "left out: they were almost sure to be treated, or not to be, so nobody alike can be "
            "compared with them. The estimate is about the others."
        )
    if not found.covariates:
        caveats.append("Nothing was known of these clients beforehand but the probability itself.")
    if len(cases.open):
        until = f" until {day_words(cases.open_until)}" if cases.open_until else ""
        caveats.append(
            f"{count_noun(len(cases.open), 'client')} are left out: their outcome is still "
            f"open{until}."
        )
    without = len(cases.known) - found.rows
    if without:
        caveats.append(
            f"{count_noun(without, 'client')} are left out: the probability of their treatment is "
            "not on record."
        )
    return caveats


def estimate_facts(found: Chosen, effect: Difference) -> list[Fact]:
    """All figures of the estimate by name."""
    overlap = found.overlap
    facts = [
        Fact(name="strategy", value=found.strategy, unit="text"),
        Fact(name="evidence_grade", value="estimated", unit="text"),
        Fact(name="effect_pct", value=100 * effect.effect, unit="pct"),
        Fact(name="effect_pct_low", value=100 * effect.low, unit="pct"),
        Fact(name="effect_pct_high", value=100 * effect.high, unit="pct"),
        Fact(name="p_value", value=effect.p_value, unit="score"),
        Fact(name="customers", value=found.arms.clients, unit="count"),
        Fact(name="treated", value=found.arms.treated, unit="count"),
        Fact(name="control", value=found.arms.control, unit="count"),
        Fact(name="outside_overlap_prob", value=overlap.outside_share, unit="prob"),
        Fact(name="outside_overlap", value=found.rows - int(overlap.inside.sum()), unit="count"),
        Fact(name="effective_treated", value=overlap.treated_size, unit="count"),
        Fact(name="effective_control", value=overlap.control_size, unit="count"),
        Fact(name="covariates", value=found.covariates, unit="count"),
        Fact(name="open_outcomes", value=len(found.cases.open), unit="count"),
        Fact(name="without_propensity", value=len(found.cases.known) - found.rows, unit="count"),
    ]
    if found.naive is not None:
        facts.append(Fact(name="plain_difference_pct", value=100 * found.naive.effect, unit="pct"))
    return facts


def estimate_table(found: Chosen, effect: Difference) -> Table:
    """The plain difference and the estimate, side by side."""
    rows: list[list[Scalar | None]] = [
        ["plain difference (misleads)", *_ends(found.naive)] if found.naive else [],
        ["estimate, like with like", *_ends(effect)],
    ]
    return Table(
        title=f"{spoken(found.strategy).capitalize()}: estimated, not measured",
        columns=[
            Column(name="comparison", unit="text", label="Comparison"),
            Column(name="effect_pct", unit="pct", label="Difference"),
            Column(name="low_pct", unit="pct", label="Low"),
            Column(name="high_pct", unit="pct", label="High"),
        ],
        rows=[row for row in rows if row],
    )


def estimate_chart(found: Chosen, effect: Difference) -> Chart:
    """The estimate with its interval."""
    value, low, high = _ends(effect)
    return Chart(
        kind="bar",
        title=f"Estimated effect of {spoken(found.strategy)} (not random)",
        unit="pct",
        y_label="More clients kept (percentage points)",
        series=[Series(name="Estimate", x=["Estimate"], y=[value], low=[low], high=[high])],
    )


def _ends(found: Difference) -> list[float]:
    return [100 * found.effect, 100 * found.low, 100 * found.high]


def _sign(effect: Difference) -> int:
    if not effect.is_clear:
        return 0
    return 1 if effect.effect > 0 else -1
