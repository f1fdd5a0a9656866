"""SQL that reads a text as what its column is, and the conditions under which it cannot."""

from collections.abc import Iterable, Iterator

from data.column_rule import ColumnRule
from data.raw import RawColumn
from data.sql_text import identifier, literal, literals

SQL_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_WRONG_TYPE = {
    "integer": "not a whole number",
    "number": "not a number",
    "boolean": "not yes or no",
    "date": "not a date",
    "timestamp": "not a date and time",
}
_EPOCHS = {"epoch": 1_000_000, "epoch_ms": 1_000}  # microseconds a unit
_EMPTY_WORDS = ("null", "nan", "none", "nat")


def value_sql(column: RawColumn, part: ColumnRule, text: str, currencies: Iterable[str]) -> str:
    """SQL of a column's value; `currencies` are given for a column of currencies."""
    if column.type != "text":
        text = f"CASE WHEN lower({text}) NOT IN ({literals(_EMPTY_WORDS)}) THEN {text} END"
    if currencies:
        return f"upper({text})"
    if column.allowed:
        return f"lower({text})"
    return parse_sql(column, part, text)


def parse_sql(column: RawColumn, part: ColumnRule, text: str) -> str:
    """SQL that reads a text as the column's type, NULL where it cannot."""
    kind = column.type
    if kind == "text":
        return text
    if kind in {"date", "timestamp"}:
        moment = moment_sql(text, part.format if part.anchor is None else ())
        return f"CAST(CASE WHEN isfinite({moment}) THEN {moment} END AS {SQL_TYPES[kind]})"
    if kind == "boolean":
        return f"try_cast({text} AS BOOLEAN)"
    number = f"try_cast({text} AS DOUBLE)"
    if kind == "number":
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    is_whole = f"isfinite({number}) AND {number} = floor({number})"
    return f"CASE WHEN {is_whole} THEN try_cast({number} AS BIGINT) END"


def moment_sql(text: str, formats: Iterable[str]) -> str:
    """SQL of a moment in the first format that fits; without formats ISO text, moved to UTC."""
    tries = [
        f"make_timestamp(try_cast(try_cast({text} AS DOUBLE) * {_EPOCHS[one]} AS BIGINT))"
        if one in _EPOCHS
        else f"try_strptime({text}, {literal(one)})"
        for one in formats
    ]
    iso = f"(try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    return f"coalesce({', '.join(tries)})" if tries else iso


def problems_of(
    name: str, column: RawColumn, part: ColumnRule, currencies: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
    """(column, condition over `t_*` and `v_*`, reason) for each way a value can be wrong."""
    text, value = identifier("t_" + name), identifier("v_" + name)
    if column.required:
        reason = f"no match in {part.lookup.file}" if part.lookup else "missing"
        yield name, f"{text} IS NULL", reason
    if column.type != "text":
        empty = "" if column.required else f" AND lower({text}) NOT IN ({literals(_EMPTY_WORDS)})"
        yield name, f"{text} IS NOT NULL AND {value} IS NULL{empty}", _WRONG_TYPE[column.type]
    if column.minimum is not None:
        yield name, f"{value} < {column.minimum}", f"below {column.minimum:g}"
    if column.maximum is not None:
        yield name, f"{value} > {column.maximum}", f"above {column.maximum:g}"
    if column.allowed:
        allowed = ", ".join(column.allowed)
        yield name, f"{value} NOT IN ({literals(column.allowed)})", f"not one of {allowed}"
    if name == "currency":
        yield name, f"{value} NOT IN ({literals(currencies)})", "unknown currency"
