"""SQL that turns a foreign record into a canonical row, or into the reasons why not."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from data.column_rule import ColumnRule, Lookup
from data.derivation import needed_columns, rows_that_match, text_sql
from data.mapping import FileRule, Mapping
from data.raw import ENTITIES, RawColumn
from data.source_file import SourceFile
from data.sql_text import identifier, literal
from data.typed_value import SQL_TYPES, parse_sql, problems_of, value_sql

_AS_IS = {
    "integer": {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"},
    "number": {"FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"},
    "boolean": {"BOOLEAN"},
    "date": {"DATE"},
    "timestamp": {"DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"},
}
_COMBINED = {
    "first": "min_by({0}, _row)",
    "last": "max_by({0}, _row)",
    "min": "min({0})",
    "max": "max({0})",
    "sum": "round(fsum({0}), 6)",
    "mean": "avg({0})",
    "count": "count({0})",
}


class MissingColumnError(ValueError):
    """A file lacks a column that its mapping or its entity needs."""


@dataclass(frozen=True)
class CanonicalSelect:
    """One file's translation.

    Attributes:
        columns: Canonical columns, then `attr_*`.
        merged: Column to the SQL of its value over the rows of one key; empty where each record is
            a row of its own.
        key: The entity's key.
        skipped: SELECT of the number of records that are not this entity's.
        typed: SELECT with `_row`, `_broken`, and for each canonical column `t_*` (the text
            found) and `v_*` (the value read).
        problems: (column, condition, reason) triples over `typed`.
    """

    columns: tuple[str, ...]
    typed: str
    problems: tuple[tuple[str, str, str], ...]
    key: str
    merged: dict[str, str]
    skipped: str | None = None

    def accepted(self, row: str, file: str) -> str:
        """SELECT of the clean canonical rows; `row` is the SQL of the record number."""
        if self.merged:
            taken = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in self.merged.items())
            last, grouped = f"max({row})", f" GROUP BY {identifier('v_' + self.key)}"
        else:
            taken = ", ".join(
                f"{identifier('v_' + name)} AS {identifier(name)}" for name in self.columns
            )
            last, grouped = row, ""
        return f"SELECT {taken}, {literal(file)} AS _file, {last} AS _row FROM ({self._clean}){grouped}"

    @property
    def records(self) -> str:
        """SELECT of the number of clean records."""
        return f"SELECT count(*) FROM ({self._clean})"

    @property
    def _clean(self) -> str:
        return f"SELECT * FROM ({self.typed}) WHERE _broken IS NULL AND NOT ({self._any_problem()})"

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
    source: SourceFile, rule: FileRule, folder: Path, mapping: Mapping
) -> CanonicalSelect:
    """Compile a file rule against the columns that the file really has.

    Args:
        source: The opened file.
        rule: What the mapping says about it.
        folder: Where files named in a `lookup` stand.
        mapping: The source, for its currencies and its snapshot date.

    Raises:
        MissingColumnError: A column named in the mapping, or a required one, is not there.
    """
    entity, currencies = ENTITIES[rule.entity], tuple(mapping.rates)
    selects: list[str] = []
    joins: list[str] = []
    problems: list[tuple[str, str, str]] = []
    for position, (name, column) in enumerate(entity.columns.items()):
        part = rule.rule(name)
        found = _present(source, rule, name, part, column)
        text = text_sql(part, found, f"l{position}.found", mapping.snapshot_date)
        if part.lookup is not None and found:
            joins.append(_lookup_join(part, part.lookup, position, folder, column))
        typed = _already_typed(source, column, part) if found else None
        value = typed or value_sql(column, part, text, currencies if name == "currency" else ())
        selects += [f"{text} AS {identifier('t_' + name)}", f"{value} AS {identifier('v_' + name)}"]
        problems.extend(problems_of(name, column, part, currencies))
    extras = dict(_attributes(source, rule))
    selects += [_attribute_sql(name, one) for name, one in extras.items()]
    return CanonicalSelect(
        columns=(*entity.columns, *extras),
        typed=f"SELECT s._row, s._broken, {', '.join(selects)} FROM ({_rows_of(source, rule)}) AS s "
        f"{' '.join(joins)}",
        problems=tuple(problems),
        key=entity.key,
        merged=dict(_merged(rule, extras)) if rule.one_row_per_key else {},
        skipped=f"SELECT count(*) FROM ({source.scan}) AS s WHERE NOT {rows_that_match(rule.where)}"
        if rule.where
        else None,
    )


def _rows_of(source: SourceFile, rule: FileRule) -> str:
    """The records of the file that `where` calls this entity's."""
    for column in rule.where:
        if column not in source.columns:
            raise _lacking(source, column, f"`where` of {rule.entity}")
    if not rule.where:
        return source.scan
    return f"SELECT s.* FROM ({source.scan}) AS s WHERE {rows_that_match(rule.where)}"


