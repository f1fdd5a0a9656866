"""Dates of clients that stand in a file of their own, such as a list of cancellations."""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from data.proposal.choice import Choice
from data.proposal.draft import FieldDraft, FileDraft
from data.proposal.keys import ids_in, looks_like_id, share_of_ids
from data.proposal.names import vocabulary
from data.quality.profile import ColumnProfile

_FIELDS = ("churned_at", "contract_end_date")
_DATES_ONLY = (None, "engagement_events")
_NAMED = 0.85
_TIED = 0.5
_CSV = {".csv", ".tsv", ".txt"}


def customer_dates(
    entry: FileDraft, choices: Sequence[Choice], connection: duckdb.DuckDBPyConnection
) -> Iterator[FieldDraft]:
    """Lookups for fields of `customers` that its own file lacks."""
    key = entry.field_of("customer_id")
    own = next(one for one in choices if one.source.profile.file == entry.file)
    if key is None or len(key.columns) != 1:
        return
    ids = ids_in(key.columns[0], own.source)
    for field in _FIELDS:
        if entry.field_of(field) is not None:
            continue
        for other in choices:
            is_csv = other.source.staged.path.suffix.lower() in _CSV
            if other is own or not is_csv or other.entity not in _DATES_ONLY:
                continue
            day = _day_column(other, field)
            client = _client_column(other, ids, connection) if day else None
            if day is None or client is None:
                continue
            rule: dict[str, Any] = {
                "from": key.columns[0],
                "lookup": {"file": other.source.profile.file, "key": client, "value": day.name},
            }
            if day.reading.formats:
                rule["format"] = list(day.reading.formats)
            yield FieldDraft(field, rule, 0.8, f"the last {day.name!r} of the client in that file")
            break


def _day_column(choice: Choice, field: str) -> ColumnProfile | None:
    days = [
        one for one in choice.source.profile.columns if one.reading.kind in {"date", "timestamp"}
    ]
    named = [one for one in days if vocabulary().likeness(one.name, "customers", field) >= _NAMED]
    return named[0] if named else None


def _client_column(choice: Choice, ids: str, connection: duckdb.DuckDBPyConnection) -> str | None:
    tried = [one.name for one in choice.source.profile.columns if looks_like_id(one)]
    shares = [(share_of_ids(name, choice.source, ids, connection), name) for name in tried]
    share, name = max(shares, default=(0.0, ""))
    return name if share >= _TIED else None
