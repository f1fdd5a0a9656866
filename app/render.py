"""What an artifact looks like: chart → Plotly spec, table → Markdown (pure)."""

import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from tools.contract import Chart, Series, Table
from tools.wording import format_value

TEAL, CORAL, SLATE = "#1f9384", "#d9634f", "#7b8794"
PALETTE = [TEAL, "#4a78c2", "#d99a32", "#8a62b8", CORAL, "#5a9e4b", SLATE]
GRID = "rgba(128,138,150,0.22)"
TICK_FORMATS = {"usd": "$~s", "prob": ".0%", "pct": ".3~g", "count": ",~d"}
HOVER_FORMATS = {"usd": "$,.0f", "prob": ".1%", "count": ",d"}
WIDEST_TABLE_ROWS = 10
_TABLE_LINE = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)

Spec = dict[str, Any]


def plotly_spec(chart: Chart) -> Spec:
    """Draw a chart.

    Returns:
        `{"data": [...], "layout": {...}}`, on a transparent ground and in inks that read on
        light and dark pages alike.
    """
    traces = _DRAWERS[chart.kind](chart)
    return {"data": traces, "layout": _layout(chart)}


def with_table(text: str, table: Table | None) -> str:
    """An answer with its table below, unless it brings one; a language model seldom does."""
    if table is None or not table.rows or _TABLE_LINE.search(text):
        return text
    return f"{text}\n\n{markdown_table(table)}"


def markdown_table(table: Table, *, rows: int = WIDEST_TABLE_ROWS) -> str:
    """Write the first rows of a table in Markdown, with figures in their units."""
    head = [column.label or column.name.replace("_", " ") for column in table.columns]
    lines = [
        "| " + " | ".join(head) + " |",
        "|"
        + "|".join("---" if c.unit in {"text", "date"} else "---:" for c in table.columns)
        + "|",
    ]
    for row in table.rows[:rows]:
        cells = [
            format_value(value, column.unit).replace("|", "\\|")
            for value, column in zip(row, table.columns, strict=True)
        ]
        lines.append("| " + " | ".join(cells) + " |")
    hidden = len(table.rows) - rows
    if hidden > 0:
        lines.append(f"\n… and {hidden:,} more.")
    return "\n".join(lines)


def _layout(chart: Chart) -> Spec:
    is_bar = chart.kind == "bar" and _is_horizontal(chart)
    value_axis: Spec = {
        "gridcolor": GRID,
        "zerolinecolor": GRID,
        "tickformat": TICK_FORMATS.get(chart.unit, ""),
        "automargin": True,
        "title": {"text": chart.x_label if is_bar else chart.y_label, "standoff": 8},
    }
    name_axis: Spec = {
        "automargin": True,
        "gridcolor": "rgba(0,0,0,0)",
        "title": {"text": chart.y_label if is_bar else chart.x_label, "standoff": 8},
    }
    if chart.kind in {"bar", "waterfall", "bridge"}:
        name_axis["type"] = "category"
    if is_bar or chart.kind == "waterfall":
        name_axis["autorange"] = "reversed"
    if chart.kind == "bridge":
        value_axis["range"] = _bridge_range(chart)
    horizontal = is_bar or chart.kind == "waterfall"
    return {
        "title": {"text": chart.title, "x": 0, "xanchor": "left", "font": {"size": 15}},
        "xaxis": value_axis if horizontal else name_axis,
        "yaxis": name_axis if horizontal else value_axis,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": SLATE, "size": 12},
        "margin": {"l": 8, "r": 16, "t": 44, "b": 32},
        "showlegend": len(chart.series) > 1 and chart.kind in {"line", "bar"},
        "legend": {"orientation": "h", "y": -0.2},
        "colorway": PALETTE,
        "hovermode": "x unified" if chart.kind == "line" else "closest",
    }


def _is_horizontal(chart: Chart) -> bool:
    names = [str(x) for series in chart.series for x in series.x]
    return max((len(name) for name in names), default=0) > 12 and len(chart.series) == 1


def _hover(chart: Chart) -> str:
    return HOVER_FORMATS.get(chart.unit, ",.3~f")


def _plain(values: list[Any]) -> list[Any]:
    return [v.isoformat() if hasattr(v, "isoformat") else v for v in values]


