"""Turns rows of figures into facts, a table and charts; every figure stands in all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isclose
from typing import Any, Final, cast

from data.gold import QueryAnswer
from data.periods import bucket_key
from data.semantic_model import Metric
from tools.contract import Chart, Column, Fact, Scalar, Series, Table, Unit

__all__ = ["Cell", "cells_of", "charts_of", "facts_of", "shares_pct", "table_of"]

_MOST_BARS: Final = 30
_MOST_LINES: Final = 12
_NO_RELATIVE_CHANGE: Final = frozenset({"points"})
_CHANGE_UNITS: Final[dict[str, Unit]] = {"pct": "points", "prob": "points"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric in one group, with what it is compared with.

    Attributes:
        group: Words of the group, "" for the whole.
        bucket: First day of the time bucket, None without a grain.
    """

    metric: Metric
    group: tuple[tuple[str, str], ...]
    bucket: date | None
    value: float | None
    previous: float | None

    @property
    def change(self) -> float | None:
        """Value minus previous; of rates and probabilities in percentage points."""
        if self.value is None or self.previous is None:
            return None
        scale = 100 if self.metric.unit == "prob" else 1
        return scale * (self.value - self.previous)

    @property
    def change_pct(self) -> float | None:
        """Relative change (0-100); None where it means nothing."""
        if self.metric.unit in _NO_RELATIVE_CHANGE or not self.previous or self.value is None:
            return None
        return 100 * (self.value - self.previous) / abs(self.previous)

    @property
    def change_unit(self) -> Unit:
        """Unit of `change`."""
        return _CHANGE_UNITS.get(self.metric.unit, cast("Unit", self.metric.unit))

    @property
    def label(self) -> str:
        """The group as a person says it."""
        return ", ".join(value for _, value in self.group)


def cells_of(answer: QueryAnswer) -> list[Cell]:
    """All figures of an answer, row by row."""
    return [
        cell
        for row in answer.rows
        for cell in _row_cells(answer, dict(zip(_names(answer), row, strict=True)))
    ]


def facts_of(cells: Sequence[Cell], answer: QueryAnswer) -> list[Fact]:
    """Facts of all figures: `mrr`, `mrr[segment=SMB]`, `mrr_previous`, `mrr_change` and so on."""
    facts = [fact for cell in cells for fact in _facts(cell, answer)]
    if answer.totals and any(cell.group for cell in cells):
        for total in _row_cells(answer, dict(answer.totals)):
            facts += _facts(total, answer)
    return [*facts, *_share_facts(cells, answer)]


def shares_pct(cells: Sequence[Cell], answer: QueryAnswer) -> Sequence[float | None]:
    """What part of the whole each group is (0-100); None where groups do not add up to it.

    Args:
        cells: One metric in every group.
        answer: The rows they come from.
    """
    total = answer.totals.get(cells[0].metric.name) if cells else None
    values = [cell.value for cell in cells if cell.value is not None and cell.value >= 0]
    plain = answer.query.grain is None and answer.query.compare_to is None
    if not total or not plain or len(cells) < 2 or len(values) < len(cells):
        return [None] * len(cells)
    adds_up = isclose(sum(values), total, rel_tol=1e-9)
    return [100 * value / total if adds_up else None for value in values]


def _share_facts(cells: Sequence[Cell], answer: QueryAnswer) -> list[Fact]:
    facts: list[Fact] = []
    for metric in answer.metrics:
        own = _of(cells, metric)
        for cell, share in zip(own, shares_pct(own, answer), strict=True):
            where = ",".join(f"{name}={value}" for name, value in cell.group)
            if share is not None:
                facts.append(
                    Fact(name=f"{metric.name}_share_pct[{where}]", value=share, unit="pct")
                )
    return facts


def table_of(cells: Sequence[Cell], answer: QueryAnswer, title: str) -> Table:
    """One row a group; with a comparison each metric has its earlier value and its change."""
    compared = answer.query.compare_to is not None
    keys = [column for column in answer.columns if column.name in _key_names(answer)]
    columns = [_key_column(column.name, column.label, answer) for column in keys]
    for metric in answer.metrics:
        columns += _metric_columns(metric, compared=compared)
    count = len(answer.metrics)
    rows: list[list[Scalar | None]] = []
    for place, row in enumerate(answer.rows):
        line: list[Scalar | None] = list(row[: len(keys)])
        for cell in cells[place * count : (place + 1) * count]:
            line += _line(cell, compared=compared)
        rows.append(line)
    return Table(columns=columns, rows=rows, title=title)


