"""Who the clients are: lists of them, and one in full (`list_customers`, `get_customer`)."""

from collections.abc import Sequence
from typing import Any, Final, Literal, cast

from pydantic import Field

from data.gold import CustomerRows, ResultColumn
from data.semantic_model import SemanticModel
from tools.contract import (
    Column,
    Evidence,
    Fact,
    Filter,
    OrderBy,
    Period,
    Provenance,
    Scalar,
    Table,
    ToolArgs,
    ToolContext,
    ToolResult,
    Unit,
)
from tools.customer_panel import panel_of, window_facts
from tools.errors import FinalToolError
from tools.followup_answers import actions_result
from tools.judged import churn_caveat
from tools.metric_sentences import filter_words
from tools.resolve import check_filters, mendable_errors, never_filled, none_match, resolve_customer
from tools.wording import count_noun, format_value, join_words

__all__ = ["GetCustomerArgs", "ListCustomersArgs", "get_customer", "list_customers"]

_SPOKEN: Final = 3
_CHURN_WORDS: Final = ("churn", "arr_at_risk")
_ALWAYS: Final = ("segment", "arr", "churn_prob_90d")
_CHURNED: Final = ("segment", "churned_at", "total_revenue")
_CHOSEN_THEN: Final = (
    "The next best actions were chosen when the data were last prepared; what was logged since is "
    "weighed when you ask about one client."
)


class ListCustomersArgs(ToolArgs):
    """Which clients, sorted by what, how many."""

    filters: list[Filter] = Field(
        default_factory=list[Filter],
        description="Conditions on dimensions (segment, churn_risk, …) or customer numbers "
        "(arr, tickets_open, days_since_last_login, days_to_renewal, nps_score, …).",
    )
    sort_by: OrderBy | None = Field(
        default=None, description="A customer number, e.g. arr, arr_at_risk, churn_prob_90d."
    )
    limit: int = Field(default=20, ge=1, le=1000, description="Clients to show.")


class GetCustomerArgs(ToolArgs):
    """Which client, and what of it."""

    customer: str | None = Field(
        default=None,
        min_length=1,
        description="Client id or name; typos are understood. Needed but for `about` actions, "
        "which without it are those for all clients.",
    )
    about: Literal["panel", "actions"] = Field(
        default="panel",
        description="actions: what was done for the client and what changed since.",
    )
    strategy: str | None = Field(
        default=None, max_length=200, description="Only with `about` actions: only this strategy."
    )
    period: Period | None = Field(
        default=None, description="Only with `about` actions: days on which they were done."
    )


def list_customers(args: ListCustomersArgs, context: ToolContext) -> ToolResult:
    """List clients that meet conditions, with their total number, ARR and expected loss.

    Use for "which clients are at risk", "who renews in 60 days", "who has not logged in", "top 10
    clients by ARR", "how many clients have more than 3 open tickets". Active clients unless the
    filters name a status. Not for figures by group (`query_metrics`) or one client
    (`get_customer`).
    """
    filters = check_filters(args.filters, context)
    model = context.gold.semantic
    wanted = args.sort_by or _default_sort(filters)
    with mendable_errors():
        sort_by = wanted if context.gold.has_values(wanted.by) else OrderBy(by="churn_prob_90d")
        found = context.gold.customers(
            filters=filters,
            scope=context.scope,
            sort_by=sort_by,
            limit=args.limit,
            columns=_columns(filters, sort_by, model),
        )
    predicted = _rests_on_churn([*(f.dimension for f in filters), found.sort_by.by])
    return ToolResult(
        summary=_list_summary(found, filters, context),
        args={
            "filters": [asked.model_dump(mode="json") for asked in filters],
            "sort_by": found.sort_by.model_dump(),
            "limit": args.limit,
        },
        facts=[
            Fact(name="customers", value=found.total, unit="count"),
            Fact(name="arr_total", value=found.totals["arr"], unit="usd"),
            Fact(name="mrr_total", value=found.totals["mrr"], unit="usd"),
            Fact(name="arr_at_risk_total", value=found.totals["arr_at_risk"], unit="usd"),
            *window_facts([column.name for column in found.columns]),
        ],
        table=_table(found),
        provenance=[_provenance("list_customers", context, found.total, predicted=predicted)],
        caveats=[
            *_list_caveats(found, context, predicted=predicted),
            *(never_filled([wanted.by], context) if sort_by != wanted else []),
        ],
        suggestions=_list_suggestions(found),
    )


def get_customer(args: GetCustomerArgs, context: ToolContext) -> ToolResult:
    """Show one client in full: contract, revenue, usage, support, sentiment, health and risk.

    Use for "tell me about X", "how is X doing", "when does X renew", "who looks after X", any
    single figure of one client. With `about` actions: "what did I do for X, and did it help",
    "what have we tried with X", "what happened after the call with X", and without a client "what
    did I do this month". Not for why it is at risk (`explain_churn`) or what to do
    (`recommend_action`).
    """
    client = resolve_customer(args.customer, context) if args.customer else None
    if args.about == "actions":
        return actions_result(client, args.strategy, args.period, context)
    if client is None:
        raise FinalToolError("Name the client that is to be shown.")
    customer_id, name = client
    with mendable_errors():
        row = context.gold.customer(customer_id, context.scope)
        contact = context.gold.contact(customer_id, context.scope) or {}
    if row is None:
        raise FinalToolError(f"No client called {name!r} among the clients you can see.")
    panel = panel_of(row, contact, context)
    active = row["status"] == "active"
    return ToolResult(
        summary=panel.summary,
        args={"customer": customer_id},
        facts=panel.facts,
        table=panel.table,
        provenance=[_provenance("get_customer", context, 1, predicted=active)],
        caveats=churn_caveat(context) if active else [],
        suggestions=[
            f"Why is {name} at risk?",
            f"What should I do about {name}?",
            f"What did we do for {name}, and did it help?",
        ],
    )


