"""Facts, table, charts and caveats of a change taken apart."""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, cast

from data.periods import describe, month_end
from data.query import Period
from tools.contract import Chart, Column, Fact, Scalar, Series, Table, Unit
from tools.metric_change_sentences import change_unit, gainers, losers
from tools.metric_changes import BY_CLIENT, Change, Group
from tools.metric_parts import Level, Ratio
from tools.wording import count_noun

__all__ = [
    "CLIENTS_SHOWN",
    "change_caveats",
    "change_charts",
    "change_facts",
    "change_table",
    "definition_of",
]

CLIENTS_SHOWN: Final = 20
_BARS: Final = 12
_FEW_RESPONSES: Final = 30
_NOT_CAUSES: Final = (
    "These are the parts of a sum: they show where the change sits, not what caused it."
)


def change_facts(change: Change) -> list[Fact]:
    """All figures by name; movements are sizes, parts are signed."""
    metric = change.metric
    name, unit, shift = metric.name, cast("Unit", metric.unit), change_unit(change)
    facts = [
        Fact(name=name, value=change.now, unit=unit),
        Fact(name=f"{name}_previous", value=change.before, unit=unit),
        Fact(name=f"{name}_change", value=change.change, unit=shift),
    ]
    if shift != "points" and change.before:
        share = 100 * change.change / abs(change.before)
        facts.append(Fact(name=f"{name}_change_pct", value=share, unit="pct"))
    if isinstance(change.part, Level):
        for move, value, movers in zip(
            change.part.movements, change.moves, change.movers, strict=True
        ):
            facts.append(Fact(name=move.name, value=abs(value), unit=unit))
            if not move.name.endswith("_customers"):
                facts.append(Fact(name=f"{move.name}_clients", value=movers, unit="count"))
    if isinstance(change.part, Ratio):
        facts += [
            Fact(name="mix_effect", value=_sum(g.mix for g in change.groups), unit=shift),
            Fact(name="rate_effect", value=_sum(g.rate for g in change.groups), unit=shift),
        ]
    if _stands_on_few(change):
        before, now = change.responses
        facts += [
            Fact(name="nps_responses", value=now, unit="count"),
            Fact(name="nps_responses_previous", value=before, unit="count"),
        ]
    for group in _listed(change):
        key = f"[{change.split}={group.name}]"
        facts += [
            Fact(name=f"{name}{key}", value=_known(group.now), unit=unit),
            Fact(name=f"{name}_previous{key}", value=_known(group.before), unit=unit),
            Fact(name=f"{name}_change{key}", value=group.change, unit=shift),
        ]
        if isinstance(change.part, Ratio):
            facts += [
                Fact(name=f"mix_effect{key}", value=group.mix, unit=shift),
                Fact(name=f"rate_effect{key}", value=group.rate, unit=shift),
            ]
    if change.split != BY_CLIENT:
        facts += [
            Fact(name=f"{name}_change[customer={client}]", value=value, unit=shift)
            for client, value in [*losers(change), *gainers(change)]
        ]
    return facts


def change_table(change: Change, limit: int | None) -> Table:
    """One row a group and one for the whole; each row adds up."""
    unit = cast("Unit", change.metric.unit)
    label = change.split.replace("_", " ").capitalize()
    shown = [*_listed(change, limit)]
    rows = [_row(change, group) for group in shown]
    rest = change.groups[len(shown) :]
    if rest and not isinstance(change.part, Ratio):
        rows.append(_row(change, _together(f"{len(rest):,} others", rest)))
    if len(rows) > 1:
        rows.append(_whole_row(change))
    return Table(
        title=f"Why {change.metric.label} changed, by {change.split.replace('_', ' ')}",
        columns=[Column(name=change.split, unit="text", label=label), *_columns(change, unit)],
        rows=rows,
    )


def change_charts(change: Change) -> list[Chart]:
    """The way from the earlier figure to the later one, then what each group adds."""
    shift = change_unit(change)
    shown = change.groups[:_BARS]
    label = change.metric.label
    by = change.split.replace("_", " ")
    if isinstance(change.part, Level):
        names = [move.label for move in change.part.movements]
        steps = list(change.moves)
    else:
        names = [group.name for group in shown]
        steps = [group.change for group in shown]
        rest = _sum(group.change for group in change.groups[_BARS:])
        if len(change.groups) > _BARS:
            names, steps = [*names, "others"], [*steps, rest]
    ends = [_short(change.span.before), _short(change.span.now)]
    charts = [
        Chart(
            kind="bridge",
            title=f"{label}: from {ends[0]} to {ends[1]}",
            unit=cast("Unit", change.metric.unit),
            series=[
                Series(
                    name=label,
                    x=[ends[0], *names, ends[1]],
                    y=[change.before, *steps, change.now],
                )
            ],
        )
    ]
    if isinstance(change.part, Level) and len(shown) > 1:
        charts.append(
            Chart(
                kind="bar",
                title=f"Change of {label} by {by}",
                unit=shift,
                series=[
                    Series(
                        name="Change",
                        x=[group.name for group in shown],
                        y=[group.change for group in shown],
                    )
                ],
            )
        )
    return charts


