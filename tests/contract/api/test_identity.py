"""Who asks, and whether they may: tokens, users, and this machine alone."""

from typing import Any

from data.query import Scope

AUDIT = "/api/v1/audit"


def test_without_users_this_machine_asks_as_the_demo_user(api: Any) -> None:
    """The page's role gives no rights: those are the demo user's own."""
    api.ask({"query": "x", "context": {"user_role": "analyst"}})
    asker = api.turns.asked[0][0]
    assert (asker.user_id, asker.role) == ("demo", "admin")
    assert asker.scope.is_full


def test_a_token_decides_role_and_scope(api: Any) -> None:
    """Whatever the body says, a narrow token stays narrow."""
    headers = api.bearer("account_manager", '{"region": ["EMEA"]}')
    body = {"query": "x", "context": {"user_role": "admin", "segment": "SMB"}}
    assert api.ask(body, headers).status_code == 200
    asker = api.turns.asked[0][0]
    assert (asker.role, asker.scope) == ("account_manager", Scope(region=("EMEA",)))


def test_beyond_this_machine_a_token_is_needed(guarded: Any) -> None:
    """No token and a bad token are refused with advice; a good one is let in."""
    refused = guarded.ask({"query": "x"})
    assert "aura users token" in guarded.error(refused, 401, "unauthenticated")["hint"]
    assert refused.headers["www-authenticate"] == "Bearer"
    guarded.error(
        guarded.ask({"query": "x"}, {"Authorization": "Bearer x"}), 401, "unauthenticated"
    )
    guarded.error(guarded.client.get(AUDIT), 401, "unauthenticated")
    assert guarded.turns.asked == []
    assert guarded.ask({"query": "x"}, guarded.bearer()).status_code == 200


def test_the_first_user_closes_the_open_door(api: Any) -> None:
    """From then on everyone signs in, and a disabled user's token is worth nothing."""
    assert api.ask({"query": "x"}).status_code == 200
    api.users.add("Ann", "correct horse", "analyst", Scope())
    api.error(api.ask({"query": "x"}), 401, "unauthenticated")
    headers = {"Authorization": f"Bearer {api.identity.issue_token(user='Ann')}"}
    assert api.ask({"query": "x"}, headers).status_code == 200
    api.users.disable("Ann")
    api.error(api.ask({"query": "x"}, headers), 401, "unauthenticated")
