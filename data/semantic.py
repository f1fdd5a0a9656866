"""Compiles a planned question to one parameterised SQL statement.

Identifiers come from the semantic model only, values are parameters only, and the row scope is in
the relation `clients` that every client-level source is joined with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from sqlglot import exp

from data.periods import month_start
from data.query import Grain, Scalar, Scope
from data.semantic_filters import Params, condition, conjunction
from data.semantic_model import SemanticModel
from data.semantic_plan import Figure, Plan
from data.semantic_question import Question
from data.semantic_sources import Source, attributes, clients, parsed, rows_of

__all__ = ["Statement", "compile_plan"]

_ADDS_UP_FROM_ROWS: Final = frozenset({"signups", "churns", "renewals"})
_ASKS_STATUS: Final = frozenset({"status", "churned_at"})


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with named placeholders, their values, and the columns it returns."""

    sql: str
    params: dict[str, Scalar]
    columns: tuple[str, ...]


def compile_plan(plan: Plan, model: SemanticModel, scope: Scope, *, row_limit: int) -> Statement:
    """One statement for all figures of a plan, a row a group.

    Args:
        plan: The question with its sources and periods.
        model: The vocabulary.
        scope: Whose rows may be seen.
        row_limit: The most rows to return, whatever the question's own limit.
    """
    params = Params()
    figures = [*plan.figures, *plan.previous]
    maker = _Parts(plan.question, model, scope, params)
    groups = groupby(sorted(figures, key=_part_key), key=_part_key)
    parts = {f"part_{n}": maker.select(list(group)) for n, (_, group) in enumerate(groups)}
    statement = exp.Select()
    everyone = clients(model, scope, params, maker.used)
    for name, part in {"clients": everyone, **parts}.items():
        statement = statement.with_(name, as_=part, copy=False)
    keys = _key_columns(plan.question)
    measures = [figure.name for figure in figures]
    statement = statement.with_("merged", as_=_merged(list(parts), keys, figures), copy=False)
    limit = min(plan.question.query.limit or row_limit, row_limit)
    columns = map(exp.column, (*keys, *measures))
    statement = statement.select(*columns, copy=False).from_("merged", copy=False)
    if keys:
        statement = statement.order_by(*_ordering(plan, keys), copy=False)
        statement = statement.limit(params.add(limit), copy=False)
    return Statement(statement.sql("duckdb", copy=False), params.values, (*keys, *measures))


def _part_key(figure: Figure) -> tuple[str, date, date, int, int]:
    start, end = (figure.period.start, figure.period.end) if figure.period else (date.min,) * 2
    return figure.source.name, start, end, figure.shift_months, figure.shift_days


class _Parts:
    """Makes the selects, each for the figures of one source and period.

    Attributes:
        used: The attributes that the selects need of `clients`.
    """

    def __init__(
        self, question: Question, model: SemanticModel, scope: Scope, params: Params
    ) -> None:
        self.question, self.model, self.scope, self.params = question, model, scope, params
        self.used: set[str] = set()

    def select(self, figures: Sequence[Figure]) -> exp.Select:
        """One row a group, one column a figure."""
        first = figures[0]
        clock = _Clock(first, self.question.grain, self.params)
        measures = [_measure(figure, clock) for figure in figures]
        keys = [*clock.bucket(), *self._keys()]
        kept = self._kept_rows(first.source, measures, clock)
        rows = kept.subquery("r", copy=False)
        select = exp.select(*keys, *measures, copy=False).from_(rows, copy=False)
        numbers = [exp.Literal.number(place + 1) for place in range(len(keys))]
        return select.group_by(*numbers, copy=False) if keys else select

    def _keys(self) -> list[exp.Expr]:
        keys: list[exp.Expr] = []
        for key in self.question.keys:
            if key.name == "customer":
                keys += [exp.column("customer_id"), exp.column("name").as_("customer")]
            else:
                keys.append(exp.column(key.name))
        return keys

    def _kept_rows(
        self, source: Source, measures: Sequence[exp.Expr], clock: "_Clock"
    ) -> exp.Select:
        used = {column.name for measure in measures for column in measure.find_all(exp.Column)}
        conditions = [*clock.within(), *self._conditions(source)]
        used |= {column.name for part in conditions for column in part.find_all(exp.Column)}
        used |= {key.name for key in self.question.keys}
        rows = rows_of(source, self._extra(source, used), self.scope, self.params)
        kept = exp.select("*").from_(rows.subquery("r", copy=False), copy=False)
        kept = kept.where(conjunction(conditions), copy=False)
        return kept.select(clock.opening_mrr(), copy=False) if "opening_mrr" in used else kept

    def _extra(self, source: Source, used: Iterable[str]) -> list[exp.Expr]:
        own = {name for name, _ in source.columns}
        wanted = set(used) - own
        self.used |= wanted
        if source.time:
            self.used |= {column.name for column in parsed(source.time).find_all(exp.Column)}
        extra: list[exp.Expr] = [exp.column("name", table="c")]
        for entry in attributes(self.model):
            if entry.name not in wanted:
                continue
            past = next((d.history for d in self.model.dimensions if d.name == entry.name), None)
            if past and source.name == "history":
                extra.append(parsed(past).as_(entry.name, copy=False))
            else:
                extra.append(exp.column(entry.name, table="c"))
        return extra

    def _conditions(self, source: Source) -> list[exp.Expr]:
        conditions: list[exp.Expr] = []
        if source.active and _ASKS_STATUS.isdisjoint(self.question.attributes):
            conditions.append(exp.column("status").eq(self.params.add("active")))
        own_product = source.name == "products"
        conditions += [
            condition(asked, self.params, own_product=own_product)
            for asked in self.question.filters
        ]
        return conditions


