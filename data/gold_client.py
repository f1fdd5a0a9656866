"""The events of one client in scope: tickets, words, and what was tried to keep them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from data.client_selection import table, with_kept
from data.gold import Gold
from data.query import Filter, Scope
from data.semantic_filters import Params

__all__ = ["ClientTicket", "ClientWords", "TriedAction", "read_tickets", "read_tried", "read_words"]


@dataclass(frozen=True, slots=True)
class ClientTicket:
    """A support ticket; `resolved` is None while it is open."""

    opened: date
    subject: str
    priority: str
    resolved: date | None
    satisfaction: float | None


@dataclass(frozen=True, slots=True)
class ClientWords:
    """A survey comment or ticket text in the client's words, not masked."""

    day: date
    source: str
    text: str
    sentiment: float | None


@dataclass(frozen=True, slots=True)
class TriedAction:
    """A case of the data; `retained` is None while its outcome is open."""

    day: date
    strategy: str
    arm: str
    assignment: str
    retained: bool | None


def read_tickets(gold: Gold, customer_id: str, scope: Scope, limit: int) -> list[ClientTicket]:
    """Read a client's latest tickets, open ones first; none outside the scope.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    columns = "created_date, subject, priority, resolved_date, satisfaction_score"
    source = table("support_tickets", "silver")
    order = "(resolved_date IS NULL) DESC, created_date DESC, ticket_id"
    return [
        ClientTicket(*row) for row in _rows(gold, customer_id, scope, columns, source, order, limit)
    ]


def read_words(gold: Gold, customer_id: str, scope: Scope, limit: int) -> list[ClientWords]:
    """Read what a client wrote last; nothing outside the scope.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    columns = "date, source, text, sentiment"
    order = "date DESC, source_id"
    rows = _rows(gold, customer_id, scope, columns, table("feedback"), order, limit)
    return [ClientWords(*row) for row in rows]


def read_tried(gold: Gold, customer_id: str, scope: Scope, limit: int) -> list[TriedAction]:
    """Read what was tried for a client, the latest first; nothing outside the scope.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    columns = "assigned_at, strategy, arm, assignment, retained"
    order = "assigned_at DESC, intervention_id"
    rows = _rows(gold, customer_id, scope, columns, table("interventions"), order, limit)
    return [TriedAction(*row) for row in rows]


def _rows(
    gold: Gold, customer_id: str, scope: Scope, columns: str, source: str, order: str, limit: int
) -> list[tuple[Any, ...]]:
    params = Params()
    chosen = Filter(dimension="customer", op="=", value=customer_id)
    kept = with_kept(gold.semantic, scope, [chosen], params)
    most = params.add(limit).sql("duckdb")
    sql = (
        f"{kept} SELECT {columns} FROM {source} "
        f"WHERE customer_id IN (SELECT customer_id FROM kept) ORDER BY {order} LIMIT {most}"
    )
    return gold.reader.rows(sql, params.values)[1]
