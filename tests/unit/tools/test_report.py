import csv
import io
import re
import zlib
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, strategies as st

from tools.contract import Column, Scalar, Table
from tools.report import Report, Section
from tools.report_pdf import MOST_ROWS, as_pdf, printable
from tools.report_text import as_csv, as_text, guarded

AS_OF = date(2026, 10, 20)
COLUMNS = [
    Column(name="name", unit="text", label="Client"),
    Column(name="arr", unit="usd", label="ARR"),
    Column(name="renews", unit="date"),
]


def report(*rows: Sequence[Scalar | None], notes: tuple[str, ...] = ()) -> Report:
    """A report of one table."""
    table = Table(columns=COLUMNS, rows=[list(row) for row in rows])
    sections = (Section("Clients", ("Two of **them**.",), table),)
    return Report("clients", "Clients", "As of 20 Oct 2026.", sections, notes=notes)


def text_of(pdf: bytes) -> str:
    """The words of a PDF's pages."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, flags=re.DOTALL)
    said: list[str] = []
    for stream in streams:
        page = zlib.decompress(stream)
        said += [part.decode("cp1252") for part in re.findall(rb"\((.*?)(?<!\\)\) Tj", page)]
    return " ".join(said)


@given(st.text(max_size=40))
def test_no_text_cell_is_a_formula(text: str) -> None:
    """Whatever a client is called, a spreadsheet shows it and runs nothing."""
    cell = guarded(text)
    assert isinstance(cell, str)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert cell.removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("value", [-5, -1.5, 0, True, AS_OF, "plain"])
def test_numbers_dates_and_plain_words_stay(value: Scalar) -> None:
    """A negative number is no formula."""
    assert guarded(value) == value


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=20), st.integers())))
def test_csv_reads_back_as_written(rows: list[tuple[str, int]]) -> None:
    """Quotes, commas and line ends inside a name break nothing."""
    content = as_csv(report(*([name, arr, None] for name, arr in rows)))
    header, *read = csv.reader(io.StringIO(content.decode(), newline=""))
    assert header == ["name", "arr", "renews"]
    assert read == [[str(guarded(name)), str(arr), ""] for name, arr in rows]


def test_csv_of_several_tables_tells_them_apart() -> None:
    """Each table keeps its own header, and each row says whose it is."""
    one = Table(columns=COLUMNS[:1], rows=[["Ana"]])
    two = Table(columns=COLUMNS[:2], rows=[["Bo", 3.5]])
    both = Report("r", "R", "", (Section("First", (), one), Section("Second", (), two)))
    assert as_csv(both).decode().splitlines() == [
        "section,name", "First,Ana", "section,name,arr", "Second,Bo,3.5",
    ]  # fmt: skip


def test_csv_without_a_table_gives_the_words() -> None:
    """An export is never an empty file."""
    words = Report("r", "R", "", (Section("Gist", ("=1+1", "All well.")),))
    assert as_csv(words).decode().splitlines() == ["section,text", "Gist,'=1+1", "Gist,All well."]


def test_text_is_aligned_and_ends_with_a_newline() -> None:
    """Columns line up; figures stand to the right, written as in the chat."""
    content = as_text(
        report(["Café Noir", 1200.0, AS_OF], ["Bo", 5.0, None], notes=("One.",)), "USD"
    )
    lines = content.decode().split("\n")
    assert lines[-1] == ""
    assert lines[:2] == ["Clients", "======="]
    assert "Two of them." in lines
    head = lines.index("Client        ARR  renews")
    assert lines[head + 2 : head + 4] == ["Café Noir  $1,200  2026-10-20", "Bo             $5  n/a"]
    assert "* One." in lines


def test_a_pdf_holds_the_words_and_is_the_same_each_time() -> None:
    """Names with accents of the fonts' own set are printed as they are."""
    made, is_whole = as_pdf(report(["Café Noir – “Zoë”", 1200.0, AS_OF]), AS_OF, "EUR")
    again, _ = as_pdf(report(["Café Noir – “Zoë”", 1200.0, AS_OF]), AS_OF, "EUR")
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert is_whole
    assert made == again
    said = text_of(made)
    for words in ("Café", "“Zoë”", "€1,200", "2026-10-20", "Page 1 of"):
        assert words in said


def test_a_pdf_never_fails_on_a_script_it_cannot_print() -> None:
    """Other scripts become question marks, and the caller is told."""
    made, is_whole = as_pdf(report(["東京 🚀 Łódź Ő ≥ 3", 1.0, None]), AS_OF, "USD")
    assert not is_whole
    assert "Lódz O >= 3" in text_of(made)


@given(st.text(max_size=60))
def test_what_is_printable_fits_the_fonts(text: str) -> None:
    """The core fonts know nothing beyond their encoding."""
    fitted, is_whole = printable(text)
    fitted.encode("cp1252")
    assert is_whole or "?" in fitted


def test_a_long_table_is_cut_in_print_and_says_so() -> None:
    """Nobody takes the first rows for all of them."""
    rows: list[list[Scalar | None]] = [[f"C{n}", 1.0, None] for n in range(MOST_ROWS + 1)]
    said = text_of(as_pdf(report(*rows), AS_OF, "USD")[0])
    assert f"The first {MOST_ROWS} of {MOST_ROWS + 1} rows" in said
