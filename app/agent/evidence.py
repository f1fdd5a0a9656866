"""What a sentence of this turn may state: every value a tool returned, and where it stood."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from app.agent.numbers import Number, numbers_in
from tools.contract import Fact, Period, Table, ToolResult, Unit

Origin = Literal[
    "fact", "cell", "side_cell", "argument", "user", "tool", "passage", "definition", "source"
]
"""`side_cell`: a cell of a table that is not the turn's main one."""

CARRIED: frozenset[Origin] = frozenset({"fact", "cell", "argument", "user"})
"""What the response itself carries; other supports are appended to its facts when used."""

DAYS_PER = {"month": (30.0, 31.0), "week": (7.0,), "quarter": (90.0, 91.0), "year": (365.0, 360.0)}
MOST_ROWS = 1000
"""Rows of a table that a sentence may quote; nobody reads further down."""

_COMMON_WORDS = frozenset(
    {"the", "and", "for", "are", "was", "were", "has", "had", "have", "can", "may", "all", "any"}
    | {"not", "but", "its", "our", "per", "you", "they", "them", "this", "that", "with", "from"}
    | {"over", "than", "last", "more", "most", "their", "when", "what", "your", "which", "into"}
    | {"also", "who", "how", "why", "out", "one", "two", "each", "where", "only", "between"}
    | {"customer", "customers", "client", "clients", "table", "rows", "gold"}
)
_WORD = re.compile(r"[a-z]{3,}")
_FIGURE = re.compile(r"[-+−]?[$€£]?[\d.,]+%?")
"""A worded cell that is nothing but a figure; anything else without a space may be an id."""
_NAME = re.compile(r"[A-Z](?=.*\d)[^%$€£]{1,60}")
"""A name with a digit ("Studio 54"); a worded value ("7 logins") starts otherwise."""


