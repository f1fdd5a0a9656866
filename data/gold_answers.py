"""What the reader of gold gives back, and why it may refuse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from data.customer_names import CustomerMatch
from data.gold_reader import GoldError
from data.query import Filter, OrderBy, Period, Query
from data.semantic_model import Metric

__all__ = [
    "BuildInfo",
    "CustomerMatch",
    "CustomerRows",
    "EntityAbsent",
    "QueryAnswer",
    "ResultColumn",
]


class EntityAbsent(GoldError):  # noqa: N818 — said as what happened
    """The question needs data that this source does not have.

    Args:
        what: The label of the metric or number.
        entities: The raw entities that are absent.
    """

    def __init__(self, what: str, entities: Sequence[str]) -> None:
        self.entities = tuple(entities)
        words = " and ".join(entity.replace("_", " ") for entity in entities)
        super().__init__(f"This data set has no {words}, so {what} is unknown.")


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """What the build says about itself (`gold.build_info`).

    Attributes:
        picture_date: The day of a source that shows one day only: who left before is not in it.
        rule_book: The risk rules of the scores, as JSON; None of a build that kept none.
    """

    source: str
    as_of: date
    built_at: datetime | None
    churn_rule: str
    currency: str
    absent: tuple[str, ...]
    model_version: str | None
    rows: dict[str, int]
    picture_date: date | None = None
    rule_book: str | None = None


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result with its unit and the label a person reads."""

    name: str
    unit: str
    label: str


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """Rows for a question.

    Attributes:
        query: The question in canonical names.
        columns: Keys first, then metrics, then `<metric>_previous`.
        rows: A missing dimension value reads "Unassigned".
        totals: The same figures over all groups, recomputed from sums; without groups, the row.
        matched: Clients in scope that the filters keep, churned ones included.
        sources: Gold table by metric.
        truncated: The row limit cut the result.
    """

    query: Query
    metrics: tuple[Metric, ...]
    columns: tuple[ResultColumn, ...]
    rows: list[tuple[Any, ...]]
    totals: dict[str, float | None]
    period: Period | None
    previous_period: Period | None
    default_period: bool
    periods: dict[str, Period | None]
    sources: dict[str, str]
    caveats: tuple[str, ...]
    matched: int
    truncated: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class CustomerRows:
    """A page of clients.

    Attributes:
        total: All clients that match, not only those in `rows`.
        totals: Σ arr, mrr and arr_at_risk over all that match.
    """

    columns: tuple[ResultColumn, ...]
    rows: list[tuple[Any, ...]]
    total: int
    totals: dict[str, float]
    filters: tuple[Filter, ...]
    sort_by: OrderBy
