"""What the routes give back: a tool's result in the shapes of the chat's answer."""

from collections.abc import Callable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.agent.events import ToolCallRecord
from tools.contract import Chart, Citation, Fact, FileRef, Provenance, Table, ToolResult

RenderChart = Callable[[Chart], dict[str, Any]]


class ToolAnswer(BaseModel):
    """A tool's result; every field but `caveats` is one of the chat's answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: str = Field(description="The result in sentences (Markdown), as the chat would say it.")
    tool_calls: list[ToolCallRecord] = Field(
        description="The tool that was called, with its arguments as resolved."
    )
    facts: list[Fact] = Field(description="Named figures; `prob` is 0-1, `pct` is 0-100.")
    table: Table | None = None
    charts: list[dict[str, Any]] = Field(description="Plotly specs.")
    citations: list[Citation]
    provenance: list[Provenance] = Field(description="Where each figure comes from, as of when.")
    files: list[FileRef]
    caveats: list[str] = Field(description="What must not be left out when this is shown.")
    suggestions: list[str] = Field(description="Next questions for the chat.")
    audit_id: str = Field(description="Finds this request in the audit log.")

    @classmethod
    def of(cls, called: "Called", render: RenderChart, **more: Any) -> Self:
        """The answer of one call.

        Args:
            called: What the tool gave back.
            render: Draws its charts.
            more: Fields of a subclass.
        """
        result = called.result
        return cls(
            answer=result.summary,
            tool_calls=[ToolCallRecord(name=called.tool, args=result.args)],
            facts=result.facts,
            table=result.table,
            charts=[render(chart) for chart in result.charts],
            citations=result.citations,
            provenance=result.provenance,
            files=result.files,
            caveats=result.caveats,
            suggestions=result.suggestions,
            audit_id=called.audit_id,
            **more,
        )


class Called(BaseModel):
    """A tool that answered."""

    model_config = ConfigDict(frozen=True)

    tool: str
    result: ToolResult
    audit_id: str
