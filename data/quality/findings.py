"""What a person should mend in a file, the costliest first, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from data.quality.profile import OUTLIER_RULE, ColumnProfile, Example, FileProfile

Severity = Literal["mend", "look", "note"]
SEVERITIES: tuple[Severity, ...] = ("mend", "look", "note")
_LOOK_AHEAD = frozenset({"end", "renewal", "expiry", "due", "expire", "expires", "renews", "next"})
_MOSTLY_MISSING = 0.5
_MANY_MISFITS = 0.01
_LONG_NAME = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a file.

    Attributes:
        severity: `mend` costs rows or wrong answers, `look` may be right, `note` is for knowing.
        column: Column of the file; None for the file as a whole.
        message: What was found, with its number.
        rows: Records concerned.
        examples: Some of them.
        advice: What to do.
    """

    severity: Severity
    column: str | None
    message: str
    rows: int
    examples: tuple[Example, ...] = ()
    advice: str = ""


def findings_of(profile: FileProfile, id_columns: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything worth saying, ordered by what to mend first.

    Args:
        profile: The file.
        id_columns: Columns that hold ids, whose size says nothing.
    """
    found = list(_of_file(profile))
    for column in profile.columns:
        found += _of_column(column, is_id=column.name in id_columns)
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), -one.rows))


def _of_file(profile: FileProfile) -> Iterator[Finding]:
    if profile.unreadable:
        yield Finding(
            "mend",
            None,
            f"{counted(profile.unreadable, 'line')} cannot be read",
            profile.unreadable,
            profile.unreadable_examples,
            "They are rejected one by one; look for stray quotes and missing cells.",
        )
    if profile.rows == 0:
        yield Finding("mend", None, "the file has a header and no rows", 0)
    if any(_is_value(column.name) for column in profile.columns):
        told = "the first line looks like values, not like column names"
        yield Finding("mend", None, told, profile.rows, (), "Write a line of names above it.")
    if profile.duplicate_rows:
        yield Finding(
            "look",
            None,
            f"{counted(profile.duplicate_rows, 'row')} the same as another one in every column",
            profile.duplicate_rows,
            (),
            "Rows with the same id are merged, the last one wins.",
        )


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "under 1%"


def _is_value(name: str) -> bool:
    return name.replace(".", "").replace("-", "").isdigit() or len(name) > _LONG_NAME


def _of_column(column: ColumnProfile, *, is_id: bool) -> Iterator[Finding]:
    name, rows = column.name, column.rows
    if not rows:
        return
    if column.missing == rows:
        yield Finding("look", name, "is empty throughout", rows)
        return
    if column.missing:
        severity: Severity = "look" if column.missing_share >= _MOSTLY_MISSING else "note"
        told = f"is empty in {counted(column.missing, 'row')} ({_percent(column.missing_share)})"
        yield Finding(severity, name, told, column.missing)
    yield from _of_values(column)
    yield from _of_spelling(column)
    if column.outliers and not is_id:
        told = f"{counted(column.outliers, 'value')} far from the others: {OUTLIER_RULE}"
        yield Finding("look", name, told, column.outliers, column.outlier_examples)
    if column.negative and not is_id and column.negative < rows / 2:
        yield Finding(
            "note", name, f"{counted(column.negative, 'value')} below zero", column.negative
        )
    if column.future and not _LOOK_AHEAD & set(name.lower().replace("_", " ").split()):
        told = f"{counted(column.future, 'date')} in the future, up to {column.maximum}"
        yield Finding("mend", name, told, column.future, (), "They move what Aura calls today.")


def _of_values(column: ColumnProfile) -> Iterator[Finding]:
    name, kind = column.name, column.reading.kind
    if column.misfits:
        share = column.misfits / column.filled
        told = f"{counted(column.misfits, 'value')} not read as {_KINDS[kind]}, unlike the others"
        severity: Severity = "mend" if share >= _MANY_MISFITS else "look"
        advice = "Rows with such a value are rejected where the column is mapped as one."
        yield Finding(severity, name, told, column.misfits, column.misfit_examples, advice)
    if column.reading.ambiguous_dates:
        advice = "State `format` in the mapping: days and months may be swapped."
        told = "nothing tells the day from the month"
        yield Finding("mend", name, told, column.filled, (), advice)
    if column.reading.ambiguous_decimal:
        told = "nothing tells thousands from cents"
        yield Finding("mend", name, told, column.filled, (), "State `decimal` in the mapping.")
    if column.reading.personal:
        told = f"holds {column.reading.personal}: personal data"
        yield Finding("note", name, told, column.filled)


def _of_spelling(column: ColumnProfile) -> Iterator[Finding]:
    name = column.name
    if column.garbled:
        told = f"{counted(column.garbled, 'value')} garbled, as if read in a wrong encoding"
        yield Finding("mend", name, told, column.garbled, (), "State `encoding` in the mapping.")
    if column.padded:
        told = f"{counted(column.padded, 'value')} with blanks around"
        yield Finding("note", name, told, column.padded, (), "They are trimmed.")
    if column.placeholders:
        count = sum(column.placeholders.values())
        words = ", ".join(repr(word) for word in sorted(column.placeholders))
        told = f"{counted(count, 'value')} standing for nothing: {words}"
        yield Finding("look", name, told, count, (), "Map them to null under `values`.")
    spellings = _spellings(column)
    if spellings:
        told = f"the same word is written in several ways: {spellings}"
        yield Finding("look", name, told, 0, (), "Map them to one under `values`.")


def _spellings(column: ColumnProfile) -> str:
    if column.distinct > len(column.top) or column.reading.kind != "text":
        return ""
    seen: dict[str, list[str]] = {}
    for value, _ in column.top:
        seen.setdefault(value.lower().replace("-", " ").replace("_", " "), []).append(value)
    return "; ".join(" / ".join(same) for same in seen.values() if len(same) > 1)


_KINDS = {
    "integer": "whole numbers",
    "number": "numbers",
    "boolean": "yes or no",
    "date": "dates",
    "timestamp": "dates",
}
