"""Facts, table and chart of all strategies by their measured effect."""

from typing import Final

from tools.contract import Chart, Column, Fact, Scalar, Series, Table
from tools.experiment_answers import payment
from tools.models.pooling import false_alarm_probability
from tools.strategies import spoken
from tools.trial_ranking import Assumed, Ranked, Ranking

__all__ = [
    "UNTESTED_SPOKEN",
    "is_one_ranking",
    "ranking_chart",
    "ranking_facts",
    "ranking_table",
]

UNTESTED_SPOKEN: Final = 4
"""So many strategies that were never tested are named."""


def is_one_ranking(ranking: Ranking) -> bool:
    """Whether each strategy stands in it once."""
    return bool(ranking.lines) and (ranking.by is None or bool(ranking.asked))


def ranking_facts(ranking: Ranking) -> list[Fact]:
    """Effects and money by strategy and group."""
    tests = len(ranking.lines)
    facts = [Fact(name="tests", value=tests, unit="count")]
    if tests > 1:
        chance = false_alarm_probability(tests)
        facts.append(Fact(name="false_alarm_prob", value=chance, unit="prob"))
    if is_one_ranking(ranking):
        best = ranking.lines[0].strategy
        facts.append(Fact(name="best_measured_strategy", value=best, unit="text"))
    for line in ranking.lines:
        key = f"{line.strategy}:{line.group}" if line.group else line.strategy
        facts += [
            Fact(name=f"effect_pct:{key}", value=100 * line.effect, unit="pct"),
            Fact(name=f"effect_pct_low:{key}", value=100 * line.low, unit="pct"),
            Fact(name=f"effect_pct_high:{key}", value=100 * line.high, unit="pct"),
            Fact(name=f"treated:{key}", value=line.arms.treated, unit="count"),
            Fact(name=f"control:{key}", value=line.arms.control, unit="count"),
        ]
        if line.trial.money is not None:
            net = line.trial.money.net_usd.value
            facts.append(Fact(name=f"net_per_treated_usd:{key}", value=net, unit="usd"))
    if more := len(ranking.assumed) - UNTESTED_SPOKEN:
        facts.append(Fact(name="other_untested", value=more, unit="count"))
    return facts


def ranking_table(ranking: Ranking) -> Table:
    """What is measured, then what is only assumed; a group's name where there are several."""
    one = is_one_ranking(ranking) or not ranking.lines
    group = [] if one else [Column(name="group", unit="text", label=ranking.label.capitalize())]
    where = f" in {ranking.asked}" if ranking.asked else ""
    return Table(
        title=f"Strategies by measured effect{where}",
        columns=[
            Column(name="strategy", unit="text", label="Strategy"),
            *group,
            Column(name="evidence", unit="text", label="Evidence"),
            Column(name="effect_points", unit="points", label="More clients kept (points)"),
            Column(name="low_points", unit="points", label="Low"),
            Column(name="high_points", unit="points", label="High"),
            Column(name="verdict", unit="text", label="Verdict"),
            Column(name="net_per_treated_usd", unit="usd", label="Net a client (whole test)"),
            Column(name="clients", unit="count", label="Clients"),
        ],
        rows=[
            *(_measured(line, one=one) for line in ranking.lines),
            *(_assumed(each, one=one) for each in ranking.assumed),
        ],
    )


def _measured(line: Ranked, *, one: bool) -> list[Scalar | None]:
    money = line.trial.money
    return [
        spoken(line.strategy),
        *([] if one else [line.group]),
        "measured",
        100 * line.effect,
        100 * line.low,
        100 * line.high,
        _short(line),
        round(money.net_usd.value) if money else None,
        line.arms.clients,
    ]


def _assumed(each: Assumed, *, one: bool) -> list[Scalar | None]:
    ends = [None if end is None else 100 * end for end in (each.low, each.high)]
    group: list[Scalar | None] = [] if one else [None]
    return [spoken(each.strategy), *group, "assumed", None, *ends, "never tested", None, None]


def _short(line: Ranked) -> str:
    if not line.is_clear:
        return "no clear effect"
    did = "worked" if line.low > 0 else "did harm"
    money = None if line.group else line.trial.money
    return f"{did}{payment(money)}" if money else did


def ranking_chart(ranking: Ranking) -> Chart:
    """Effects with their intervals, the largest first."""
    return Chart(
        kind="bar",
        title="Measured effect by strategy",
        unit="pct",
        y_label="More clients kept (percentage points)",
        series=[
            Series(
                name="Effect",
                x=[spoken(line.strategy) for line in ranking.lines],
                y=[100 * line.effect for line in ranking.lines],
                low=[100 * line.low for line in ranking.lines],
                high=[100 * line.high for line in ranking.lines],
            )
        ],
    )
