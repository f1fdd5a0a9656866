"""One client's lifecycle in facts, a two-column table and sentences."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from tools.contract import Column, Fact, Role, Scalar, Table, ToolContext, Unit
from tools.wording import MISSING, format_value

__all__ = ["SECTIONS", "SEES_CONTACTS", "Panel", "panel_of", "window_facts"]

_WINDOW: Final = re.compile(r"_(\d+)d(?:_|$)")

SEES_CONTACTS: Final[frozenset[Role]] = frozenset({"account_manager", "cs_lead", "admin"})
"""Roles that look after clients."""

SECTIONS: Final[Mapping[str, tuple[tuple[str, str, Unit], ...]]] = {
    "Profile": (
        ("segment", "Segment", "text"),
        ("region", "Region", "text"),
        ("country", "Country", "text"),
        ("industry", "Industry", "text"),
        ("account_manager", "Account manager", "text"),
        ("status", "Status", "text"),
        ("signup_date", "Client since", "date"),
        ("tenure_days", "Tenure", "days"),
        ("churned_at", "Churned on", "date"),
    ),
    "Contract": (
        ("plan", "Plan", "text"),
        ("contract_type", "Contract type", "text"),
        ("contract_end_date", "Contract end", "date"),
        ("days_to_renewal", "Days to renewal", "days"),
        ("seats", "Seats", "count"),
    ),
    "Revenue": (
        ("mrr", "MRR", "usd"),
        ("arr", "ARR", "usd"),
        ("mrr_90d_ago", "MRR 90 days ago", "usd"),
        ("revenue_decline_90d", "Revenue decline over 90 days", "prob"),
        ("total_revenue", "Paid so far", "usd"),
        ("avg_transaction_value", "Average payment", "usd"),
    ),
    "Usage": (
        ("days_since_last_login", "Days since last login", "days"),
        ("events_30d", "Events in 30 days", "count"),
        ("avg_events_30d", "Usual events in 30 days", "count"),
        ("active_days_30d", "Active days in 30 days", "days"),
        ("features_used_30d", "Features used in 30 days", "count"),
        ("engagement_score", "Engagement score", "score"),
    ),
    "Support": (
        ("tickets_open", "Open tickets", "count"),
        ("tickets_30d", "Tickets in 30 days", "count"),
        ("avg_resolution_hours", "Average resolution time", "hours"),
    ),
    "Sentiment": (
        ("csat_avg", "CSAT", "score"),
        ("nps_score", "NPS score", "score"),
    ),
    "Health and risk": (
        ("health_score", "Health score", "score"),
        ("health_band", "Health band", "text"),
        ("churn_prob_30d", "Churn probability, 30 days", "prob"),
        ("churn_prob_60d", "Churn probability, 60 days", "prob"),
        ("churn_prob_90d", "Churn probability, 90 days", "prob"),
        ("churn_risk", "Churn risk", "text"),
        ("arr_at_risk", "ARR at risk", "usd"),
        ("rule_score", "Rule score", "score"),
        ("next_best_action", "Next best action", "text"),
    ),
}


@dataclass(frozen=True, slots=True)
class Panel:
    """What a tool result needs of it."""

    summary: str
    facts: list[Fact]
    table: Table


def panel_of(row: Mapping[str, Any], contact: Mapping[str, Any], context: ToolContext) -> Panel:
    """Put one client's gold row into words.

    Args:
        row: `gold.customer_metrics` and `gold.customer_health_scores` of the client.
        contact: Its contact; shown only to roles that look after clients, never the address.
        context: Who asks, and the currency.
    """
    currency = context.gold.build.currency
    entries = [
        (label, Fact(name=name, value=cast("Scalar", row[name]), unit=unit))
        for fields in SECTIONS.values()
        for name, label, unit in fields
        if row.get(name) is not None
    ]
    if context.role in SEES_CONTACTS:
        entries += _contact(contact)
    lines: list[list[Scalar | None]] = [
        [label, format_value(fact.value, fact.unit, currency=currency)] for label, fact in entries
    ]
    columns = [Column(name="item", unit="text"), Column(name="value", unit="text")]
    facts = [Fact(name="name", value=str(row["name"]), unit="text"), *(f for _, f in entries)]
    facts += window_facts([fact.name for fact in facts])
    return Panel(
        summary=_Words(row, currency).summary(),
        facts=facts,
        table=Table(columns=columns, rows=lines, title=str(row["name"])),
    )


def window_facts(names: Sequence[str]) -> list[Fact]:
    """The day counts within names such as `churn_prob_90d`, since answers say them."""
    found = sorted({int(days) for name in names for days in _WINDOW.findall(name)})
    return [Fact(name=f"window_{days}d", value=days, unit="days") for days in found]


def _contact(contact: Mapping[str, Any]) -> list[tuple[str, Fact]]:
    entries: list[tuple[str, Fact]] = []
    if contact.get("contact_name"):
        fact = Fact(name="contact_name", value=str(contact["contact_name"]), unit="text")
        entries.append(("Contact", fact))
    for name, label in (("email", "E-mail"), ("phone", "Phone")):
        if contact.get(name):
            entries.append((label, Fact(name=f"{name}_on_file", value="on file", unit="text")))
    if contact.get("consent_contact") is not None:
        may = bool(contact["consent_contact"])
        entries.append(("May be contacted", Fact(name="consent_contact", value=may, unit="text")))
    return entries


class _Words:
    def __init__(self, row: Mapping[str, Any], currency: str) -> None:
        self.row, self.currency = row, currency

    def summary(self) -> str:
        """Sentences in the order of the lifecycle; what is unknown is left out."""
        parts = (self._profile(), self._contract(), self._revenue(), self._usage())
        return " ".join(part for part in (*parts, self._support(), self._risk()) if part)

    def _profile(self) -> str:
        where = [self.row.get(key) for key in ("segment", "industry", "region")]
        kind = ", ".join(str(word) for word in where if word)
        text = f"{self.row['name']} is {_article(str(self.row['status']))} client"
        text += f" ({kind})" if kind else ""
        if self.row.get("signup_date"):
            text += f" since {self._say('signup_date', 'date')}"
        if self.row.get("churned_at"):
            text += f" that left on {self._say('churned_at', 'date')}"
        manager = self.row.get("account_manager")
        return f"{text}; account manager {manager}." if manager else f"{text}."

    def _contract(self) -> str:
        said = self._known(
            ("plan", "text", "plan {}"),
            ("contract_type", "text", "{} contract"),
            ("contract_end_date", "date", "contract end {}"),
            ("days_to_renewal", "days", "{} to renewal"),
            ("seats", "count", "seats {}"),
        )
        return _sentence("Contract", said)

    def _revenue(self) -> str:
        said = self._known(
            ("mrr", "usd", "MRR {}"),
            ("arr", "usd", "ARR {}"),
            ("total_revenue", "usd", "{} paid so far"),
        )
        return _sentence("Revenue", said)

    def _usage(self) -> str:
        said = self._known(
            ("days_since_last_login", "days", "last login {} ago"),
            ("events_30d", "count", "events in 30 days {}"),
            ("avg_events_30d", "count", "usually {}"),
            ("engagement_score", "score", "engagement score {}"),
        )
        return _sentence("Usage", said)

    def _support(self) -> str:
        said = self._known(
            ("tickets_open", "count", "open tickets {}"),
            ("tickets_30d", "count", "tickets in 30 days {}"),
            ("csat_avg", "score", "CSAT {}"),
            ("nps_score", "score", "NPS score {}"),
        )
        return _sentence("Support and sentiment", said)

    def _risk(self) -> str:
        if self.row.get("churn_prob_90d") is None:
            return ""
        said = self._known(
            ("health_score", "score", "health score {}"),
            ("health_band", "text", "band {}"),
            ("churn_prob_90d", "prob", "predicted churn probability within 90 days {}"),
            ("churn_risk", "text", "churn risk {}"),
            ("arr_at_risk", "usd", "ARR at risk {}"),
        )
        return _sentence("Health", said)

    def _known(self, *fields: tuple[str, str, str]) -> list[str]:
        said = [(words, self._say(name, unit)) for name, unit, words in fields]
        return [words.format(value) for words, value in said if value != MISSING]

    def _say(self, name: str, unit: str) -> str:
        value = format_value(self.row.get(name), unit, currency=self.currency)
        return value.replace("_", " ") if unit == "text" else value


def _sentence(head: str, said: Sequence[str]) -> str:
    return f"{head}: {', '.join(said)}." if said else ""


def _article(status: str) -> str:
    return f"an {status}" if status[:1] in "aeiou" else f"a {status}"
