import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from app.rest.queries import ClientFilters, Order, PeriodQuery
from data.query import Filter, Op, OrderBy

OPS: tuple[Op, ...] = ("=", "!=", ">", ">=", "<", "<=")
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True)
VALUES = st.text(
    st.characters(categories=["L", "N"], exclude_characters="=<>!"), min_size=1, max_size=20
).filter(lambda text: text.casefold() not in {"nan", "inf", "infinity"})


@given(name=NAMES, op=st.sampled_from(OPS), value=VALUES, gap=st.sampled_from(["", " "]))
def test_a_condition_is_read_as_written(name: str, op: Op, value: str, gap: str) -> None:
    """Name, operator and value, with or without spaces between."""
    asked = ClientFilters(filter=[f"{name}{gap}{op}{gap}{value}"])
    assert asked.filters() == [Filter(dimension=name, op=op, value=value)]


def test_a_value_may_hold_operators_and_spaces() -> None:
    """Only the first operator counts."""
    (found,) = ClientFilters(filter=["customer = A >= B, Inc."]).filters()
    assert found == Filter(dimension="customer", op="=", value="A >= B, Inc.")


@pytest.mark.parametrize(
    "text", ["arr", "arr>", ">5", "arr 5", "5=arr", "arr>nan", "arr<-Infinity", "arr=1e400"]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    """With the value, so that it can be mended."""
    with pytest.raises(ValidationError, match=r"NAME OPERATOR VALUE|not a number"):
        ClientFilters(filter=[text])


def test_one_value_is_equal_and_several_are_any_of() -> None:
    """Said twice counts once."""
    asked = ClientFilters(segment=["SMB"], region=["EMEA", "APAC", "EMEA"])
    assert asked.filters() == [
        Filter(dimension="segment", op="=", value="SMB"),
        Filter(dimension="region", op="in", value=["EMEA", "APAC"]),
    ]


def test_a_period_has_both_ends() -> None:
    """Or none; and it runs forward."""
    assert PeriodQuery().period() is None
    for given_ends in ({"start": "2026-01-01"}, {"end": "2026-01-01"}):
        with pytest.raises(ValidationError, match="both"):
            PeriodQuery.model_validate(given_ends)
    with pytest.raises(ValidationError, match="before it starts"):
        PeriodQuery.model_validate({"start": "2026-02-01", "end": "2026-01-01"})


def test_the_largest_comes_first_unless_told() -> None:
    """Without a key the tool's own order holds."""
    assert Order().order() is None
    assert Order(sort="arr").order() == OrderBy(by="arr", descending=True)
    assert Order(sort="arr", descending=False).order() == OrderBy(by="arr", descending=False)