def _merged(rule: FileRule, extras: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(column, SQL of its value over the records of one key)."""
    for name, column in ENTITIES[rule.entity].columns.items():
        combined = _COMBINED[rule.rule(name).combine].format(identifier("v_" + name))
        yield name, f"CAST({combined} AS {SQL_TYPES[column.type]})"
    for name in extras:
        yield name, _COMBINED["last"].format(identifier("v_" + name))


def _attribute_sql(name: str, column: str) -> str:
    return f"nullif(trim(s.{identifier(column)}::VARCHAR), '') AS {identifier('v_' + name)}"


def _present(
    source: SourceFile, rule: FileRule, name: str, part: ColumnRule, column: RawColumn
) -> tuple[str, ...]:
    """The source columns of a rule, or none when it may be absent."""
    wanted = needed_columns(part)
    if wanted and all(one in source.columns for one in wanted):
        return part.source
    stated = name in rule.columns and part.default is None
    if not wanted or not (stated or (column.required and part.default is None)):
        return ()
    lacking = [one for one in wanted if one not in source.columns]
    raise _lacking(source, lacking[0], f"{rule.entity}.{name}")


def _lacking(source: SourceFile, column: str, needed_for: str) -> MissingColumnError:
    guess = get_close_matches(column, source.columns, n=1)
    hint = f" Did you mean {guess[0]!r}?" if guess else ""
    return MissingColumnError(
        f"{source.name} has no column {column!r} (needed for {needed_for}).{hint} "
        f"It has: {', '.join(source.columns)}."
    )


def _lookup_join(
    part: ColumnRule, lookup: Lookup, position: int, folder: Path, column: RawColumn
) -> str:
    path = folder / lookup.file
    if not path.is_file():
        raise MissingColumnError(f"The mapping looks up {lookup.file}, which is not in {folder}.")
    pick = "max_by" if lookup.pick == "last" else "min_by"
    value = f"trim({identifier(lookup.value)})"
    order = parse_sql(column, part, value)
    return (
        f"LEFT JOIN (SELECT trim({identifier(lookup.key)}) AS key, {pick}({value}, {order}) AS found "
        f"FROM read_csv({literal(path)}, all_varchar = true, header = true) GROUP BY 1) AS "
        f"l{position} ON l{position}.key = trim(s.{identifier(part.source[0])}::VARCHAR)"
    )


def _already_typed(source: SourceFile, column: RawColumn, part: ColumnRule) -> str | None:
    """The column itself where Parquet already holds the right type."""
    if not part.is_plain or source.columns[part.source[0]] not in _AS_IS.get(column.type, set()):
        return None
    return f"s.{identifier(part.source[0])}::{SQL_TYPES[column.type]}"


def _attributes(source: SourceFile, rule: FileRule) -> Iterator[tuple[str, str]]:
    """(attr_name, source column) of every column that no canonical one took."""
    columns = ENTITIES[rule.entity].columns
    used = {one for name in columns for one in rule.rule(name).source}
    for column_name in source.columns:
        kept = column_name not in used and not rule.leaves_out(column_name)
        if kept or column_name in rule.keep:
            yield f"attr_{_snake(column_name)}", column_name


def _snake(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