def _list_caveats(found: CustomerRows, context: ToolContext, *, predicted: bool) -> list[str]:
    caveats = churn_caveat(context) if predicted else []
    if found.total == 0:
        caveats += never_filled((asked.dimension for asked in found.filters), context)
    if any(column.name == "next_best_action" for column in found.columns):
        caveats.append(_CHOSEN_THEN)
    return caveats


def _default_sort(filters: Sequence[Filter]) -> OrderBy:
    names = [asked.dimension for asked in filters]
    if "churned_at" in names or any(
        f.dimension == "status" and f.value == "churned" for f in filters
    ):
        return OrderBy(by="churned_at")
    if "days_to_renewal" in names:
        return OrderBy(by="days_to_renewal", descending=False)
    return OrderBy(by="arr_at_risk" if "churn_risk" in names else "arr")


def _columns(filters: Sequence[Filter], sort_by: OrderBy, model: SemanticModel) -> list[str]:
    """Those that were filtered or sorted by, beside the usual ones."""
    names = [asked.dimension for asked in filters if asked.dimension not in {"customer", "product"}]
    churned = {"churned_at", "status"} & set(names)
    shown = [*(_CHURNED if churned else _ALWAYS), *names]
    with mendable_errors():
        shown.append(model.attribute(sort_by.by).name)
    numbers = {number.name for number in model.numbers}
    return [name for name in dict.fromkeys(shown) if name in numbers or name != "customer"]


def _rests_on_churn(names: Sequence[str]) -> bool:
    return any(word in name for name in names for word in _CHURN_WORDS if name != "churned_at")


def _table(found: CustomerRows) -> Table:
    """Names first, ids last."""
    columns = [*found.columns[1:], found.columns[0]]
    rows = [cast("list[Scalar | None]", [*row[1:], row[0]]) for row in found.rows]
    return Table(columns=[_column(column) for column in columns], rows=rows, title="Clients")


def _column(column: ResultColumn) -> Column:
    return Column(name=column.name, unit=cast("Unit", column.unit), label=column.label)


def _list_summary(found: CustomerRows, filters: Sequence[Filter], context: ToolContext) -> str:
    model, currency = context.gold.semantic, context.gold.build.currency
    where = filter_words(_named(filters, context), model, currency)
    if found.total == 0:
        return none_match(context.scope, where)
    spoken = [f for f in _named(filters, context) if f.dimension != "status" or f.op != "="]
    where = filter_words(spoken, model, currency)
    about = f" ({where})" if where else ""
    status = next((f.value for f in found.filters if f.dimension == "status"), None)
    noun = f"{status} client" if isinstance(status, str) else "client"
    head = f"{count_noun(found.total, noun)}{about}"
    if status == "active" and found.totals["arr"]:
        arr = format_value(found.totals["arr"], "usd", currency=currency)
        loss = format_value(found.totals["arr_at_risk"], "usd", currency=currency)
        verb = "has" if found.total == 1 else "have"
        head += f" {verb} an ARR of {arr}; the expected loss is {loss}"
    return f"{head}. {_first_ones(found, currency)}"


def _first_ones(found: CustomerRows, currency: str) -> str:
    key = next(c for c in found.columns if c.name == found.sort_by.by)
    names = [column.name for column in found.columns]
    place, name = names.index(key.name), names.index("name")
    said = [
        str(row[name])
        if key.name == "name" or row[place] is None
        else f"{row[name]} ({format_value(row[place], key.unit, currency=currency)})"
        for row in found.rows[:_SPOKEN]
    ]
    ways = ("latest", "earliest") if key.unit == "date" else ("highest", "lowest")
    order = ways[0] if found.sort_by.descending else ways[1]
    few = len(found.rows) <= len(said)
    led = f"By {key.label}, {order} first: " if few else f"The {order} by {key.label}: "
    return f"{led}{join_words(said)}."


def _named(filters: Sequence[Filter], context: ToolContext) -> list[Filter]:
    names = context.gold.names(context.scope)

    def word(value: Any) -> Any:
        return [names.get(str(v), v) for v in value] if isinstance(value, list) else names[value]

    return [
        f.model_copy(update={"value": word(f.value)}) if f.dimension == "customer" else f
        for f in filters
    ]


def _provenance(tool: str, context: ToolContext, rows: int, *, predicted: bool) -> Provenance:
    evidence: Evidence = "predicted" if predicted else "recorded"
    definition = "Active clients unless a status is asked; ARR is 12 × MRR."
    if predicted:
        definition += (
            " Churn risk is high from a 90-day churn probability of 35 % and medium from 15 %;"
            " ARR at risk is that probability × ARR."
        )
    return Provenance(
        tool=tool,
        table="gold.customer_health_scores" if predicted else "gold.customer_metrics",
        as_of=context.gold.as_of,
        rows=rows,
        definition=definition,
        evidence=evidence,
        model_version=context.gold.build.model_version if predicted else None,
    )


def _list_suggestions(found: CustomerRows) -> list[str]:
    if not found.rows:
        return ["Which clients are at risk?", "Top 10 clients by ARR"]
    first = str(found.rows[0][1])
    return [f"Why is {first} at risk?", f"What should I do about {first}?", "Export that as CSV"]
