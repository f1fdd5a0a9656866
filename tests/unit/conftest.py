"""A warehouse small enough to check by hand: six clients, four months, as of 20 April 2026."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from data.gold import Gold
from data.query import Scope
from data.semantic_model import SemanticModel, load_semantic_model
from tools.contract import PlaybookPort, ToolContext

AS_OF = date(2026, 4, 20)

CUSTOMERS = (
    # id, name, segment, region, manager, status, churned_at, mrr, tickets_open, nps, renewal
    ("C1", "Northwind Traders", "Enterprise", "EMEA", "Ana", "active", None, 1000.0, 0, 9, 30),
    ("C2", "Northwind Logistics", "SMB", "EMEA", "Ana", "active", None, 100.0, 4, 3, 0),
    ("C3", "Café Noir", "SMB", "APAC", "Bo", "active", None, 100.0, 1, None, 91),
    ("C4", "Harbor Health", None, "APAC", "Bo", "active", None, 50.0, 0, 8, None),
    ("C5", "Lakeside Foods", "SMB", "EMEA", "Ana", "churned", date(2026, 3, 15), 0.0, 0, 2, None),
    ("C6", "Summit Legal", "Enterprise", "APAC", "Bo", "active", None, 500.0, 6, 6, -5),
)
SCORES = {"C1": (0.05, 80.0), "C2": (0.50, 30.0), "C3": (0.20, 60.0), "C4": (0.01, 90.0)}
SCORES["C6"] = (0.40, 45.0)
MONTHS = (
    # month, id, active_start, active_end, start, new, expansion, contraction, churned, end
    (date(2026, 1, 1), "C1", True, True, 900.0, 0.0, 0.0, 0.0, 0.0, 900.0),
    (date(2026, 1, 1), "C2", True, True, 120.0, 0.0, 0.0, 20.0, 0.0, 100.0),
    (date(2026, 1, 1), "C5", True, True, 80.0, 0.0, 0.0, 0.0, 0.0, 80.0),
    (date(2026, 2, 1), "C1", True, True, 900.0, 0.0, 100.0, 0.0, 0.0, 1000.0),
    (date(2026, 2, 1), "C2", True, True, 100.0, 0.0, 0.0, 0.0, 0.0, 100.0),
    (date(2026, 2, 1), "C3", False, True, 0.0, 90.0, 0.0, 0.0, 0.0, 90.0),
    (date(2026, 2, 1), "C5", True, True, 80.0, 0.0, 0.0, 0.0, 0.0, 80.0),
    (date(2026, 3, 1), "C1", True, True, 1000.0, 0.0, 0.0, 0.0, 0.0, 1000.0),
    (date(2026, 3, 1), "C2", True, True, 100.0, 0.0, 0.0, 0.0, 0.0, 100.0),
    (date(2026, 3, 1), "C3", True, True, 90.0, 0.0, 10.0, 0.0, 0.0, 100.0),
    (date(2026, 3, 1), "C5", True, False, 80.0, 0.0, 0.0, 0.0, 80.0, 0.0),
    (date(2026, 3, 1), "C6", False, True, 0.0, 500.0, 0.0, 0.0, 0.0, 500.0),
    (date(2026, 4, 1), "C1", True, True, 1000.0, 0.0, 0.0, 0.0, 0.0, 1000.0),
    (date(2026, 4, 1), "C2", True, True, 100.0, 0.0, 0.0, 0.0, 0.0, 100.0),
    (date(2026, 4, 1), "C3", True, True, 100.0, 0.0, 0.0, 0.0, 0.0, 100.0),
    (date(2026, 4, 1), "C4", False, True, 0.0, 50.0, 0.0, 0.0, 0.0, 50.0),
    (date(2026, 4, 1), "C6", True, True, 500.0, 0.0, 0.0, 0.0, 0.0, 500.0),
)


def write_warehouse(path: Path, *, mrr_factor: float = 1.0) -> Path:
    """Write the small warehouse; `mrr_factor` makes a second build that differs."""
    connection = duckdb.connect(str(path))
    connection.execute("create schema gold")
    _insert(connection, "customer_metrics", [_metrics(row, mrr_factor) for row in CUSTOMERS])
    _insert(
        connection,
        "customer_health_scores",
        [_health(row) for row in CUSTOMERS if row[0] in SCORES],
    )
    _insert(connection, "customer_months", [_month(row) for row in MONTHS])
    _insert(connection, "health_history", _history())
    _insert(connection, "metric_daily", _daily())
    _insert(
        connection, "ai_model_features", [_snapshot(row) for row in CUSTOMERS if row[0] in SCORES]
    )
    _insert(connection, "customer_products", _products())
    _insert(connection, "customer_contacts", [_contact("C1")])
    _insert(connection, "build_info", [_build_info()])
    connection.close()
    return path


@pytest.fixture(scope="session")
def small_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the small warehouse; read only."""
    return write_warehouse(tmp_path_factory.mktemp("small") / "warehouse.duckdb")


