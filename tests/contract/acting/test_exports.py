"""Files: of what was shown, in every format, and of nobody outside the scope."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.store.exports import Exports
from data.gold import Gold
from data.query import Filter, OrderBy, Scope
from tools.contract import ToolContext, ToolResult
from tools.customers import ListCustomersArgs, list_customers
from tools.errors import FinalToolError
from tools.export import ExportReportArgs, export_report

Clients = Callable[..., list[tuple[str, dict[str, Any]]]]
HIGH = Filter(dimension="churn_risk", value="high")


@pytest.fixture
def content_of(shelf: Exports) -> Callable[[ToolResult], bytes]:
    """The bytes of the one file of a result, as its owner fetches them."""

    def read(result: ToolResult) -> bytes:
        (file,) = result.files
        found = shelf.at("u1", file.url)
        assert found is not None
        assert found.media_type == file.media_type
        return found.path.read_bytes()

    return read


def facts_of(result: ToolResult) -> dict[str, Any]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


def test_an_exported_list_is_the_list_of_the_chat(
    context: ToolContext, content_of: Callable[[ToolResult], bytes]
) -> None:
    """All clients at risk, with the columns and values that list_customers shows."""
    shown = list_customers(ListCustomersArgs(filters=[HIGH], limit=1_000), context)
    result = export_report(ExportReportArgs(what="list", filters=[HIGH]), context)
    rows = list(csv.DictReader(io.StringIO(content_of(result).decode(), newline="")))
    assert shown.table is not None
    names = [column.name for column in shown.table.columns]
    assert set(names) <= set(rows[0])
    place, prob = names.index("customer_id"), names.index("churn_prob_90d")
    assert [row["customer_id"] for row in rows] == [row[place] for row in shown.table.rows]
    assert [float(row["churn_prob_90d"]) for row in rows] == [row[prob] for row in shown.table.rows]
    assert facts_of(result)["customers"] == len(rows)
    assert result.files[0].name == "clients-at-risk.csv"


def test_an_export_holds_no_client_outside_the_scope(
    context: ToolContext, gold: Gold, content_of: Callable[[ToolResult], bytes]
) -> None:
    """Neither a fresh list nor an earlier, wider result lets another's client out."""
    wide = list_customers(ListCustomersArgs(limit=100), context)
    manager = gold.values("account_manager", Scope())[0]
    scope = Scope(account_manager=(manager,))
    narrow = replace(context, scope=scope, earlier=(wide,))
    own = set(gold.names(scope))
    for what in ("list", "last_result"):
        result = export_report(ExportReportArgs.model_validate({"what": what}), narrow)
        rows = list(csv.DictReader(io.StringIO(content_of(result).decode(), newline="")))
        assert rows
        assert {row["customer_id"] for row in rows} <= own


def test_that_means_what_was_shown(
    context: ToolContext, content_of: Callable[[ToolResult], bytes]
) -> None:
    """Ten asked for are ten; a first page is exported whole; the order stays."""
    ten = list_customers(ListCustomersArgs(sort_by=OrderBy(by="arr"), limit=10), context)
    result = export_report(ExportReportArgs(what="last_result"), replace(context, earlier=(ten,)))
    rows = list(csv.DictReader(io.StringIO(content_of(result).decode(), newline="")))
    assert ten.table is not None
    assert [row["name"] for row in rows] == [row[0] for row in ten.table.rows]
    page = list_customers(ListCustomersArgs(filters=[HIGH]), context)
    whole = export_report(ExportReportArgs(what="last_result"), replace(context, earlier=(page,)))
    assert facts_of(whole)["rows"] == facts_of(page)["customers"]


@pytest.mark.parametrize("kind", ["csv", "txt", "pdf"])
@pytest.mark.parametrize("what", ["list", "briefing", "experiment", "customer", "last_result"])
def test_everything_can_be_had_in_every_format(
    context: ToolContext,
    clients: Clients,
    content_of: Callable[[ToolResult], bytes],
    what: Any,
    kind: Any,
) -> None:
    """Each file is of its kind, and the result says where its figures come from."""
    key, _ = clients()[0]
    earlier = (list_customers(ListCustomersArgs(limit=5), context),)
    args = ExportReportArgs(what=what, format=kind, customer=key)
    result = export_report(args, replace(context, earlier=earlier))
    content = content_of(result)
    assert result.files[0].name.endswith(f".{kind}")
    assert result.provenance
    assert result.summary.startswith(f"**{result.files[0].name}** is ready")
    if kind == "pdf":
        assert content.startswith(b"%PDF-")
    else:
        assert content.decode().strip()


def test_an_export_can_be_made_again_in_another_format(context: ToolContext) -> None:
    """Asked for as a PDF after an export, the same content comes in the other format."""
    first = export_report(ExportReportArgs(what="list", filters=[HIGH]), context)
    again = export_report(
        ExportReportArgs(what="last_result", format="pdf"), replace(context, earlier=(first,))
    )
    assert again.files[0].name == "clients-at-risk.pdf"
    assert facts_of(again)["rows"] == facts_of(first)["rows"]


def test_what_cannot_be_exported_is_said(context: ToolContext, reader: ToolContext) -> None:
    """Nothing shown, nobody matches, nowhere to write: each says what to do."""
    with pytest.raises(FinalToolError, match="Nothing was shown yet"):
        export_report(ExportReportArgs(what="last_result"), context)
    nobody = Filter(dimension="arr", op=">", value=10**12)
    with pytest.raises(FinalToolError, match="nothing to export"):
        export_report(ExportReportArgs(what="list", filters=[nobody]), context)
    with pytest.raises(FinalToolError, match="in the chat"):
        export_report(ExportReportArgs(what="briefing"), reader)
