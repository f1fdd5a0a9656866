"""Ids of rows and of clients: joined from several columns, or looked up in another file."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from data.proposal.names import vocabulary
from data.quality.profile import ColumnProfile, FileProfile
from data.quality.profiler import distinct_rows
from data.quality.staging import Staged
from data.sql_text import identifier

_MOST_PARTS = 3
_MOST_CANDIDATES = 7
_VALUES_TRIED = 20_000
_LONGEST_ID = 60
_MANY_VALUES = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file with all that is known of it.

    Attributes:
        staged: Its records.
        profile: Its figures.
        rule_options: Keys that reading it needs: table, delimiter.
    """

    staged: Staged
    profile: FileProfile
    rule_options: dict[str, str]


def looks_like_id(column: ColumnProfile) -> bool:
    """Whether a column's name or values are those of an id."""
    named = "id" in vocabulary().tokens(column.name)
    return named and column.reading.kind in {"text", "integer"} and column.distinct > 1


def may_hold_ids(column: ColumnProfile) -> bool:
    """Whether it is worth comparing a column's values with ids; mere counts would match many."""
    is_text = column.reading.kind == "text" and column.reading.mean_length <= _LONGEST_ID
    return looks_like_id(column) or (is_text and column.distinct > _MANY_VALUES)


def unique_together(
    source: Source, preferred: Sequence[str], connection: duckdb.DuckDBPyConnection
) -> tuple[str, ...] | None:
    """The fewest columns that tell every record apart, those preferred first.

    Args:
        source: The file.
        preferred: Columns to try first, such as the client's id and the date.
        connection: To the staged files.
    """
    profile = source.profile
    others = [column.name for column in profile.columns if looks_like_id(column)]
    others += [column.name for column in profile.columns if 1 < column.distinct <= 60]
    candidates = list(dict.fromkeys([*preferred, *others]))[:_MOST_CANDIDATES]
    wanted = profile.rows - profile.duplicate_rows
    for size in range(1, _MOST_PARTS + 1):
        for chosen in combinations(candidates, size):
            if size == 1 and not looks_like_id(profile.column(chosen[0])):
                continue
            possible = 1
            for name in chosen:
                possible *= max(profile.column(name).distinct, 1)
            if possible >= wanted and distinct_rows(source.staged, chosen, connection) == wanted:
                return chosen
    return None


def share_of_ids(
    column: str, source: Source, ids: str, connection: duckdb.DuckDBPyConnection
) -> float:
    """Share of a column's different values that stand among ids, 0-1.

    Args:
        column: Column of the file.
        source: The file.
        ids: SELECT of the ids as text, in one column `id`.
        connection: To the staged files.
    """
    value = _id_text(column)
    row = connection.execute(
        f"WITH ids AS (SELECT DISTINCT id FROM ({ids})), own AS (SELECT DISTINCT {value} AS v "
        f"FROM {source.staged.relation} WHERE {value} IS NOT NULL LIMIT {_VALUES_TRIED}) "
        "SELECT count(*) FILTER (v IN (SELECT id FROM ids)), count(*) FROM own"
    ).fetchone()
    return row[0] / row[1] if row and row[1] else 0.0


def ids_in(column: str, source: Source) -> str:
    """SELECT of a column's values as ids."""
    return f"SELECT {_id_text(column)} AS id FROM {source.staged.relation}"


def _id_text(column: str) -> str:
    """An id as text, without the decimal point that spreadsheets add."""
    text = f"nullif(trim({identifier(column)}::VARCHAR), '')"
    return rf"regexp_replace({text}, '^(-?\d+)\.0*$', '\1')"
