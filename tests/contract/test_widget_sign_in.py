"""The widget's token: what it opens, for whom, and for how long."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import wiring
from app.governance.identity import Asker, IdentityError
from app.governance.tokens import Tokens
from app.pages.asking import SESSION_COOKIE, asker_in_session, asker_of, session_secret
from app.settings import Settings
from app.widget_door import SIGN_IN, build_widget_door, session_of
from data.query import Scope

CRM = "https://crm.example.com"
EMEA = Scope(region=("EMEA",))
LEILA = Asker(user_id="token:leila", name="Leila", role="account_manager", scope=EMEA)


@pytest.fixture
def parts(prepared_settings: Settings, tmp_path: Path) -> Iterator[wiring.Parts]:
    """An installation with a user, and one site that may embed the widget."""
    update = {"database_url": f"sqlite:///{tmp_path / 'aura.db'}", "widget_origins": CRM}
    built = wiring.build(prepared_settings.model_copy(update=update))
    built.users.add("tom", "a long password", role="cs_lead", scope=EMEA)
    yield built
    built.close()


def _client(parts: wiring.Parts) -> TestClient:
    return TestClient(Starlette(routes=list(build_widget_door(parts))))


def test_a_session_of_a_token_keeps_its_scope_and_ends_with_it(parts: wiring.Parts) -> None:
    """Every question of the session is answered under the token's rights."""
    token = parts.tokens.issue(LEILA, 60)
    session = session_of(parts, LEILA, token)
    assert asker_in_session(parts, {SESSION_COOKIE: session}) == LEILA
    halves = {f"{SESSION_COOKIE}_0": session[:50], f"{SESSION_COOKIE}_1": session[50:]}
    assert asker_in_session(parts, halves) == LEILA
    expires = [
        jwt.decode(each, options={"verify_signature": False})["exp"] for each in (session, token)
    ]
    assert expires[0] == expires[1]


def test_a_session_may_not_outlive_its_token(parts: wiring.Parts) -> None:
    """A cookie made to last longer than the token inside opens nothing."""
    given = parts.settings.auth_secret
    assert given is None
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    old = Tokens(session_secret(parts), now=lambda: long_ago).issue(LEILA, 60)
    claims = jwt.decode(session_of(parts, LEILA, old), options={"verify_signature": False})
    later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    stretched = jwt.encode({**claims, "exp": later}, session_secret(parts), algorithm="HS256")
    with pytest.raises(IdentityError, match="expired"):
        asker_in_session(parts, {SESSION_COOKIE: stretched})
    assert asker_of(parts, None, {SESSION_COOKIE: stretched}) is None


@pytest.mark.parametrize("cookie", ["", "x.y.z", jwt.encode({"identifier": "tom"}, "k" * 40)])
def test_a_session_signed_elsewhere_opens_nothing(parts: wiring.Parts, cookie: str) -> None:
    """Neither made up nor without an end."""
    assert asker_in_session(parts, {SESSION_COOKIE: cookie}) is None
    endless = jwt.encode({"identifier": "tom"}, session_secret(parts), algorithm="HS256")
    assert asker_in_session(parts, {SESSION_COOKIE: endless}) is None


def test_a_session_of_a_user_is_theirs_until_they_are_disabled(parts: wiring.Parts) -> None:
    """The chat's own sign-in opens the pages too."""
    later = datetime.now(UTC) + timedelta(hours=1)
    claims = {"identifier": "tom", "metadata": {}, "exp": later}
    cookies = {SESSION_COOKIE: jwt.encode(claims, session_secret(parts), algorithm="HS256")}
    asker = asker_of(parts, None, cookies)
    assert asker is not None
    assert (asker.name, asker.scope) == ("tom", EMEA)
    parts.users.disable("tom")
    assert asker_of(parts, None, cookies) is None


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "x"}])
def test_no_session_without_a_valid_token(parts: wiring.Parts, header: dict[str, str]) -> None:
    """A forged or missing token is refused, and no cookie is set."""
    answer = _client(parts).post(SIGN_IN, headers=header)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("origin", "allowed"), [(CRM, True), ("https://evil.example", False)])
def test_only_listed_sites_may_sign_in(parts: wiring.Parts, origin: str, *, allowed: bool) -> None:
    """A browser asks before it sends a token from another site."""
    asking = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = _client(parts).options(SIGN_IN, headers=asking)
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


def test_the_script_is_kept_until_it_changes(parts: wiring.Parts) -> None:
    """The widget's script is large: a browser that has it is told so."""
    client = _client(parts)
    first = client.get("/chat/copilot/index.js")
    assert "mountChainlitWidget" in first.text
    again = client.get("/chat/copilot/index.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
