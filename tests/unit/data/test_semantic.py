from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from sqlglot import exp, parse_one

from data.query import Filter, Grain, Op, OrderBy, Period, Query, Scope
from data.semantic import Statement, compile_plan
from data.semantic_customers import compile_features, compile_list, compile_totals
from data.semantic_filters import checked_filter
from data.semantic_model import SemanticError, load_semantic_model
from data.semantic_plan import DataSpan, plan_query

MODEL = load_semantic_model()
SPAN = DataSpan(first=date(2025, 1, 1), as_of=date(2026, 4, 20))
SCOPED = ("account_manager", "region", "segment")
NASTY = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["' OR 1=1 --", "'; DROP TABLE gold.customer_metrics; --", "x') UNION SELECT"]),
)
VALUES = st.lists(NASTY.map(lambda text: f"\N{SNOWMAN}{text}"), max_size=3).map(tuple)
SCOPES = st.builds(
    Scope,
    account_manager=st.none() | VALUES,
    region=st.none() | VALUES,
    segment=st.none() | VALUES,
)
WORDS = [d.name for d in MODEL.dimensions if d.time is None]
NUMBERS = [n.name for n in MODEL.numbers if n.unit != "date"]


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """Any filter that the model takes, with hostile values."""
    if draw(st.booleans()):
        op: Op = draw(st.sampled_from(["=", "!=", "in", "not_in"]))
        values: Any = [f"\N{SNOWMAN}{draw(NASTY)}" for _ in range(2)]
        return Filter(
            dimension=draw(st.sampled_from(WORDS)), op=op, value=values if "in" in op else values[0]
        )
    op = draw(st.sampled_from(["=", ">", ">=", "<", "<=", "!="]))
    number = draw(st.integers(987_000_000, 987_999_999))
    return Filter(dimension=draw(st.sampled_from(NUMBERS)), op=op, value=number)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Questions of every shape; some of them cannot be answered."""
    period = Period(start=date(2025, 7, 3), end=date(2026, 2, 11))
    grain: Grain | None = draw(st.sampled_from([None, None, "month", "quarter"]))
    return Query(
        metrics=draw(
            st.lists(st.sampled_from([m.name for m in MODEL.metrics]), min_size=1, max_size=3)
        ),
        dimensions=draw(st.lists(st.sampled_from(WORDS), max_size=2)),
        filters=draw(st.lists(filters(), max_size=3)),
        period=draw(st.sampled_from([None, period])),
        grain=grain,
        compare_to=draw(st.sampled_from([None, "previous_period", "previous_year"])),
        limit=draw(st.none() | st.integers(1, 50)),
    )


def compiled(query: Query, scope: Scope) -> Statement:
    """The statement of a question."""
    return compile_plan(plan_query(query, MODEL, scope, SPAN), MODEL, scope, row_limit=1000)


def scope_is_in(statement: Statement, scope: Scope) -> bool:
    """Whether `clients` is cut to exactly the values of the scope."""
    tree = parse_one(statement.sql, read="duckdb")
    clients = next(cte for cte in tree.find_all(exp.CTE) if cte.alias == "clients")
    where = clients.this.args["where"].sql("duckdb")
    for name in SCOPED:
        values = getattr(scope, name)
        if values is None and f"m.{name}" in where:
            return False
        if values and f"m.{name} IN (" not in where:
            return False
        if values == () and "FALSE" not in where:
            return False
        if values and not set(values) <= set(statement.params.values()):
            return False
    return True


@settings(max_examples=200, deadline=None)
@given(query=queries(), scope=SCOPES)
def test_scope_is_in_every_statement_and_values_never_in_its_text(
    query: Query, scope: Scope
) -> None:
    """Whatever is asked: rows outside the scope are cut, values are parameters."""
    try:
        statement = compiled(query, scope)
    except SemanticError:
        return
    assert scope_is_in(statement, scope)
    assert "\N{SNOWMAN}" not in statement.sql
    assert "987" not in statement.sql
    assert {
        node.name for node in parse_one(statement.sql, read="duckdb").find_all(exp.Placeholder)
    } <= set(statement.params)


@settings(max_examples=60, deadline=None)
@given(asked=st.lists(filters(), max_size=3), scope=SCOPES)
def test_lists_of_clients_obey_the_same_law(asked: list[Filter], scope: Scope) -> None:
    """Lists, totals and feature rows are cut like figures."""
    kept = [checked_filter(one, MODEL) for one in asked]
    for statement in (
        compile_list(MODEL, scope, kept, ["customer_id", "arr"], OrderBy(by="arr"), 10),
        compile_totals(MODEL, scope, kept),
        compile_features(MODEL, scope, kept, ["\N{SNOWMAN}C1"]),
    ):
        assert scope_is_in(statement, scope)
        assert "\N{SNOWMAN}" not in statement.sql


def test_daily_rows_carry_the_scope_too() -> None:
    """The daily table has no clients to join: the segment scope stands on its own rows."""
    query = Query(
        metrics=["mrr"], grain="day", period=Period(start=date(2026, 4, 1), end=date(2026, 4, 9))
    )
    statement = compiled(query, Scope(segment=("SMB",)))
    assert "metric_daily" in statement.sql
    assert "r.segment IN ($" in statement.sql


@pytest.mark.parametrize("scope", [Scope(region=("EMEA",)), Scope(account_manager=("Ana",))])
def test_daily_rows_are_refused_where_they_cannot_be_cut(scope: Scope) -> None:
    """A scope that the daily table does not know is never answered with everybody's figures."""
    query = Query(
        metrics=["mrr"], grain="day", period=Period(start=date(2026, 4, 1), end=date(2026, 4, 9))
    )
    with pytest.raises(SemanticError, match="not known by day"):
        compiled(query, scope)


def test_rates_come_from_sums() -> None:
    """A breakdown divides sums; there is no mean of rates anywhere."""
    statement = compiled(
        Query(metrics=["logo_churn_rate", "grr", "nps"], dimensions=["segment"]), Scope()
    )
    assert "AVG(" not in statement.sql.upper()
    assert statement.sql.count("NULLIF") == 3


def test_row_limit_bounds_the_question() -> None:
    """Nobody gets more rows than the reader allows."""
    statement = compiled(Query(metrics=["mrr"], dimensions=["customer"], limit=9999), Scope())
    assert max(v for v in statement.params.values() if isinstance(v, int)) == 1000