def change_caveats(change: Change) -> list[str]:
    """Which periods were taken, how groups are told, what the figures are not."""
    span = change.span
    now, before = describe(span.now), describe(span.before)
    caveats: list[str] = []
    if span.assumed:
        caveats.append(f"No period was asked: the change is that of {now}, the last full month.")
    if span.widened is not None:
        caveats.append(
            f"Changes are kept by month here, so this is {now}, not just {describe(span.widened)}."
        )
    if span.is_partial:
        caveats.append(f"The later period runs only up to {_day(span.now.end)}.")
    if span.is_clipped:
        caveats.append(f"The data start within the earlier period, so it counts {before} only.")
    if _stands_on_few(change):
        said = [count_noun(count, "response") for count in change.responses]
        caveats.append(f"Few answers stand behind it: {said[0]} before, {said[1]} now.")
    if change.split != BY_CLIENT and len(change.groups) > 1:
        caveats.append(
            f"Clients are grouped by their latest {change.split.replace('_', ' ')}, for both "
            "periods."
        )
    return [*caveats, _NOT_CAUSES]


def _stands_on_few(change: Change) -> bool:
    return change.metric.name == "nps" and min(change.responses) < _FEW_RESPONSES


def definition_of(change: Change) -> str:
    """How the parts are made."""
    own = change.metric.explain()
    if isinstance(change.part, Level):
        return f"{own} Opening and the movements of the months between add up to closing."
    if isinstance(change.part, Ratio):
        return (
            f"{own} Midpoint decomposition: rate = a group's mean weight × the change of its own "
            "figure; mix = the change of its weight × the mean distance of its figure from the "
            "whole's. All parts add up to the change."
        )
    return f"{own} The groups' changes add up to the whole change."


def _columns(change: Change, unit: Unit) -> list[Column]:
    shift = change_unit(change)
    columns = [Column(name="before", unit=unit, label="Before")]
    if isinstance(change.part, Level):
        columns += [
            Column(name=move.name, unit=unit, label=move.label) for move in change.part.movements
        ]
    columns.append(Column(name="now", unit=unit, label="Now"))
    if isinstance(change.part, Ratio):
        columns += [
            Column(name="weight_before", unit="prob", label="Weight before"),
            Column(name="weight_now", unit="prob", label="Weight now"),
            Column(name="mix_effect", unit=shift, label="Mix effect"),
            Column(name="rate_effect", unit=shift, label="Rate effect"),
        ]
    return [*columns, Column(name="change", unit=shift, label="Part of the change")]


def _row(change: Change, group: Group) -> list[Scalar | None]:
    if isinstance(change.part, Ratio):
        return [
            *(group.name, _known(group.before), _known(group.now)),
            *(group.weight_before, group.weight_now, group.mix, group.rate, group.change),
        ]
    return [group.name, group.before, *group.moves, group.now, group.change]


def _whole_row(change: Change) -> list[Scalar | None]:
    whole = _together("All", change.groups)
    if not isinstance(change.part, Ratio):
        return _row(change, whole)
    return ["All", change.before, change.now, 1.0, 1.0, whole.mix, whole.rate, change.change]


def _together(name: str, groups: Sequence[Group]) -> Group:
    return Group(
        name=name,
        before=_sum(group.before for group in groups),
        now=_sum(group.now for group in groups),
        change=_sum(group.change for group in groups),
        moves=tuple(
            _sum(column) for column in zip(*(group.moves for group in groups), strict=True)
        ),
        mix=_sum(group.mix for group in groups),
        rate=_sum(group.rate for group in groups),
    )


def _listed(change: Change, limit: int | None = None) -> tuple[Group, ...]:
    """The groups that a table shows; clients only those who changed."""
    if change.split != BY_CLIENT:
        return change.groups
    changed = [group for group in change.groups if group.change or any(group.moves)]
    return tuple(changed[: limit or CLIENTS_SHOWN])


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _sum(values: Iterable[float]) -> float:
    return math.fsum(values)


def _short(period: Period) -> str:
    return describe(period) if period.end == month_end(period.end) else _day(period.end)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
