"""Which complaints go along with leaving and with a low NPS: an association, said as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from data.gold_feedback import TopicOutcome
from tools.contract import Column, Fact, Scalar, Table
from tools.feedback_answers import spoken_topic
from tools.models.effects import ALPHA, ArmCounts, Difference, difference
from tools.wording import count_noun, format_value

__all__ = [
    "ASSOCIATION",
    "Impact",
    "facts_of_impact",
    "impacts_of",
    "summary_of_impact",
    "with_impact",
]

ASSOCIATION: Final = (
    "Who complains differs from who does not in much else: these gaps are associations and do not "
    "show that the topic makes clients leave."
)
_LEVEL_PCT: Final = 95
_LEADING: Final = 2
"""Columns that stand before the added ones: the topic and its texts."""
_FEW: Final = 10
"""Complaints of fewer clients say too little to be named."""


@dataclass(frozen=True, slots=True)
class Impact:
    """One topic with the gap in the share of clients who left.

    Attributes:
        gap: Complaining clients less the others; the interval allows for all topics.
    """

    outcome: TopicOutcome
    gap: Difference


def impacts_of(outcomes: Sequence[TopicOutcome]) -> list[Impact]:
    """By topic, the widest gap first; topics without anybody to compare with are left out."""
    usable = [each for each in outcomes if each.clients and each.others]
    level = 1 - ALPHA / max(len(usable), 1)
    found = [Impact(each, _gap(each, level)) for each in usable]
    return sorted(found, key=lambda each: (-each.gap.effect, each.outcome.topic))


def summary_of_impact(impacts: Sequence[Impact]) -> str:
    """The topic whose complaints go with leaving most, or that none can be told apart."""
    named = [each for each in impacts if each.outcome.clients >= _FEW]
    if not named:
        return ""
    first = named[0]
    if not first.gap.is_clear or first.gap.effect <= 0:
        return (
            "No topic's complaints go along with leaving clearly more than the others; the widest "
            f"gap is {spoken_topic(first.outcome.topic)}, {_gap_words(first)}."
        )
    return (
        f"Complaints about {spoken_topic(first.outcome.topic)} go along with leaving most: "
        f"{_gap_words(first)}. That is an association, not a cause."
    )


def facts_of_impact(impacts: Sequence[Impact]) -> list[Fact]:
    """Shares who left, gaps with intervals, mean NPS."""
    facts = [Fact(name="interval_level_pct", value=_LEVEL_PCT, unit="pct")] if impacts else []
    for each in impacts:
        outcome, key = each.outcome, f"[topic={each.outcome.topic}]"
        facts += [
            Fact(name=f"complaining{key}", value=outcome.clients, unit="count"),
            Fact(name=f"churned_pct{key}", value=_left(outcome), unit="pct"),
            Fact(name=f"churned_pct_others{key}", value=_left_others(outcome), unit="pct"),
            Fact(name=f"churned_gap{key}", value=100 * each.gap.effect, unit="points"),
            Fact(name=f"churned_gap_low{key}", value=100 * each.gap.low, unit="points"),
            Fact(name=f"churned_gap_high{key}", value=100 * each.gap.high, unit="points"),
            Fact(name=f"nps_score{key}", value=outcome.nps, unit="score"),
            Fact(name=f"nps_score_others{key}", value=outcome.others_nps, unit="score"),
        ]
    return facts


def with_impact(table: Table, impacts: Sequence[Impact]) -> Table:
    """The table of topics, widened by what became of those who complained."""
    found = {spoken_topic(each.outcome.topic): each for each in impacts}
    columns = [
        Column(name="complaining", unit="count", label="Clients who complain"),
        Column(name="churned_pct", unit="pct", label="Left, of those"),
        Column(name="churned_gap", unit="points", label="More than the others, points"),
        Column(name="churned_gap_low", unit="points", label="Gap, low"),
        Column(name="churned_gap_high", unit="points", label="Gap, high"),
        Column(name="nps_score", unit="score", label="NPS answer of those"),
    ]
    rows = [
        [*row[:_LEADING], *_cells(found.get(str(row[0]))), *row[_LEADING:]] for row in table.rows
    ]
    heads = [*table.columns[:_LEADING], *columns, *table.columns[_LEADING:]]
    return Table(title=table.title, columns=heads, rows=rows)


def _cells(each: Impact | None) -> list[Scalar | None]:
    if each is None:
        return [0, None, None, None, None, None]
    gap = each.gap
    return [
        each.outcome.clients,
        _left(each.outcome),
        *(100 * share for share in (gap.effect, gap.low, gap.high)),
        each.outcome.nps,
    ]


def _gap_words(each: Impact) -> str:
    outcome, gap = each.outcome, each.gap
    return (
        f"{format_value(_left(outcome), 'pct')} of the {count_noun(outcome.clients, 'client')} who "
        f"complained left against {format_value(_left_others(outcome), 'pct')} of the others (a "
        f"gap of {_points(gap.effect)} points, {_LEVEL_PCT} % interval over all topics "
        f"{_points(gap.low)} to {_points(gap.high)})"
    )


def _gap(outcome: TopicOutcome, level: float) -> Difference:
    arms = ArmCounts(outcome.clients, outcome.churned, outcome.others, outcome.others_churned)
    return difference(arms, level=level)


def _left(outcome: TopicOutcome) -> float:
    return 100 * outcome.churned / outcome.clients


def _left_others(outcome: TopicOutcome) -> float:
    return 100 * outcome.others_churned / outcome.others


def _points(share: float) -> str:
    return format_value(100 * share, "points")
