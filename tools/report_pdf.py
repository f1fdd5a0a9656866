"""A report as PDF, with the fonts every reader has: no font file is needed, none is embedded."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final

from tools.contract import Column, Table
from tools.report import Report, Section
from tools.wording import format_value, join_words

if TYPE_CHECKING:
    from fpdf import FPDF

__all__ = ["MOST_ROWS", "as_pdf", "printable"]

MOST_ROWS: Final = 500
"""Rows of a table that are printed; a longer one is for a spreadsheet."""

ENCODING: Final = "cp1252"
_FONT: Final = "helvetica"
_WIDE: Final = 6
_MOST_COLUMNS: Final = 10
_NEAREST: Final = str.maketrans(
    {"≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "→": "->", "←": "<-", "−": "-", "Σ": "Sum",
     "‑": "-", "\u202f": " ", "\u2009": " ", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i"}
)  # fmt: skip


def as_pdf(report: Report, as_of: date, currency: str) -> tuple[bytes, bool]:
    """Print a report on A4.

    Returns:
        The file, and whether every character could be printed (else `?` stands for some).
    """
    from fpdf import FPDF  # noqa: PLC0415 - imaging libraries, wanted for this alone

    pages = _pages(FPDF)(orientation=_orientation(report), format="A4")
    pages.core_fonts_encoding = ENCODING
    # the day of the data, not the clock: the same report is the same file
    pages.set_creation_date(datetime.combine(as_of, time(), UTC))
    pages.set_title(printable(report.title)[0])
    pages.set_auto_page_break(auto=True, margin=18)
    pages.add_page()
    writer = _Writer(pages, currency)
    writer.text(report.title, size=16, bold=True)
    writer.text(report.about, size=9)
    for section in report.sections:
        writer.section(section)
    if report.notes:
        writer.section(Section("Notes", report.notes))
    return bytes(pages.output()), writer.is_whole


def printable(text: str) -> tuple[str, bool]:
    """The nearest text the core fonts can print, and whether nothing was lost.

    Accents they lack are dropped ("Ő" → "O"); other scripts become question marks.
    """
    out: list[str] = []
    is_whole = True
    for char in text.translate(_NEAREST):
        if _fits(char):
            out.append(char if char.isprintable() or char == "\n" else " ")
            continue
        base = "".join(c for c in unicodedata.normalize("NFKD", char) if _fits(c))
        is_whole = is_whole and bool(base)
        out.append(base or ("" if unicodedata.combining(char) else "?"))
    return "".join(out), is_whole


def _fits(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _orientation(report: Report) -> str:
    widest = max((len(table.columns) for table in report.tables), default=0)
    return "landscape" if widest > _WIDE else "portrait"


def _pages(base: "type[FPDF]") -> "type[FPDF]":
    """Pages with their number at the foot."""

    class Pages(base):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(_FONT, size=8)
            self.cell(0, 6, f"Page {self.page_no()} of {{nb}}", align="C")

    return Pages


class _Writer:
    """Puts text and tables on pages, and remembers what could not be printed."""

    def __init__(self, pages: "FPDF", currency: str) -> None:
        self._pages = pages
        self._currency = currency
        self.is_whole = True

    def text(self, text: str, *, size: float = 10, bold: bool = False) -> None:
        """A paragraph."""
        self._pages.set_font(_FONT, style="B" if bold else "", size=size)
        self._pages.multi_cell(
            0, size * 0.5, self._fit(text), align="L", new_x="LMARGIN", new_y="NEXT"
        )
        self._pages.ln(1.5)

    def section(self, section: Section) -> None:
        """A heading, its sentences, its table."""
        if section.heading:
            self._pages.ln(2)
            self.text(section.heading, size=12, bold=True)
        for line in section.lines:
            self.text(line.replace("**", ""))
        if section.table is not None and section.table.rows:
            self._table(section.table)
        elif section.table is not None:
            self.text("(no rows)")

    def _table(self, table: Table) -> None:
        columns = table.columns[:_MOST_COLUMNS]
        heads = [_head(column) for column in columns]
        rows = [
            [
                format_value(cell, column.unit, currency=self._currency)
                for cell, column in zip(row, columns, strict=False)
            ]
            for row in table.rows[:MOST_ROWS]
        ]
        self._pages.set_font(_FONT, size=8)
        widths = _widths(heads, rows)
        with self._pages.table(
            col_widths=widths, text_align="LEFT", line_height=4.5, first_row_as_headings=True
        ) as printed:
            for cells in (heads, *rows):
                printed.row([self._fit(cell) for cell in cells])
        self._pages.ln(1.5)
        if left_out := [_head(column) for column in table.columns[_MOST_COLUMNS:]]:
            self.text(f"Left out for width: {join_words(left_out)}; the CSV has them.", size=8)
        if len(table.rows) > MOST_ROWS:
            self.text(f"The first {MOST_ROWS} of {len(table.rows)} rows; the CSV has them all.")

    def _fit(self, text: str) -> str:
        fitted, is_whole = printable(text)
        self.is_whole = self.is_whole and is_whole
        return fitted


def _head(column: Column) -> str:
    return column.label or column.name.replace("_", " ")


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Shares of the page by the longest words, so that none is cut."""
    columns = zip(heads, *rows[:100], strict=True)
    return tuple(min(40, max(8, *(len(cell) for cell in column))) for column in columns)
