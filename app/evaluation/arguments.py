"""Do a turn's calls carry the expected arguments? A subset is enough; spelling does not count."""

import re
from collections.abc import Iterable
from typing import Any

OPS = {"not": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "=": "="}


def carries(calls: list[dict[str, Any]], expected: dict[str, Any], aliases: dict[str, str]) -> bool:
    """Whether one call carries all expected arguments, or all calls do together."""
    if any(_call_matches(call, expected, aliases) for call in calls):
        return True
    return all(
        any(_call_matches(call, part, aliases) for call in calls) for part in _parts(expected)
    )


def _parts(expected: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for name, value in expected.items():
        if isinstance(value, list):
            yield from ({name: [item]} for item in value)
        elif name == "filters" and not (isinstance(value, dict) and "any" in value):
            yield from ({name: [item]} for item in _filters(value))
        else:
            yield {name: value}


def _call_matches(call: dict[str, Any], expected: dict[str, Any], aliases: dict[str, str]) -> bool:
    for name, value in expected.items():
        actual = call.get(name)
        if name == "filters":
            found = _filters(actual or [])
            if not _filtered(found, value):
                return False
        elif not _same(actual, value, aliases):
            return False
    return True


def _same(actual: Any, expected: Any, aliases: dict[str, str]) -> bool:
    if isinstance(expected, dict):
        if "any" in expected:
            return any(_same(actual, option, aliases) for option in expected["any"])
        if "between" in expected:
            low, high = expected["between"]
            return isinstance(actual, int | float) and low <= actual <= high
        return isinstance(actual, dict) and all(
            _same(actual.get(key), value, aliases) for key, value in expected.items()
        )
    if isinstance(expected, list):
        found = actual if isinstance(actual, list) else [actual]
        return all(any(_same(item, value, aliases) for item in found) for value in expected)
    if isinstance(actual, list):
        return len(actual) == 1 and _same(actual[0], expected, aliases)
    wanted, given = _word(expected), _word(actual)
    return given == wanted or _word(aliases.get(str(actual))) == wanted


def _filtered(found: list[dict[str, Any]], expected: Any) -> bool:
    """Whether the filters hold every expected one; `any` gives alternatives for all or for one."""
    if isinstance(expected, dict) and "any" in expected:
        return any(_filtered(found, option) for option in expected["any"])
    return all(
        any(_same_filter(option, got) for option in _options(want) for got in found)
        for want in _filters(expected)
    )


def _options(condition: dict[str, Any]) -> list[dict[str, Any]]:
    """The filters of which one is enough: `{country: {any: [Germany, France]}}`."""
    name, op, value = condition["dimension"], condition["op"], condition["value"]
    if op == "any":
        return _filters([option for item in value for option in _filters({name: item})])
    if isinstance(value, dict) and "any" in value:
        return [{**condition, "value": option} for option in value["any"]]
    return [condition]


def _filters(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        spelled: list[dict[str, Any]] = []
        for dimension, condition in value.items():
            if isinstance(condition, dict):
                op, operand = next(iter(condition.items()))
                spelled.append({"dimension": dimension, "op": OPS.get(op, op), "value": operand})
            else:
                op = "in" if isinstance(condition, list) else "="
                spelled.append({"dimension": dimension, "op": op, "value": condition})
        return spelled
    return [{**item, "op": OPS.get(item.get("op", "="), item.get("op", "="))} for item in value]


def _same_filter(expected: dict[str, Any], actual: dict[str, Any]) -> bool:
    if _word(expected["dimension"]) != _word(actual["dimension"]):
        return False
    left, right = _operands(expected), _operands(actual)
    if left == right and _op(expected) == _op(actual):
        return True
    # `not X` equals `in` all the others: the value left out must then be absent from the list.
    return _op(expected) == "!=" and _op(actual) == "in" and not left & right


def _op(condition: dict[str, Any]) -> str:
    op, value = str(condition["op"]), condition["value"]
    if isinstance(value, list) and len(value) == 1:
        return {"in": "=", "not_in": "!="}.get(op, op)
    return op


def _operands(condition: dict[str, Any]) -> set[str]:
    value = condition["value"]
    return {_word(item) for item in (value if isinstance(value, list) else [value])}


def _word(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{float(value):g}"
    text = re.sub(r"[^a-z0-9.]+", "", str(value).casefold())
    try:
        return f"{float(text):g}"
    except ValueError:
        return text.rstrip("s") or text
