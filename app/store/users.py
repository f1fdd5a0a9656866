"""Users of this installation."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from app.governance.passwords import Passwords
from app.governance.scopes import parse_role, scope_from_json, scope_to_json
from app.governance.tokens import Asker, utc_now
from app.store.database import Database
from app.store.tables import AccountRow
from data.query import Scope
from tools.contract import Role

MAX_NAME_LENGTH = 100


class UserError(Exception):
    """A user cannot be added or found; the message says why."""


@dataclass(frozen=True, slots=True)
class User:
    """Someone who may sign in."""

    id: str
    name: str
    role: Role
    scope: Scope
    disabled: bool
    created_at: datetime

    @property
    def asker(self) -> Asker:
        """This user as the one who asks."""
        return Asker(user_id=self.id, name=self.name, role=self.role, scope=self.scope)


class Users:
    """The users of one database; names are told apart without regard to case.

    Args:
        database: Where they live.
        passwords: How passwords are hashed.
        now: The clock.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._passwords = passwords or Passwords()
        self._now = now

    def add(self, name: str, password: str, role: Role, scope: Scope) -> User:
        """Add a user.

        Raises:
            UserError: The name is taken or not allowed.
            PasswordError: The password is too short or too long.
        """
        shown = _checked_name(name)
        row = AccountRow(
            id=uuid.uuid4().hex,
            name=shown,
            name_key=_key(shown),
            password_hash=self._passwords.hash(password),
            role=role,
            scope=scope_to_json(scope),
            disabled=False,
            created_at=self._now(),
        )
        try:
            with self._database.write() as session:
                session.add(row)
        except IntegrityError as error:
            msg = f"There is a user called {shown!r} already."
            raise UserError(msg) from error
        return _user(row)

    def all(self) -> list[User]:
        """All users by name, disabled ones included."""
        with self._database.read() as session:
            rows = session.scalars(select(AccountRow).order_by(AccountRow.name_key))
            return [_user(row) for row in rows]

    def exist(self) -> bool:
        """Whether there is any user, disabled ones included."""
        with self._database.read() as session:
            return session.scalar(select(AccountRow.id).limit(1)) is not None

    def get(self, user_id: str) -> User | None:
        """One user by id."""
        with self._database.read() as session:
            row = session.get(AccountRow, user_id)
            return None if row is None else _user(row)

    def find(self, name: str) -> User | None:
        """One user by name."""
        with self._database.read() as session:
            row = session.scalar(_by_name(name))
            return None if row is None else _user(row)

    def verify(self, name: str, password: str) -> User | None:
        """The user of this name and password; None when either is wrong or they are disabled."""
        with self._database.read() as session:
            row = session.scalar(_by_name(name))
        fits = self._passwords.matches(None if row is None else row.password_hash, password)
        if row is None or not fits or row.disabled:
            return None
        if self._passwords.is_outdated(row.password_hash):
            self.set_password(row.name, password)
        return _user(row)

    def set_password(self, name: str, password: str) -> User:
        """Give a user a new password.

        Raises:
            UserError: There is no such user.
            PasswordError: The password is too short or too long.
        """
        password_hash = self._passwords.hash(password)
        with self._database.write() as session:
            row = _required(session.scalar(_by_name(name)), name)
            row.password_hash = password_hash
        return _user(row)

    def disable(self, name: str) -> User:
        """Lock a user out: neither their password nor their tokens count any more.

        Raises:
            UserError: There is no such user.
        """
        return self._set_disabled(name, disabled=True)

    def enable(self, name: str) -> User:
        """Let a disabled user in again.

        Raises:
            UserError: There is no such user.
        """
        return self._set_disabled(name, disabled=False)

    def _set_disabled(self, name: str, *, disabled: bool) -> User:
        with self._database.write() as session:
            row = _required(session.scalar(_by_name(name)), name)
            row.disabled = disabled
        return _user(row)


def _by_name(name: str) -> Select[AccountRow]:
    return select(AccountRow).where(AccountRow.name_key == _key(name))


def _key(name: str) -> str:
    return name.strip().casefold()


def _checked_name(name: str) -> str:
    shown = name.strip()
    if not shown or len(shown) > MAX_NAME_LENGTH or not shown.isprintable():
        msg = f"A user's name has 1 to {MAX_NAME_LENGTH} printable characters, got {name[:120]!r}."
        raise UserError(msg)
    return shown


def _required(row: AccountRow | None, name: str) -> AccountRow:
    if row is None:
        msg = f"There is no user called {name!r}. `aura users list` shows all."
        raise UserError(msg)
    return row


def _user(row: AccountRow) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=parse_role(row.role),
        scope=scope_from_json(row.scope),
        disabled=row.disabled,
        created_at=row.created_at,
    )