def _lines(chart: Chart) -> list[Spec]:
    traces: list[Spec] = []
    for index, series in enumerate(chart.series):
        color = PALETTE[index % len(PALETTE)]
        if series.low is not None and series.high is not None:
            traces.append(_band(series, color))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(series.x) <= 36 else "lines",
                "name": series.name,
                "x": _plain(series.x),
                "y": series.y,
                "line": {"color": color, "width": 2.4},
                "marker": {"size": 5},
                "hovertemplate": f"%{{y:{_hover(chart)}}}<extra>{series.name}</extra>",
            }
        )
    return traces


def _band(series: Series, color: str) -> Spec:
    x = _plain(series.x)
    return {
        "type": "scatter",
        "x": [*x, *reversed(x)],
        "y": [*(series.high or []), *reversed(series.low or [])],
        "fill": "toself",
        "fillcolor": f"rgba({int(color[1:3], 16)},{int(color[3:5], 16)},{int(color[5:7], 16)},0.16)",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "name": f"{series.name} interval",
    }


def _bars(chart: Chart) -> list[Spec]:
    horizontal = _is_horizontal(chart)
    traces: list[Spec] = []
    for index, series in enumerate(chart.series):
        names, values = _plain(series.x), series.y
        axis = "x" if horizontal else "y"
        traces.append(
            {
                "type": "bar",
                "name": series.name,
                "x": values if horizontal else names,
                "y": names if horizontal else values,
                "orientation": "h" if horizontal else "v",
                "marker": {"color": PALETTE[index % len(PALETTE)]},
                "hovertemplate": f"%{{{axis}:{_hover(chart)}}}<extra>{series.name}</extra>",
            }
        )
    return traces


def _waterfall(chart: Chart) -> list[Spec]:
    series = chart.series[0]
    return [
        {
            "type": "waterfall",
            "orientation": "h",
            "x": series.y,
            "y": _plain(series.x),
            "increasing": {"marker": {"color": CORAL}},
            "decreasing": {"marker": {"color": TEAL}},
            "connector": {"line": {"color": GRID}},
            "hovertemplate": "%{delta:+.2f}<extra></extra>",
        }
    ]


def _bridge(chart: Chart) -> list[Spec]:
    """Levels at both ends in full, the changes between hanging from one to the next.

    Blue and amber: whether a rise is good depends on what is counted.
    """
    series = chart.series[0]
    between = len(series.x) - 2
    return [
        {
            "type": "waterfall",
            "orientation": "v",
            "measure": ["absolute", *["relative"] * between, "total"],
            "x": _plain(series.x),
            "y": series.y,
            "increasing": {"marker": {"color": PALETTE[1]}},
            "decreasing": {"marker": {"color": PALETTE[2]}},
            "totals": {"marker": {"color": SLATE}},
            "connector": {"line": {"color": GRID}},
            "hovertemplate": f"%{{x}}: %{{delta:{_hover(chart)}}}<extra></extra>",
        }
    ]


def _bridge_range(chart: Chart) -> list[float]:
    """The levels that the bridge passes, with room below: from zero the steps would vanish."""
    opening, *steps = (value or 0.0 for value in chart.series[0].y[:-1])
    levels = list(accumulate(steps, initial=opening))
    low, high = min(levels), max(levels)
    room = 0.25 * (high - low) or 0.05 * abs(high) or 1.0
    bottom = low - 2 * room
    return [0.0 if bottom < 0 <= low else bottom, high + room]


def _heatmap(chart: Chart) -> list[Spec]:
    return [
        {
            "type": "heatmap",
            "x": _plain(chart.series[0].x) if chart.series else [],
            "y": [series.name for series in chart.series],
            "z": [series.y for series in chart.series],
            "colorscale": [[0, "#e9f4f2"], [1, TEAL]],
            "hovertemplate": f"%{{y}}, %{{x}}: %{{z:{_hover(chart)}}}<extra></extra>",
        }
    ]


_DRAWERS: dict[str, Callable[[Chart], list[Spec]]] = {
    "line": _lines,
    "bar": _bars,
    "waterfall": _waterfall,
    "bridge": _bridge,
    "heatmap": _heatmap,
}
