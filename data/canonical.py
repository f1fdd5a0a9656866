"""SQL that turns a foreign record into a canonical row, or into the reasons why not."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from data.mapping import ColumnRule, FileRule
from data.raw import ENTITIES, RawColumn
from data.source_file import SourceFile
from data.sql_text import identifier, literal, literals

_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_AS_IS = {
    "integer": {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"},
    "number": {"FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"},
    "boolean": {"BOOLEAN"},
    "date": {"DATE"},
    "timestamp": {"DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"},
}
_WRONG_TYPE = {
    "integer": "not a whole number",
    "number": "not a number",
    "boolean": "not yes or no",
    "date": "not a date",
    "timestamp": "not a date and time",
}
_EMPTY_WORDS = ("null", "nan", "none", "nat")


class MissingColumnError(ValueError):
    """A file lacks a column that its mapping or its entity needs."""


@dataclass(frozen=True)
class CanonicalSelect:
    """One file's translation.

    Attributes:
        columns: Canonical columns, then `attr_*`.
        typed: SELECT with `_row`, `_broken`, and for each canonical column `t_*` (the text
            found) and `v_*` (the value read).
        problems: (column, condition, reason) triples over `typed`.
    """

    columns: tuple[str, ...]
    typed: str
    problems: tuple[tuple[str, str, str], ...]

    def accepted(self, row: str, file: str) -> str:
        """SELECT of the clean canonical rows; `row` is the SQL of the record number."""
        taken = ", ".join(
            f"{identifier('v_' + name)} AS {identifier(name)}" for name in self.columns
        )
        return (
            f"SELECT {taken}, {literal(file)} AS _file, {row} AS _row FROM ({self.typed}) "
            f"WHERE _broken IS NULL AND NOT ({self._any_problem()})"
        )

    def rejected(self, file: str) -> str:
        """SELECT of one row for each fault: file, row, column, value, reason."""
        faults = ", ".join(
            f"CASE WHEN {condition} THEN {{'column': {literal(name)}, "
            f"'value': {identifier('t_' + name)}, 'reason': {literal(reason)}}} END"
            for name, condition, reason in self.problems
        )
        broken = (
            "CASE WHEN _broken IS NOT NULL "
            "THEN {'column': NULL::VARCHAR, 'value': NULL::VARCHAR, 'reason': _broken} END"
        )
        return (
            f'SELECT {literal(file)} AS file, _row AS "row", fault."column", fault."value", '
            f"fault.reason FROM (SELECT _row, unnest(CASE WHEN _broken IS NOT NULL THEN [{broken}] "
            f"ELSE [{faults}] END) AS fault FROM ({self.typed}) "
            f"WHERE _broken IS NOT NULL OR {self._any_problem()}) WHERE fault IS NOT NULL"
        )

    def _any_problem(self) -> str:
        return " OR ".join(f"coalesce({condition}, false)" for _, condition, _ in self.problems)


def canonical_select(
    source: SourceFile, rule: FileRule, folder: Path, currencies: Iterable[str]
) -> CanonicalSelect:
    """Compile a file rule against the columns that the file really has.

    Args:
        source: The opened file.
        rule: What the mapping says about it.
        folder: Where files named in a `lookup` stand.
        currencies: Codes with a known rate.

    Raises:
        MissingColumnError: A column named in the mapping, or a required one, is not there.
    """
    entity = ENTITIES[rule.entity]
    selects: list[str] = []
    joins: list[str] = []
    problems: list[tuple[str, str, str]] = []
    for position, (name, column) in enumerate(entity.columns.items()):
        part = rule.rule(name)
        found = _present(source, rule, name, part, column)
        text, typed = _text_sql(part, found, position), None
        if part.lookup is not None and found:
            joins.append(_lookup_join(part, found, position, folder, column))
        elif found and not part.values and not part.format:
            typed = _already_typed(source, found, column, part)
        selects.append(f"{text} AS {identifier('t_' + name)}")
        value = typed or _value_sql(column, part, text, currencies if name == "currency" else ())
        selects.append(f"{value} AS {identifier('v_' + name)}")
        problems.extend(_problems(name, column, part, tuple(currencies)))
    extras = dict(_attributes(source, rule))
    for attribute, column_name in extras.items():
        selects.append(
            f"nullif(trim(s.{identifier(column_name)}::VARCHAR), '') AS "
            f"{identifier('v_' + attribute)}"
        )
    typed_select = f"SELECT s._row, s._broken, {', '.join(selects)} FROM ({source.scan}) AS s {' '.join(joins)}"
    return CanonicalSelect((*entity.columns, *extras), typed_select, tuple(problems))


def _present(
    source: SourceFile, rule: FileRule, name: str, part: ColumnRule, column: RawColumn
) -> tuple[str, ...]:
    """The source columns of a rule, or none when it may be absent."""
    wanted = part.source
    if wanted and all(one in source.columns for one in wanted):
        return wanted
    stated = name in rule.columns and part.default is None
    if not wanted or not (stated or (column.required and part.default is None)):
        return ()
    lacking = [one for one in wanted if one not in source.columns]
    guess = get_close_matches(lacking[0], source.columns, n=1)
    hint = f" Did you mean {guess[0]!r}?" if guess else ""
    raise MissingColumnError(
        f"{source.name} has no column {lacking[0]!r} (needed for {rule.entity}.{name}).{hint} "
        f"It has: {', '.join(source.columns)}."
    )


def _text_sql(part: ColumnRule, found: tuple[str, ...], position: int) -> str:
    if not found:
        return f"{literal(part.default)}::VARCHAR"
    if part.lookup is not None:
        text = f"l{position}.found"
    elif len(found) == 1:
        text = f"nullif(trim(s.{identifier(found[0])}::VARCHAR), '')"
    else:
        parts = ", ".join(f"s.{identifier(name)}::VARCHAR" for name in found)
        text = f"nullif(concat_ws({literal(part.separator)}, {parts}), '')"
    if part.values:
        whens = " ".join(
            f"WHEN {literal(old)} THEN {literal(new)}" for old, new in part.values.items()
        )
        text = f"CASE lower({text}) {whens} ELSE {text} END"
    return text if part.default is None else f"coalesce({text}, {literal(part.default)})"


def _lookup_join(
    part: ColumnRule, found: tuple[str, ...], position: int, folder: Path, column: RawColumn
) -> str:
    lookup = part.lookup
    if lookup is None or len(found) != 1:
        raise MissingColumnError("A lookup needs exactly one `from` column.")
    path = folder / lookup.file
    if not path.is_file():
        raise MissingColumnError(f"The mapping looks up {lookup.file}, which is not in {folder}.")
    pick = "max_by" if lookup.pick == "last" else "min_by"
    value = f"trim({identifier(lookup.value)})"
    order = _parse_sql(column, part, value)
    return (
        f"LEFT JOIN (SELECT trim({identifier(lookup.key)}) AS key, {pick}({value}, {order}) AS found "
        f"FROM read_csv({literal(path)}, all_varchar = true, header = true) GROUP BY 1) AS "
        f"l{position} ON l{position}.key = trim(s.{identifier(found[0])}::VARCHAR)"
    )


def _already_typed(
    source: SourceFile, found: tuple[str, ...], column: RawColumn, part: ColumnRule
) -> str | None:
    """The column itself where Parquet already holds the right type."""
    if len(found) != 1 or part.default is not None:
        return None
    if source.columns[found[0]] not in _AS_IS.get(column.type, set()):
        return None
    return f"s.{identifier(found[0])}::{_TYPES[column.type]}"


def _value_sql(column: RawColumn, part: ColumnRule, text: str, currencies: Iterable[str]) -> str:
    if column.type != "text":
        text = f"CASE WHEN lower({text}) NOT IN ({literals(_EMPTY_WORDS)}) THEN {text} END"
    if currencies:
        return f"upper({text})"
    if column.allowed:
        return f"lower({text})"
    return _parse_sql(column, part, text)


def _parse_sql(column: RawColumn, part: ColumnRule, text: str) -> str:
    """SQL that reads a text as the column's type, NULL where it cannot."""
    kind = column.type
    if kind == "text":
        return text
    if kind in {"date", "timestamp"}:
        if part.format:
            tries = ", ".join(f"try_strptime({text}, {literal(one)})" for one in part.format)
            moment = f"coalesce({tries})"
        else:
            moment = f"(try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
        return f"CAST({moment} AS {_TYPES[kind]})"
    if kind == "boolean":
        return f"try_cast({text} AS BOOLEAN)"
    number = f"try_cast({text} AS DOUBLE)"
    if kind == "number":
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return f"CASE WHEN isfinite({number}) AND {number} = floor({number}) THEN {number}::BIGINT END"


def _problems(
    name: str, column: RawColumn, part: ColumnRule, currencies: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
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


def _attributes(source: SourceFile, rule: FileRule) -> Iterator[tuple[str, str]]:
    """(attr_name, source column) of every column that no canonical one took."""
    columns = ENTITIES[rule.entity].columns
    used = {one for name in columns for one in rule.rule(name).source}
    for column_name in source.columns:
        if column_name not in used and column_name not in rule.ignore:
            yield f"attr_{_snake(column_name)}", column_name


def _snake(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
