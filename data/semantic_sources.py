"""The row sources a metric may be computed from, each already cut to the user's row scope.

Every source but `daily` is one row per client or client and month, joined with `clients`, the
relation that carries the scope and every dimension and number of the model.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from sqlglot import exp, parse_one

from data.query import Scope
from data.semantic_filters import Params, conjunction, gold_table, scope_conditions
from data.semantic_model import Dimension, Number, SemanticModel

__all__ = ["SOURCES", "Source", "attributes", "clients", "parsed", "rows_of"]

_FROM_CLIENTS: Final = "clients"


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from.

    Attributes:
        table: Gold table that an answer names as its source.
        step: The finest time it knows; `none` is the state as of today.
        time: SQL of the row's time (a date), None without one.
        columns: Own columns, SQL by name; a metric's expression may use these and, without a
            join, every client attribute.
        active: Only clients that are active today.
        only: The only dimensions it can be split and filtered by; None for all.
    """

    name: str
    table: str
    step: Literal["none", "month", "day"]
    time: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    active: bool = False
    only: frozenset[str] | None = None


def _own(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, f"r.{name}") for name in names)


SOURCES: Final[dict[str, Source]] = {
    source.name: source
    for source in (
        Source("today", "gold.customer_metrics", "none", active=True),
        Source(
            "products",
            "gold.customer_products",
            "none",
            columns=(
                ("product", "r.product"),
                ("product_mrr", "r.mrr"),
                ("product_seats", "r.seats"),
            ),
            active=True,
        ),
        Source(
            "months",
            "gold.customer_months",
            "month",
            time="r.month",
            columns=_own(
                *("active_start", "active_end"),
                *("customers_new", "customers_reactivated", "customers_churned"),
                *("mrr_start", "mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churned"),
                *("mrr_reactivation", "mrr_end", "revenue", "events", "tickets_opened"),
                *("nps_promoters", "nps_detractors", "nps_responses"),
                *("resolution_hours_sum", "tickets_resolved"),
            ),
        ),
        Source(
            "history",
            "gold.health_history",
            "month",
            time="date_trunc('month', r.month_end)",
            columns=(
                *_own("health_score", "churn_prob_90d", "churn_risk"),
                ("mrr_end", "m.mrr_end"),
            ),
        ),
        Source(
            "snapshots",
            "gold.ai_model_features",
            "month",
            time="date_trunc('month', r.snapshot_date)",
            columns=_own("seats", "engagement_score", "tickets_open", "csat_avg"),
        ),
        Source(
            "daily",
            "gold.metric_daily",
            "day",
            time="r.date",
            columns=_own("segment", "mrr", "revenue", "active_customers", "events", "tickets"),
            only=frozenset({"segment"}),
        ),
        Source("signups", "gold.customer_metrics", "day", time="c.signup_date"),
        Source("churns", "gold.customer_metrics", "day", time="c.churned_at"),
        Source("renewals", "gold.customer_metrics", "day", time="c.contract_end_date", active=True),
    )
}

_ALIASES: Final = {"customer_metrics": "m", "customer_health_scores": "h"}


def attributes(model: SemanticModel) -> list[Dimension | Number]:
    """The dimensions and numbers that `clients` carries as columns."""
    entries: tuple[Dimension | Number, ...] = (*model.dimensions, *model.numbers)
    return [
        entry
        for entry in entries
        if entry.table in _ALIASES and not (isinstance(entry, Dimension) and entry.time)
    ]


def clients(
    model: SemanticModel, scope: Scope, params: Params, names: Collection[str]
) -> exp.Select:
    """Every client in scope, active and churned, one row each, with the attributes of `names`."""
    columns: list[exp.Expr] = [exp.column("customer_id", table="m"), exp.column("name", table="m")]
    for entry in attributes(model):
        if entry.name not in names:
            continue
        column = entry.column if isinstance(entry, Dimension) and entry.column else entry.name
        columns.append(exp.column(column, table=_ALIASES[entry.table]).as_(entry.name))
    return (
        exp.select(*columns, copy=False)
        .from_(gold_table("customer_metrics").as_("m"), copy=False)
        .join(
            gold_table("customer_health_scores").as_("h"),
            on=exp.column("customer_id", table="h").eq(exp.column("customer_id", table="m")),
            join_type="left",
            copy=False,
        )
        .where(conjunction(scope_conditions(scope, params, table="m")), copy=False)
    )


@cache
def _parse(sql: str) -> exp.Expr:
    return parse_one(sql, read="duckdb")


def parsed(sql: str) -> exp.Expr:
    """A fresh tree of an expression of the model or of a source."""
    return _parse(sql).copy()


def rows_of(source: Source, extra: Sequence[exp.Expr], scope: Scope, params: Params) -> exp.Select:
    """The rows of a source: its time as `t`, its own columns, then `extra` client attributes."""
    columns = [parsed(sql).as_(name, copy=False) for name, sql in source.columns]
    if source.time:
        columns.insert(0, exp.cast(parsed(source.time), "date").as_("t"))
    if source.name == "daily":
        return (
            exp.select(*columns, copy=False)
            .from_(gold_table(source.table).as_("r"), copy=False)
            .where(conjunction(scope_conditions(scope, params, table="r")), copy=False)
        )
    select = exp.select(exp.column("customer_id", table="c"), *columns, *extra, copy=False)
    return _joined(select, source)


def _joined(select: exp.Select, source: Source) -> exp.Select:
    if not source.columns:
        return select.from_(exp.table_(_FROM_CLIENTS).as_("c"), copy=False)
    by_client = exp.column("customer_id", table="c").eq(exp.column("customer_id", table="r"))
    select = select.from_(gold_table(source.table).as_("r"), copy=False).join(
        exp.table_(_FROM_CLIENTS).as_("c"), on=by_client, copy=False
    )
    if source.name != "history":
        return select
    same_month = parsed(
        "m.customer_id = r.customer_id and m.month = date_trunc('month', r.month_end)"
    )
    months = gold_table("customer_months").as_("m")
    return select.join(months, on=same_month, join_type="left", copy=False)
