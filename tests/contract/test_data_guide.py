"""docs/DATA.md is true: every example does what it shows, and every key is explained."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
import yaml
from pydantic import BaseModel

from app.check_text import check_lines
from data.check import check
from data.column_rule import Anchor, ColumnRule, Lookup, Split
from data.ingest import ingest_file
from data.mapping import ChurnRule, FileRule, Join, Mapping
from data.raw import ENTITIES

GUIDE = Path(__file__).parents[2] / "docs" / "DATA.md"
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A mapping, the files it reads, and the rows that the guide says come out."""

    rules: str
    files: dict[str, str]
    results: dict[str, str]


def _examples() -> Iterator[Example]:
    found: list[Example] = []
    for language, title, text in FENCE.findall(GUIDE.read_text(encoding="utf-8")):
        if language == "yaml":
            found.append(Example(text, {}, {}))
        elif language == "csv":
            shown = found[-1].results if title in {*ENTITIES, "rejected"} else found[-1].files
            shown[title] = text
    yield from found


EXAMPLES = list(_examples())


def _mapping(example: Example) -> Mapping:
    return Mapping.model_validate(
        {"rates": {"USD": 1, "EUR": 1}, **yaml.safe_load(example.rules), "name": "guide"}
    )


def _expected(text: str) -> tuple[list[str], list[tuple[str, ...]]]:
    header, *rows = csv.reader(StringIO(text))
    return header, [tuple(row) for row in rows]


def _found(files: str, columns: list[str]) -> list[tuple[str, ...]]:
    taken = ", ".join(f"coalesce(\"{name}\"::VARCHAR, '')" for name in columns)
    order = '"row"' if "row" in columns else "_row"
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT {taken} FROM read_parquet(?, union_by_name = true) ORDER BY {order}", [files]
        ).fetchall()


@pytest.mark.parametrize("example", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_every_example_does_what_it_shows(example: Example, tmp_path: Path) -> None:
    """A newcomer copies these: a wrong one costs the ten minutes that the guide promises."""
    mapping = _mapping(example)
    for name, text in example.files.items():
        encoding = mapping.file_rule(Path(name), "customers").encoding or "utf-8"
        (tmp_path / name).write_text(text, encoding=encoding)
    for name in example.files:
        for entity in mapping.entities_of(tmp_path / name):
            ingest_file(tmp_path / name, entity, mapping, tmp_path / "landing")
    for shown, text in example.results.items():
        header, rows = _expected(text)
        assert _found(str(tmp_path / "landing" / "guide" / shown / "*.parquet"), header) == rows
    shows_rejects = "rejected" in example.results
    found = list((tmp_path / "landing" / "guide").glob("rejected/*.parquet"))
    assert shows_rejects or not any(_found(str(path), ["row"]) for path in found)


def test_the_check_that_is_shown_is_what_a_check_says(tmp_path: Path) -> None:
    """The first thing that a newcomer compares with their own screen."""
    shown = next(
        text for _, title, text in FENCE.findall(GUIDE.read_text("utf-8")) if title == "check"
    )
    (tmp_path / "accounts.csv").write_text(EXAMPLES[0].files["accounts.csv"], encoding="utf-8")
    report = check(tmp_path / "accounts.csv", tmp_path / "landing", date(2026, 1, 31))
    said = list(check_lines(report, None))
    assert [line for line in shown.splitlines() if line and line not in said] == []
    assert not (tmp_path / "landing").exists()


def test_every_example_is_complete() -> None:
    """An example with a file and no result, or the other way, would show nothing."""
    assert len(EXAMPLES) > 8
    assert all(bool(example.files) == bool(example.results) for example in EXAMPLES)


@pytest.mark.parametrize(
    "rule",
    [Mapping, ChurnRule, FileRule, Join, ColumnRule, Anchor, Lookup, Split],
)
def test_every_key_is_explained_and_shown(rule: type[BaseModel]) -> None:
    """A key that the guide leaves out does not exist for a newcomer."""
    prose = FENCE.sub("", GUIDE.read_text(encoding="utf-8"))
    fields = rule.model_fields.items()
    names = {info.alias or name for name, info in fields if not info.exclude}
    assert {name for name in names if f"`{name}" not in prose} == set()
    shown = "".join(example.rules for example in EXAMPLES)
    assert {name for name in names if f"{name}:" not in shown} <= {"name", "gap_days"}


def test_every_entity_and_column_is_listed() -> None:
    """The guide's table is the contract of the raw files: required columns stand in bold."""
    text = GUIDE.read_text(encoding="utf-8")
    for entity in ENTITIES.values():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{entity.name}` |"))
        listed = re.findall(
            r"(\*\*)?([a-z_]+)(?:\*\*)?(?: \([^)]*\))?(?:, | \|)", row.split("|", 2)[2]
        )
        assert [name for _, name in listed] == list(entity.columns)
        required = {name for name, column in entity.columns.items() if column.required}
        assert {name for bold, name in listed if bold} == required
