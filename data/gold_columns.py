"""How the columns of a result are named, and how a missing dimension value reads."""

from typing import Any

from data.gold_answers import ResultColumn
from data.semantic_filters import UNASSIGNED
from data.semantic_model import Number, SemanticModel
from data.semantic_plan import Plan

__all__ = ["answer_columns", "attribute_column", "named_row"]


def answer_columns(plan: Plan) -> list[ResultColumn]:
    """Time first, then the other keys, the figures, and what they are compared with."""
    question = plan.question
    columns: list[ResultColumn] = []
    if question.grain:
        columns.append(ResultColumn(question.grain, "date", question.grain.capitalize()))
    for key in question.keys:
        if key.name == "customer":
            columns.append(ResultColumn("customer_id", "text", "Customer id"))
        columns.append(ResultColumn(key.name, "text", key.label))
    figures = [(figure, figure.metric.label) for figure in plan.figures]
    figures += [(figure, f"{figure.metric.label} before") for figure in plan.previous]
    columns += [ResultColumn(fig.name, fig.metric.unit, label) for fig, label in figures]
    return columns


def attribute_column(name: str, model: SemanticModel) -> ResultColumn:
    """The column of a dimension or customer number in a list of clients."""
    if name == "customer_id":
        return ResultColumn(name, "text", "Customer id")
    if name == "name":
        return ResultColumn(name, "text", "Client")
    attribute = model.attribute(name)
    unit = attribute.unit if isinstance(attribute, Number) else "text"
    return ResultColumn(attribute.name, unit, attribute.label)


def named_row(plan: Plan, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row with missing dimension values called "Unassigned"."""
    question = plan.question
    first = 1 if question.grain else 0
    last = len(row) - len(plan.figures) - len(plan.previous)
    return tuple(
        UNASSIGNED if value is None and first <= place < last else value
        for place, value in enumerate(row)
    )
