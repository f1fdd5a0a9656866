"""The shapes every tool shares: arguments in, result out, and the ports it works through.

A tool is a plain function `name(args: NameArgs, context: ToolContext) -> ToolResult`.
Its name, its arguments and the names of its facts are a public contract.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from data.query import Filter, Grain, OrderBy, Period, Query, Scalar, Scope
from knowledge.playbook import Passage, Playbook
from tools.action_log import (
    ActionsPort,
    Arm,
    Assignment,
    LoggedAction,
    Occupied,
    PastAction,
    RunningTest,
)
from tools.draft_log import DraftsPort, MailerPort
from tools.shapes import (
    Chart,
    Citation,
    Column,
    Evidence,
    Fact,
    FileRef,
    Provenance,
    Series,
    Table,
    ToolResult,
    Unit,
)

if TYPE_CHECKING:
    import pandas as pd

    from data.gold import Gold

__all__ = [
    "ActionsPort",
    "Arm",
    "Assignment",
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
    "Occupied",
    "OrderBy",
    "Passage",
    "PastAction",
    "Period",
    "Playbook",
    "PlaybookPort",
    "Provenance",
    "Query",
    "RunningTest",
    "Scalar",
    "Scope",
    "Series",
    "Table",
    "Tool",
    "ToolArgs",
    "ToolContext",
    "ToolResult",
    "Unit",
]

Role = Literal["account_manager", "cs_lead", "analyst", "admin"]


class ToolArgs(BaseModel):
    """Base of every tool's arguments; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


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
    """SHAP for one client: `base_margin` + Σ contributions = `margin` (log-odds).

    Attributes:
        link: How the margin becomes the probability, in one sentence.
    """

    base_margin: float
    margin: float
    drivers: tuple[Driver, ...]
    link: str


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

    def pushes(self, features: "pd.DataFrame") -> "pd.DataFrame":
        """Contribution of each feature to the margin of each row, without words."""
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
class ConfirmedCall:
    """A call that was put to the person and that they said yes to."""

    tool: str
    args: Mapping[str, Any]


class FilesPort(Protocol):
    """Files made for a person, as the tools see them."""

    def save(self, *, user_id: str, name: str, content: bytes, media_type: str) -> FileRef:
        """Keep a file that only this user can fetch."""
        ...


def _unheard(_progress: str) -> None:
    """Nobody follows the call."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Everything a tool may use; who asks is here and never in the arguments.

    Attributes:
        actions: Where actions are logged; None where nothing may be written.
        files: Where files are kept; None where none can be made.
        confirmed: The call that the person has just said yes to.
        earlier: Results of the last turn that looked something up ("export that").
        tell: Told what a call that takes seconds is at, in a manager's words.
        drafts: Where drafts are kept; None where none are.
        mailer: What sends drafts; None where nothing does.
        refine: Another wording of a text about a client that keeps its facts, or None; absent
            without a language model.
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
    tell: Callable[[str], None] = _unheard
    drafts: DraftsPort | None = None
    mailer: MailerPort | None = None
    refine: Callable[[str, str], str | None] | None = None


_Args_contra = TypeVar("_Args_contra", bound=ToolArgs, contravariant=True)


class Tool(Protocol[_Args_contra]):
    """A tool function of `tools.registry.TOOLS`."""

    __name__: str

    def __call__(self, args: _Args_contra, context: ToolContext, /) -> ToolResult:
        """Answer one call."""
        ...
