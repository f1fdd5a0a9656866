"""Scopes from outside: JSON text or a token's claim, read so that a mistake never widens."""

import json
from collections.abc import Mapping
from typing import Any, cast, get_args

from data.query import Scope
from tools.contract import Role

ROLES: tuple[Role, ...] = get_args(Role)
SCOPE_KEYS: tuple[str, ...] = tuple(Scope.model_fields)
EXAMPLE = '{"region": ["EMEA"]}'


class RightsError(Exception):
    """A role or a scope cannot be read; the message lists what is allowed."""


def parse_role(text: str) -> Role:
    """Read a role's name.

    Raises:
        RightsError: There is no such role.
    """
    for role in ROLES:
        if text == role:
            return role
    msg = f"Unknown role {text!r}. Allowed: {', '.join(ROLES)}."
    raise RightsError(msg)


def parse_scope(text: str) -> Scope:
    """Read a scope from JSON, e.g. `{"region": ["EMEA"]}`; `{}` is every customer.

    Raises:
        RightsError: The text is not such an object.
    """
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats)
    except (json.JSONDecodeError, RecursionError) as error:
        msg = f"The scope is not JSON: {error}. Expected, for example, {EXAMPLE}."
        raise RightsError(msg) from error
    return scope_from_json(value)


def scope_from_json(value: Any) -> Scope:
    """Read a scope from a decoded JSON object.

    A key that is left out leaves its dimension unrestricted; an empty list means nobody.

    Raises:
        RightsError: A key is unknown or a value is not a list of names.
    """
    if not isinstance(value, Mapping):
        msg = f"The scope must be an object such as {EXAMPLE}, got {value!r}."
        raise RightsError(msg)
    entries = cast("Mapping[Any, Any]", value)
    names: dict[str, tuple[str, ...]] = {}
    for key, raw in entries.items():
        if key not in SCOPE_KEYS:
            msg = f"Unknown scope key {key!r}. Allowed: {', '.join(SCOPE_KEYS)}."
            raise RightsError(msg)
        names[key] = _names(key, raw)
    return Scope(**names)


def scope_to_json(scope: Scope) -> dict[str, list[str]]:
    """Write a scope with only the dimensions that it restricts."""
    return {key: list(names) for key in SCOPE_KEYS if (names := getattr(scope, key)) is not None}


def _names(key: str, raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list):
        msg = (
            f"Scope {key!r} takes a list of names, got {raw!r}. "
            "Leave the key out for no restriction."
        )
        raise RightsError(msg)
    names = cast("list[Any]", raw)
    for name in names:
        if not isinstance(name, str) or not name.strip():
            msg = f"Scope {key!r} takes names, got {name!r}."
            raise RightsError(msg)
    return tuple(names)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse `{"region": ["EMEA"], "region": ["APAC"]}`: which one was meant is unknown."""
    unique = dict(pairs)
    if len(unique) != len(pairs):
        msg = f"A key stands twice in the scope: {', '.join(key for key, _ in pairs)}."
        raise RightsError(msg)
    return unique
