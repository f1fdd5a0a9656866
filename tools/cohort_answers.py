"""Cohort cells added up into curves, with their words, table and heat map."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from data.gold_cohorts import CohortCell
from tools.contract import Chart, Column, Fact, Scalar, Series, Table
from tools.wording import count_noun, format_value, join_words

__all__ = [
    "Curve",
    "Measure",
    "curves_by",
    "headline",
    "heat_map",
    "pooled",
    "retention_facts",
    "retention_table",
    "small_base",
]

Measure = Literal["customers", "mrr"]

KEY_MONTHS: Final = (1, 3, 6, 9, 12, 18, 24)
_SMALL: Final = 30
"""Below so many clients a share says little."""


@dataclass(slots=True)
class _Sums:
    """Σ over the cohorts that have completed a number of months."""

    customers: float = 0
    retained: float = 0
    mrr_start: float = 0
    mrr_retained: float = 0
    cohorts: set[date] = field(default_factory=set[date])


@dataclass(frozen=True, slots=True)
class Curve:
    """Retention of some cohorts by months since they started.

    Attributes:
        label: The cohort or group.
        customers: Clients who started in its cohorts.
    """

    label: str
    customers: int
    cohorts: frozenset[date]
    cells: Mapping[int, _Sums]

    def share(self, months: int, measure: Measure, *, complete: bool = False) -> float | None:
        """Percent retained after full months, pooled over the cohorts that got so far.

        Args:
            months: Full months since the start.
            measure: Clients, or their MRR.
            complete: None unless every cohort of the curve has completed the months.
        """
        sums = self.cells.get(months)
        if sums is None or (complete and not self.cohorts <= sums.cohorts):
            return None
        whole, kept = (
            (sums.customers, sums.retained)
            if measure == "customers"
            else (sums.mrr_start, sums.mrr_retained)
        )
        return 100 * kept / whole if whole else None

    def base(self, months: int) -> int:
        """Clients behind the share after some months."""
        return int(self.cells[months].customers) if months in self.cells else 0

    @property
    def months(self) -> list[int]:
        """The numbers of months that at least one cohort has completed."""
        return sorted(self.cells)


def pooled(cells: Iterable[CohortCell], label: str = "All cohorts") -> Curve:
    """All cells as one curve."""
    sums: defaultdict[int, _Sums] = defaultdict(_Sums)
    sizes: dict[tuple[str, date], int] = {}
    for cell in cells:
        entry = sums[cell.months]
        entry.customers += cell.customers
        entry.retained += cell.retained
        entry.mrr_start += cell.mrr_start or 0
        entry.mrr_retained += cell.mrr_retained or 0
        entry.cohorts.add(cell.cohort)
        sizes[cell.group, cell.cohort] = cell.customers
    cohorts = frozenset(cohort for _, cohort in sizes)
    return Curve(label, sum(sizes.values()), cohorts, dict(sums))


def curves_by(cells: Sequence[CohortCell], by: str | None) -> list[Curve]:
    """One curve a cohort month, quarter or year, or one a group of a dimension."""
    labels: dict[str, list[CohortCell]] = {}
    for cell in cells:
        labels.setdefault(_label(cell, by), []).append(cell)
    return [pooled(group, label) for label, group in labels.items()]


def retention_facts(curve: Curve, suffix: str = "") -> list[Fact]:
    """`retention_<k>m` and `retention_mrr_<k>m` for every complete number of months."""
    facts: list[Fact] = []
    for months in curve.months:
        for name, measure in (
            (f"retention_{months}m", "customers"),
            (f"retention_mrr_{months}m", "mrr"),
        ):
            share = curve.share(months, "customers" if measure == "customers" else "mrr")
            if share is not None:
                facts.append(Fact(name=f"{name}{suffix}", value=share, unit="pct"))
    return facts


def headline(curve: Curve, measure: Measure, about: str, asked_months: int | None) -> str:
    """The shares that matter, the one asked for first."""
    wanted = [k for k in KEY_MONTHS if curve.share(k, measure) is not None]
    first = [k for k in (6, 12) if k in wanted] or wanted[:2]
    if asked_months is not None and curve.share(asked_months, measure) is not None:
        first = [asked_months]
    what = (
        f"Of the clients who joined{about}, {{share}} are still with us after {{months}}"
        if measure == "customers"
        else f"Clients who joined{about} pay {{share}} of their first MRR after {{months}}"
    )
    said = [(format_value(curve.share(k, measure), "pct"), count_noun(k, "month")) for k in first]
    text = what.format(share=said[0][0], months=said[0][1])
    text += "".join(f" and {share} after {months}" for share, months in said[1:]) + "."
    rest = [
        f"{format_value(curve.share(k, measure), 'pct')} after {k}"
        for k in wanted
        if k not in first
    ]
    return f"{text} Other months: {join_words(rest)}." if rest else text


def retention_table(
    curves: Sequence[Curve], whole: Curve, measure: Measure, by: str | None, months: Sequence[int]
) -> Table:
    """The triangle: one row a cohort or group, one column a number of months."""
    what = "Clients kept" if measure == "customers" else "MRR kept"
    return Table(
        title=f"{what} after full months, in percent",
        columns=[
            Column(name=by or "cohort", unit="text", label=_heading(by)),
            Column(name="customers", unit="count", label="Clients"),
            *(Column(name=f"m{k}", unit="pct", label=_after(k)) for k in months),
        ],
        rows=[_row(curve, measure, months, by) for curve in (whole, *curves)],
    )


def heat_map(curves: Sequence[Curve], measure: Measure, by: str | None, about: str) -> Chart:
    """Every complete cell; what is not over yet stays empty."""
    months = sorted({k for curve in curves for k in curve.months})
    what = "Clients kept" if measure == "customers" else "MRR kept"
    return Chart(
        kind="heatmap",
        title=f"{what} by {_heading(by).lower() if by else 'month of joining'}{about}",
        unit="pct",
        x_label="Full months since joining",
        series=[
            Series(
                name=curve.label,
                x=list(months),
                y=[curve.share(k, measure, complete=_in_time(by)) for k in months],
            )
            for curve in curves
        ],
    )


def small_base(curve: Curve, months: int) -> bool:
    """Whether a share rests on few clients."""
    return 0 < curve.base(months) < _SMALL


def _row(
    curve: Curve, measure: Measure, months: Sequence[int], by: str | None
) -> list[Scalar | None]:
    complete = _in_time(by) and curve.label != "All cohorts"
    shares = [curve.share(k, measure, complete=complete) for k in months]
    return [curve.label, curve.customers, *shares]


def _label(cell: CohortCell, by: str | None) -> str:
    if not _in_time(by):
        return cell.group
    if by == "year":
        return f"{cell.cohort.year}"
    if by == "quarter":
        return f"{cell.cohort.year} Q{(cell.cohort.month + 2) // 3}"
    return f"{cell.cohort:%b %Y}"


def _in_time(by: str | None) -> bool:
    return by in {None, "month", "quarter", "year"}


def _heading(by: str | None) -> str:
    return "Joined in" if _in_time(by) else (by or "").replace("_", " ").capitalize()


def _after(months: int) -> str:
    return f"After {months} mo"