@pytest.fixture(scope="session")
def write_small_warehouse() -> Any:
    """Writes the small warehouse to a path of the test's own."""
    return write_warehouse


@pytest.fixture(scope="session")
def semantic() -> SemanticModel:
    """The product's own vocabulary."""
    return load_semantic_model()


@pytest.fixture(scope="session")
def small_gold(small_warehouse: Path, semantic: SemanticModel) -> Iterator[Gold]:
    """The reader of the small warehouse."""
    reader = Gold(small_warehouse, semantic)
    yield reader
    reader.close()


class StubChurn:
    """A churn model that only has a version and a caveat."""

    version = "stub-1"
    card: dict[str, Any] = {}  # noqa: RUF012 — never changed
    caveat = "The churn model is a stub."

    def explain(self, features: Any) -> Any:
        """Not asked in these tests."""
        raise NotImplementedError

    explain_all = explain
    pushes = explain


@pytest.fixture
def small_context(small_gold: Gold) -> Any:
    """Makes a tool context for a scope and a role."""
    playbooks = cast("PlaybookPort", None)

    def make(scope: Scope | None = None, role: Any = "analyst") -> ToolContext:
        return ToolContext("u1", role, scope or Scope(), small_gold, StubChurn(), playbooks)

    return make


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    names = ", ".join(rows[0])
    types = {name: _type(name, rows) for name in rows[0]}
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    marks = ", ".join("?" for _ in rows[0])
    connection.execute(f"create table gold.{table} ({columns})")
    connection.executemany(
        f"insert into gold.{table} ({names}) values ({marks})", [list(r.values()) for r in rows]
    )


def _type(name: str, rows: list[dict[str, Any]]) -> str:
    value = next((row[name] for row in rows if row[name] is not None), "")
    kinds = {bool: "boolean", int: "bigint", float: "double", str: "varchar", list: "varchar[]"}
    return {**kinds, date: "date", datetime: "timestamp"}[type(value)]


def _metrics(row: tuple[Any, ...], factor: float) -> dict[str, Any]:
    key, name, segment, region, manager, status, churned_at, mrr, tickets, nps, renewal = row
    mrr *= factor
    end = date.fromordinal(AS_OF.toordinal() + renewal) if renewal is not None else None
    return {
        "customer_id": key, "name": name, "segment": segment, "region": region,
        "country": "France", "industry": None, "plan": "Growth", "account_manager": manager,
        "contract_type": "annual", "contract_end_date": end, "days_to_renewal": renewal,
        "signup_date": date(2026, 2, 10) if key == "C3" else date(2025, 6, 1),
        "tenure_days": 300, "status": status, "churned_at": churned_at, "mrr": mrr,
        "arr": 12 * mrr, "seats": 10, "mrr_90d_ago": mrr, "revenue_decline_90d": 0.0,
        "total_revenue": 5 * mrr, "avg_transaction_value": mrr, "days_since_last_login": tickets,
        "events_30d": 30, "avg_events_30d": 40.0, "engagement_score": 55.0,
        "active_days_30d": 11, "features_used_30d": 6, "tickets_open": tickets,
        "tickets_30d": tickets, "avg_resolution_hours": 10.0, "csat_avg": 4.0, "nps_score": nps,
        "consent_ai": True, "consent_contact": True,
    }  # fmt: skip


