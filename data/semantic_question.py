"""A question with every name resolved and every value typed; nothing is looked up in data yet."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.query import Filter, Grain, OrderBy, Query
from data.semantic_filters import checked_filter
from data.semantic_model import Dimension, Metric, SemanticError, SemanticModel

__all__ = ["Question", "check_question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, in canonical names.

    Attributes:
        query: The question itself; a sort key that was no asked metric is now one.
        keys: The dimensions that are no time.
        grain: The one time step asked for, by `grain` or as a dimension.
    """

    query: Query
    metrics: tuple[Metric, ...]
    keys: tuple[Dimension, ...]
    filters: tuple[Filter, ...]
    grain: Grain | None

    @property
    def attributes(self) -> list[str]:
        """Names of everything it splits and filters by."""
        return list(dict.fromkeys([*(k.name for k in self.keys), *self.filtered]))

    @property
    def filtered(self) -> list[str]:
        """Names of everything it filters by."""
        return [asked.dimension for asked in self.filters]


def check_question(query: Query, model: SemanticModel) -> Question:
    """Resolve names, sort key and grain.

    Raises:
        SemanticError: Something that the model does not know or cannot combine.
    """
    dimensions = [model.dimension(name) for name in query.dimensions]
    dimensions = list({dimension.name: dimension for dimension in dimensions}.values())
    metrics = [model.metric(name) for name in query.metrics]
    order = _order(query.order_by, dimensions, model)
    if order and order.by not in {dimension.name for dimension in dimensions}:
        metrics.append(model.metric(order.by))
    metrics = list({metric.name: metric for metric in metrics}.values())
    filters = [checked_filter(asked, model) for asked in query.filters]
    grain = _grain(query.grain, dimensions)
    canonical = query.model_copy(
        update={
            "metrics": [metric.name for metric in metrics],
            "dimensions": [dimension.name for dimension in dimensions],
            "filters": filters,
            "order_by": order,
            "grain": grain,
        }
    )
    keys = tuple(dimension for dimension in dimensions if dimension.time is None)
    return Question(canonical, tuple(metrics), keys, tuple(filters), grain)


def _order(
    order: OrderBy | None, dimensions: Iterable[Dimension], model: SemanticModel
) -> OrderBy | None:
    if order is None:
        return None
    asked = {spelling: d.name for d in dimensions for spelling in (d.name, d.label.casefold())}
    name = asked.get(order.by.casefold()) or model.metric(order.by).name
    return OrderBy(by=name, descending=order.descending)


def _grain(grain: Grain | None, dimensions: Iterable[Dimension]) -> Grain | None:
    asked: list[Grain] = [d.time for d in dimensions if d.time is not None]
    if grain is not None and grain not in asked:
        asked.append(grain)
    if len(asked) > 1:
        raise SemanticError(f"One time step at a time, got {' and '.join(asked)}.", asked)
    return asked[0] if asked else None
