"""Words, facts, tables and charts of a test's result."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from tools.contract import Chart, Column, Fact, Scalar, Series, Table
from tools.models.effects import Difference, detectable_effect, power_for
from tools.strategies import spoken
from tools.strategy_evidence import LEAST_PER_ARM
from tools.trial import Group, Trial
from tools.wording import format_value

__all__ = [
    "CHOSEN",
    "DEFINITION",
    "effect_chart",
    "group_chart",
    "group_table",
    "trial_caveats",
    "trial_facts",
    "trial_sentences",
    "trial_table",
]

DEFINITION: Final = (
    "Effect = share retained in the treatment arm − share retained in the control arm, randomised "
    "rows with a known 90-day outcome; 95 % interval by Newcombe, two-sided p by the score test. "
    "Groups are partially pooled: each is drawn towards the common mean as far as it is uncertain."
)
CHOSEN: Final = (
    "Cases chosen by hand with a known probability of being chosen, weighted by it (AIPW); "
    "associational, not a test."
)
_EVEN: Final = 0.001
"""Below this probability the arms are too uneven for a fair draw."""
_USEFUL: Final = 0.05
"""A true effect of 5 points, for which the power is told."""
_Z: Final = 1.96


def trial_sentences(trial: Trial, groups: Sequence[Group], by: str | None, currency: str) -> str:
    """Verdict and effect, the doubt, the money or the groups."""
    effect, arms = trial.effect, trial.arms
    name = spoken(trial.strategy)
    head = {
        1: f"Yes, {name} worked",
        -1: f"No, {name} did harm",
        0: f"Not shown: {name} has no clear effect",
    }[_sign(effect)]
    figures = (
        f"{head}: {_pct(arms.treated_rate)} of {arms.treated:,} treated clients stayed against "
        f"{_pct(arms.control_rate)} of {arms.control:,} in the control group, a difference of "
        f"{_pct(effect.effect)} of clients (percentage points)."
    )
    doubt = (
        f"The 95 % interval runs from {_pct(effect.low)} to {_pct(effect.high)} and "
        f"p = {_p(effect.p_value)}: {'' if effect.is_clear else 'not '}statistically significant."
    )
    last = _group_sentence(groups, by) if groups else _money_sentence(trial, currency)
    return " ".join(part for part in (figures, doubt, last, "This is measured.") if part)


def trial_caveats(trial: Trial, currency: str) -> list[str]:
    """Small or broken tests, open outcomes, and the estimate that is no test."""
    del currency
    arms = trial.arms
    caveats: list[str] = []
    if min(arms.treated, arms.control) < LEAST_PER_ARM:
        caveats.append(
            f"The test is small ({arms.treated:,} treated, {arms.control:,} control): take it as a "
            "hint."
        )
    if not trial.effect.is_clear:
        caveats.append(
            "A test of this size finds a true effect of "
            f"{_points(detectable_effect(arms))} points or more 8 times in 10; a smaller one may "
            "well be missed."
        )
    if trial.ratio_p < _EVEN:
        caveats.append(
            f"The arms are more uneven than a fair draw makes them (p = {_p(trial.ratio_p)}): "
            "check how clients were assigned before trusting the effect."
        )
    if trial.open_rows:
        until = f" until {_day(trial.open_until)}" if trial.open_until else ""
        caveats.append(
            f"{trial.open_rows:,} clients are left out: their outcome is still open{until}."
        )
    if trial.chosen is not None:
        low, high = _points(trial.chosen.low), _points(trial.chosen.high)
        caveats.append(
            f"Cases chosen by hand point to {_points(trial.chosen.effect)} points ({low} to "
            f"{high}); that is predicted and associational, and not part of the measured effect."
        )
    return caveats


def trial_facts(trial: Trial, groups: Sequence[Group]) -> list[Fact]:
    """All figures of the test by name."""
    effect, arms = trial.effect, trial.arms
    facts = [
        Fact(name="strategy", value=trial.strategy, unit="text"),
        Fact(name="effect_pct", value=100 * effect.effect, unit="pct"),
        Fact(name="effect_pct_low", value=100 * effect.low, unit="pct"),
        Fact(name="effect_pct_high", value=100 * effect.high, unit="pct"),
        Fact(name="p_value", value=effect.p_value, unit="score"),
        Fact(name="is_significant", value=effect.is_clear, unit="text"),
        Fact(name="retention_treated", value=arms.treated_rate, unit="prob"),
        Fact(name="retention_control", value=arms.control_rate, unit="prob"),
        Fact(name="treated", value=arms.treated, unit="count"),
        Fact(name="control", value=arms.control, unit="count"),
        Fact(name="open_outcomes", value=trial.open_rows, unit="count"),
        Fact(name="detectable_effect_pct", value=100 * detectable_effect(arms), unit="pct"),
        Fact(name="power_for_5_points", value=power_for(arms, _USEFUL), unit="prob"),
        Fact(name="sample_ratio_p", value=trial.ratio_p, unit="score"),
        Fact(name="first_assigned", value=trial.first, unit="date"),
        Fact(name="last_assigned", value=trial.last, unit="date"),
    ]
    if trial.money is not None:
        saved = effect.effect * trial.money.leaver_arr_usd
        facts += [
            Fact(name="cost_per_customer", value=trial.money.cost_usd, unit="usd"),
            Fact(name="avg_arr_usd", value=trial.money.arr_usd, unit="usd"),
            Fact(name="leaver_arr_usd", value=trial.money.leaver_arr_usd, unit="usd"),
            Fact(name="arr_saved_per_treated_usd", value=saved, unit="usd"),
            Fact(name="net_per_treated_usd", value=saved - trial.money.cost_usd, unit="usd"),
        ]
    if trial.chosen is not None:
        for end, value in (
            ("", trial.chosen.effect),
            ("_low", trial.chosen.low),
            ("_high", trial.chosen.high),
        ):
            facts.append(Fact(name=f"chosen_effect_pct{end}", value=100 * value, unit="pct"))
    for group in groups:
        facts += [
            Fact(name=f"effect_pct:{group.name}", value=100 * group.own.effect, unit="pct"),
            Fact(name=f"pooled_effect_pct:{group.name}", value=100 * group.pooled, unit="pct"),
        ]
    return facts


def trial_table(trial: Trial) -> Table:
    """The arms."""
    arms = trial.arms
    rows: list[list[Scalar | None]] = [
        ["treatment", arms.treated, arms.treated_kept, arms.treated_rate],
        ["control", arms.control, arms.control_kept, arms.control_rate],
    ]
    return Table(
        title=f"Randomised test of {spoken(trial.strategy)}",
        columns=[
            Column(name="arm", unit="text", label="Arm"),
            Column(name="clients", unit="count", label="Clients"),
            Column(name="retained", unit="count", label="Stayed"),
            Column(name="retention", unit="prob", label="Retention"),
        ],
        rows=rows,
    )


def group_table(trial: Trial, groups: Sequence[Group], by: str) -> Table:
    """The effect in each group: its own, then pooled with its interval."""
    rows: list[list[Scalar | None]] = [
        [
            group.name,
            group.arms.treated,
            group.arms.control,
            100 * group.own.effect,
            100 * group.pooled,
            100 * group.low,
            100 * group.high,
        ]
        for group in groups
    ]
    return Table(
        title=f"Effect of {spoken(trial.strategy)} by {by.replace('_', ' ')}",
        columns=[
            Column(name=by, unit="text", label=by.replace("_", " ").capitalize()),
            Column(name="treated", unit="count", label="Treated"),
            Column(name="control", unit="count", label="Control"),
            Column(name="effect_pct", unit="pct", label="Own effect"),
            Column(name="pooled_effect_pct", unit="pct", label="Pooled effect"),
            Column(name="pooled_low_pct", unit="pct", label="Low"),
            Column(name="pooled_high_pct", unit="pct", label="High"),
        ],
        rows=rows,
    )


def group_chart(trial: Trial, groups: Sequence[Group], by: str) -> Chart:
    """Pooled effects with their intervals."""
    return Chart(
        kind="bar",
        title=f"Effect of {spoken(trial.strategy)} by {by.replace('_', ' ')}",
        unit="pct",
        y_label="More clients kept (percentage points)",
        series=[
            Series(
                name="Pooled effect",
                x=[group.name for group in groups],
                y=[100 * group.pooled for group in groups],
                low=[100 * group.low for group in groups],
                high=[100 * group.high for group in groups],
            )
        ],
    )


def effect_chart(trial: Trial) -> Chart:
    """Retention of the arms."""
    arms = trial.arms
    return Chart(
        kind="bar",
        title=f"Retention after 90 days: {spoken(trial.strategy)}",
        unit="prob",
        series=[
            Series(
                name="Retention",
                x=["Treatment", "Control"],
                y=[arms.treated_rate, arms.control_rate],
            )
        ],
    )


def _group_sentence(groups: Sequence[Group], by: str | None) -> str:
    ranked = sorted(groups, key=lambda group: -group.pooled)
    best, worst = ranked[0], ranked[-1]
    if best is worst:
        return ""
    word = (by or "").replace("_", " ")
    return (
        f"By {word}, pooled with the others, it is largest in {best.name} ({_pct(best.pooled)}, "
        f"{_pct(best.low)} to {_pct(best.high)}) and smallest in {worst.name} "
        f"({_pct(worst.pooled)}, {_pct(worst.low)} to {_pct(worst.high)})."
    )


def _money_sentence(trial: Trial, currency: str) -> str:
    """Whether what is kept pays for what is spent."""
    money = trial.money
    if money is None or not trial.effect.is_clear:
        return ""
    saved = trial.effect.effect * money.leaver_arr_usd
    usd = [format_value(round(v), "usd", currency=currency) for v in (saved, money.cost_usd)]
    verdict = "so it paid" if saved > money.cost_usd else "so it worked and lost money"
    return f"A treated client saved about {usd[0]} of ARR and cost {usd[1]}, {verdict}."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _sign(effect: Difference) -> int:
    if not effect.is_clear:
        return 0
    return 1 if effect.effect > 0 else -1


def _pct(share: float) -> str:
    return format_value(share, "prob")


def _points(share: float) -> str:
    return format_value(100 * share, "points")


def _p(p_value: float) -> str:
    return f"{p_value:.3f}" if p_value >= _EVEN else f"{p_value:.1g}"
