"""Facts, tables and charts of a randomised test's result."""

from tools.contract import Chart, Column, Fact, Scalar, Series, Table, Unit
from tools.models.effects import detectable_effect, power_for
from tools.models.returns import Returns
from tools.strategies import spoken
from tools.trial import Groups, Trial

__all__ = [
    "arm_chart",
    "arm_table",
    "group_chart",
    "group_table",
    "interval_facts",
    "trial_facts",
    "uneven_facts",
]

_USEFUL = 0.05
"""A true effect of 5 points, for which the power is told."""


def trial_facts(trial: Trial, groups: Groups | None) -> list[Fact]:
    """All figures of the test by name."""
    effect, arms = trial.effect, trial.arms
    facts = [
        *interval_facts(
            "effect_pct", "pct", 100 * effect.effect, 100 * effect.low, 100 * effect.high
        ),
        Fact(name="p_value", value=effect.p_value, unit="score"),
        Fact(name="is_significant", value=effect.is_clear, unit="text"),
        *uneven_facts(trial),
        Fact(name="detectable_effect_pct", value=100 * detectable_effect(arms), unit="pct"),
        Fact(name="power_for_5_points", value=power_for(arms, _USEFUL), unit="prob"),
        *(_money_facts(trial.money) if trial.money else []),
    ]
    if trial.chosen is not None and trial.chosen.effect is not None:
        found = trial.chosen.effect
        facts += interval_facts(
            "chosen_effect_pct", "pct", 100 * found.effect, 100 * found.low, 100 * found.high
        )
    return facts + (_group_facts(groups) if groups else [])


def uneven_facts(trial: Trial) -> list[Fact]:
    """What is recorded of the test, whether or not the draw was fair."""
    arms, cases = trial.arms, trial.cases
    return [
        Fact(name="strategy", value=trial.strategy, unit="text"),
        Fact(name="retention_treated", value=arms.treated_rate, unit="prob"),
        Fact(name="retention_control", value=arms.control_rate, unit="prob"),
        Fact(name="treated", value=arms.treated, unit="count"),
        Fact(name="control", value=arms.control, unit="count"),
        Fact(name="drawn_treated", value=trial.drawn[0], unit="count"),
        Fact(name="drawn_control", value=trial.drawn[1], unit="count"),
        Fact(name="planned_share", value=trial.planned_share, unit="prob"),
        Fact(name="sample_ratio_p", value=trial.ratio_p, unit="score"),
        Fact(name="open_outcomes", value=len(cases.open), unit="count"),
        Fact(name="lost_outcomes", value=cases.lost, unit="count"),
        Fact(name="repeated_assignments", value=cases.repeated, unit="count"),
        Fact(name="treated_again", value=cases.treated_again, unit="count"),
        Fact(name="control_treated", value=cases.leaked, unit="count"),
        Fact(name="other_strategy_treated", value=cases.also_treated, unit="count"),
        Fact(name="other_strategy_control", value=cases.also_control, unit="count"),
        Fact(name="first_assigned", value=trial.first, unit="date"),
        Fact(name="last_assigned", value=trial.last, unit="date"),
    ]


def interval_facts(name: str, unit: Unit, value: float, low: float, high: float) -> list[Fact]:
    """A value and the ends of its interval."""
    ends = (("", value), ("_low", low), ("_high", high))
    return [Fact(name=f"{name}{end}", value=number, unit=unit) for end, number in ends]


def arm_table(trial: Trial) -> Table:
    """The arms, with the money where it is known."""
    arms, money = trial.arms, trial.money
    rows: list[list[Scalar | None]] = [
        ["treatment", arms.treated, arms.treated_kept, arms.treated_rate],
        ["control", arms.control, arms.control_kept, arms.control_rate],
    ]
    columns = [
        Column(name="arm", unit="text", label="Arm"),
        Column(name="clients", unit="count", label="Clients"),
        Column(name="retained", unit="count", label="Stayed"),
        Column(name="retention", unit="prob", label="Retention"),
    ]
    if money is not None:
        rows[0] += [round(money.treated_lost_usd), round(money.cost_usd)]
        rows[1] += [round(money.control_lost_usd), 0]
        columns += [
            Column(name="arr_lost_per_client_usd", unit="usd", label="ARR lost a client"),
            Column(name="cost_per_client_usd", unit="usd", label="Cost a client"),
        ]
    return Table(title=f"Test of {spoken(trial.strategy)}", columns=columns, rows=rows)


def group_table(trial: Trial, groups: Groups) -> Table:
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
        for group in groups.parts
    ]
    return Table(
        title=f"Effect of {spoken(trial.strategy)} by {groups.label}",
        columns=[
            Column(name=groups.by, unit="text", label=groups.label.capitalize()),
            Column(name="treated", unit="count", label="Treated"),
            Column(name="control", unit="count", label="Control"),
            Column(name="effect_pct", unit="pct", label="Own effect"),
            Column(name="pooled_effect_pct", unit="pct", label="Pooled effect"),
            Column(name="pooled_low_pct", unit="pct", label="Low"),
            Column(name="pooled_high_pct", unit="pct", label="High"),
        ],
        rows=rows,
    )


def group_chart(trial: Trial, groups: Groups) -> Chart:
    """Pooled effects with their intervals."""
    return Chart(
        kind="bar",
        title=f"Effect of {spoken(trial.strategy)} by {groups.label}",
        unit="pct",
        y_label="More clients kept (percentage points)",
        series=[
            Series(
                name="Pooled effect",
                x=[group.name for group in groups.parts],
                y=[100 * group.pooled for group in groups.parts],
                low=[100 * group.low for group in groups.parts],
                high=[100 * group.high for group in groups.parts],
            )
        ],
    )


def arm_chart(trial: Trial) -> Chart:
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


def _money_facts(money: Returns) -> list[Fact]:
    facts = [
        Fact(name="cost_per_customer", value=money.cost_usd, unit="usd"),
        Fact(name="arr_lost_treated_usd", value=money.treated_lost_usd, unit="usd"),
        Fact(name="arr_lost_control_usd", value=money.control_lost_usd, unit="usd"),
        *interval_facts("arr_saved_per_treated_usd", "usd", *money.arr_saved_usd),
        *interval_facts("net_per_treated_usd", "usd", *money.net_usd),
        Fact(name="p_positive_prob", value=money.p_positive_prob, unit="prob"),
    ]
    return facts + (interval_facts("roi_pct", "pct", *money.roi_pct) if money.roi_pct else [])


def _group_facts(groups: Groups) -> list[Fact]:
    facts = [
        Fact(name="groups", value=len(groups.parts), unit="count"),
        Fact(name="groups_differ_p", value=groups.differ_p, unit="score"),
        Fact(name="false_alarm_prob", value=groups.false_alarm_prob, unit="prob"),
    ]
    for part in groups.parts:
        facts += [
            Fact(name=f"effect_pct:{part.name}", value=100 * part.own.effect, unit="pct"),
            *(
                Fact(name=f"pooled_effect_pct{end}:{part.name}", value=100 * value, unit="pct")
                for end, value in (("", part.pooled), ("_low", part.low), ("_high", part.high))
            ),
            Fact(name=f"retention_treated:{part.name}", value=part.arms.treated_rate, unit="prob"),
            Fact(name=f"retention_control:{part.name}", value=part.arms.control_rate, unit="prob"),
        ]
    return facts
