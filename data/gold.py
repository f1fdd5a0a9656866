"""The typed reader of gold: every question goes through the semantic model and the row scope."""

import json
import threading
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from data.customer_names import CustomerMatch, CustomerNames
from data.gold_answers import BuildInfo, CustomerRows, EntityAbsent, QueryAnswer, ResultColumn
from data.gold_columns import answer_columns, attribute_column, named_row
from data.gold_reader import GoldError, GoldMissing, GoldReader, GoldTooSlow
from data.query import Filter, OrderBy, Query, Scope
from data.semantic import Statement, compile_plan
from data.semantic_customers import (
    asks_status,
    compile_contact,
    compile_customer,
    compile_features,
    compile_known,
    compile_list,
    compile_totals,
    compile_values,
    sort_attribute,
)
from data.semantic_filters import CATALOG, UNASSIGNED, checked_filter
from data.semantic_model import SemanticModel
from data.semantic_plan import DataSpan, Plan, plan_query

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "UNASSIGNED",
    "BuildInfo",
    "CustomerMatch",
    "CustomerRows",
    "EntityAbsent",
    "Gold",
    "GoldError",
    "GoldMissing",
    "GoldTooSlow",
    "QueryAnswer",
    "ResultColumn",
]

_T = TypeVar("_T")
_ACTIVE: Final = Filter(dimension="status", op="=", value="active")
_EVERY_CLIENT: Final = 10_000_000


