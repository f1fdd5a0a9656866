"""What a result is made of: facts, tables, charts, citations, and where they come from."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.query import Scalar

Unit = Literal[
    "usd", "count", "pct", "prob", "ratio", "days", "hours", "score", "points", "date", "text"
]
"""`pct` is 0-100, `prob` is 0-1; `ratio` is a plain quotient (1.0 = equal)."""

Evidence = Literal["measured", "predicted", "assumed", "recorded"]
"""measured = randomised test, predicted = model, assumed = playbook, recorded = the data."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(_Shape):
    """One number or word an answer may state."""

    name: str
    value: Scalar | None
    unit: Unit


class Column(_Shape):
    """A table column; `label` is what a person reads."""

    name: str
    unit: Unit
    label: str = ""


class Table(_Shape):
    """Rows in column order."""

    columns: list[Column]
    rows: list[list[Scalar | None]]
    title: str = ""


class Series(_Shape):
    """One line or set of bars: `x` and `y` have equal length; `low`/`high` bound an interval."""

    name: str
    x: list[Scalar]
    y: list[float | None]
    low: list[float | None] | None = None
    high: list[float | None] | None = None


class Chart(_Shape):
    """What to draw, not how: `app/render.py` turns it into Plotly.

    A heatmap has one series a row (`name` = the row's label). A waterfall adds up changes; a
    bridge leads by changes from a level, its first value, to another, its last.
    """

    kind: Literal["line", "bar", "waterfall", "bridge", "heatmap"]
    title: str
    series: list[Series]
    unit: Unit
    x_label: str = ""
    y_label: str = ""


class Citation(_Shape):
    """A quoted passage; `source` is the playbook's id (its file stem)."""

    source: str
    title: str
    heading: str
    passage: str
    reviewed: date | None = None


class Provenance(_Shape):
    """Where a result comes from and how sure it is."""

    tool: str
    table: str
    as_of: date | None
    rows: int
    definition: str
    evidence: Evidence
    model_version: str | None = None


class FileRef(_Shape):
    """A file a person can download."""

    name: str
    url: str
    media_type: str


class ToolResult(_Shape):
    """What a tool gives back.

    Attributes:
        summary: What a language model reads: complete sentences with the figures and the doubt.
        args: The arguments as resolved: canonical names, customer ids, dates.
        caveats: Sentences an answer must not leave out (a model that does not beat chance,
            a period taken by default, data that is absent).
        suggestions: Next questions in the user's words.
        asks_first: Nothing was done: the summary says what would be, and the call waits for a yes.
    """

    summary: str
    args: dict[str, Any] = Field(default_factory=dict[str, Any])
    facts: list[Fact] = Field(default_factory=list[Fact])
    table: Table | None = None
    charts: list[Chart] = Field(default_factory=list[Chart])
    citations: list[Citation] = Field(default_factory=list[Citation])
    provenance: list[Provenance] = Field(default_factory=list[Provenance])
    files: list[FileRef] = Field(default_factory=list[FileRef])
    caveats: list[str] = Field(default_factory=list[str])
    suggestions: list[str] = Field(default_factory=list[str])
    asks_first: bool = False
