from dataclasses import dataclass, field

import pytest

from app.governance.identity import Asker, Identity, IdentityError
from app.governance.scopes import RightsError
from app.governance.tokens import Tokens
from data.query import Scope
from tools.contract import Role


@dataclass(frozen=True)
class FakeUser:
    """A user as the directory gives it."""

    id: str = "u1"
    name: str = "Ann"
    role: Role = "account_manager"
    scope: Scope = field(default_factory=lambda: Scope(account_manager=("Ann",)))
    disabled: bool = False


class FakeUsers:
    """A directory in memory."""

    def __init__(self, *users: FakeUser) -> None:
        self.users = users

    def exist(self) -> bool:
        """Whether there is any."""
        return bool(self.users)

    def get(self, user_id: str) -> FakeUser | None:
        """By id."""
        return next((user for user in self.users if user.id == user_id), None)

    def find(self, name: str) -> FakeUser | None:
        """By name."""
        return next((user for user in self.users if user.name == name), None)


def _identity(*users: FakeUser, loopback: bool = True) -> Identity:
    return Identity(Tokens("secret"), FakeUsers(*users), loopback=loopback)


def test_on_this_machine_without_users_the_demo_user_asks() -> None:
    """The first question needs no sign-in."""
    asker = _identity().identify(None)
    assert asker.user_id == "demo"
    assert asker.scope.is_full


@pytest.mark.parametrize(
    "identity",
    [
        _identity(loopback=False),
        _identity(FakeUser()),
        _identity(FakeUser(disabled=True)),
    ],
    ids=["beyond loopback", "with users", "all users disabled"],
)
@pytest.mark.parametrize("header", [None, "", "  "])
def test_elsewhere_a_token_is_needed(identity: Identity, header: str | None) -> None:
    """The open door closes with the first user and beyond this machine; the hint says how."""
    assert not identity.is_open
    with pytest.raises(IdentityError) as caught:
        identity.identify(header)
    assert "aura users token" in caught.value.hint


@pytest.mark.parametrize("header", ["Bearer", "Bearer  ", "Bearer x.y.z", "Basic YTpi", "rubbish"])
def test_a_bad_token_is_refused_even_where_none_is_needed(header: str) -> None:
    """Whoever shows a token is judged by it, never upgraded to the demo user."""
    with pytest.raises(IdentityError):
        _identity().identify(header)


def test_a_token_gives_its_own_role_and_scope() -> None:
    """A narrow token stays narrow on an open installation too."""
    identity = _identity()
    token = identity.issue_token(role="analyst", scope='{"region": ["EMEA"]}')
    asker = identity.identify(f"bearer {token}")
    assert (asker.role, asker.scope) == ("analyst", Scope(region=("EMEA",)))


def test_a_disabled_user_is_locked_out_at_once() -> None:
    """A token signed before counts no more, and no new one is signed."""
    token = _identity(FakeUser()).issue_token(user="Ann")
    with pytest.raises(IdentityError, match="disabled"):
        _identity(FakeUser(disabled=True)).from_token(token)
    with pytest.raises(IdentityError, match="disabled"):
        _identity(FakeUser(disabled=True)).issue_token(user="Ann")


def test_a_known_user_lends_role_and_scope() -> None:
    """What the token's maker leaves out comes from the user, and the id is theirs."""
    identity = _identity(FakeUser())
    assert identity.from_token(identity.issue_token(user="Ann")) == Asker(
        "u1", "Ann", "account_manager", Scope(account_manager=("Ann",))
    )
    narrowed = identity.from_token(identity.issue_token(user="Ann", scope='{"segment": ["SMB"]}'))
    assert (narrowed.role, narrowed.scope) == ("account_manager", Scope(segment=("SMB",)))


@pytest.mark.parametrize(
    ("role", "scope"), [(None, None), ("analyst", None), (None, "{}"), ("boss", "{}")]
)
def test_an_unknown_user_needs_role_and_scope(role: str | None, scope: str | None) -> None:
    """Nothing left out is taken for everything."""
    with pytest.raises(RightsError):
        _identity().issue_token(role=role, scope=scope, user="Bob")


def test_nameless_tokens_of_other_rights_are_other_askers() -> None:
    """The conversations of a wide token stay hidden from a narrow one."""
    identity = _identity()
    ids = {
        identity.from_token(identity.issue_token(role=role, scope=scope)).user_id
        for role in ("analyst", "admin")
        for scope in ("{}", '{"region": ["EMEA"]}')
    }
    assert len(ids) == 4
    named = identity.from_token(identity.issue_token(role="analyst", scope="{}", user="Bob"))
    assert named.name == "Bob"
