"""Evaluation cases: loading, and binding their placeholders to the data at hand."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

PLACEHOLDER = re.compile(r"\{\{\s*(customer|value):(.*?)((?:\|\s*\w+:\s*\w+\s*)*)\}\}", re.DOTALL)
REPEAT = re.compile(r"\{\{\s*([cv]\d+)\s*\}\}")
BOUND = re.compile(r"\{([cv]\d+)\}")
OWN_CASES = Path(__file__).parents[2] / "tests" / "eval" / "cases.yml"

Rows = list[tuple[Any, ...]]
Select = Callable[[str], Rows]


class CaseError(Exception):
    """A case file cannot be read; the message names file and case."""


class SkipCase(Exception):  # noqa: N818 - not an error: the data has nothing to ask about
    """The data at hand cannot answer this case."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what must hold of its answer."""

    user: str
    expect: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation; it passes when every turn passes."""

    id: str
    tags: tuple[str, ...]
    turns: tuple[Turn, ...]
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    needs: tuple[str, ...] = ()


def load_cases(path: Path) -> list[Case]:
    """Read a case file.

    Raises:
        CaseError: The file is missing, is not YAML, or a case lacks a key.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CaseError(f"cannot read cases from {path}: {error}") from error
    cases: list[Case] = []
    for number, entry in enumerate(raw or [], start=1):
        try:
            turns = tuple(Turn(turn["user"], turn.get("expect") or {}) for turn in entry["turns"])
            cases.append(
                Case(
                    id=entry["id"],
                    tags=tuple(entry.get("tags", ())),
                    turns=turns,
                    context=entry.get("as") or {},
                    needs=tuple(entry.get("needs", ())),
                )
            )
        except (KeyError, TypeError) as error:
            raise CaseError(f"{path}: case {number} lacks {error}") from error
    return cases


def expected_tools(case: Case) -> set[str]:
    """Every tool that a turn of this case must call, whatever the alternative."""
    named: set[str] = set()
    for turn in case.turns:
        sets = [set(tools) for tools in turn.expect.get("tools_any", [])]
        if sets:
            named |= set.intersection(*sets) if len(sets) > 1 else sets[0]
    return named


def dates(as_of: date) -> dict[str, date]:
    """The named dates that truth queries may use."""
    this_month = as_of.replace(day=1)
    quarter_month = 3 * ((as_of.month - 1) // 3) + 1
    this_quarter = date(as_of.year, quarter_month, 1)
    last_quarter = (this_quarter - timedelta(days=1)).replace(day=1)
    return {
        "as_of": as_of,
        "this_month": this_month,
        "last_month": (this_month - timedelta(days=1)).replace(day=1),
        "this_quarter": this_quarter,
        "last_quarter": date(last_quarter.year, 3 * ((last_quarter.month - 1) // 3) + 1, 1),
        "this_year": date(as_of.year, 1, 1),
        "last_year": date(as_of.year - 1, 1, 1),
    }


class Binding:
    """Binds placeholders in order and fills them into texts, arguments and SQL."""

    def __init__(self, select: Select, as_of: date) -> None:
        self._select = select
        self._dates = dates(as_of)
        self.values: dict[str, Any] = {}

    def text(self, template: str) -> str:
        """Bind the placeholders of a user's text; typos and wording as asked."""

        def bind(match: re.Match[str]) -> str:
            kind, sql, suffixes = match.group(1), match.group(2), match.group(3)
            value = self._first(kind, sql.strip())
            prefix = "c" if kind == "customer" else "v"
            count = sum(key.startswith(prefix) for key in self.values)
            self.values[f"{prefix}{count + 1}"] = value
            return _worded(value, _options(suffixes))

        bound = PLACEHOLDER.sub(bind, template)
        return REPEAT.sub(lambda match: _worded(self.values[match.group(1)], {}), bound)

    def context(self, template: Any) -> Any:
        """Bind the placeholders inside `as`."""
        if isinstance(template, dict):
            return {key: self.context(value) for key, value in template.items()}
        if isinstance(template, list):
            return [self.context(value) for value in template]
        return self.text(template) if isinstance(template, str) else template

    def plain(self, template: Any) -> Any:
        """Fill bound values into arguments and strings to look for."""
        if isinstance(template, dict):
            return {key: self.plain(value) for key, value in template.items()}
        if isinstance(template, list):
            return [self.plain(value) for value in template]
        if isinstance(template, str):
            return BOUND.sub(lambda match: str(self.values[match.group(1)]), template)
        return template

    def sql(self, template: str) -> Rows:
        """Run a truth query.

        Raises:
            SkipCase: It has no row, or only nulls.
        """
        rows = self._select(self._fill(template))
        if not rows or all(value is None for row in rows for value in row):
            raise SkipCase("a truth query has no row")
        return rows

    def _fill(self, template: str) -> str:
        for name, day in self._dates.items():
            template = template.replace("{" + name + "}", f"DATE '{day.isoformat()}'")
        return BOUND.sub(lambda match: _literal(self.values[match.group(1)]), template)

    def _first(self, kind: str, sql: str) -> Any:
        rows = self._select(self._fill(sql))
        for value, *_rest in rows:
            if kind == "value" or self._is_unique(value):
                return value
        raise SkipCase("a placeholder has no row")

    def _is_unique(self, name: str) -> bool:
        sql = f"SELECT count(*) FROM gold.customer_metrics WHERE name = {_literal(name)}"
        return self._select(sql)[0][0] == 1


def _literal(value: Any) -> str:
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def _options(suffixes: str) -> dict[str, bool]:
    pairs = re.findall(r"\|\s*(\w+):\s*(\w+)", suffixes)
    return {name: value.lower() == "true" for name, value in pairs}


def _worded(value: Any, options: dict[str, bool]) -> str:
    if isinstance(value, date | datetime):
        return f"{value:%B %Y}"
    text = str(value)
    if options.get("first"):
        text = text.split(maxsplit=1)[0]
    if options.get("human"):
        text = text.replace("_", " ")
    if options.get("lower"):
        text = text.lower()
    return _with_typo(text) if options.get("typo") else text


def _with_typo(text: str) -> str:
    """Swap the two inner letters in the middle of the longest word."""
    word = max(text.split(), key=len)
    if len(word) < 4:
        return text
    middle = len(word) // 2
    swapped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return text.replace(word, swapped, 1)
