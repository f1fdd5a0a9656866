from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, strategies as st

from app.governance.scopes import ROLES
from app.governance.tokens import MAX_TTL_SECONDS, Asker, TokenError, Tokens
from data.query import Scope

SECRET = "the installation's"  # noqa: S105
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = st.none() | st.lists(st.text(min_size=1).filter(str.strip), max_size=3).map(tuple)
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
ASKERS = st.builds(
    Asker,
    user_id=PLAIN,
    name=PLAIN,
    role=st.sampled_from(ROLES),
    scope=st.builds(Scope, account_manager=NAMES, region=NAMES, segment=NAMES),
)
ANN = Asker("u1", "Ann", "account_manager", Scope(region=("EMEA",)))


def _tokens(secret: str = SECRET, *, later: timedelta = timedelta()) -> Tokens:
    return Tokens(secret, now=lambda: NOW + later)


def _claims(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": "aura",
        "iat": NOW,
        "exp": NOW + timedelta(hours=1),
        "sub": "u1",
        "name": "Ann",
        "role": "analyst",
        "scope": {},
        **changes,
    }
    return {key: value for key, value in claims.items() if value is not ...}


@given(ASKERS, st.integers(1, MAX_TTL_SECONDS))
def test_a_token_carries_its_asker(asker: Asker, ttl_seconds: int) -> None:
    """Role and scope come back exactly as they were signed."""
    assert _tokens().read(_tokens().issue(asker, ttl_seconds)) == asker


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    """No character of a token can be changed."""
    token = _tokens().issue(ANN)
    # the last character of a base64 block may carry padding bits that say nothing
    place = data.draw(st.integers(0, len(token) - 2))
    if token[place + 1] == ".":
        place -= 1
    letter = data.draw(st.sampled_from("abcXYZ019-_."))
    if letter == token[place]:
        return
    with pytest.raises(TokenError):
        _tokens().read(token[:place] + letter + token[place + 1 :])


def test_a_token_expires() -> None:
    """A second before its end it holds, at its end it does not."""
    token = _tokens().issue(ANN, 60)
    assert _tokens(later=timedelta(seconds=59)).read(token) == ANN
    with pytest.raises(TokenError, match="expired"):
        _tokens(later=timedelta(seconds=60)).read(token)


def test_another_installation_does_not_accept_it() -> None:
    """The signature depends on the secret."""
    with pytest.raises(TokenError, match="not one of this installation"):
        _tokens("another").read(_tokens().issue(ANN))


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "boss"},
        {"role": ...},
        {"scope": ...},
        {"scope": None},
        {"scope": {"region": "EMEA"}},
        {"scope": {"country": ["PL"]}},
        {"sub": ""},
        {"sub": ...},
        {"name": 7},
        {"exp": ...},
        {"exp": "never"},
        {"iss": "chat"},
    ],
)
def test_a_signed_token_with_odd_claims_is_refused(changes: dict[str, Any]) -> None:
    """A missing or malformed right never becomes a wide one."""
    tokens = _tokens()
    assert tokens.read(jwt.encode(_claims(), tokens._key, algorithm="HS256")).name == "Ann"
    with pytest.raises(TokenError):
        tokens.read(jwt.encode(_claims(**changes), tokens._key, algorithm="HS256"))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ż.ó.ł", "." * 10_000])
def test_rubbish_is_refused(token: str) -> None:
    """Anything may arrive in a header."""
    with pytest.raises(TokenError):
        _tokens().read(token)


def test_an_unsigned_token_is_refused() -> None:
    """The header cannot choose "none", nor the raw secret be the key."""
    with pytest.raises(TokenError):
        _tokens().read(jwt.encode(_claims(), "", algorithm="none"))
    long_secret = "s" * 40
    with pytest.raises(TokenError):
        _tokens(long_secret).read(jwt.encode(_claims(), long_secret, algorithm="HS256"))


@pytest.mark.parametrize("ttl_seconds", [0, -1, MAX_TTL_SECONDS + 1])
def test_a_token_is_short_lived(ttl_seconds: int) -> None:
    """No token lives for ever; the message tells the limit."""
    with pytest.raises(TokenError, match="1 to 2,592,000 seconds"):
        _tokens().issue(ANN, ttl_seconds)


def test_an_empty_secret_signs_nothing() -> None:
    """A lost secret file must not mean a known key."""
    with pytest.raises(TokenError, match="empty"):
        Tokens("")
