"""Who looks at a page, as far as it can be told."""

from collections.abc import Mapping
from typing import Any

import jwt
from jwt.types import Options

from app.governance.identity import Asker, IdentityError
from app.governance.secret import load_secret
from app.wiring import Parts

SESSION_COOKIE = "access_token"
TOKEN_CLAIM = "aura_token"  # noqa: S105 -- a claim's name
_MOST_CHUNKS = 20


def asker_of(parts: Parts, authorization: str | None, cookies: Mapping[str, str]) -> Asker | None:
    """Tell who sent a request: a token, else the chat's session, else the demo user.

    Args:
        parts: The users and the secret.
        authorization: The header of that name.
        cookies: The request's cookies.

    Returns:
        None when sign-in is needed and nobody is signed in.

    Raises:
        IdentityError: A token is given and is not valid.
    """
    if authorization:
        return parts.identity.identify(authorization)
    if parts.identity.is_open:
        return parts.identity.identify(None)
    try:
        return asker_in_session(parts, cookies)
    except IdentityError:
        return None


def asker_in_session(parts: Parts, cookies: Mapping[str, str]) -> Asker | None:
    """Tell whom the chat's session cookie names; None without a valid one.

    Raises:
        IdentityError: The session was opened with a token that is no longer valid.
    """
    claims = _claims(parts, _session_token(cookies))
    token = claims.get("metadata", {}).get(TOKEN_CLAIM)
    if isinstance(token, str):
        return parts.identity.from_token(token)
    known = parts.users.find(str(claims.get("identifier", "")))
    return known.asker if known is not None and not known.disabled else None


def session_secret(parts: Parts) -> str:
    """The secret that signs the chat's sessions."""
    given = parts.settings.auth_secret
    return load_secret(parts.settings.home, given.get_secret_value() if given else None)


def _session_token(cookies: Mapping[str, str]) -> str:
    """Chainlit splits a long cookie into numbered ones."""
    chunks = (cookies.get(f"{SESSION_COOKIE}_{place}", "") for place in range(_MOST_CHUNKS))
    return cookies.get(SESSION_COOKIE) or "".join(chunks)


def _claims(parts: Parts, token: str) -> dict[str, Any]:
    options: Options = {"require": ["exp"]}
    try:
        return jwt.decode(token, session_secret(parts), algorithms=["HS256"], options=options)
    except jwt.PyJWTError:
        return {}