def _health(row: tuple[Any, ...]) -> dict[str, Any]:
    prob, health = SCORES[row[0]]
    risk = "high" if prob >= 0.35 else "medium" if prob >= 0.15 else "low"
    band = "healthy" if health >= 70 else "watch" if health >= 40 else "at_risk"
    return {
        "customer_id": row[0], "as_of": AS_OF, "health_score": health, "health_band": band,
        "churn_prob_30d": prob / 3, "churn_prob_60d": prob / 2, "churn_prob_90d": prob,
        "churn_prob_90d_low": prob / 2, "churn_prob_90d_high": min(1.0, 2 * prob),
        "churn_risk": risk, "rule_score": 0.3, "rule_risk": risk, "rules_fired": ["inactivity"],
        "arr_at_risk": prob * 12 * row[7], "next_best_action": "training", "model_version": "m1",
    }  # fmt: skip


def _month(row: tuple[Any, ...]) -> dict[str, Any]:
    month, key, active_start, active_end, start, new, expansion, contraction, churned, end = row
    return {
        "month": month, "customer_id": key, "segment": None, "region": None, "country": None,
        "industry": None, "plan": None, "account_manager": None, "contract_type": None,
        "active_start": active_start, "active_end": active_end, "customers_new": int(new > 0),
        "customers_reactivated": 0, "customers_churned": int(churned > 0), "mrr_start": start,
        "mrr_new": new, "mrr_expansion": expansion, "mrr_contraction": contraction,
        "mrr_churned": churned, "mrr_reactivation": 0.0, "mrr_end": end, "revenue": end,
        "events": 10, "tickets_opened": 1, "tickets_resolved": 1, "resolution_hours_sum": 8.0,
        "nps_promoters": int(key == "C1"), "nps_detractors": int(key == "C2"), "nps_responses": 1,
    }  # fmt: skip


def _history() -> list[dict[str, Any]]:
    ends = (date(2026, 2, 28), date(2026, 3, 31))
    return [
        {"customer_id": key, "month_end": end, "health_score": 50.0, "churn_prob_90d": prob,
         "churn_risk": "high" if prob >= 0.35 else "low"}
        for end in ends
        for key, prob in (("C1", 0.05), ("C2", 0.4 if end.month == 3 else 0.1))
    ]  # fmt: skip


def _daily() -> list[dict[str, Any]]:
    first = date(2026, 3, 1).toordinal()
    return [
        {"date": date.fromordinal(day), "segment": segment, "mrr": 100.0 + day - first,
         "revenue": 10.0, "active_customers": 2, "events": 3, "tickets": 1}
        for day in range(first, AS_OF.toordinal() + 1)
        for segment in ("SMB", "Enterprise")
    ]  # fmt: skip


def _snapshot(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "customer_id": row[0], "snapshot_date": AS_OF, "segment": row[2], "seats": 10,
        "engagement_score": 55.0, "tickets_open": row[8], "csat_avg": 4.0,
    }  # fmt: skip


def _products() -> list[dict[str, Any]]:
    rows = (("C1", "Core", 600.0), ("C1", "Insights", 400.0), ("C2", "Core", 100.0))
    return [
        {"customer_id": key, "product": product, "mrr": mrr, "arr": 12 * mrr, "seats": 5}
        for key, product, mrr in rows
    ]


def _contact(key: str) -> dict[str, Any]:
    return {
        "customer_id": key, "contact_name": "Jo Doe", "email": "jo@northwind.example",
        "phone": "+1 555", "consent_contact": True,
    }  # fmt: skip


def _build_info() -> dict[str, Any]:
    return {
        "source": "small", "built_at": datetime(2026, 4, 21, 1, 2, 3), "as_of": AS_OF,  # noqa: DTZ001
        "churn_rule": "churned_at", "currency": "USD", "model_version": "m1",
        "absent": ["interventions"], "rows": '{"customers": 6}',
    }  # fmt: skip
