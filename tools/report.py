"""What an export holds, whatever the file it becomes."""

from dataclasses import dataclass

from tools.contract import Fact, Table


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report: sentences, then a table."""

    heading: str
    lines: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A document for a person.

    Attributes:
        name: File name without its ending, in lower case.
        about: What it covers, from when, and whose clients.
        sections: In reading order.
        headline: Its gist in a sentence or two.
        facts: The figures of the headline.
        notes: What must not be left out; they stand at the end.
    """

    name: str
    title: str
    about: str
    sections: tuple[Section, ...]
    headline: str = ""
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> list[Table]:
        """All tables, in reading order."""
        return [section.table for section in self.sections if section.table is not None]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(len(table.rows) for table in self.tables)
