"""One client's page: how they are, why, what was tried, and what to do next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.pages.charts import ChartBox, day_words, source_words
from app.pages.client_charts import client_charts
from data.gold import GoldError
from data.gold_client import ClientTicket, TriedAction, read_tickets, read_tried, read_words
from data.query import Scope
from tools.churn import PredictChurnArgs, predict_churn
from tools.contract import Fact, ToolContext, ToolResult
from tools.customer_panel import SECTIONS
from tools.customers import GetCustomerArgs, get_customer
from tools.errors import ToolError
from tools.models.masking import mask_people
from tools.rules import EvaluateRulesArgs, evaluate_rules
from tools.strategies import spoken
from tools.wording import format_value

QUESTIONS: Final = (
    ("Why?", "Why is this client at risk?"),
    ("What should I do?", "What should I do about this client?"),
    ("Draft an e-mail", "Draft an email to this client"),
)
_MOST: Final = 5
_ELSEWHERE: Final = frozenset({"next_best_action", "health_band", "churn_risk", "status"})
_BAND_WORDS: Final = {"healthy": "healthy", "watch": "to watch", "at_risk": "poor health"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure at the head of the page; `note` is its range or what it means."""

    label: str
    value: str
    note: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Some lines of the profile."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the fixed risk rules beside the client's value."""

    name: str
    value: str
    threshold: str
    fired: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A support ticket in words."""

    opened: str
    subject: str
    state: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """What the client wrote, people taken out."""

    day: str
    source: str
    text: str
    mood: str


@dataclass(frozen=True, slots=True)
class Tried:
    """Something that was done to keep the client."""

    day: str
    what: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ClientPage:
    """What the template of a client's page shows."""

    customer_id: str
    name: str
    headline: str
    risk: str
    is_active: bool
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    charts: Mapping[str, ChartBox]
    rules: tuple[Rule, ...]
    rules_summary: str
    tickets: tuple[Ticket, ...]
    quotes: tuple[Quote, ...]
    tried: tuple[Tried, ...]
    source: str
    caveats: tuple[str, ...]
    questions: tuple[tuple[str, str], ...] = QUESTIONS


def client_page(customer_id: str, context: ToolContext) -> ClientPage | None:
    """Read a client's page; None when there is no such client among those in scope."""
    row = context.gold.customer(customer_id, context.scope)
    if row is None:
        return None
    panel = get_customer(GetCustomerArgs(customer=customer_id), context)
    is_active = row["status"] == "active" and row.get("churn_prob_90d") is not None
    rules = _optional(lambda: evaluate_rules(EvaluateRulesArgs(customer=customer_id), context))
    return ClientPage(
        customer_id=customer_id,
        name=str(row["name"]),
        headline=_headline(row),
        risk=str(row["churn_risk"]) if is_active else "",
        is_active=is_active,
        tiles=tuple(_tiles(row, customer_id, context, is_active=is_active)),
        sections=tuple(_sections(panel)),
        charts={chart.id: chart for chart in client_charts(customer_id, row, context)},
        rules=tuple(_rules(rules)) if is_active else (),
        rules_summary=rules.summary if rules and is_active else "",
        tickets=tuple(
            _ticket(entry)
            for entry in read_tickets(context.gold, customer_id, context.scope, _MOST)
        ),
        quotes=tuple(_quotes(customer_id, context)),
        tried=tuple(
            _tried(entry) for entry in read_tried(context.gold, customer_id, context.scope, _MOST)
        ),
        source=source_words(panel.provenance),
        caveats=tuple(panel.caveats),
        questions=QUESTIONS if is_active else (),
    )


def _optional(work: Any) -> ToolResult | None:
    try:
        return work()
    except (GoldError, ToolError):
        return None


def _headline(row: Mapping[str, Any]) -> str:
    what = [str(row[name]) for name in ("segment", "industry", "region") if row.get(name)]
    manager = row.get("account_manager")
    if manager:
        what.append(f"looked after by {manager}")
    if row["status"] != "active" and row.get("churned_at"):
        what.append(f"left on {day_words(row['churned_at'])}")
    return " · ".join(what)