def charts_of(cells: Sequence[Cell], answer: QueryAnswer, metrics: Sequence[Metric]) -> list[Chart]:
    """A line over time, bars over groups, one chart a unit; none for a single figure."""
    if not answer.rows or (not answer.query.dimensions and answer.query.grain is None):
        return []
    charts: list[Chart] = []
    for unit in dict.fromkeys(metric.unit for metric in metrics):
        shown = [metric for metric in metrics if metric.unit == unit]
        make = _lines if answer.query.grain else _bars
        series = [line for metric in shown for line in make(_of(cells, metric), answer)]
        charts.append(
            Chart(
                kind="line" if answer.query.grain else "bar",
                title=" and ".join(metric.label for metric in shown),
                series=series[:_MOST_LINES],
                unit=cast("Unit", unit),
                x_label=answer.columns[0].label if answer.query.grain else "",
                y_label=shown[0].label,
            )
        )
    return charts


def _names(answer: QueryAnswer) -> list[str]:
    return [column.name for column in answer.columns]


def _key_names(answer: QueryAnswer) -> set[str]:
    figures = {metric.name for metric in answer.metrics}
    figures |= {f"{name}_previous" for name in figures}
    return set(_names(answer)) - figures


def _row_cells(answer: QueryAnswer, row: dict[str, Any]) -> list[Cell]:
    grain = answer.query.grain
    group = tuple(
        (column.name, str(row[column.name]))
        for column in answer.columns
        if column.unit == "text" and column.name in row and column.name != "customer_id"
    )
    return [
        Cell(
            metric=metric,
            group=group,
            bucket=row.get(grain) if grain else None,
            value=row[metric.name],
            previous=row.get(f"{metric.name}_previous"),
        )
        for metric in answer.metrics
    ]


def _facts(cell: Cell, answer: QueryAnswer) -> list[Fact]:
    where = [f"{name}={value}" for name, value in cell.group]
    grain = answer.query.grain
    if grain and cell.bucket:
        where.insert(0, f"{grain}={bucket_key(cell.bucket, grain)}")
    suffix = f"[{','.join(where)}]" if where else ""
    name, unit = cell.metric.name, cast("Unit", cell.metric.unit)
    facts = [Fact(name=f"{name}{suffix}", value=cell.value, unit=unit)]
    if answer.query.compare_to is None:
        return facts
    facts.append(Fact(name=f"{name}_previous{suffix}", value=cell.previous, unit=unit))
    if cell.change is not None:
        facts.append(Fact(name=f"{name}_change{suffix}", value=cell.change, unit=cell.change_unit))
    if cell.change_pct is not None:
        facts.append(Fact(name=f"{name}_change_pct{suffix}", value=cell.change_pct, unit="pct"))
    return facts


def _key_column(name: str, label: str, answer: QueryAnswer) -> Column:
    return Column(name=name, unit="date" if name == answer.query.grain else "text", label=label)


def _metric_columns(metric: Metric, *, compared: bool) -> list[Column]:
    unit = cast("Unit", metric.unit)
    columns = [Column(name=metric.name, unit=unit, label=metric.label)]
    if compared:
        change = _CHANGE_UNITS.get(unit, unit)
        columns += [
            Column(name=f"{metric.name}_previous", unit=unit, label=f"{metric.label} before"),
            Column(name=f"{metric.name}_change", unit=change, label="Change"),
            Column(name=f"{metric.name}_change_pct", unit="pct", label="Change in %"),
        ]
    return columns


def _line(cell: Cell, *, compared: bool) -> list[Scalar | None]:
    values: list[Scalar | None] = [cell.value]
    return [*values, cell.previous, cell.change, cell.change_pct] if compared else values


def _of(cells: Sequence[Cell], metric: Metric) -> list[Cell]:
    return [cell for cell in cells if cell.metric.name == metric.name]


def _bars(cells: Sequence[Cell], answer: QueryAnswer) -> list[Series]:
    shown = cells[:_MOST_BARS]
    x: list[Scalar] = [cell.label for cell in shown]
    name = shown[0].metric.label
    series = [Series(name=name, x=x, y=[cell.value for cell in shown])]
    if answer.query.compare_to is not None:
        series.append(Series(name=f"{name} before", x=x, y=[cell.previous for cell in shown]))
    return series


def _lines(cells: Sequence[Cell], answer: QueryAnswer) -> list[Series]:
    grain = answer.query.grain
    series: list[Series] = []
    for label in dict.fromkeys(cell.label for cell in cells):
        line = [cell for cell in cells if cell.label == label and cell.bucket is not None]
        x: list[Scalar] = [bucket_key(c.bucket, grain) for c in line if c.bucket and grain]
        name = label or line[0].metric.label
        series.append(Series(name=name, x=x, y=[cell.value for cell in line]))
        if answer.query.compare_to is not None:
            series.append(Series(name=f"{name} before", x=x, y=[c.previous for c in line]))
    return series
