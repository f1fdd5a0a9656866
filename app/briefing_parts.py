"""The sections of a briefing, each from what a build found or a tool returns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from app.alert_digest import digest
from app.governance.audit import AuditEvent, AuditTrail
from app.governance.identity import Asker
from app.store.alerts import StoredAlert
from tools.contract import (
    Column,
    Evidence,
    Fact,
    Filter,
    OrderBy,
    Scalar,
    Table,
    Tool,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.customers import ListCustomersArgs, list_customers
from tools.models.alerts import KINDS, RENEWAL_DAYS, AlertKind
from tools.recommend import RecommendActionArgs, recommend_action
from tools.report import Section
from tools.resolve import mendable_errors
from tools.strategies import spoken
from tools.top_actions import worth_most
from tools.wording import count_noun, format_value

__all__ = ["MAKERS", "Caller", "Part", "day_of"]

ROWS: Final = 10
ACTIONS: Final = 3
_WITHOUT_SECTION: Final[tuple[AlertKind, ...]] = ("mrr_drop", "tickets_surge")
_ACTION_COLUMNS: Final = (
    Column(name="name", unit="text", label="Client"),
    Column(name="next_best_action", unit="text", label="Action"),
    Column(name="expected_net_usd", unit="usd", label="Expected net"),
    Column(name="cost_per_customer", unit="usd", label="Cost"),
    Column(name="churn_prob_90d", unit="prob", label="May leave"),
    Column(name="churn_prob_treated", unit="prob", label="With action"),
    Column(name="evidence_grade", unit="text", label="Effect is"),
    Column(name="playbook", unit="text", label="Play"),
)

_Args_contra = TypeVar("_Args_contra", bound=ToolArgs, contravariant=True)


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a briefing.

    Attributes:
        evidence: How its figures are known.
        facts: The figures of its sentences.
        notes: What must not be left out.
    """

    section: Section
    evidence: tuple[Evidence, ...] = ()
    facts: list[Fact] = field(default_factory=list[Fact])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls tools for one person and records it.

    Attributes:
        context: What tools may use for them.
        alerts: Those that hold, of clients in their scope, the most urgent first.
        audit_id: Ties the calls together.
    """

    asker: Asker
    context: ToolContext
    alerts: Sequence[StoredAlert]
    audit: AuditTrail
    audit_id: str

    def call(self, tool: Tool[_Args_contra], args: _Args_contra) -> ToolResult:
        """Answer one call in the person's scope.

        Raises:
            ToolError: The tool cannot answer.
        """
        with mendable_errors():
            result = tool(args, self.context)
        self.record("tool_call", tool.__name__, result)
        return result

    def record(
        self, action: str, tool: str | None = None, result: ToolResult | None = None
    ) -> None:
        """Write down what was done for them."""
        event = AuditEvent(
            audit_id=self.audit_id,
            user_id=self.asker.user_id,
            role=self.asker.role,
            action=action,
            tool=tool,
            arguments=result.args if result else {},
            rows=sum(source.rows for source in result.provenance) if result else None,
        )
        self.audit.append([event])

    def of_kind(self, *kinds: AlertKind) -> list[StoredAlert]:
        """The alerts of some kinds."""
        return [stored for stored in self.alerts if stored.alert.kind in kinds]

    def stamp(self, evidence: str) -> str:
        """When and how the figures of a line are known."""
        return f"(as of {day_of(self.context)}, {evidence})"


def day_of(context: ToolContext) -> str:
    """The last day of the data."""
    return f"{context.gold.as_of:%-d %b %Y}"


def _changes(title: str, caller: Caller) -> Part:
    """Unread alerts of all kinds in a sentence; those without a section of their own one by one."""
    unread = [stored for stored in caller.alerts if not stored.seen]
    summed = digest(unread, caller.context.gold.build.currency)
    if summed is None:
        return Part(_said(title, f"No unread alert holds {caller.stamp('recorded')}."))
    said = f"{summed.text.rstrip('.')} {caller.stamp('recorded; risk is predicted')}."
    others = [stored for stored in unread if stored.alert.kind in _WITHOUT_SECTION]
    counts = {kind: sum(stored.alert.kind == kind for stored in unread) for kind in KINDS}
    return Part(
        _said(title, said, *_headlines(others, caller, "recorded")),
        ("recorded", "predicted"),
        [Fact(name=f"unread:{kind}", value=n, unit="count") for kind, n in counts.items()],
    )


def _newly_at_risk(title: str, caller: Caller) -> Part:
    found = [stored.alert.customer_id for stored in caller.of_kind("newly_at_risk")]
    if not found:
        return Part(_said(title, f"No client is new there {caller.stamp('predicted')}."))
    filters = [
        Filter(dimension="customer", op="in", value=[*found]),
        Filter(dimension="churn_risk", value="high"),
    ]
    asked = ListCustomersArgs(filters=filters, sort_by=OrderBy(by="arr_at_risk"), limit=ROWS)
    shown = ("name", "segment", "arr", "churn_prob_90d", "arr_at_risk")
    return _list(title, caller.call(list_customers, asked), shown, caller)


def _renewals(title: str, caller: Caller) -> Part:
    due = Filter(dimension="days_to_renewal", op="between", value=[0, RENEWAL_DAYS])
    asked = ListCustomersArgs(filters=[due], sort_by=OrderBy(by="arr_at_risk"), limit=ROWS)
    shown = ("name", "segment", "days_to_renewal", "arr", "churn_prob_90d", "arr_at_risk")
    return _list(title, caller.call(list_customers, asked), shown, caller)


def _outcomes(title: str, caller: Caller) -> Part:
    due = caller.of_kind("outcome_due")
    if not due:
        return Part(_said(title, f"No outcome of an action is due {caller.stamp('recorded')}."))
    said = _headlines(due, caller, "recorded; risk is predicted")
    return Part(
        _said(title, *said, "What followed an action is no proof that it helped."),
        ("recorded", "predicted"),
        [Fact(name="outcomes_due", value=len(due), unit="count")],
    )


def _actions(title: str, caller: Caller) -> Part:
    with mendable_errors():
        keys = worth_most(caller.context, ACTIONS)
    results = [caller.call(recommend_action, RecommendActionArgs(customer=key)) for key in keys]
    if not results:
        said = f"No action is expected to be worth its cost {caller.stamp('predicted')}."
        if not caller.context.gold.has_values("arr"):
            said = f"No ARR is recorded, so no action has a net value {caller.stamp('recorded')}."
        return Part(_said(title, said))
    rows = [_action_row(result) for result in results]
    name = [column.name for column in _ACTION_COLUMNS].index("name")
    grades: dict[Evidence, None] = {
        source.evidence: None for result in results for source in result.provenance
    }
    stamp = caller.stamp("risk predicted, effect measured or assumed as each line says")
    return Part(
        Section(
            title,
            (f"By expected net value: ARR kept in a year less the cost {stamp}.",),
            Table(title=title, columns=[*_ACTION_COLUMNS], rows=rows),
        ),
        tuple(grades),
        notes=tuple(
            note
            if note == caller.context.churn.caveat or str(row[name]) in note
            else f"{row[name]}: {note}"
            for row, result in zip(rows, results, strict=True)
            for note in result.caveats
        ),
    )


MAKERS: Final[dict[str, tuple[str, Callable[[str, Caller], Part]]]] = {
    "changes": ("What changed", _changes),
    "newly_at_risk": ("Newly at high risk", _newly_at_risk),
    "renewals": (f"Renewals in the next {RENEWAL_DAYS} days", _renewals),
    "outcomes_due": ("Outcomes due", _outcomes),
    "actions": ("The actions worth most", _actions),
}
"""Heading and maker of each section, in reading order."""


def _said(heading: str, *lines: str) -> Section:
    return Section(heading, lines)


def _headlines(found: Sequence[StoredAlert], caller: Caller, evidence: str) -> list[str]:
    said = [
        f"{stored.alert.name}: {stored.alert.headline} {caller.stamp(evidence)}."
        for stored in found[:ROWS]
    ]
    more = len(found) - len(said)
    return [*said, f"And {more:,} more."] if more > 0 else said


def _list(title: str, result: ToolResult, shown: Sequence[str], caller: Caller) -> Part:
    """How many clients, their ARR and the expected loss; then the first of them."""
    facts: dict[str, Any] = {fact.name: fact.value for fact in result.facts}
    currency = caller.context.gold.build.currency
    total: int = facts["customers"]
    if not total:
        none = f"None among the clients you can see {caller.stamp('recorded')}."
        return Part(_said(title, none), ("recorded",), result.facts, tuple(result.caveats))
    said = count_noun(total, "client")
    if facts["arr_total"]:
        arr, loss = (
            format_value(facts[name], "usd", currency=currency)
            for name in ("arr_total", "arr_at_risk_total")
        )
        said += f" with an ARR of {arr}; the expected loss is {loss}"
    lines = [f"{said} {caller.stamp('ARR recorded, risk predicted')}."]
    if total > ROWS:
        lines.append(f"The first {ROWS} by ARR at risk:")
    return Part(
        Section(title, tuple(lines), _narrow(result.table, shown)),
        ("recorded", "predicted"),
        result.facts,
        tuple(result.caveats),
    )


def _narrow(table: Table | None, names: Sequence[str]) -> Table | None:
    """The columns that fit a terminal, in this order."""
    if table is None:
        return None
    known = [column.name for column in table.columns]
    places = [known.index(name) for name in names if name in known]
    return Table(
        title=table.title,
        columns=[table.columns[place] for place in places],
        rows=[[row[place] for place in places] for row in table.rows],
    )


def _action_row(result: ToolResult) -> list[Scalar | None]:
    facts: dict[str, Any] = {fact.name: fact.value for fact in result.facts}
    facts["next_best_action"] = spoken(str(facts["next_best_action"]))
    play = result.citations[0].title if result.citations else None
    return [{**facts, "playbook": play}.get(column.name) for column in _ACTION_COLUMNS]