class _Clock:
    """The time conditions of one source over one period; none for the state of today."""

    def __init__(self, figure: Figure, grain: Grain | None, params: Params) -> None:
        self.figure, self.params = figure, params
        self.grain: Grain | None = grain
        self.step = figure.source.step

    def within(self) -> list[exp.Expr]:
        """The rows of the period."""
        if self.figure.period is None:
            return []
        return [exp.Between(this=exp.column("t"), low=self._low(), high=self._high())]

    def bucket(self) -> list[exp.Expr]:
        """The time key, an earlier series moved onto the asked one."""
        if self.grain is None:
            return []
        moved = exp.column("t")
        shift = (self.figure.shift_months, "month"), (self.figure.shift_days, "day")
        for count, unit in shift:
            if count:
                moved = exp.cast(exp.Add(this=moved, expression=_interval(count, unit)), "date")
        return [_floor(self.grain, moved).as_(self.grain)]

    def edge(self, which: str) -> exp.Expr | None:
        """Whether a row lies in the first or last step of its bucket; None where all do."""
        time = exp.column("t")
        if self.figure.period is None or self.grain == self.step:
            return None
        bound = self._low() if which == "opening" else self._high()
        if self.grain is None:
            return time.eq(bound)
        floor = _floor(self.grain, time)
        if which == "opening":
            return time.eq(exp.func("greatest", floor, bound))
        after = exp.Add(this=floor, expression=_interval(1, self.grain))
        last = exp.cast(exp.Sub(this=after, expression=_interval(1, self.step)), "date")
        return time.eq(exp.func("least", last, bound))

    def opening_mrr(self) -> exp.Expr:
        """MRR of the row's client at the start of its bucket."""
        edge = self.edge("opening")
        start: exp.Expr = exp.column("mrr_start")
        if edge is not None:
            start = exp.Case().when(edge, start)
        by: list[exp.Expr] = [exp.column("customer_id")]
        if self.grain is not None:
            by.append(_floor(self.grain, exp.column("t")))
        return exp.Window(this=exp.Sum(this=start), partition_by=by).as_("opening_mrr")

    def _low(self) -> exp.Expr:
        start = self.figure.period.start if self.figure.period else date.min
        return self.params.add(month_start(start) if self.step == "month" else start)

    def _high(self) -> exp.Expr:
        end = self.figure.period.end if self.figure.period else date.max
        return self.params.add(month_start(end) if self.step == "month" else end)


def _measure(figure: Figure, clock: _Clock) -> exp.Expr:
    def at_edge(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Anonymous) or node.name not in {"opening", "closing"}:
            return node
        aggregate, edge = node.expressions[0], clock.edge(node.name)
        if edge is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=edge))

    sql = figure.metric.sources[figure.source.name]
    return parsed(sql).transform(at_edge, copy=False).as_(figure.name, copy=False)


def _merged(parts: Sequence[str], keys: Sequence[str], figures: Sequence[Figure]) -> exp.Select:
    union: exp.Query = exp.select("*").from_(parts[0])
    for part in parts[1:]:
        other = exp.select("*").from_(part)
        union = exp.Union(this=union, expression=other, distinct=False, by_name=True)
    measures: list[exp.Expr] = []
    for figure in figures:
        value: exp.Expr = exp.Max(this=exp.column(figure.name))
        if figure.source.name in _ADDS_UP_FROM_ROWS:
            value = exp.func("coalesce", value, exp.Literal.number(0))
        measures.append(value.as_(figure.name))
    select = exp.select(*map(exp.column, keys), *measures).from_(
        union.subquery("u", copy=False), copy=False
    )
    return select.group_by(*map(exp.column, keys), copy=False) if keys else select


def _key_columns(question: Question) -> list[str]:
    keys: list[str] = [question.grain] if question.grain else []
    for key in question.keys:
        keys += ["customer_id", "customer"] if key.name == "customer" else [key.name]
    return keys


def _ordering(plan: Plan, keys: Sequence[str]) -> list[exp.Expr]:
    question = plan.question
    order = question.query.order_by
    words = [key for key in keys if key != question.grain]
    terms: list[exp.Expr] = []
    if order is not None:
        terms.append(_ordered(order.by, descending=order.descending))
    elif question.grain:
        terms.append(_ordered(question.grain, descending=False))
    elif words:
        terms.append(_ordered(plan.figures[0].name, descending=True))
    if not question.grain:
        named = [key.name for key in question.keys if key.name != "customer"]
        terms = [*(exp.column(name).is_(exp.null()) for name in named), *terms]
    return [*terms, *(_ordered(key, descending=False) for key in keys)]


def _ordered(name: str, *, descending: bool) -> exp.Ordered:
    return exp.Ordered(this=exp.column(name), desc=descending, nulls_first=False)


def _floor(grain: Grain, time: exp.Expr) -> exp.Expr:
    return exp.cast(exp.func("date_trunc", exp.Literal.string(grain), time.copy()), "date")


def _interval(count: int, unit: str) -> exp.Interval:
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
