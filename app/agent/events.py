"""What a turn sends to a door: steps, words, and at the end the whole answer."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.contract import Citation, Fact, FileRef, Provenance, Table

Kind = Literal["answer", "question", "refusal", "confirmation"]


class ToolCallRecord(BaseModel):
    """A call of this turn with its arguments as resolved: canonical names, ids, dates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    args: dict[str, Any]


class Pending(BaseModel):
    """A call that waits for the user's yes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    args: dict[str, Any]


class TurnAnswer(BaseModel):
    """The response of `POST /api/v1/chatbot/query`, and what every door renders.

    Attributes:
        answer: Markdown.
        tool_calls: This turn's calls.
        facts: This turn's facts, the gate's own `derived:…` and `definition:…` included.
        table: The main table of the turn.
        charts: Plotly specs.
        model: The model that wrote the answer.
        fallback: Whether the built-in planner answered in place of a language model.
        grounded: Whether every number of the answer is backed by a tool of this turn.
        outage: Why nothing could be answered, for the door to say in its own way.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: str
    tool_calls: list[ToolCallRecord] = Field(default_factory=list[ToolCallRecord])
    facts: list[Fact] = Field(default_factory=list[Fact])
    table: Table | None = None
    charts: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    citations: list[Citation] = Field(default_factory=list[Citation])
    provenance: list[Provenance] = Field(default_factory=list[Provenance])
    files: list[FileRef] = Field(default_factory=list[FileRef])
    kind: Kind = "answer"
    pending: Pending | None = None
    suggestions: list[str] = Field(default_factory=list[str])
    session_id: str
    model: str
    fallback: bool = False
    grounded: bool = True
    latency_ms: float
    audit_id: str
    outage: str | None = Field(default=None, exclude=True)


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A tool begins; `label` is in a manager's words ("Looking up your metrics")."""

    id: str
    tool: str
    label: str
    args: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class StepProgress:
    """What a running tool is at ("trying Prophet on the past"), for calls that take seconds."""

    id: str
    label: str
    progress: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A tool is done; `ok` is false when it refused or failed."""

    id: str
    tool: str
    ok: bool
    summary: str


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer, sent only after its sentence passed the gate."""

    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The tokens so far no longer hold (the model failed midway): clear them and start over."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of a turn; the answer's text is what the tokens spelled."""

    answer: TurnAnswer


TurnEvent = StepStarted | StepProgress | StepFinished | Token | Withdrawn | Answered
