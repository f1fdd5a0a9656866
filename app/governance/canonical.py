"""Values in the one form that every database keeps unchanged and every hash sees alike."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from pydantic import BaseModel


def canonical_text(text: str) -> str:
    """Drop what PostgreSQL refuses to store: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def canonical_value(value: Any) -> Any:
    """Reduce a value to plain JSON: not-a-number becomes null, the unknown its `str`."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return canonical_text(value)
    return _canonical_container(value)


def canonical_json(value: Any) -> str:
    """Write a value as JSON with sorted keys, no spaces and ASCII only."""
    return json.dumps(
        canonical_value(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )


def _canonical_container(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return canonical_value(value.model_dump(mode="python"))
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return {canonical_text(str(key)): canonical_value(item) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [canonical_value(item) for item in cast("Iterable[Any]", value)]
    if isinstance(value, set | frozenset):
        return sorted((canonical_value(item) for item in cast("Iterable[Any]", value)), key=str)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return canonical_text(str(value))
