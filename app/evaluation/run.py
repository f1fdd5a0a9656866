"""Ask every case, judge every turn, and sum up by tag."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.agent.context import PageContext
from app.evaluation.cases import Binding, Case, SkipCase, expected_tools
from app.evaluation.judge import ASPECTS, Fault, Question, judge
from app.governance.identity import Asker, demo_asker
from app.governance.scopes import parse_role, scope_from_json
from app.wiring import Parts
from data.truth import Truth


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one conversation went; `skipped` says why it was not asked."""

    case: Case
    faults: tuple[tuple[str, Fault], ...] = ()
    latencies_ms: tuple[float, ...] = ()
    skipped: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every turn passed."""
        return self.skipped is None and not self.faults


@dataclass(frozen=True, slots=True)
class Mark:
    """Share of asked cases without a fault, overall and by aspect (0-1)."""

    cases: int
    passed: float
    aspects: dict[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """All results with their marks."""

    results: tuple[CaseResult, ...]
    marks: dict[str, Mark] = field(default_factory=dict[str, Mark])
    p50_ms: float = 0.0
    p95_ms: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "cases": sum(r.skipped is None for r in self.results),
            "skipped": {r.case.id: r.skipped for r in self.results if r.skipped},
            "failed": {
                r.case.id: [f"{user!r}: [{f.aspect}] {f.detail}" for user, f in r.faults]
                for r in self.results
                if r.faults
            },
            "marks": {
                tag: {"cases": m.cases, "passed": round(m.passed, 4)}
                | {name: round(value, 4) for name, value in m.aspects.items()}
                for tag, m in self.marks.items()
            },
            "latency_ms": {"p50": round(self.p50_ms, 1), "p95": round(self.p95_ms, 1)},
        }


async def evaluate(parts: Parts, cases: Sequence[Case]) -> Report:
    """Ask all cases whose tools are registered, one after the other."""
    with Truth(parts.settings.home / "warehouse.duckdb") as truth:
        names = dict(truth.rows("SELECT customer_id, name FROM gold.customer_metrics"))
        results = [await _run_case(parts, case, truth, names) for case in cases]
    return _report(results)


async def _run_case(parts: Parts, case: Case, truth: Truth, names: dict[str, str]) -> CaseResult:
    missing = expected_tools(case) - parts.tool_names
    if missing:
        return CaseResult(case, skipped=f"needs {', '.join(sorted(missing))}")
    empty = [t for t in case.needs if not truth.rows(f"SELECT 1 FROM gold.{t} LIMIT 1")]
    if empty:
        return CaseResult(case, skipped=f"gold.{empty[0]} is empty")
    binding = Binding(truth.rows, parts.gold.as_of)
    try:
        context = binding.context(case.context)
        questions = [
            Question(binding.text(turn.user), turn.expect, binding, names) for turn in case.turns
        ]
        return await _converse(parts, case, context, questions)
    except SkipCase as reason:
        return CaseResult(case, skipped=str(reason))


async def _converse(
    parts: Parts, case: Case, context: dict[str, Any], questions: list[Question]
) -> CaseResult:
    faults: list[tuple[str, Fault]] = []
    latencies: list[float] = []
    session_id: str | None = None
    page = PageContext.model_validate(context)
    for question in questions:
        answer = await parts.turns.answer(_asker(context), question.user, session_id, page)
        session_id = answer.session_id
        latencies.append(answer.latency_ms)
        faults.extend((question.user, fault) for fault in judge(question, answer))
    return CaseResult(case, tuple(faults), tuple(latencies))


def _asker(context: dict[str, Any]) -> Asker:
    if "scope" not in context:
        return demo_asker()
    return Asker(
        user_id="evaluation",
        name=str(context["scope"].get("account_manager", ["Evaluation"])[0]),
        role=parse_role(context.get("user_role", "account_manager")),
        scope=scope_from_json(context["scope"]),
    )


def _report(results: list[CaseResult]) -> Report:
    asked = [result for result in results if result.skipped is None]
    tags = sorted({tag for result in asked for tag in result.case.tags})
    marks = {"all": _mark(asked)}
    marks |= {tag: _mark([r for r in asked if tag in r.case.tags]) for tag in tags}
    latencies = sorted(ms for result in asked for ms in result.latencies_ms)
    return Report(
        results=tuple(results),
        marks=marks,
        p50_ms=statistics.median(latencies) if latencies else 0.0,
        p95_ms=latencies[int(0.95 * (len(latencies) - 1))] if latencies else 0.0,
    )


def _mark(results: list[CaseResult]) -> Mark:
    count = max(len(results), 1)
    clean = {
        aspect: sum(all(f.aspect != aspect for _, f in r.faults) for r in results) / count
        for aspect in ASPECTS
    }
    return Mark(len(results), sum(r.passed for r in results) / count, clean)
