"""Makes a file of clients, figures or earlier results: `export_report`."""

from typing import Any, Final, Literal

from pydantic import Field

from data.gold import CustomerRows
from tools.contract import (
    Evidence,
    Fact,
    Filter,
    OrderBy,
    Provenance,
    ToolArgs,
    ToolContext,
    ToolResult,
)
from tools.errors import FinalToolError
from tools.export_answers import (
    LIST_COLUMNS,
    briefing,
    client_file,
    client_list,
    experiments,
    results_again,
)
from tools.report import Report
from tools.report_pdf import MOST_ROWS, as_pdf
from tools.report_text import as_csv, as_text
from tools.resolve import check_filters, mendable_errors, none_match, resolve_customer
from tools.wording import count_noun

__all__ = ["ExportReportArgs", "export_report"]

What = Literal["customer", "list", "experiment", "briefing", "last_result"]
Format = Literal["csv", "txt", "pdf"]

_MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv",
    "txt": "text/plain",
    "pdf": "application/pdf",
}
_LOST: Final = "Some characters cannot be printed in a PDF; the CSV and the text file have them."
_TABLES: Final[dict[What, str]] = {
    "customer": "gold.customer_metrics",
    "list": "gold.customer_health_scores",
    "experiment": "gold.interventions",
    "briefing": "gold.customer_health_scores",
}
_DEFAULT_LIMIT: Final = 20
"""A list in the chat shows so many; a longer one is exported whole."""


class ExportReportArgs(ToolArgs):
    """What to put into which kind of file."""

    what: What = Field(
        description="`list` of clients (with filters), one `customer`, `experiment` results, the "
        "churn `briefing`, or `last_result`: what was shown just before."
    )
    format: Format = "csv"
    customer: str | None = Field(
        default=None, max_length=200, description="For `customer`: id or name."
    )
    filters: list[Filter] = Field(
        default_factory=list[Filter],
        description="For `list`: conditions as in list_customers, e.g. churn_risk = high for "
        "clients at risk; none means all active clients.",
    )
    sort_by: OrderBy | None = Field(default=None, description="For `list`: a customer number.")


def export_report(args: ExportReportArgs, context: ToolContext) -> ToolResult:
    """Make a file (CSV, text or PDF) that the person can download.

    Use for "export the at-risk clients as CSV", "churn summary as a text file", "export that as
    a PDF" (`last_result`). Not for showing figures in the chat.
    """
    if context.files is None:
        raise FinalToolError("No files can be made here. Ask for the same list in the chat.")
    resolved: dict[str, Any] = {"what": args.what, "format": args.format}
    with mendable_errors():
        report, evidence = _report(args, context, resolved)
    content, is_whole = _written(report, args.format, context)
    file = context.files.save(
        user_id=context.user_id,
        name=f"{report.name}.{args.format}",
        content=content,
        media_type=_MEDIA_TYPES[args.format],
    )
    caveats = [*report.notes] if resolved["what"] != "last_result" else []
    if not is_whole:
        caveats.append(_LOST)
    if args.format == "pdf" and any(len(table.rows) > MOST_ROWS for table in report.tables):
        caveats.append("The PDF holds the first rows of each long table only; a CSV has them all.")
    return ToolResult(
        summary=_summary(report, file.name),
        args=resolved,
        facts=[
            Fact(name="file", value=file.name, unit="text"),
            Fact(name="rows", value=report.rows, unit="count"),
            Fact(name="bytes", value=len(content), unit="count"),
            *report.facts,
        ],
        provenance=_provenance(resolved["what"], report, evidence, context),
        files=[file],
        caveats=caveats,
        suggestions=_suggestions(args),
    )


def _report(
    args: ExportReportArgs, context: ToolContext, resolved: dict[str, Any]
) -> tuple[Report, Evidence]:
    """The report, and what its figures rest on; `resolved` gets what was made canonical."""
    if args.what == "briefing":
        return briefing(context), "predicted"
    if args.what == "experiment":
        return experiments(context), "recorded"
    if args.what == "customer":
        return _one_client(args, context, resolved), "predicted"
    if args.what == "list":
        found = _clients(args.filters, args.sort_by, context, resolved)
        return client_list(found, context), "predicted"
    return _again(context, resolved)


