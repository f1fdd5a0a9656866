"""The shapes every tool shares: arguments in, result out, and the ports it works through.

A tool is a plain function `name(args: NameArgs, context: ToolContext) -> ToolResult`.
Its name, its arguments and the names of its facts are a public contract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from data.query import Filter, Grain, OrderBy, Period, Query, Scalar, Scope
from knowledge.playbook import Passage, Playbook

if TYPE_CHECKING:
    import pandas as pd

    from data.gold import Gold

__all__ = [
    "ActionsPort",
    "Chart",
    "ChurnPort",
    "Citation",
    "Column",
    "ConfirmedCall",
    "Evidence",
    "Fact",
    "FileRef",
    "FilesPort",
    "Filter",
    "Grain",
    "LoggedAction",
    "OrderBy",
    "Passage",
    "Period",
    "Playbook",
    "PlaybookPort",
    "Provenance",
    "Query",
    "Scalar",
    "Scope",
    "Series",
    "Table",
    "ToolArgs",
    "ToolContext",
    "ToolResult",
    "Unit",
]

Unit = Literal[
    "usd", "count", "pct", "prob", "ratio", "days", "hours", "score", "points", "date", "text"
]
"""`pct` is 0-100, `prob` is 0-1; `ratio` is a plain quotient (1.0 = equal)."""

Evidence = Literal["measured", "predicted", "assumed", "recorded"]
"""measured = randomised test, predicted = model, assumed = playbook, recorded = the data."""

Role = Literal["account_manager", "cs_lead", "analyst", "admin"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolArgs(BaseModel):
    """Base of every tool's arguments; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid")


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

    A heatmap has one series a row (`name` = the row's label).
    """

    kind: Literal["line", "bar", "waterfall", "heatmap"]
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


@dataclass(frozen=True, slots=True)
class Driver:
    """One reason behind a churn score, in the client's own values.

    Attributes:
        feature: Column of `gold.ai_model_features`.
        label: Business name, e.g. "logins in the last 30 days".
        value: The client's value, worded with its unit.
        typical: The usual value among active clients, worded alike.
        contribution: Share of the margin (log-odds); positive raises the risk.
    """

    feature: str
    label: str
    value: str
    typical: str
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """SHAP for one client: `base_margin` + Σ contributions = `margin` (log-odds)."""

    base_margin: float
    margin: float
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class GlobalDriver:
    """Mean absolute contribution of a feature over a set of clients.

    Attributes:
        direction: How the risk moves with the feature, in words ("higher means more risk").
    """

    feature: str
    label: str
    importance: float
    direction: str


class ChurnPort(Protocol):
    """The trained churn model as the tools see it."""

    @property
    def version(self) -> str:
        """Version of the serving model."""
        ...

    @property
    def card(self) -> dict[str, Any]:
        """Model card: see `tools.models.churn.ModelCard.model_dump()`."""
        ...

    @property
    def caveat(self) -> str | None:
        """A sentence to show when the model does not beat its baselines, else None."""
        ...

    def explain(self, features: "pd.DataFrame") -> list[Explanation]:
        """Explain each row of `gold.ai_model_features`, drivers sorted by |contribution|."""
        ...

    def explain_all(self, features: "pd.DataFrame") -> list[GlobalDriver]:
        """Rank the drivers over all rows, strongest first."""
        ...


class PlaybookPort(Protocol):
    """The playbook library as the tools see it."""

    def search(
        self, query: str, *, segment: str | None, driver: str | None, limit: int
    ) -> list[Passage]:
        """Passages for a query, best first; empty when nothing is relevant."""
        ...

    def get(self, playbook_id: str) -> Playbook | None:
        """One playbook by id."""
        ...

    def ids(self) -> Sequence[str]:
        """All playbook ids, sorted."""
        ...

    def match(self, text: str) -> list[str]:
        """Ids whose title or id is meant by `text`, best first (typos allowed)."""
        ...


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """What was done for a client, as it was written down."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmedCall:
    """A call that was put to the person and that they said yes to."""

    tool: str
    args: Mapping[str, Any]


class ActionsPort(Protocol):
    """The log of what was done for clients, as the tools see it."""

    def log(self, *, customer_id: str, strategy: str, note: str, user_id: str) -> LoggedAction:
        """Write one action down."""
        ...

    def last(self, *, customer_id: str, strategy: str) -> LoggedAction | None:
        """The latest entry of this strategy for this client, whoever made it."""
        ...


class FilesPort(Protocol):
    """Files made for a person, as the tools see them."""

    def save(self, *, user_id: str, name: str, content: bytes, media_type: str) -> FileRef:
        """Keep a file that only this user can fetch."""
        ...


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Everything a tool may use; who asks is here and never in the arguments.

    Attributes:
        actions: Where actions are logged; None where nothing may be written.
        files: Where files are kept; None where none can be made.
        confirmed: The call that the person has just said yes to.
        earlier: Results of the last turn that looked something up ("export that").
    """

    user_id: str
    role: Role
    scope: Scope
    gold: "Gold"
    churn: ChurnPort
    playbooks: PlaybookPort
    actions: ActionsPort | None = None
    files: FilesPort | None = None
    confirmed: ConfirmedCall | None = None
    earlier: tuple[ToolResult, ...] = ()
