"""Charts of a page: the tools' charts in the page's own dress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.render import CORAL, PALETTE, SLATE, TEAL, plotly_spec
from tools.contract import Chart, Evidence, Provenance, Series

AMBER: Final = PALETTE[2]
RISK_COLORS: Final = {"Low risk": TEAL, "Medium risk": AMBER, "High risk": CORAL}
MOVEMENT_COLORS: Final = {
    "New": TEAL,
    "Expansion": "#63bdb1",
    "Reactivation": PALETTE[1],
    "Contraction": "#eaa895",
    "Churned": CORAL,
}
_EVIDENCE: Final[dict[Evidence, str]] = {
    "measured": "measured in a test",
    "predicted": "predicted by a model",
    "assumed": "assumed by a playbook",
    "recorded": "recorded in your data",
}


@dataclass(frozen=True, slots=True)
class ChartBox:
    """One chart with what a reader must know of it.

    Attributes:
        id: Unique on its page.
        lead: What it shows, in a sentence; also read out instead of the drawing.
        source: As of when, and whether recorded or predicted.
        definition: How it is computed.
        spec: For Plotly; None where there is nothing to draw, and `lead` says why.
    """

    id: str
    title: str
    lead: str
    source: str
    definition: str
    spec: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Fragment:
    """A chart that is loaded after its page."""

    chart: ChartBox


def chart_box(
    chart_id: str,
    title: str,
    lead: str,
    chart: Chart,
    provenance: Sequence[Provenance],
    *,
    colors: dict[str, str] | None = None,
    stacked: bool = False,
) -> ChartBox:
    """Dress a chart for a page, whose heading stands outside the drawing.

    Args:
        chart_id: Unique on its page.
        title: The heading.
        lead: What it shows.
        chart: What to draw.
        provenance: Where the figures come from.
        colors: By the series' names.
        stacked: Bars stand on each other, negative ones hang below zero.
    """
    spec = plotly_spec(chart)
    layout = spec["layout"]
    layout.pop("title", None)
    layout["margin"] = {"l": 8, "r": 8, "t": 8, "b": 8}
    layout["font"] = {"color": SLATE, "size": 12}
    layout["legend"] = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    if stacked:
        layout["barmode"] = "relative"
    for trace in spec["data"]:
        if colors and trace.get("name") in colors:
            trace["marker"] = {"color": colors[trace["name"]]}
        if trace["type"] == "heatmap":
            trace["colorbar"] = {"thickness": 8, "outlinewidth": 0, "tickfont": {"size": 11}}
            trace["xgap"] = trace["ygap"] = 1
            trace["hoverongaps"] = False
            layout["yaxis"] = {"autorange": "reversed", "automargin": True, "type": "category"}
            layout["xaxis"].pop("tickformat", None)
    return ChartBox(
        id=chart_id,
        title=title,
        lead=lead,
        source=source_words(provenance),
        definition=" ".join(dict.fromkeys(entry.definition for entry in provenance)),
        spec=spec,
    )


def source_words(provenance: Sequence[Provenance]) -> str:
    """As of when, and how the figures came about."""
    days = [entry.as_of for entry in provenance if entry.as_of]
    kinds = dict.fromkeys(_EVIDENCE[entry.evidence] for entry in provenance)
    said = " and ".join(kinds)
    return f"As of {day_words(max(days))} · {said}" if days else said.capitalize()


def day_words(day: date) -> str:
    """A day as a person writes it."""
    return f"{day.day} {day:%b %Y}"


def month_series(name: str, months: Sequence[date], values: Sequence[float | None]) -> Series:
    """Values by month, the months named."""
    return Series(name=name, x=[f"{month:%b} ’{month:%y}" for month in months], y=list(values))
