"""Compiles lists of clients to parameterised SQL: one row a client, cut to the row scope."""

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from data.query import Filter, OrderBy, Scalar, Scope
from data.semantic import Statement
from data.semantic_filters import Params, condition, conjunction, gold_table
from data.semantic_model import Dimension, Number, SemanticError, SemanticModel
from data.semantic_sources import clients

__all__ = [
    "asks_status",
    "compile_contact",
    "compile_customer",
    "compile_features",
    "compile_known",
    "compile_list",
    "compile_totals",
    "compile_values",
    "sort_attribute",
]

_ASKS_STATUS: Final = frozenset({"status", "churned_at"})
TOTALS: Final = ("arr", "mrr", "arr_at_risk")
"""Numbers that are summed over all clients that match."""


def asks_status(filters: Sequence[Filter]) -> bool:
    """Whether checked filters settle themselves if churned clients are meant."""
    return any(asked.dimension in _ASKS_STATUS for asked in filters)


def sort_attribute(order: OrderBy, model: SemanticModel) -> Dimension | Number:
    """What a list is sorted by; a number is meant before a dimension of the same word.

    Raises:
        SemanticError: Neither a customer number nor a dimension.
    """
    try:
        return model.number(order.by)
    except SemanticError as error:
        try:
            return model.attribute(order.by)
        except SemanticError:
            raise error from None


class _Clients:
    """A statement over the clients in scope that match some checked filters."""

    def __init__(
        self,
        model: SemanticModel,
        scope: Scope,
        filters: Sequence[Filter],
        columns: Sequence[str] = (),
    ) -> None:
        self.params = Params()
        used = {*columns, *(asked.dimension for asked in filters)}
        everyone = clients(model, scope, self.params, used)
        self.base = exp.Select().with_("clients", as_=everyone, copy=False)
        self.conditions = [condition(asked, self.params) for asked in filters]

    def select(self, *columns: exp.Expr) -> exp.Select:
        """The chosen columns of the clients that match."""
        return self.base.select(*columns).from_("clients").where(conjunction(self.conditions))

    def done(self, select: exp.Select, columns: Sequence[str]) -> Statement:
        """Close the statement."""
        return Statement(select.sql("duckdb", copy=False), self.params.values, tuple(columns))


def compile_list(
    model: SemanticModel,
    scope: Scope,
    filters: Sequence[Filter],
    columns: Sequence[str],
    order: OrderBy,
    limit: int,
    offset: int = 0,
) -> Statement:
    """Clients with the asked columns, sorted, missing values last, ties by customer_id."""
    made = _Clients(model, scope, filters, [*columns, order.by])
    select = (
        made.select(*map(exp.column, columns))
        .order_by(
            exp.Ordered(this=exp.column(order.by), desc=order.descending, nulls_first=False),
            exp.column("customer_id"),
        )
        .limit(made.params.add(limit))
        .offset(made.params.add(offset))
    )
    return made.done(select, columns)


def compile_totals(model: SemanticModel, scope: Scope, filters: Sequence[Filter]) -> Statement:
    """How many clients match and what they sum to."""
    made = _Clients(model, scope, filters, TOTALS)
    sums = [
        exp.func("coalesce", exp.Sum(this=exp.column(n)), exp.Literal.number(0)) for n in TOTALS
    ]
    return made.done(made.select(exp.Count(this=exp.Star()), *sums), ("customers", *TOTALS))


def compile_known(model: SemanticModel, attribute: Dimension | Number) -> Statement:
    """How many clients of the whole data set have a value of an attribute."""
    made = _Clients(model, Scope(), (), [attribute.name])
    return made.done(made.select(exp.Count(this=exp.column(attribute.name))), ("known",))


def compile_values(model: SemanticModel, scope: Scope, dimension: Dimension) -> Statement:
    """The distinct values of a dimension among the clients in scope, sorted."""
    made = _Clients(model, scope, (), [dimension.name])
    column = exp.column(dimension.name)
    select = made.select()
    if dimension.table == "customer_products":
        held = exp.column("customer_id", table="p").eq(exp.column("customer_id", table="clients"))
        column = exp.column(dimension.name, table="p")
        select = select.join(gold_table("customer_products").as_("p"), on=held)
    select = select.select(column).where(column.copy().is_(exp.null()).not_()).distinct()
    return made.done(select.order_by(column.copy()), (dimension.name,))


def compile_customer(model: SemanticModel, scope: Scope, customer_id: str) -> Statement:
    """Every gold column of one client, metrics first, then its scores."""
    made = _Clients(model, scope, ())
    joined = made.base.from_("clients")
    for table, alias in (("customer_metrics", "m"), ("customer_health_scores", "h")):
        same = exp.column("customer_id", table=alias).eq(exp.column("customer_id", table="clients"))
        joined = joined.join(gold_table(table).as_(alias), on=same, join_type="left")
        joined = joined.select(exp.Column(this=exp.Star(), table=exp.to_identifier(alias)))
    key = exp.column("customer_id", table="clients").eq(made.params.add(customer_id))
    return made.done(joined.where(key), ())


def compile_contact(model: SemanticModel, scope: Scope, customer_id: str) -> Statement:
    """The contact of one client."""
    made = _Clients(model, scope, ())
    names = ("contact_name", "email", "phone", "consent_contact")
    key = exp.column("customer_id", table="clients")
    select = (
        made.base.select(*(exp.column(name, table="k") for name in names))
        .from_("clients")
        .join(
            gold_table("customer_contacts").as_("k"),
            on=exp.column("customer_id", table="k").eq(key),
        )
        .where(key.copy().eq(made.params.add(customer_id)))
    )
    return made.done(select, names)


def compile_features(
    model: SemanticModel,
    scope: Scope,
    filters: Sequence[Filter],
    customer_ids: Sequence[str] | None,
) -> Statement:
    """The latest snapshot of `gold.ai_model_features` for the clients that match."""
    made = _Clients(model, scope, filters)
    chosen: exp.Expr = exp.column("customer_id").isin(
        query=exp.select("customer_id").from_("clients").where(conjunction(made.conditions))
    )
    if customer_ids is not None:
        ids: list[Scalar] = list(customer_ids)
        among = exp.column("customer_id").isin(*map(made.params.add, ids)) if ids else exp.false()
        chosen = exp.and_(chosen, among)
    latest = exp.select(exp.Max(this=exp.column("snapshot_date"))).from_(
        gold_table("ai_model_features")
    )
    select = (
        made.base.select("*")
        .from_(gold_table("ai_model_features"))
        .where(chosen, exp.column("snapshot_date").eq(latest.subquery()))
        .order_by("customer_id")
    )
    return made.done(select, ())
