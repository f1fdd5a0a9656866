"""What is wrong with a rule book, in the words of who edits it: rule, field, value, what is allowed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "rules": ("id", "message", "feature", "op", "threshold", "weight", "unit", "theme"),
    "bands": ("rule_risk", "churn_risk"),
    "": ("rules", "bands"),
}


def in_words(error: ValidationError, given: object) -> str:
    """Tell every fault of a book.

    Args:
        error: What pydantic found.
        given: The book as it was read.
    """
    return "; ".join(_fault(fault, given) for fault in error.errors())


def repeated(names: Iterable[str]) -> list[str]:
    """Names that occur more than once."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _fault(fault: ErrorDetails, given: object) -> str:
    place = fault["loc"]
    where, field = _where(place, given), _field(place)
    if fault["type"] == "missing":
        return f"{where}{field} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{where}there is no field {field!r}; {_allowed_fields(place, field)}"
    shown = "" if not place else f"{field}: {fault['input']!r} does not fit, "
    return f"{where}{shown}{_allowed(fault)}"


def _where(place: Sequence[int | str], given: object) -> str:
    """The rule by its id, or by its place where it has none."""
    if len(place) < 2 or place[0] != "rules" or not isinstance(place[1], int):
        return ""
    rule: Any = given["rules"][place[1]] if isinstance(given, Mapping) else None
    name = rule.get("id") if isinstance(rule, Mapping) else None
    return f"rule {name}, " if isinstance(name, str) else f"rule number {place[1] + 1}, "


def _field(place: Sequence[int | str]) -> str:
    """The field's name as it stands in the file; the bands' with the table they are in."""
    names = [str(part) for part in place if isinstance(part, str)]
    if names[:1] == ["rules"] and len(names) > 1:
        return names[1]
    return ".".join(names)


def _allowed_fields(place: Sequence[int | str], field: str) -> str:
    known = _FIELDS.get(str(place[0]) if len(place) > 1 else "", ())
    if place[0] == "bands" and len(place) > 2:
        known = ("medium", "high")
    close = get_close_matches(field.rpartition(".")[2], known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}allowed: {', '.join(known)}"


def _allowed(fault: ErrorDetails) -> str:
    """What pydantic or our own check says is allowed."""
    if "error" in (context := fault.get("ctx", {})):
        return str(context["error"])
    words = {
        "literal_error": "allowed: {expected}",
        "string_pattern_mismatch": "use small letters, digits and _, a letter first",
        "float_type": "must be a number",
        "finite_number": "must be a finite number",
        "greater_than": "must be greater than {gt:g}",
        "greater_than_equal": "must be at least {ge:g}",
        "less_than": "must be less than {lt:g}",
        "less_than_equal": "must be at most {le:g}",
        "too_short": "at least one rule is needed",
        "too_long": "at most {max_length} rules are allowed",
        "string_too_short": "must not be empty",
        "model_type": "`rules`, a list, and `bands` are needed",
    }
    words_of_kind = words.get(fault["type"])
    return words_of_kind.format(**context) if words_of_kind else fault["msg"]
