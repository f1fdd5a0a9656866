import json

from hypothesis import given, strategies as st
from pydantic import BaseModel

from app.governance.canonical import canonical_json, canonical_value

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: (
        st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=12,
)


class _Shape(BaseModel):
    ratio: float


@given(ANYTHING)
def test_the_canonical_form_survives_json(value: object) -> None:
    """What is hashed is what a database gives back: one more round changes nothing."""
    once = canonical_value(value)
    assert json.loads(json.dumps(once, allow_nan=False)) == once
    assert canonical_value(once) == once


def test_what_databases_refuse_is_taken_away() -> None:
    """PostgreSQL knows neither NUL nor lone surrogates nor NaN in JSON."""
    assert canonical_value({"a\x00": ["x\x00y", "\ud800", float("nan")]}) == {
        "a": ["xy", "?", None]
    }


def test_equal_values_are_written_alike() -> None:
    """The order of keys and of sets does not change a hash."""
    assert canonical_json({"b": {2, 1}, "a": _Shape(ratio=0.5)}) == '{"a":{"ratio":0.5},"b":[1,2]}'
