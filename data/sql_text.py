"""Quoting for the few places where SQL text is assembled."""

from collections.abc import Iterable


def identifier(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value as a quoted text literal; None as NULL."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def literals(values: Iterable[object]) -> str:
    """Several literals, separated by commas."""
    return ", ".join(literal(value) for value in values)