def _tiles(
    row: Mapping[str, Any], customer_id: str, context: ToolContext, *, is_active: bool
) -> Iterator[Tile]:
    currency = context.gold.build.currency
    mrr = format_value(row.get("mrr"), "usd", currency=currency)
    yield Tile("ARR", format_value(_whole(row.get("arr")), "usd", currency=currency), f"MRR {mrr}")
    if row.get("health_score") is not None:
        band = str(row["health_band"])
        yield Tile(
            "Health score", format_value(row["health_score"], "score"), _BAND_WORDS[band], band
        )
    if is_active:
        table = predict_churn(PredictChurnArgs(customer=customer_id), context).table
        names = [column.name for column in table.columns] if table else []
        for line in table.rows if table else []:
            cells = dict(zip(names, line, strict=True))
            span = f"{format_value(cells['churn_prob_low'], 'prob')} to {format_value(cells['churn_prob_high'], 'prob')}"
            tone = str(row["churn_risk"]) if cells["horizon_days"] == 90 else ""
            value = format_value(cells["churn_prob"], "prob")
            yield Tile(f"Churn in {cells['horizon_days']} days", value, span, tone)
        loss = format_value(_whole(row.get("arr_at_risk")), "usd", currency=currency)
        yield Tile("ARR at risk", loss, "expected loss, 90 days")
    if row.get("contract_end_date") and row["status"] == "active":
        days = int(row["days_to_renewal"])
        when = f"in {format_value(days, 'days')}" if days > 0 else "overdue" if days else "today"
        yield Tile("Renewal", day_words(row["contract_end_date"]), when)


def _sections(panel: ToolResult) -> Iterator[Section]:
    facts = {fact.name: fact for fact in panel.facts}
    for title, fields in SECTIONS.items():
        lines = tuple(
            (label, _said(facts[name]))
            for name, label, _ in fields
            if name in facts and name not in _ELSEWHERE and not name.startswith("churn_prob")
        )
        if lines and title != "Health and risk":
            yield Section(title, lines)
    labels = {"contact_name": "Contact", "email_on_file": "E-mail", "phone_on_file": "Phone"}
    labels["consent_contact"] = "May be contacted"
    contact = tuple((label, _said(facts[n])) for n, label in labels.items() if n in facts)
    if contact:
        yield Section("Contact", contact)


def _said(fact: Fact) -> str:
    if isinstance(fact.value, date):
        return day_words(fact.value)
    if isinstance(fact.value, str) and fact.name == "contract_type":
        return fact.value.replace("_", "-")
    value = _whole(fact.value) if fact.unit == "usd" else fact.value
    return format_value(value, fact.unit)


def _rules(result: ToolResult | None) -> Iterator[Rule]:
    if result is None or result.table is None:
        return
    names = [column.name for column in result.table.columns]
    for line in result.table.rows:
        cells = dict(zip(names, line, strict=True))
        yield Rule(
            str(cells["rule"]), str(cells["value"]), str(cells["threshold"]), str(cells["fired"])
        )


def _ticket(ticket: ClientTicket) -> Ticket:
    state = "open" if ticket.resolved is None else f"resolved {day_words(ticket.resolved)}"
    if ticket.satisfaction is not None:
        state += f", rated {format_value(ticket.satisfaction, 'score')} of 5"
    subject = mask_people(ticket.subject or "No subject")
    return Ticket(day_words(ticket.opened), subject, state, ticket.resolved is None)


def _quotes(customer_id: str, context: ToolContext) -> Iterator[Quote]:
    managers = context.gold.values("account_manager", Scope())
    contact = context.gold.contact(customer_id, context.scope) or {}
    names = [*managers, str(contact.get("contact_name") or "")]
    for words in read_words(context.gold, customer_id, context.scope, _MOST):
        source = "Survey" if words.source == "survey" else "Ticket"
        text = mask_people(words.text, names)
        yield Quote(day_words(words.day), source, text, _mood(words.sentiment))


def _mood(sentiment: float | None) -> str:
    if sentiment is None:
        return ""
    return "positive" if sentiment >= 0.2 else "negative" if sentiment <= -0.2 else "neutral"


def _tried(entry: TriedAction) -> Tried:
    what = spoken(entry.strategy).capitalize()
    if entry.arm == "control":
        what = f"{what}: in the control group of a test"
    outcome = {None: "outcome open", True: "stayed", False: "left"}[entry.retained]
    return Tried(day_words(entry.day), what, outcome)


def _whole(amount: Any) -> Any:
    return round(amount) if isinstance(amount, float) and abs(amount) >= 100 else amount
