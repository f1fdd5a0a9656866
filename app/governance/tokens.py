"""Signed, short-lived tokens that carry who asks, with role and scope inside."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from app.governance.scopes import RightsError, parse_role, scope_from_json, scope_to_json
from data.query import Scope
from tools.contract import Role

ALGORITHM = "HS256"
ISSUER = "aura"
DEFAULT_TTL_SECONDS = 3_600
MAX_TTL_SECONDS = 30 * 24 * 3_600
REQUIRED_CLAIMS = ("iss", "iat", "exp", "sub", "name", "role", "scope")


class TokenError(Exception):
    """A token cannot be made or is not valid; the message says why."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asking, and which customers they may see."""

    user_id: str
    name: str
    role: Role
    scope: Scope

    def narrowed_to(self, account_manager: str) -> "Asker":
        """This person, looking at one account manager's clients only; never at more than before."""
        seen = self.scope.account_manager
        kept = (account_manager,) if seen is None or account_manager in seen else ()
        scope = self.scope.model_copy(update={"account_manager": kept})
        return replace(self, name=account_manager, scope=scope)


def utc_now() -> datetime:
    """The present, with its time zone."""
    return datetime.now(UTC)


class Tokens:
    """Issues and reads tokens (JWT, HS256).

    Args:
        secret: The installation's secret; the key is derived from it, so that a token of
            another part that shares the secret is not accepted here.
        now: The clock.
    """

    def __init__(self, secret: str, now: Callable[[], datetime] = utc_now) -> None:
        if not secret:
            msg = "The signing secret is empty."
            raise TokenError(msg)
        self._key = hashlib.sha256(b"aura identity token\x00" + secret.encode()).digest()
        self._now = now

    def issue(self, asker: Asker, ttl_seconds: int = DEFAULT_TTL_SECONDS) -> str:
        """Sign a token for someone.

        Raises:
            TokenError: The time to live is not allowed.
        """
        if not 1 <= ttl_seconds <= MAX_TTL_SECONDS:
            msg = f"A token lives 1 to {MAX_TTL_SECONDS:,} seconds, got {ttl_seconds:,}."
            raise TokenError(msg)
        issued_at = self._now()
        claims = {
            "iss": ISSUER,
            "iat": issued_at,
            "exp": issued_at + timedelta(seconds=ttl_seconds),
            "sub": asker.user_id,
            "name": asker.name,
            "role": asker.role,
            "scope": scope_to_json(asker.scope),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> Asker:
        """Check a token and return whom it names.

        Raises:
            TokenError: It is forged, expired or malformed.
        """
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={
                    "require": list(REQUIRED_CLAIMS),
                    # checked below, by the clock of this object
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            msg = "The token is not one of this installation, or it was changed."
            raise TokenError(msg) from error
        self._check_time(claims)
        return _asker(claims)

    def _check_time(self, claims: dict[str, Any]) -> None:
        expires = claims["exp"]
        if not isinstance(expires, int | float) or expires <= self._now().timestamp():
            msg = "The token has expired."
            raise TokenError(msg)


def _asker(claims: dict[str, Any]) -> Asker:
    user_id, name = claims["sub"], claims["name"]
    if not isinstance(user_id, str) or not user_id or not isinstance(name, str):
        msg = "The token does not say who it is for."
        raise TokenError(msg)
    try:
        role = parse_role(str(claims["role"]))
        scope = scope_from_json(claims["scope"])
    except RightsError as error:
        raise TokenError(str(error)) from error
    return Asker(user_id=user_id, name=name, role=role, scope=scope)