@dataclass(frozen=True, slots=True)
class Support:
    """One value that backs a printed figure.

    Attributes:
        unit: Its unit; `None` where the source states a bare number (an argument, a text).
        row: For a cell, the words of its row (the segment, the client).
        words: When given, the sentence must share one: what a definition is about, or the
            noun that a period is counted in.
    """

    value: float
    unit: Unit | None
    name: str
    origin: Origin
    row: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All supports of a turn.

    Attributes:
        literals: Names with digits in them that are no figures.
        columns: The numeric cells of each table column, in row order.
    """

    supports: tuple[Support, ...] = ()
    literals: tuple[str, ...] = ()
    columns: Mapping[str, tuple[Support, ...]] = field(default_factory=dict[str, Any])


def gather(
    results: Sequence[tuple[str, ToolResult]],
    *,
    user_text: str,
    definitions: Mapping[str, str],
    refusals: Sequence[tuple[str, str]] = (),
) -> Evidence:
    """Collect the evidence of a turn, best source first.

    Args:
        results: (tool name, result), in call order.
        user_text: What the user just said.
        definitions: Name → words of every definition an answer may quote.
        refusals: (tool name, message) of calls that were refused; they name what is allowed.
    """
    named = _named(results)
    main = next((index for index in reversed(range(len(named))) if named[index][1].table), None)
    supports: list[Support] = []
    columns: dict[str, tuple[Support, ...]] = {}
    for index, (tool, result) in enumerate(named):
        supports += _of_facts(result.facts)
        for name, cells in _of_table(tool, result.table, is_main=index == main):
            columns[name] = tuple(cell for cell in cells if cell.origin in {"cell", "side_cell"})
            supports += cells
    for _, result in named:
        supports += _of_arguments(result.args)
    supports += _of_text(user_text, "user", "user", smallest_word=1)
    for tool, result in named:
        supports += _of_wording(tool, result)
    for tool, text in refusals:
        supports += _of_text(text, f"said:{tool}", "tool")
    for name, text in definitions.items():
        supports += _of_definition(name, text)
    return Evidence(tuple(supports), _literals(results, user_text), columns)


def content_words(text: str) -> frozenset[str]:
    """The words of a text that say what it is about."""
    return frozenset(_WORD.findall(text.lower().replace("_", " "))) - _COMMON_WORDS


def _named(results: Sequence[tuple[str, ToolResult]]) -> list[tuple[str, ToolResult]]:
    """Number the second and later calls of a tool, so that their cells do not mix."""
    seen: Counter[str] = Counter()
    named: list[tuple[str, ToolResult]] = []
    for tool, result in results:
        seen[tool] += 1
        named.append((tool if seen[tool] == 1 else f"{tool}#{seen[tool]}", result))
    return named


def _of_facts(facts: Iterable[Fact]) -> Iterator[Support]:
    for fact in facts:
        if (value := as_number(fact.value)) is not None:
            yield Support(value, fact.unit, fact.name, "fact")
        elif isinstance(fact.value, str):
            yield from _of_text(fact.value, fact.name, "tool")


def _of_table(
    tool: str, table: Table | None, *, is_main: bool
) -> Iterator[tuple[str, list[Support]]]:
    if table is None:
        return
    origin: Origin = "cell" if is_main else "side_cell"
    rows = table.rows[:MOST_ROWS]
    labels = [tuple(cell for cell in row if isinstance(cell, str)) for row in rows]
    for position, column in enumerate(table.columns):
        name = f"cell:{tool}.{column.name}"
        cells: list[Support] = []
        for row, label in zip(rows, labels, strict=True):
            cell = row[position]
            if (value := as_number(cell)) is not None:
                cells.append(Support(value, column.unit, name, origin, row=label))
            elif isinstance(cell, str) and (" " in cell or _FIGURE.fullmatch(cell)):
                cells += _of_text(cell, name, "tool")
        yield name, cells
    count = Support(float(len(table.rows)), "count", f"derived:rows:{tool}", "tool")
    yield f"rows:{tool}", [count]


def _of_arguments(args: Mapping[str, Any]) -> Iterator[Support]:
    for name, value in _leaves(args):
        if (number := as_number(value)) is not None:
            yield Support(number, None, name, "argument")
            if name.endswith("days"):
                yield from _other_units(number, name)
        elif isinstance(value, str):
            yield from _of_text(value, name, "argument")
    yield from _of_periods(args)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, value


def _other_units(days: float, name: str) -> Iterator[Support]:
    for noun, sizes in DAYS_PER.items():
        for size in sizes:
            if days % size == 0 and days:
                words = frozenset({noun, f"{noun}s"})
                yield Support(days / size, None, f"derived:{name}_{noun}s", "tool", words=words)


def _of_periods(args: Mapping[str, Any]) -> Iterator[Support]:
    """The length of a period in the units people say it in."""
    for name in ("period", "compare_to"):
        period = args.get(name)
        if not isinstance(period, Mapping | Period):
            continue
        shape = Period.model_validate(period)
        days = (shape.end - shape.start).days + 1
        months = (shape.end.year - shape.start.year) * 12 + shape.end.month - shape.start.month + 1
        for noun, count in (("day", days), ("month", months), ("quarter", months / 3)):
            words = frozenset({noun, f"{noun}s"})
            yield Support(float(count), None, f"derived:{name}_{noun}s", "tool", words=words)


def _of_wording(tool: str, result: ToolResult) -> Iterator[Support]:
    for text in (result.summary, *result.caveats, *_captions(result)):
        yield from _of_text(text, f"said:{tool}", "tool")
    for chart in result.charts:
        for series in chart.series:
            for value in (*series.y, *(series.low or ()), *(series.high or ())):
                if value is not None:
                    yield Support(value, chart.unit, f"chart:{tool}.{series.name}", "tool")
    for citation in result.citations:
        text = f"{citation.heading}. {citation.passage}"
        yield from _of_text(text, f"cited:{citation.source}", "passage", smallest_word=1)
    for provenance in result.provenance:
        yield Support(float(provenance.rows), "count", f"source:{provenance.tool}.rows", "source")
        yield from _of_definition(provenance.tool, provenance.definition)


def _captions(result: ToolResult) -> Iterator[str]:
    """Headings that stand over figures ("Churn probability (90 days)")."""
    if result.table:
        yield result.table.title
        yield from (column.label for column in result.table.columns)
    for chart in result.charts:
        yield from (chart.title, chart.x_label, chart.y_label)


@lru_cache(maxsize=1024)
def _of_definition(name: str, text: str) -> tuple[Support, ...]:
    words = content_words(f"{name} {text}")
    return tuple(
        Support(number.value, _unit(number), f"definition:{name}", "definition", words=words)
        for number in numbers_in(text, smallest_word=1)
    )


def _of_text(text: str, name: str, origin: Origin, *, smallest_word: int = 11) -> Iterator[Support]:
    if smallest_word > 1 and not any(map(str.isdigit, text)):
        return
    for number in numbers_in(text, smallest_word=smallest_word):
        yield Support(number.value, _unit(number), name, origin)


def _unit(number: Number) -> Unit | None:
    units: dict[str, Unit] = {"pct": "pct", "usd": "usd", "points": "points"}
    return units.get(number.kind)


def _literals(results: Sequence[tuple[str, ToolResult]], user_text: str) -> tuple[str, ...]:
    """Names and versions that hold digits and are no figures."""
    texts: set[str] = set()
    for _, result in results:
        texts |= {fact.value for fact in result.facts if isinstance(fact.value, str)}
        texts |= {text for _, text in _leaves(result.args) if isinstance(text, str)}
        if result.table:
            texts |= {cell for row in result.table.rows for cell in row if isinstance(cell, str)}
    names = {text for text in texts if _NAME.fullmatch(text) and text not in user_text}
    for _, result in results:
        for item in result.provenance:
            names |= {item.table, item.model_version or ""}
        for citation in result.citations:
            names |= {citation.source, citation.title, citation.heading}
        names |= {reference.name for reference in result.files}
    return tuple(name for name in names if any(map(str.isdigit, name)))


def as_number(value: Any) -> float | None:
    """The value as a float; booleans, dates and words are none."""
    if isinstance(value, bool | date) or not isinstance(value, int | float):
        return None
    return float(value)
