"""Differences, ratios and sums over the turn's values, confirmed by computing them again.

Chance agreement is the danger: many pairs give many numbers. So the sentence must say that it
compares or adds, and one operand must already stand in it (printed, or named by its row).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite

from app.agent.evidence import Evidence, Support
from app.agent.matching import says
from app.agent.numbers import Kind, Number
from tools.contract import Fact, Unit

_DIFFERENCE = re.compile(
    r"\b(?:differen\w+|gap|more|less|fewer|higher|lower|above|below|ahead|behind|up|down|increas\w+"
    r"|decreas\w+|rose|ris\w+|fell|fall\w*|grew|grow\w*|gain\w*|drop\w*|declin\w+|chang\w+|net|los[est]\w*"
    r"|improv\w+|worse\w*|better|between|versus|vs|compared|remaining|rest|left|not|other)\b",
    re.IGNORECASE,
)
_RATIO = re.compile(
    r"(?:\b(?:of|share|percent|proportion|times|fold|ratio|per|each|average|apiece|mean|half|third"
    r"|twice|double|rate)\b|%|×|\dx\b)",
    re.IGNORECASE,
)
_SUM = re.compile(
    r"\b(?:total\w*|together|combined|sum\w*|altogether|in all|overall|all|both|add up|worth|jointly"
    r"|these|those|them|they)\b",
    re.IGNORECASE,
)
_REST = re.compile(r"\b(?:more|others?|further|remaining|rest)\b", re.IGNORECASE)
_MOST_OPERANDS = 200
_PRINTED_AS: dict[Unit, set[Kind]] = {
    "pct": {"pct", "points"},
    "prob": {"pct", "points"},
    "ratio": {"pct", "plain"},
    "usd": {"usd", "plain"},
    "points": {"points", "plain"},
    "score": {"points", "plain"},
}
"""How a calculated value must be printed, so that few figures agree with it by chance."""

_VALUES = frozenset({"fact", "cell", "side_cell"})


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a figure stands.

    Attributes:
        sentence: The sentence it stands in.
        anchors: Values printed or named in this sentence or the one before.
        shown_rows: Table rows that the answer has listed just before ("and 203 more").
    """

    sentence: str
    anchors: Sequence[Support]
    shown_rows: int = 0


def confirm(number: Number, setting: Setting, evidence: Evidence) -> Fact | None:
    """The derived fact that a figure states, or None when no calculation gives it.

    Args:
        number: A figure that no value of the turn backs directly.
        setting: The sentence around it.
        evidence: All values of the turn.
    """
    for name, value, unit in _candidates(setting, evidence):
        fits = number.kind in _PRINTED_AS.get(unit, {"plain"})
        if fits and isfinite(value) and says(number, value, unit):
            return Fact(name=f"derived:{name.removeprefix('derived:')}", value=value, unit=unit)
    return None


def named_rows(sentence: str, evidence: Evidence) -> list[Support]:
    """Cells whose row is named in the sentence ("Enterprise")."""
    lowered = sentence.lower()
    return [
        cell
        for cells in evidence.columns.values()
        for cell in cells
        if any(len(label) > 1 and label.lower() in lowered for label in cell.row)
    ]


def _candidates(setting: Setting, evidence: Evidence) -> Iterator[tuple[str, float, Unit]]:
    sentence, anchors = setting.sentence, setting.anchors
    if setting.shown_rows and _REST.search(sentence):
        yield from _not_shown(setting.shown_rows, evidence)
    if _SUM.search(sentence):
        yield from _sums(anchors, evidence)
    differs = _DIFFERENCE.search(sentence) is not None
    relates = _RATIO.search(sentence) is not None
    if not (differs or relates):
        return
    if relates:
        yield from _shares(anchors, evidence)
    for first, second in _pairs(anchors, evidence):
        if differs:
            yield from _differences(first, second)
        if relates:
            yield from _ratios(first, second)


def _pairs(anchors: Sequence[Support], evidence: Evidence) -> Iterator[tuple[Support, Support]]:
    """Pairs with an operand in the sentence; those with both come first."""
    operands = [item for item in evidence.supports if item.origin in _VALUES]
    for anchor in anchors:
        for other in dict.fromkeys([*anchors, *operands[:_MOST_OPERANDS]]):
            if other != anchor and _comparable(anchor, other):
                yield anchor, other
                yield other, anchor


def _comparable(first: Support, second: Support) -> bool:
    """Two cells must share their column, or their row where the units differ."""
    if first.row and second.row:
        return first.name == second.name or first.row == second.row
    return True


def _differences(first: Support, second: Support) -> Iterator[tuple[str, float, Unit]]:
    if first.unit is None or first.unit != second.unit:
        return
    gap = first.value - second.value
    yield f"{_label(first)} - {_label(second)}", gap, first.unit
    if second.value:
        yield f"change of {_label(first)} from {_label(second)}", 100 * gap / second.value, "pct"


def _ratios(first: Support, second: Support) -> Iterator[tuple[str, float, Unit]]:
    if not second.value or first.unit is None or second.unit is None:
        return
    quotient = first.value / second.value
    if first.unit == second.unit:
        yield f"{_label(first)} / {_label(second)}", quotient, "ratio"
    elif first.unit == "usd" and second.unit == "count":
        yield f"{_label(first)} / {_label(second)}", quotient, "usd"


def _shares(anchors: Sequence[Support], evidence: Evidence) -> Iterator[tuple[str, float, Unit]]:
    """A row's part of its column."""
    for anchor in anchors:
        cells = evidence.columns.get(anchor.name, ())
        total = sum(cell.value for cell in cells)
        if total and anchor.unit in {"usd", "count"}:
            yield f"{_label(anchor)} / sum of {anchor.name}", anchor.value / total, "ratio"


def _not_shown(shown_rows: int, evidence: Evidence) -> Iterator[tuple[str, float, Unit]]:
    """What a listing leaves out."""
    for item in evidence.supports:
        if item.unit == "count" and item.origin in {"fact", "tool"}:
            yield f"{item.name} - {shown_rows} shown", item.value - shown_rows, "count"


def _sums(anchors: Sequence[Support], evidence: Evidence) -> Iterator[tuple[str, float, Unit]]:
    for name, cells in evidence.columns.items():
        unit = cells[0].unit if cells else None
        if unit not in {"usd", "count"}:
            continue
        for rows, total in enumerate(accumulate(cell.value for cell in cells), start=1):
            if rows > 1:
                yield f"sum of {name} over {rows} rows", total, unit
    for unit in ("usd", "count"):
        values = [item.value for item in dict.fromkeys(anchors) if item.unit == unit]
        if len(values) > 1:
            yield f"sum of {len(values)} {unit} figures", sum(values), unit


def _label(support: Support) -> str:
    return f"{support.name}[{support.row[0]}]" if support.row else support.name
