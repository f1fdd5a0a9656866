"""A report as CSV or as plain text."""

import csv
import io
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from tools.contract import Scalar, Table
from tools.report import Report
from tools.wording import format_value

__all__ = ["as_csv", "as_text", "guarded"]

PAGE_WIDTH: Final = 100
WIDEST_CELL: Final = 36
_FORMULA_STARTS: Final = ("=", "+", "-", "@")
_CONTROLS: Final = ("\t", "\r", "\n")
_RIGHT: Final = frozenset(
    {"usd", "count", "pct", "prob", "ratio", "days", "hours", "score", "points"}
)


def as_csv(report: Report) -> bytes:
    """Write the tables as they are: column names, plain numbers, ISO dates, UTF-8, RFC 4180.

    One table has its own columns; several are told apart by a first column `section`. A report
    without a table gives its lines.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in row] for row in _csv_rows(report))
    return out.getvalue().encode()


def guarded(cell: Scalar | None) -> Scalar:
    """A cell that no spreadsheet takes for a formula; numbers and dates stay what they are."""
    if cell is None:
        return ""
    is_formula = isinstance(cell, str) and (
        cell.startswith(_CONTROLS) or cell.lstrip().startswith(_FORMULA_STARTS)
    )
    return f"'{cell}" if is_formula else cell


def as_text(report: Report, currency: str) -> bytes:
    """Write plain text in UTF-8: headings, wrapped sentences, tables aligned by column."""
    blocks = [_ruled(report.title, "="), _wrapped(report.about)]
    for section in report.sections:
        blocks.append(_ruled(section.heading, "-"))
        blocks += [_wrapped(line) for line in section.lines]
        if section.table is not None:
            blocks.append(_aligned(section.table, currency))
    if report.notes:
        blocks += [_ruled("Notes", "-"), *(_wrapped(f"* {note}", "  ") for note in report.notes)]
    return ("\n\n".join(block for block in blocks if block) + "\n").encode()


def _csv_rows(report: Report) -> Iterator[Sequence[Scalar | None]]:
    tables = [(section.heading, section.table) for section in report.sections if section.table]
    if not tables:
        yield ["section", "text"]
        for section in report.sections:
            yield from ([section.heading, line] for line in section.lines)
    for heading, table in tables:
        names = [column.name for column in table.columns]
        yield names if len(tables) == 1 else ["section", *names]
        yield from (row if len(tables) == 1 else [heading, *row] for row in table.rows)


def _ruled(text: str, rule: str) -> str:
    line = _plain(text)
    return f"{line}\n{rule * min(len(line), PAGE_WIDTH)}" if line else ""


def _wrapped(text: str, indent: str = "") -> str:
    lines = text.splitlines() or [""]
    return "\n".join(
        textwrap.fill(line.replace("**", ""), PAGE_WIDTH, subsequent_indent=indent)
        for line in lines
    )


def _aligned(table: Table, currency: str) -> str:
    if not table.rows:
        return "(no rows)"
    heads = [column.label or column.name.replace("_", " ") for column in table.columns]
    cells = [
        [
            textwrap.shorten(
                _plain(format_value(cell, column.unit, currency=currency)),
                WIDEST_CELL,
                placeholder=" …",
            )
            for cell, column in zip(row, table.columns, strict=True)
        ]
        for row in table.rows
    ]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    right = [column.unit in _RIGHT for column in table.columns]
    lines = [_line(heads, widths, right), "  ".join("-" * width for width in widths)]
    return "\n".join([*lines, *(_line(row, widths, right) for row in cells)])


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if is_right else cell.ljust(width)
        for cell, width, is_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _plain(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
