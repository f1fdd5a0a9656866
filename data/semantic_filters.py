"""Filters and row scope as SQL conditions: columns from the model, values as parameters."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlglot import exp

from data.query import Filter, Op, Scalar, Scope
from data.semantic_model import Dimension, Number, SemanticError, SemanticModel

__all__ = [
    "CATALOG",
    "UNASSIGNED",
    "Params",
    "checked_filter",
    "condition",
    "conjunction",
    "gold_table",
    "scope_conditions",
]

CATALOG: Final = "warehouse"
"""The name under which the reader attaches the file: `warehouse.gold.<table>`."""

UNASSIGNED: Final = "Unassigned"
"""How a missing dimension value is shown, and how it is asked for."""

_WORD_OPS: Final[tuple[Op, ...]] = ("=", "!=", "in", "not_in")
_COMPARE: Final[dict[Op, type[exp.Binary]]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    ">": exp.GT,
    ">=": exp.GTE,
    "<": exp.LT,
    "<=": exp.LTE,
}


class Params:
    """Collects the values of one statement; SQL text only ever holds their placeholders."""

    def __init__(self) -> None:
        self.values: dict[str, Scalar] = {}

    def add(self, value: Scalar) -> exp.Placeholder:
        """Keep a value and give its placeholder."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return exp.Placeholder(this=name)


def checked_filter(asked: Filter, model: SemanticModel) -> Filter:
    """Resolve a filter's name and bring its values to the attribute's type.

    Raises:
        SemanticError: Unknown name, an operator or a value that does not fit.
    """
    attribute = _attribute(asked, model)
    if isinstance(attribute, Dimension) and asked.op not in _WORD_OPS:
        raise SemanticError(f"{attribute.name} holds words and takes no {asked.op!r}.", _WORD_OPS)
    values = asked.value if isinstance(asked.value, list) else [asked.value]
    typed = [_typed(value, attribute) for value in values]
    return Filter(
        dimension=attribute.name,
        op=asked.op,
        value=typed if isinstance(asked.value, list) else typed[0],
    )


def gold_table(name: str) -> exp.Table:
    """A table of the gold schema in the attached warehouse."""
    return exp.table_(name.removeprefix("gold."), db="gold", catalog=CATALOG)


def condition(asked: Filter, params: Params, *, own_product: bool = False) -> exp.Expr:
    """One checked filter over a relation that has the attribute as a column.

    Args:
        asked: The filter.
        params: Takes the values.
        own_product: The relation is one row a client and product; otherwise a filter on
            `product` keeps the clients that have it.
    """
    found = _condition(asked, params)
    if asked.dimension != "product" or own_product:
        return found
    having = exp.select("customer_id").from_(gold_table("customer_products")).where(found)
    return exp.column("customer_id").isin(query=having)


def _condition(asked: Filter, params: Params) -> exp.Expr:
    column = exp.column(asked.dimension)
    values = asked.value if isinstance(asked.value, list) else [asked.value]
    if asked.op == "between":
        low, high = (params.add(value) for value in values)
        return exp.Between(this=column, low=low, high=high)
    if asked.op in _COMPARE and UNASSIGNED not in values:
        return _COMPARE[asked.op](this=column, expression=params.add(values[0]))
    negated = asked.op in {"!=", "not_in"}
    return _membership(column, values, params, negated=negated)


def scope_conditions(scope: Scope, params: Params, table: str | None = None) -> list[exp.Expr]:
    """The row scope of a user; an empty list of values lets nothing through."""
    conditions: list[exp.Expr] = []
    for name in ("account_manager", "region", "segment"):
        values: tuple[str, ...] | None = getattr(scope, name)
        if values is None:
            continue
        column = exp.column(name, table=table)
        allowed = [params.add(value) for value in values]
        conditions.append(column.isin(*allowed) if allowed else exp.false())
    return conditions


def conjunction(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """All of them; TRUE when there are none."""
    return exp.and_(*conditions) if conditions else exp.true()


def _membership(
    column: exp.Column, values: Sequence[Scalar], params: Params, *, negated: bool
) -> exp.Expr:
    named = [params.add(value) for value in values if value != UNASSIGNED]
    parts: list[exp.Expr] = [column.isin(*named)] if named else []
    missing = column.copy().is_(exp.null())
    if negated:
        parts = [part.not_() for part in parts]
        parts += [missing.not_()] if UNASSIGNED in values else []
        return exp.and_(*parts) if parts else exp.true()
    parts += [missing] if UNASSIGNED in values else []
    return exp.or_(*parts) if parts else exp.false()


def _typed(value: Scalar, attribute: Dimension | Number) -> Scalar:
    if isinstance(attribute, Dimension):
        return str(value)
    if attribute.unit == "date":
        return _as_date(value, attribute)
    if isinstance(value, bool | date):
        raise SemanticError(f"{attribute.name} takes a number, got {value!r}.")
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError as error:
        raise SemanticError(f"{attribute.name} takes a number, got {value!r}.") from error


def _attribute(asked: Filter, model: SemanticModel) -> Dimension | Number:
    if asked.op in _WORD_OPS:
        return model.attribute(asked.dimension)
    try:
        return model.number(asked.dimension)
    except SemanticError:
        return model.attribute(asked.dimension)


def _as_date(value: Scalar, attribute: Number) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        problem = f"{attribute.name} takes a date like 2026-05-31, got {value!r}."
        raise SemanticError(problem) from error