class Gold:
    """Read-only access to one warehouse file, which may be swapped while serving.

    Args:
        path: `warehouse.duckdb`.
        semantic: The business vocabulary.
        row_limit: The most rows of any answer.
        time_limit_seconds: The longest a statement may run.
    """

    def __init__(
        self,
        path: Path,
        semantic: SemanticModel,
        *,
        row_limit: int = 10_000,
        time_limit_seconds: float = 10.0,
    ) -> None:
        self.semantic = semantic
        self.row_limit = row_limit
        self._reader = GoldReader(path, time_limit_seconds=time_limit_seconds)
        self._lock = threading.Lock()
        self._kept: dict[Hashable, Any] = {}
        self._kept_version = ""

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._reader.close()

    @property
    def reader(self) -> GoldReader:
        """The door to the file, for the readers of single tables beside this class."""
        return self._reader

    @property
    def version(self) -> str:
        """Changes when the file is swapped."""
        return self._reader.version

    @property
    def build(self) -> BuildInfo:
        """What was built, from what, as of when."""
        return self._keep("build", self._read_build)

    @property
    def as_of(self) -> date:
        """The last day of the data: "today" in every answer."""
        return self.build.as_of

    @property
    def span(self) -> DataSpan:
        """From the first month of the monthly tables to the last day of the data."""
        return self._keep("span", self._read_span)

    def query(self, query: Query, scope: Scope) -> QueryAnswer:
        """Answer one question for the clients in scope.

        Raises:
            SemanticError: The question cannot be taken as asked.
            EntityAbsent: It needs data that the source does not have.
            GoldError: The warehouse is missing or too slow.
        """
        plan = plan_query(query, self.semantic, scope, self.span)
        for metric in plan.question.metrics:
            self._require(metric.label, metric.needs)
        rows = self._rows(plan, scope)
        totals = self._totals(plan, scope, rows)
        limit = self.row_limit
        return QueryAnswer(
            query=plan.question.query,
            metrics=plan.question.metrics,
            columns=tuple(answer_columns(plan)),
            rows=[named_row(plan, row) for row in rows[:limit]],
            totals=totals,
            period=plan.period,
            previous_period=plan.previous_period,
            default_period=plan.default_period,
            periods={figure.metric.name: figure.period for figure in plan.figures},
            sources={figure.metric.name: figure.source.table for figure in plan.figures},
            caveats=plan.caveats,
            matched=self._matched(plan.question.filters, scope)[0],
            truncated=len(rows) > limit,
            as_of=self.as_of,
        )

    def customers(
        self,
        *,
        filters: Sequence[Filter],
        scope: Scope,
        sort_by: OrderBy | None = None,
        limit: int = 20,
        offset: int = 0,
        columns: Sequence[str] | None = None,
    ) -> CustomerRows:
        """List clients in scope; active ones unless the filters speak of status or churn.

        Raises:
            SemanticError: An unknown name or a value that does not fit.
            EntityAbsent: A filter or the sort key needs absent data.
            GoldError: The warehouse is missing or too slow.
        """
        kept = [checked_filter(asked, self.semantic) for asked in filters]
        for asked in kept:
            attribute = self.semantic.attribute(asked.dimension)
            self._require(attribute.label, attribute.needs)
        if not asks_status(kept):
            kept.append(_ACTIVE)
        order = sort_by or OrderBy(by="arr")
        attribute = sort_attribute(order, self.semantic)
        self._require(attribute.label, attribute.needs)
        order = OrderBy(by=attribute.name, descending=order.descending)
        names = ["customer_id", "name", *(columns or ("segment", "arr", "churn_prob_90d"))]
        names = list(dict.fromkeys(names))
        page = min(limit, self.row_limit)
        statement = compile_list(self.semantic, scope, kept, names, order, page, offset)
        rows = self._fetch(statement)
        total, totals = self._matched(kept, scope)
        described = tuple(attribute_column(name, self.semantic) for name in names)
        return CustomerRows(described, rows, total, totals, tuple(kept), order)

    def customer(self, customer_id: str, scope: Scope) -> dict[str, Any] | None:
        """Every gold column of one client; None when it is not among those in scope."""
        statement = compile_customer(self.semantic, scope, customer_id)
        names, rows = self._reader.rows(statement.sql, statement.params)
        if not rows:
            return None
        found: dict[str, Any] = {}
        for name, value in zip(names, rows[0], strict=True):
            found.setdefault(name, value)
        return found

    def contact(self, customer_id: str, scope: Scope) -> dict[str, Any] | None:
        """Name, e-mail, phone and consent of one client's contact; None outside the scope."""
        statement = compile_contact(self.semantic, scope, customer_id)
        rows = self._fetch(statement)
        return dict(zip(statement.columns, rows[0], strict=True)) if rows else None

    def find_customers(self, text: str, scope: Scope, limit: int = 5) -> list[CustomerMatch]:
        """Clients in scope that `text` may mean, best first."""
        index = self._keep(("index", scope), lambda: CustomerNames(self.names(scope)))
        return index.find(text, limit)

    def names(self, scope: Scope) -> dict[str, str]:
        """Name by customer id, of every client in scope, churned ones included."""

        def read() -> dict[str, str]:
            order = OrderBy(by="name", descending=False)
            asked = ["customer_id", "name"]
            rows = self._fetch(compile_list(self.semantic, scope, [], asked, order, _EVERY_CLIENT))
            return {str(key): str(name) for key, name in rows}

        return self._keep(("names", scope), read)

    def values(self, dimension: str, scope: Scope) -> list[str]:
        """The values of a dimension among the clients in scope, sorted."""
        entry = self.semantic.dimension(dimension)

        def read() -> list[str]:
            return [str(row[0]) for row in self._fetch(compile_values(self.semantic, scope, entry))]

        return self._keep(("values", entry.name, scope), read)

    def has_values(self, name: str) -> bool:
        """Whether any client of the whole data set has a value of a dimension or number."""
        entry = self.semantic.attribute(name)
        if entry.table == "customer_products":
            return bool(self.values(entry.name, Scope()))

        def read() -> bool:
            return bool(self._fetch(compile_known(self.semantic, entry))[0][0])

        return self._keep(("known", entry.name), read)

    def features(
        self,
        scope: Scope,
        *,
        filters: Sequence[Filter] = (),
        customer_ids: Sequence[str] | None = None,
    ) -> "pd.DataFrame":
        """The latest snapshot of `gold.ai_model_features`, one row an active client."""
        kept = [checked_filter(asked, self.semantic) for asked in filters]
        statement = compile_features(self.semantic, scope, kept, customer_ids)
        return self._reader.frame(statement.sql, statement.params)

    def _read_build(self) -> BuildInfo:
        names, rows = self._reader.rows(f"SELECT * FROM {CATALOG}.gold.build_info", {})
        info = dict(zip(names, rows[0], strict=True))
        return BuildInfo(
            source=info["source"],
            as_of=info["as_of"],
            built_at=info["built_at"],
            churn_rule=info["churn_rule"],
            currency=info["currency"],
            absent=tuple(info["absent"] or ()),
            model_version=info["model_version"],
            picture_date=info.get("picture_date"),
            rule_book=info.get("rule_book"),
            rows=json.loads(info["rows"] or "{}"),
        )

    def _read_span(self) -> DataSpan:
        sql = f"SELECT min(month) FROM {CATALOG}.gold.customer_months"
        first: date | None = self._reader.rows(sql, {})[1][0][0]
        return DataSpan(first=first or self.as_of.replace(day=1), as_of=self.as_of)

    def _rows(self, plan: Plan, scope: Scope) -> list[tuple[Any, ...]]:
        return self._fetch(compile_plan(plan, self.semantic, scope, row_limit=self.row_limit + 1))

    def _totals(
        self, plan: Plan, scope: Scope, rows: list[tuple[Any, ...]]
    ) -> dict[str, float | None]:
        names = [figure.name for figure in (*plan.figures, *plan.previous)]
        if plan.question.grain is not None:
            return {}
        if plan.question.keys:
            rows = self._rows(plan.without_keys(), scope)
        return dict(zip(names, rows[0][-len(names) :], strict=True)) if rows else {}

    def _matched(self, filters: Sequence[Filter], scope: Scope) -> tuple[int, dict[str, float]]:
        statement = compile_totals(self.semantic, scope, filters)
        (row,) = self._fetch(statement)
        names = statement.columns[1:]
        return int(row[0]), {name: float(v) for name, v in zip(names, row[1:], strict=True)}

    def _require(self, label: str, needs: Sequence[str]) -> None:
        absent = [entity for entity in needs if entity in self.build.absent]
        if absent:
            raise EntityAbsent(label, absent)

    def _fetch(self, statement: Statement) -> list[tuple[Any, ...]]:
        return self._reader.rows(statement.sql, statement.params)[1]

    def _keep(self, key: Hashable, make: Callable[[], _T]) -> _T:
        version = self.version
        with self._lock:
            if version != self._kept_version:
                self._kept, self._kept_version = {}, version
            kept = self._kept
        if key not in kept:
            kept[key] = make()
        return cast("_T", kept[key])
