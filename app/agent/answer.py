"""The answer of a turn, put together from what the run collected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from app.agent.context import RenderChart
from app.agent.events import Kind, Pending, ToolCallRecord, TurnAnswer
from app.agent.gate import Grounded
from app.agent.run import AgentRun, Called
from tools.contract import Fact, ToolResult
from tools.interventions import ASK_FIRST

MOST_SUGGESTIONS = 4
_DEFAULT_SUGGESTIONS = (
    "Which clients are at risk?",
    "How did our MRR develop?",
    "Who renews next?",
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the door needs to know about how an answer came about."""

    session_id: str
    model: str
    fallback: bool
    grounded: bool
    latency_ms: float
    audit_id: str


def assemble(
    run: AgentRun, grounded: Grounded, text: str, stamp: Stamp, render_chart: RenderChart
) -> TurnAnswer:
    """Make the response of a turn.

    Args:
        run: The finished run.
        grounded: Its answer behind the gate.
        text: The answer as shown, notes included.
        stamp: Session, model and the rest.
        render_chart: Chart → Plotly spec.
    """
    results = [result for _, result in run.results]
    said = run.final.additional_kwargs if run.final is not None else {}
    pending = _pending(said.get("pending"), run)
    tables = [result.table for result in results if result.table is not None]
    return TurnAnswer(
        answer=text,
        tool_calls=tool_calls(run),
        facts=_facts(results, grounded),
        table=tables[-1] if tables else None,
        charts=[render_chart(chart) for result in results for chart in result.charts],
        citations=_unique(item for result in results for item in result.citations),
        provenance=_unique(item for result in results for item in result.provenance),
        files=_unique(item for result in results for item in result.files),
        kind="confirmation" if pending else _kind(said.get("kind"), run, grounded.text),
        pending=pending,
        suggestions=_suggestions(said.get("suggestions") or (), results, bool(run.calls)),
        session_id=stamp.session_id,
        model=stamp.model,
        fallback=stamp.fallback,
        grounded=stamp.grounded,
        latency_ms=stamp.latency_ms,
        audit_id=stamp.audit_id,
    )


def tool_calls(run: AgentRun) -> list[ToolCallRecord]:
    """The run's calls, with the arguments that the tools resolved."""
    return [ToolCallRecord(name=call.name, args=_resolved(call)) for call in run.calls]


def _resolved(call: Called) -> dict[str, Any]:
    if call.result is None or not call.result.args:
        return call.args
    return call.result.model_dump(mode="json", include={"args"})["args"]


def _facts(results: Sequence[ToolResult], grounded: Grounded) -> list[Fact]:
    return _unique([*(fact for result in results for fact in result.facts), *grounded.facts])


def _pending(said: Any, run: AgentRun) -> Pending | None:
    """The call that waits for a yes: the planner's own, or one that a tool would not do unasked."""
    if said:
        return Pending.model_validate(said)
    held = {name for name, message in run.refusals if message.startswith(ASK_FIRST)}
    waiting = [
        call
        for call in run.calls
        if (call.result is None and call.name in held) or (call.result and call.result.asks_first)
    ]
    return Pending(name=waiting[-1].name, args=_resolved(waiting[-1])) if waiting else None


def _kind(said: Any, run: AgentRun, text: str) -> Kind:
    if said in get_args(Kind):
        return said
    return "question" if not run.calls and text.rstrip().endswith("?") else "answer"


def _suggestions(said: Sequence[str], results: Sequence[ToolResult], has_calls: bool) -> list[str]:
    offered = [*said] or [item for result in reversed(results) for item in result.suggestions]
    if not offered and has_calls:
        offered = [*_DEFAULT_SUGGESTIONS]
    return _unique(offered)[:MOST_SUGGESTIONS]


def _unique(items: Iterable[_T]) -> list[_T]:
    """The items in order, each once; they need not be hashable."""
    kept: list[_T] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept
