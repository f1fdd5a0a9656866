"""What exports hold: a client's file, a list, the churn briefing, experiments, earlier results."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, cast

from data.gold import CustomerRows, EntityAbsent
from data.gold_arms import read_arms
from data.query import Filter, OrderBy, Query
from tools.contract import Column, Fact, Scalar, Table, ToolContext, ToolResult, Unit
from tools.customer_panel import panel_of
from tools.metric_sentences import filter_words
from tools.report import Report, Section
from tools.wording import count_noun, format_value

__all__ = [
    "AT_RISK",
    "about",
    "briefing",
    "client_file",
    "client_list",
    "experiments",
    "name_of",
    "results_again",
]

AT_RISK: Final = Filter(dimension="churn_risk", value="high")
LIST_COLUMNS: Final = (
    "segment", "region", "plan", "account_manager", "arr", "churn_prob_90d", "churn_risk",
    "arr_at_risk", "days_to_renewal", "next_best_action",
)  # fmt: skip
BRIEFING_ROWS: Final = 10
RENEWAL_DAYS: Final = 60
_NOW: Final = ("customers", "mrr", "arr", "customers_at_risk", "arr_at_risk", "avg_health_score")
_LAST_MONTH: Final = ("logo_churn_rate", "churned_customers", "churned_mrr", "grr", "nrr")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")


def about(context: ToolContext) -> str:
    """What every report says of itself."""
    day = context.gold.as_of
    whose = "As of" if context.scope.is_full else "Only the clients you can see, as of"
    return f"{whose} {day.day} {day:%b %Y}. Made by Aura from your own data."


def name_of(text: str) -> str:
    """A file name of a title: "Café Noir" → "cafe-noir"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return _NOT_WORD.sub("-", plain).strip("-")[:60].strip("-") or "report"


def client_list(found: CustomerRows, context: ToolContext) -> Report:
    """A list of clients with the columns of a list in the chat, and a few more."""
    where = filter_words(found.filters, context.gold.semantic, context.gold.build.currency)
    is_at_risk = AT_RISK in found.filters
    title = "Clients at risk" if is_at_risk else "Clients"
    notes = [context.churn.caveat] if context.churn.caveat else []
    if len(found.rows) < found.total:
        notes.append(
            f"The file holds {len(found.rows):,} of {found.total:,} clients, by {found.sort_by.by}."
        )
    lines = [said_of_list(found, context), f"Chosen by: {where}."]
    if is_at_risk:
        lines.append("At risk is a churn probability of 35 % or more within 90 days (predicted).")
    return Report(
        name=name_of(title),
        title=title,
        about=about(context),
        sections=(Section("", tuple(lines), list_table(found)),),
        headline=lines[0],
        facts=facts_of_list(found),
        notes=tuple(notes),
    )


def said_of_list(found: CustomerRows, context: ToolContext) -> str:
    """The list in one sentence."""
    currency = context.gold.build.currency
    arr, loss = (
        format_value(found.totals[name], "usd", currency=currency)
        for name in ("arr", "arr_at_risk")
    )
    verb = "has" if found.total == 1 else "have"
    return (
        f"{count_noun(found.total, 'client')} {verb} an ARR of {arr}; the expected loss is {loss}."
    )


def facts_of_list(found: CustomerRows) -> tuple[Fact, ...]:
    """The figures of that sentence."""
    return (
        Fact(name="customers", value=found.total, unit="count"),
        Fact(name="arr_total", value=found.totals["arr"], unit="usd"),
        Fact(name="arr_at_risk_total", value=found.totals["arr_at_risk"], unit="usd"),
    )


def list_table(found: CustomerRows) -> Table:
    """Names first, ids last."""
    columns = [*found.columns[1:], found.columns[0]]
    rows = [cast("list[Scalar | None]", [*row[1:], row[0]]) for row in found.rows]
    named = [Column(name=c.name, unit=cast("Unit", c.unit), label=c.label) for c in columns]
    return Table(columns=named, rows=rows, title="Clients")


def client_file(row: dict[str, Any], contact: dict[str, Any], context: ToolContext) -> Report:
    """One client in full."""
    panel = panel_of(row, contact, context)
    notes = [context.churn.caveat] if context.churn.caveat and row["status"] == "active" else []
    return Report(
        name=name_of(str(row["name"])),
        title=str(row["name"]),
        about=about(context),
        sections=(Section("", (panel.summary,), panel.table),),
        notes=tuple(notes),
    )


def experiments(context: ToolContext) -> Report:
    """Every arm of every strategy, with its outcomes."""
    arms = read_arms(context.gold)
    columns = [
        Column(name="strategy", unit="text", label="Strategy"),
        Column(name="assignment", unit="text", label="Assignment"),
        Column(name="arm", unit="text", label="Arm"),
        Column(name="clients", unit="count", label="Clients"),
        Column(name="outcome_known", unit="count", label="Outcome known"),
        Column(name="retained", unit="count", label="Retained"),
        Column(name="retained_rate", unit="prob", label="Retained rate"),
        Column(name="cost", unit="usd", label="Cost"),
    ]
    rows: list[list[Scalar | None]] = [
        [
            arm.strategy, arm.assignment, arm.arm, arm.clients, arm.known, arm.retained,
            arm.retained / arm.known if arm.known else None, arm.cost,
        ]
        for arm in arms
    ]  # fmt: skip
    day = context.gold.as_of
    return Report(
        name="experiments",
        title="Interventions and experiments",
        about=f"The whole company, as of {day.day} {day:%b %Y}. Made by Aura from your own data.",
        sections=(Section("", (), Table(columns=columns, rows=rows, title="Arms")),),
        notes=(
            "Only rows assigned at random measure an effect; targeted ones were chosen by people.",
        ),
    )


def briefing(context: ToolContext) -> Report:
    """The churn summary: where we stand, the last month, who is at risk, who renews."""
    notes = [context.churn.caveat] if context.churn.caveat else []
    sections: list[Section] = []
    for heading, names in (("Today", _NOW), ("Last full month", _LAST_MONTH)):
        figures, missing, when = _figures(names, context)
        sections.append(Section(f"{heading} ({when})" if when else heading, (), figures))
        notes += missing
    risky = _clients([AT_RISK], OrderBy(by="arr_at_risk"), context)
    sections.append(
        Section(
            "Clients at risk",
            (said_of_list(risky, context), *_cut(risky)),
            list_table(risky),
        )
    )
    soon = Filter(dimension="days_to_renewal", op="between", value=[0, RENEWAL_DAYS])
    ahead = context.gold.as_of + timedelta(days=RENEWAL_DAYS)
    renewing = _clients([soon], OrderBy(by="arr"), context)
    sections.append(
        Section(
            "Renewals ahead",
            (
                f"Contracts that end by {ahead.day} {ahead:%b %Y}. {said_of_list(renewing, context)}",
                *_cut(renewing),
            ),
            list_table(renewing),
        )
    )
    return Report(
        name="churn-summary",
        title="Churn summary",
        about=about(context),
        sections=tuple(sections),
        headline=f"At risk: {said_of_list(risky, context)}",
        facts=facts_of_list(risky),
        notes=(*notes, "Churn probabilities are predicted; the other figures are recorded."),
    )


def results_again(results: Sequence[ToolResult], context: ToolContext) -> Report:
    """What was shown before, as it was shown: words, tables, caveats; outside the scope nothing."""
    seen = None if context.scope.is_full else context.gold.names(context.scope)
    sections = [
        Section(
            result.table.title if result.table else "",
            tuple(line for line in result.summary.splitlines() if line.strip()),
            _only_seen(result.table or _fact_table(result), seen),
        )
        for result in results
    ]
    titles = [result.table.title for result in results if result.table and result.table.title]
    title = titles[0] if len(set(titles)) == 1 else "Results"
    notes = dict.fromkeys(text for result in results for text in result.caveats)
    return Report(
        name=name_of(title),
        title=title,
        about=about(context),
        sections=tuple(sections),
        notes=(*notes, *_sources(results)),
    )


def _figures(names: Sequence[str], context: ToolContext) -> tuple[Table, list[str], str]:
    """Each figure on a line, what the data lack, and the month the figures are of."""
    when = ""
    rows: list[list[Scalar | None]] = []
    missing: list[str] = []
    currency = context.gold.build.currency
    for name in names:
        try:
            answer = context.gold.query(Query(metrics=[name]), context.scope)
        except EntityAbsent as error:
            missing.append(str(error))
            continue
        metric = answer.metrics[0]
        when = f"{answer.period.start:%b %Y}" if answer.period and answer.default_period else when
        value = format_value(answer.totals.get(metric.name), metric.unit, currency=currency)
        rows.append([metric.label, value])
    columns = [
        Column(name="figure", unit="text", label="Figure"),
        Column(name="value", unit="text", label="Value"),
    ]
    return Table(columns=columns, rows=rows), missing, when


def _clients(filters: list[Filter], sort_by: OrderBy, context: ToolContext) -> CustomerRows:
    columns = ["segment", "account_manager", "arr", "churn_prob_90d", "next_best_action"]
    if sort_by.by == "arr_at_risk":
        columns.insert(4, "arr_at_risk")
    else:
        columns.insert(3, "days_to_renewal")
    return context.gold.customers(
        filters=filters,
        scope=context.scope,
        sort_by=sort_by,
        limit=BRIEFING_ROWS,
        columns=columns,
    )


def _cut(found: CustomerRows) -> list[str]:
    """What the table below holds, where it does not hold all."""
    by = next(column.label for column in found.columns if column.name == found.sort_by.by)
    shown = len(found.rows)
    return [f"The first {shown} by {by}:"] if shown < found.total else []


def _only_seen(table: Table, seen: dict[str, str] | None) -> Table:
    """Rows about clients that the asker may see now; other tables stay as they are."""
    names = [column.name for column in table.columns]
    if seen is None or "customer_id" not in names:
        return table
    place = names.index("customer_id")
    kept = [row for row in table.rows if str(row[place]) in seen]
    return table.model_copy(update={"rows": kept})


def _fact_table(result: ToolResult) -> Table:
    columns = [
        Column(name="fact", unit="text", label="Fact"),
        Column(name="value", unit="text", label="Value"),
    ]
    rows: list[list[Scalar | None]] = [
        [fact.name.replace("_", " "), format_value(fact.value, fact.unit)] for fact in result.facts
    ]
    return Table(columns=columns, rows=rows)


def _sources(results: Sequence[ToolResult]) -> list[str]:
    said: dict[str, None] = {}
    for item in (entry for result in results for entry in result.provenance):
        when = f", as of {item.as_of.day} {item.as_of:%b %Y}" if item.as_of else ""
        said[f"Source: {item.table}{when} ({item.evidence})."] = None
    return [*said]
