"""Who is asking: a signed token, or on this machine alone the demo user."""

import hashlib
from typing import Protocol

from app.governance.canonical import canonical_json
from app.governance.scopes import RightsError, parse_role, parse_scope, scope_to_json
from app.governance.tokens import DEFAULT_TTL_SECONDS, Asker, TokenError, Tokens
from data.query import Scope
from tools.contract import Role

__all__ = ["Asker", "Identity", "IdentityError", "KnownUser", "Role", "UserDirectory", "demo_asker"]

SIGN_IN_HINT = (
    "Send `Authorization: Bearer <token>`; `aura users token --role ROLE --scope JSON` prints one."
)


class IdentityError(Exception):
    """It is not known who asks.

    Args:
        problem: What was missing or wrong.
        hint: What to do about it.
    """

    def __init__(self, problem: str, hint: str = SIGN_IN_HINT) -> None:
        self.problem = problem
        self.hint = hint
        super().__init__(f"{problem} {hint}")


class KnownUser(Protocol):
    """A user of the store, as far as identity needs one."""

    @property
    def id(self) -> str:
        """Key that never changes."""
        ...

    @property
    def name(self) -> str:
        """The name they sign in with."""
        ...

    @property
    def role(self) -> Role:
        """What they may do."""
        ...

    @property
    def scope(self) -> Scope:
        """Which customers they may see."""
        ...

    @property
    def disabled(self) -> bool:
        """Whether they are locked out."""
        ...


class UserDirectory(Protocol):
    """Where users are looked up."""

    def exist(self) -> bool:
        """Whether there is any user at all, disabled ones included."""
        ...

    def get(self, user_id: str) -> KnownUser | None:
        """One user by id."""
        ...

    def find(self, name: str) -> KnownUser | None:
        """One user by name, whatever its case."""
        ...


def demo_asker() -> Asker:
    """The one user of an installation on this machine: everything, and no sign-in."""
    return Asker(user_id="demo", name="Demo", role="admin", scope=Scope())


class Identity:
    """Decides who asks.

    Args:
        tokens: Signs and reads tokens.
        users: The users of this installation.
        loopback: Whether only this machine can reach the server.
    """

    def __init__(self, tokens: Tokens, users: UserDirectory, *, loopback: bool) -> None:
        self._tokens = tokens
        self._users = users
        self._loopback = loopback

    @property
    def is_open(self) -> bool:
        """Whether no sign-in is needed: this machine only, and no users."""
        return self._loopback and not self._users.exist()

    def identify(self, authorization: str | None) -> Asker:
        """Tell who sent a request from its `Authorization` header.

        A token that is not valid is refused even where none is needed.

        Raises:
            IdentityError: Nobody may ask without a valid token, and there is none.
        """
        if authorization is None or not authorization.strip():
            if self.is_open:
                return demo_asker()
            raise IdentityError("This installation needs a signed token.")
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise IdentityError(f"The authorization scheme {scheme[:20]!r} is not known here.")
        return self.from_token(token.strip())

    def from_token(self, token: str) -> Asker:
        """Tell whom a token names.

        Raises:
            IdentityError: The token is not valid, or its user is disabled.
        """
        try:
            asker = self._tokens.read(token)
        except TokenError as error:
            raise IdentityError(str(error)) from error
        user = self._users.get(asker.user_id)
        if user is not None and user.disabled:
            raise IdentityError("This user is disabled.", "Ask an administrator.")
        return asker

    def issue_token(
        self,
        *,
        role: str | None = None,
        scope: str | None = None,
        user: str | None = None,
        ttl_seconds: int = DEFAULT_TTL_SECONDS,
    ) -> str:
        """Print-ready token for a user of the store, or for a role and scope alone.

        Args:
            role: A role's name; by default the user's own.
            scope: A scope as JSON; by default the user's own.
            user: A user's name; one who is not in the store needs role and scope.
            ttl_seconds: Seconds until the token expires.

        Raises:
            RightsError: Role or scope are missing or malformed.
            IdentityError: The user is disabled.
            TokenError: The time to live is not allowed.
        """
        known = self._users.find(user) if user else None
        if known is not None and known.disabled:
            raise IdentityError(f"User {known.name!r} is disabled.", "Ask an administrator.")
        rights = _rights(known, role, scope)
        asker = _named(known, user, *rights)
        return self._tokens.issue(asker, ttl_seconds)


def _rights(known: KnownUser | None, role: str | None, scope: str | None) -> tuple[Role, Scope]:
    if role is not None and scope is not None:
        return parse_role(role), parse_scope(scope)
    if known is None:
        msg = (
            "Without a user of this installation a token needs a role and a scope; "
            "the scope {} is every customer."
        )
        raise RightsError(msg)
    return (
        parse_role(role) if role is not None else known.role,
        parse_scope(scope) if scope is not None else known.scope,
    )


def _named(known: KnownUser | None, user: str | None, role: Role, scope: Scope) -> Asker:
    if known is not None:
        return Asker(user_id=known.id, name=known.name, role=role, scope=scope)
    if user:
        return Asker(user_id=f"name:{user.casefold()}", name=user, role=role, scope=scope)
    rights = canonical_json([role, scope_to_json(scope)])
    # one id for each set of rights: conversations of a wide token stay hidden from a narrow one
    digest = hashlib.sha256(rights.encode()).hexdigest()[:16]
    return Asker(user_id=f"token:{digest}", name=role.replace("_", " "), role=role, scope=scope)
