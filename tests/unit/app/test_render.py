import plotly.graph_objects as go
import pytest

from app.render import markdown_table, plotly_spec, with_table
from tools.contract import Chart, Column, Series, Table

TABLE = Table(
    columns=[
        Column(name="name", unit="text", label="Client"),
        Column(name="arr", unit="usd", label="ARR"),
        Column(name="churn_prob_90d", unit="prob", label="Churn risk (90 days)"),
    ],
    rows=[[f"Client | {n}", 1000.0 * n, 0.125] for n in range(1, 13)],
)


@pytest.mark.parametrize("kind", ["line", "bar", "waterfall", "bridge", "heatmap"])
def test_every_kind_is_a_valid_figure(kind: str) -> None:
    """Plotly accepts each spec, so no chart fails on the page."""
    series = Series(name="SMB", x=["2026-01", "2026-02"], y=[1.0, None])
    chart = Chart.model_validate(
        {"kind": kind, "title": "MRR", "series": [series], "unit": "usd", "y_label": "MRR"}
    )
    spec = plotly_spec(chart)
    assert '"text":"MRR"' in (go.Figure(spec).to_json() or "")
    assert spec["data"]


def test_interval_is_drawn_under_its_line() -> None:
    """A series with bounds gets a band from its lowest to its highest values."""
    series = Series(name="MRR", x=["a", "b"], y=[2.0, 3.0], low=[1.0, 2.0], high=[3.0, 4.0])
    band, line = plotly_spec(Chart(kind="line", title="t", series=[series], unit="usd"))["data"]
    assert band["y"] == [3.0, 4.0, 2.0, 1.0]
    assert line["y"] == [2.0, 3.0]


def test_a_bridge_stands_on_its_ends() -> None:
    """The first and the last bar are levels, the others changes between them."""
    series = Series(name="MRR", x=["May", "New", "Churn", "June"], y=[10.0, 3.0, -1.0, 12.0])
    spec = plotly_spec(Chart(kind="bridge", title="t", series=[series], unit="usd"))
    (trace,) = spec["data"]
    low, high = spec["layout"]["yaxis"]["range"]
    assert 0 <= low < 10.0
    assert high > 13.0
    assert trace["measure"] == ["absolute", "relative", "relative", "total"]
    assert trace["y"] == [10.0, 3.0, -1.0, 12.0]


def test_long_names_lie_down() -> None:
    """Bars with long names are horizontal, so that the names can be read."""
    chart = Chart(
        kind="bar",
        title="ARR",
        series=[Series(name="ARR", x=["A rather long client name"], y=[1.0])],
        unit="usd",
    )
    assert plotly_spec(chart)["data"][0]["orientation"] == "h"


def test_markdown_table_is_short_escaped_and_in_units() -> None:
    """A table in the chat has ten rows, formatted figures and says how many are left out."""
    lines = markdown_table(TABLE).splitlines()
    assert lines[0] == "| Client | ARR | Churn risk (90 days) |"
    assert lines[2] == "| Client \\| 1 | $1,000 | 12.5 % |"
    assert lines[-1] == "… and 2 more."
    assert len([line for line in lines if line.startswith("|")]) == 12


def test_an_answer_shows_its_table_once() -> None:
    """Words alone get the table below them; words that bring one stay as they are."""
    shown = with_table("Four clients are at risk.", TABLE)
    assert shown.endswith(markdown_table(TABLE))
    assert with_table(shown, TABLE) == shown
    assert with_table("None is.", None) == "None is."
