import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from app.governance.passwords import PasswordError, Passwords
from app.store.database import Database
from app.store.tables import AccountRow
from app.store.users import UserError, Users
from data.query import Scope

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DEARER = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
EMEA = Scope(region=("EMEA",))


@pytest.fixture
def users(database: Database) -> Users:
    """Users with cheap hashes."""
    return Users(database, Passwords(CHEAP))


def test_an_added_user_signs_in_with_their_rights(users: Users) -> None:
    """Role and scope survive the database, and any case of the name will do."""
    added = users.add(" Ann Lee ", "correct horse", "account_manager", EMEA)
    found = users.verify("ann LEE", "correct horse")
    assert found is not None
    assert found == added
    assert found.asker.name == "Ann Lee"
    assert (found.role, found.scope) == ("account_manager", EMEA)
    assert users.get(added.id) == users.find("ANN LEE") == added


def test_a_wrong_name_or_password_is_nobody(users: Users) -> None:
    """Neither tells which of the two was wrong."""
    users.add("Ann", "correct horse", "analyst", Scope())
    assert users.verify("Ann", "wrong horse") is None
    assert users.verify("Bob", "correct horse") is None


def test_the_password_itself_is_not_stored(users: Users, database: Database) -> None:
    """Only its hash is in the table."""
    users.add("Ann", "correct horse", "analyst", Scope())
    with database.read() as session:
        stored = session.scalars(select(AccountRow.password_hash)).one()
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize("name", ["Ann", "ANN", " ann "])
def test_a_name_is_given_once(users: Users, name: str) -> None:
    """Two users whose names differ in case only could be taken for each other."""
    users.add("Ann", "correct horse", "analyst", Scope())
    with pytest.raises(UserError, match="already"):
        users.add(name, "correct horse", "admin", Scope())
    assert [user.role for user in users.all()] == ["analyst"]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b", "x" * 101])
def test_an_odd_name_is_refused(users: Users, name: str) -> None:
    """Names are shown on pages and in the audit log."""
    with pytest.raises(UserError, match="1 to 100 printable"):
        users.add(name, "correct horse", "analyst", Scope())


def test_a_short_password_adds_nobody(users: Users) -> None:
    """The limit holds for new users and for new passwords."""
    with pytest.raises(PasswordError):
        users.add("Ann", "short", "analyst", Scope())
    assert not users.exist()


def test_a_disabled_user_is_locked_out_but_still_counts(users: Users) -> None:
    """Disabling the last user must not reopen the installation to everyone."""
    users.add("Ann", "correct horse", "analyst", Scope())
    assert users.disable("ann").disabled
    assert users.verify("Ann", "correct horse") is None
    assert users.exist()
    users.enable("Ann")
    assert users.verify("Ann", "correct horse") is not None


def test_a_new_password_replaces_the_old_one(users: Users) -> None:
    """The old one ends at once."""
    users.add("Ann", "correct horse", "analyst", Scope())
    users.set_password("Ann", "battery staple")
    assert users.verify("Ann", "correct horse") is None
    assert users.verify("Ann", "battery staple") is not None


def test_an_unknown_user_is_named(users: Users) -> None:
    """The message says which name and where to look."""
    for change in (users.disable, users.enable, lambda name: users.set_password(name, "x" * 8)):
        with pytest.raises(UserError, match=r"'Bob'.*aura users list"):
            change("Bob")


def test_signing_in_renews_an_outdated_hash(users: Users, database: Database) -> None:
    """When the cost is raised, hashes follow without anybody noticing."""
    users.add("Ann", "correct horse", "analyst", Scope())
    assert Users(database, Passwords(DEARER)).verify("Ann", "correct horse") is not None
    with database.read() as session:
        stored = session.scalars(select(AccountRow.password_hash)).one()
    assert not DEARER.check_needs_rehash(stored)


def test_all_are_listed_by_name(users: Users) -> None:
    """Whatever their case and state."""
    for name in ("bob", "Ann", "Cid"):
        users.add(name, "correct horse", "analyst", Scope())
    users.disable("Cid")
    assert [user.name for user in users.all()] == ["Ann", "bob", "Cid"]
