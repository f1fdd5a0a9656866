import json

import pytest
from hypothesis import given, strategies as st

from app.governance.scopes import (
    SCOPE_KEYS,
    RightsError,
    parse_role,
    parse_scope,
    scope_from_json,
    scope_to_json,
)
from data.query import Scope

NAMES = st.none() | st.lists(st.text(min_size=1).filter(str.strip), max_size=3).map(tuple)
SCOPES = st.builds(Scope, account_manager=NAMES, region=NAMES, segment=NAMES)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(SCOPES)
def test_a_scope_survives_being_written(scope: Scope) -> None:
    """What goes into a token or a table comes out equal."""
    assert parse_scope(json.dumps(scope_to_json(scope))) == scope


@given(st.sampled_from(SCOPE_KEYS), JSON_VALUES)
def test_a_restriction_never_gets_lost(key: str, value: object) -> None:
    """Whatever stands under a key, the key either restricts or the scope is refused."""
    try:
        scope = scope_from_json({key: value})
    except RightsError:
        return
    assert getattr(scope, key) == tuple(value) if isinstance(value, list) else False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"EMEA"',
        "{",
        '{"region": "EMEA"}',
        '{"region": null}',
        '{"region": [1]}',
        '{"region": [" "]}',
        '{"region": ["EMEA"], "region": ["APAC"]}',
        '{"Region": ["EMEA"]}',
        '{"regions": []}',
        "[" * 100_000,
    ],
)
def test_a_malformed_scope_is_refused(text: str) -> None:
    """A mistake must never be read as "everything"."""
    with pytest.raises(RightsError):
        parse_scope(text)


def test_an_unknown_key_lists_the_allowed_ones() -> None:
    """The message is enough to mend the scope."""
    with pytest.raises(RightsError, match=r"'country'.*account_manager, region, segment"):
        parse_scope('{"country": ["PL"]}')


def test_nothing_written_is_everything_and_an_empty_list_is_nobody() -> None:
    """The two ends of a scope are told apart."""
    assert parse_scope("{}").is_full
    assert parse_scope('{"region": []}').region == ()


def test_an_unknown_role_lists_the_roles() -> None:
    """The message is enough to mend the role."""
    assert parse_role("cs_lead") == "cs_lead"
    with pytest.raises(RightsError, match=r"'boss'.*account_manager, cs_lead, analyst, admin"):
        parse_role("boss")
