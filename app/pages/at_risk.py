"""The clients at risk, a page at a time, with the reason and the action the chat would name."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from data.query import Filter, OrderBy
from tools.contract import ToolContext
from tools.driver_answers import themes_of
from tools.models.features import THEMES
from tools.strategies import spoken
from tools.wording import MISSING, format_value

PAGE_ROWS: Final = 20
SORTS: Final[Mapping[str, tuple[str, bool]]] = {
    "loss": ("arr_at_risk", True),
    "arr": ("arr", True),
    "probability": ("churn_prob_90d", True),
    "renewal": ("days_to_renewal", False),
}
"""Word in the address → customer number, and whether the largest comes first."""
DEFAULT_SORT: Final = "loss"
HIGH_RISK: Final = Filter(dimension="churn_risk", op="=", value="high")
_COLUMNS: Final = (
    *("segment", "account_manager", "arr", "arr_at_risk", "churn_prob_90d"),
    *("churn_prob_90d_low", "churn_prob_90d_high", "contract_end_date", "days_to_renewal"),
    "next_best_action",
)


@dataclass(frozen=True, slots=True)
class RiskRow:
    """One client, in the words of the page and in figures for the export."""

    customer_id: str
    name: str
    segment: str
    account_manager: str
    arr: str
    arr_usd: float | None
    loss: str
    loss_usd: float | None
    probability: str
    probability_pct: float
    span: str
    reason: str
    detail: str
    action: str
    renewal: str
    renewal_in: str
    renewal_date: date | None


@dataclass(frozen=True, slots=True)
class RiskPage:
    """A page of the clients at risk.

    Attributes:
        arr: Of all clients at risk that match.
        loss: The part of it expected to be lost.
        place: The number of this page, from 1.
    """

    rows: tuple[RiskRow, ...]
    total: int
    arr: str
    loss: str
    sort: str
    place: int
    pages: int


def risk_page(
    context: ToolContext, filters: Sequence[Filter], *, sort: str, place: int
) -> RiskPage:
    """Read one page; a page past the end is the last one.

    Args:
        context: Who asks.
        filters: The page's filters.
        sort: A key of `SORTS`.
        place: The number of the page, from 1.
    """
    by, descending = SORTS[sort]
    wanted = [*filters, HIGH_RISK]
    found = context.gold.customers(
        filters=wanted,
        scope=context.scope,
        sort_by=OrderBy(by=by, descending=descending),
        limit=context.gold.row_limit,
        columns=_COLUMNS,
    )
    names = [column.name for column in found.columns]
    records = [dict(zip(names, row, strict=True)) for row in found.rows]
    pages = max(1, -(-len(records) // PAGE_ROWS))
    place = min(max(place, 1), pages)
    shown = records[(place - 1) * PAGE_ROWS : place * PAGE_ROWS]
    currency = context.gold.build.currency
    return RiskPage(
        rows=tuple(_rows(shown, context)),
        total=found.total,
        arr=format_value(round(found.totals["arr"]), "usd", currency=currency),
        loss=format_value(round(found.totals["arr_at_risk"]), "usd", currency=currency),
        sort=sort,
        place=place,
        pages=pages,
    )


def risk_csv(context: ToolContext, filters: Sequence[Filter], *, sort: str) -> Iterator[str]:
    """Every client at risk as lines of CSV, a page at a time."""
    yield _line(
        *("Client", "Client id", "Segment", "Account manager"),
        *(f"ARR ({context.gold.build.currency})", f"ARR at risk ({context.gold.build.currency})"),
        *("Churn probability within 90 days (%)", "Range", "Main reason", "What stands out"),
        *("Next best action", "Contract end"),
    )
    place = pages = 1
    while place <= pages:
        page = risk_page(context, filters, sort=sort, place=place)
        for row in page.rows:
            yield _line(
                *(row.name, row.customer_id, row.segment, row.account_manager),
                *(row.arr_usd, row.loss_usd, row.probability_pct, row.span),
                *(row.reason, row.detail, row.action, row.renewal_date),
            )
        place, pages = place + 1, page.pages


def _rows(records: Sequence[Mapping[str, Any]], context: ToolContext) -> Iterator[RiskRow]:
    ids = [str(record["customer_id"]) for record in records]
    reasons = _reasons(ids, context)
    currency = context.gold.build.currency
    for record in records:
        customer_id = str(record["customer_id"])
        reason, detail = reasons.get(customer_id, (MISSING, ""))
        low, high = record["churn_prob_90d_low"], record["churn_prob_90d_high"]
        arr, loss = _rounded(record["arr"]), _rounded(record["arr_at_risk"])
        yield RiskRow(
            customer_id=customer_id,
            name=str(record["name"]),
            segment=str(record["segment"] or MISSING),
            account_manager=str(record["account_manager"] or "No account manager"),
            arr=format_value(arr, "usd", currency=currency),
            arr_usd=arr,
            loss=format_value(loss, "usd", currency=currency),
            loss_usd=loss,
            probability=format_value(record["churn_prob_90d"], "prob"),
            probability_pct=round(100 * record["churn_prob_90d"], 1),
            span="" if low is None else f"{100 * low:.0f}–{100 * high:.0f} %",
            reason=reason.capitalize(),
            detail=detail,
            action=_action(record),
            renewal=_day(record["contract_end_date"]),
            renewal_in=_distance(record["days_to_renewal"]),
            renewal_date=record["contract_end_date"],
        )


def _reasons(ids: Sequence[str], context: ToolContext) -> dict[str, tuple[str, str]]:
    """What raises each client's risk most and its value, as `explain_churn` names them."""
    if not ids:
        return {}
    features = context.gold.features(context.scope, customer_ids=ids)
    if features.empty:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for key, why in zip(features["customer_id"], context.churn.explain(features), strict=True):
        strongest = next((theme for theme in themes_of(why) if theme.push > 0), None)
        if strongest is not None:
            said = [f"{driver.label}: {driver.value}" for driver in strongest.drivers[:1]]
            found[str(key)] = (THEMES[strongest.name], "".join(said).replace(" %", "\u00a0%"))
    return found


def _action(record: Mapping[str, Any]) -> str:
    """The action that `recommend_action` would choose; without ARR the reasons decide."""
    chosen = record["next_best_action"]
    if chosen:
        return spoken(str(chosen)).capitalize()
    return "None pays" if record["arr"] else "None stands out"


def _day(day: date | None) -> str:
    return "No contract end" if day is None else f"{day.day} {day:%b %Y}"


def _distance(days: int | None) -> str:
    if days is None:
        return ""
    if days <= 0:
        return "overdue" if days else "today"
    return f"in {format_value(days, 'days')}"


def _rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount)


def _line(*cells: object) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: object) -> object:
    """A spreadsheet would run a text that begins like a formula."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