def _one_client(args: ExportReportArgs, context: ToolContext, resolved: dict[str, Any]) -> Report:
    if args.customer is None:
        raise FinalToolError("Say which client to export.")
    customer_id, name = resolve_customer(args.customer, context)
    resolved["customer"] = customer_id
    row = context.gold.customer(customer_id, context.scope)
    if row is None:
        raise FinalToolError(f"No client called {name!r} among the clients you can see.")
    return client_file(row, context.gold.contact(customer_id, context.scope) or {}, context)


def _clients(
    filters: list[Filter],
    sort_by: OrderBy | None,
    context: ToolContext,
    resolved: dict[str, Any],
) -> CustomerRows:
    checked = check_filters(filters, context)
    extra = [f.dimension for f in checked if f.dimension not in {"customer", "product"}]
    found = context.gold.customers(
        filters=checked,
        scope=context.scope,
        sort_by=sort_by or OrderBy(by="arr_at_risk"),
        limit=context.gold.row_limit,
        columns=[*dict.fromkeys([*LIST_COLUMNS, *extra])],
    )
    resolved["filters"] = [f.model_dump(mode="json") for f in checked]
    resolved["sort_by"] = found.sort_by.model_dump()
    if found.total == 0:
        raise FinalToolError(f"{none_match(context.scope)} There is nothing to export.")
    return found


def _again(context: ToolContext, resolved: dict[str, Any]) -> tuple[Report, Evidence]:
    """What was shown before: an export in the new format, a list cut to a page in full."""
    results = context.earlier
    if not results:
        raise FinalToolError(
            "Nothing was shown yet in this conversation that could be exported. Ask for a list or "
            "a figure first, or for the clients at risk as CSV."
        )
    last = results[-1]
    if "what" in last.args:
        same = {name: value for name, value in last.args.items() if name != "format"}
        resolved |= {"what": last.args["what"]}
        return _report(ExportReportArgs.model_validate(same), context, resolved)
    is_list = last.provenance and last.provenance[0].tool == "list_customers"
    if len(results) == 1 and is_list and _is_first_page(last):
        filters = [Filter.model_validate(item) for item in last.args["filters"]]
        order = OrderBy.model_validate(last.args["sort_by"])
        found = _clients(filters, order, context, resolved)
        return client_list(found, context), "predicted"
    return results_again(results, context), "recorded"


def _is_first_page(result: ToolResult) -> bool:
    """Whether a list was cut because nobody said how long, not because so many were asked for."""
    total = next((fact.value for fact in result.facts if fact.name == "customers"), 0)
    shown = len(result.table.rows) if result.table else 0
    is_cut = isinstance(total, int | float) and total > shown
    return is_cut and bool(result.args.get("filters")) and result.args["limit"] == _DEFAULT_LIMIT


def _written(report: Report, kind: Format, context: ToolContext) -> tuple[bytes, bool]:
    currency = context.gold.build.currency
    if kind == "pdf":
        return as_pdf(report, context.gold.as_of, currency)
    return (as_csv(report) if kind == "csv" else as_text(report, currency)), True


def _summary(report: Report, name: str) -> str:
    rows = f" with {count_noun(report.rows, 'row')}" if report.rows else ""
    said = f"**{name}** is ready to download: {report.title}{rows}."
    return " ".join([said, *filter(None, [report.headline]), f"{report.about.split('. ')[0]}."])


def _provenance(
    what: What, report: Report, evidence: Evidence, context: ToolContext
) -> list[Provenance]:
    if what == "last_result":
        earlier = [item for result in context.earlier for item in result.provenance]
        return [item.model_copy(update={"tool": "export_report"}) for item in earlier]
    predicted = evidence == "predicted"
    return [
        Provenance(
            tool="export_report",
            table=_TABLES[what],
            as_of=context.gold.as_of,
            rows=report.rows,
            definition="The clients and figures as the other tools give them, written to a file.",
            evidence=evidence,
            model_version=context.gold.build.model_version if predicted else None,
        )
    ]


def _suggestions(args: ExportReportArgs) -> list[str]:
    other = "Export that as a PDF" if args.format != "pdf" else "Export that as CSV"
    return [other, "Which clients are at risk?", "Who renews next?"]
