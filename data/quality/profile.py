"""What a file holds, column by column: the figures that the check, its report and its page show."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["empty", "text", "integer", "number", "boolean", "date", "timestamp"]
Example = tuple[int, str]
"""A record's number in its file, and the value that stands there."""

OUTLIER_RULE = (
    "more than three interquartile ranges beyond the quartiles (Tukey's outer fences), "
    "and for positive values on the logarithm too"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column's texts are read, judged by a sample.

    Attributes:
        kind: What most values are.
        formats: How its dates are written, in strptime codes; empty for ISO dates.
        ambiguous_dates: No value tells the day from the month.
        decimal: The sign before the cents of numbers written for people.
        ambiguous_decimal: No value tells thousands from cents.
        personal: What personal data the values look like.
        mean_length: Characters a value.
    """

    kind: Kind
    formats: tuple[str, ...] = ()
    ambiguous_dates: bool = False
    decimal: Literal[".", ","] | None = None
    ambiguous_decimal: bool = False
    personal: str | None = None
    mean_length: float = 0.0


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of a file.

    Attributes:
        name: As the file calls it.
        stored_as: The file's own type; text for CSV and JSON lines.
        reading: How its values are read.
        rows: Records of the file.
        missing: Records without a value.
        distinct: Different values.
        minimum: Smallest number, or earliest date as ISO text.
        maximum: Largest number, or latest date as ISO text.
        quartiles: 25 %, 50 % and 75 % of the numbers.
        top: The most frequent values with their counts.
        misfits: Values that are not what most are.
        misfit_examples: Some of them.
        outliers: Numbers far from the others, by `OUTLIER_RULE`.
        outlier_examples: The farthest.
        negative: Numbers below zero.
        zero: Numbers that are zero.
        future: Dates after the day of the check.
        padded: Values with blanks around them.
        garbled: Values with signs of a wrong encoding, or control characters.
        placeholders: Words that stand for "no value", with their counts.
    """

    name: str
    stored_as: str
    reading: Reading
    rows: int
    missing: int
    distinct: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    quartiles: tuple[float, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    misfits: int = 0
    misfit_examples: tuple[Example, ...] = ()
    outliers: int = 0
    outlier_examples: tuple[Example, ...] = ()
    negative: int = 0
    zero: int = 0
    future: int = 0
    padded: int = 0
    garbled: int = 0
    placeholders: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def filled(self) -> int:
        """Records with a value."""
        return self.rows - self.missing

    @property
    def missing_share(self) -> float:
        """Share of records without a value, 0-1."""
        return self.missing / self.rows if self.rows else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether no value repeats."""
        return self.filled > 0 and self.distinct == self.filled

    @property
    def distinct_share(self) -> float:
        """Different values a filled record, 0-1."""
        return self.distinct / self.filled if self.filled else 0.0


@dataclass(frozen=True, slots=True)
class FileProfile:
    """One file, or one table of a database.

    Attributes:
        file: File name as the user knows it.
        table: Table of a database.
        rows: Records that could be read.
        unreadable: Records that could not.
        unreadable_examples: Some of them.
        duplicate_rows: Records that repeat another one in every column.
        columns: In the file's order.
    """

    file: str
    table: str | None
    rows: int
    unreadable: int
    unreadable_examples: tuple[Example, ...]
    duplicate_rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)
