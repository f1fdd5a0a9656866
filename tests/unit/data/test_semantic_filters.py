from typing import Any

import pytest

from data.query import Filter, Op, Scope
from data.semantic_filters import UNASSIGNED, Params, checked_filter, condition, scope_conditions
from data.semantic_model import SemanticError, SemanticModel


def test_names_and_types_are_brought_to_the_model(semantic: SemanticModel) -> None:
    """A label and a number written as text become a name and a number."""
    asked = Filter(dimension="Open tickets", op=">", value="3")
    assert checked_filter(asked, semantic) == Filter(dimension="tickets_open", op=">", value=3.0)


def test_a_comparison_means_the_number_of_that_word(semantic: SemanticModel) -> None:
    """`churn risk` is a band, but `churn risk > 0.3` is the probability."""
    above = Filter(dimension="churn risk", op=">", value=0.3)
    assert checked_filter(above, semantic).dimension == "churn_prob_90d"
    equal = Filter(dimension="churn risk", value="high")
    assert checked_filter(equal, semantic).dimension == "churn_risk"


@pytest.mark.parametrize(
    ("dimension", "op", "value"),
    [
        ("segment", ">", "SMB"),
        ("arr", "=", "a lot"),
        ("arr", "=", True),
        ("contract_end_date", "<", "soon"),
        ("nothing_such", "=", 1),
    ],
)
def test_what_does_not_fit_is_refused(
    semantic: SemanticModel, dimension: str, op: Op, value: Any
) -> None:
    """The offending value is named."""
    with pytest.raises(SemanticError):
        checked_filter(Filter(dimension=dimension, op=op, value=value), semantic)


@pytest.mark.parametrize(
    ("op", "value", "sql"),
    [
        ("=", "SMB", "segment = $p0"),
        ("!=", "SMB", "segment <> $p0"),
        ("=", UNASSIGNED, "segment IS NULL"),
        ("!=", UNASSIGNED, "NOT segment IS NULL"),
        ("in", ["SMB", UNASSIGNED], "segment IN ($p0) OR segment IS NULL"),
        ("not_in", ["SMB"], "NOT segment IN ($p0)"),
        ("in", [], "FALSE"),
    ],
)
def test_conditions(op: Op, value: Any, sql: str) -> None:
    """A missing value is asked for by the name it is shown under."""
    params = Params()
    made = condition(Filter(dimension="segment", op=op, value=value), params)
    assert made.sql("duckdb") == sql


def test_between_keeps_its_order() -> None:
    """The low end stays the low end."""
    params = Params()
    made = condition(Filter(dimension="arr", op="between", value=[1, 9]), params)
    assert made.sql("duckdb") == "arr BETWEEN $p0 AND $p1"
    assert params.values == {"p0": 1, "p1": 9}


def test_a_product_keeps_the_clients_that_have_it() -> None:
    """Products are many to a client, so the filter is a membership."""
    made = condition(Filter(dimension="product", value="Core"), Params())
    assert made.sql("duckdb").startswith("customer_id IN (SELECT customer_id FROM warehouse.gold.")


def test_an_empty_scope_is_nobody() -> None:
    """A scope never widens by being empty."""
    (only,) = scope_conditions(Scope(region=()), Params())
    assert only.sql("duckdb") == "FALSE"
    assert scope_conditions(Scope(), Params()) == []
