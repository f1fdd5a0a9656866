from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import assume, given, strategies as st

from app.governance.audit import (
    AuditEvent,
    AuditRecord,
    ChainHead,
    check_chain,
    seal,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
COUNTS = st.none() | st.integers(0, 10**9)
EVENTS = st.builds(
    AuditEvent,
    audit_id=st.text(max_size=8),
    user_id=st.text(max_size=8),
    role=st.sampled_from(["analyst", "admin"]),
    action=st.sampled_from(["turn", "tool_call"]),
    tool=st.none() | st.text(max_size=8),
    arguments=st.dictionaries(st.text(max_size=5), JSON | st.lists(JSON, max_size=3), max_size=3),
    rows=COUNTS,
    model=st.none() | st.text(max_size=8),
    tokens=COUNTS,
    data_left=st.booleans(),
)
CHANGES = {
    "audit_id": st.text(),
    "user_id": st.text(),
    "role": st.text(),
    "action": st.text(),
    "tool": st.none() | st.text(),
    "arguments": st.dictionaries(st.text(), JSON),
    "rows": COUNTS,
    "model": st.none() | st.text(),
    "tokens": COUNTS,
    "data_left": st.booleans(),
}


def _chain(events: list[AuditEvent]) -> list[AuditRecord]:
    head = ChainHead()
    records: list[AuditRecord] = []
    for number, event in enumerate(events):
        record = seal(event, after=head, at=START + timedelta(seconds=number))
        head = ChainHead(record.seq, record.hash)
        records.append(record)
    return records


CHAINS = st.lists(EVENTS, min_size=1, max_size=6).map(_chain)


@given(CHAINS)
def test_an_untouched_chain_holds(records: list[AuditRecord]) -> None:
    """Any events, whatever their text, make a chain that checks out."""
    report = check_chain(records)
    assert report.ok
    assert report.head == ChainHead(len(records), records[-1].hash)


@given(CHAINS, st.data())
def test_any_changed_field_is_found(records: list[AuditRecord], data: st.DataObject) -> None:
    """No field of any event can be edited unseen, and the report points at it."""
    place = data.draw(st.integers(0, len(records) - 1))
    name = data.draw(st.sampled_from(sorted(CHANGES)))
    value: Any = data.draw(CHANGES[name])
    record = records[place]
    assume(value != getattr(record.event, name))
    records[place] = replace(record, event=replace(record.event, **{name: value}))
    report = check_chain(records)
    assert report.records == place
    assert f"{place + 1}" in str(report.problem)


@given(CHAINS, st.data())
def test_any_changed_frame_is_found(records: list[AuditRecord], data: st.DataObject) -> None:
    """Number, moment and hashes are covered too."""
    place = data.draw(st.integers(0, len(records) - 1))
    record = records[place]
    records[place] = data.draw(
        st.sampled_from(
            [
                replace(record, seq=record.seq + 1),
                replace(record, at=record.at + timedelta(microseconds=1)),
                replace(record, prev_hash="f" * 64),
                replace(record, hash="f" * 64),
            ]
        )
    )
    assert not check_chain(records).ok


@given(st.lists(EVENTS, min_size=2, max_size=6).map(_chain), st.data())
def test_a_lost_repeated_or_moved_record_is_found(
    records: list[AuditRecord], data: st.DataObject
) -> None:
    """The chain tells its order; a cut tail is told by its head."""
    place = data.draw(st.integers(0, len(records) - 2))
    lost = records[:place] + records[place + 1 :]
    repeated = [*records[: place + 1], *records[place:]]
    moved = [*records]
    moved[place], moved[place + 1] = moved[place + 1], moved[place]
    for damaged in (lost, repeated, moved):
        assert not check_chain(damaged).ok
    whole = check_chain(records).head
    assert check_chain(records[:-1]).head != whole


@given(CHAINS, EVENTS)
def test_a_resealed_record_is_found(records: list[AuditRecord], event: AuditEvent) -> None:
    """Hashing a forged record anew breaks the link to the one after it."""
    assume(len(records) > 1)
    forged = seal(event, after=ChainHead(), at=START)
    assume(forged.hash != records[0].hash)
    assert not check_chain([forged, *records[1:]]).ok


def test_the_moment_counts_not_its_time_zone() -> None:
    """A database in another time zone gives back the same hash."""
    event = AuditEvent("a", "u", "admin", "turn")
    east = START.astimezone(timezone(timedelta(hours=9)))
    assert seal(event, after=ChainHead(), at=east) == seal(event, after=ChainHead(), at=START)


def test_a_row_is_flat_and_complete() -> None:
    """An export can be checked by others: every hashed field is in it."""
    event = AuditEvent("a", "u", "admin", "tool_call", tool="query_metrics", rows=3)
    row = seal(event, after=ChainHead(), at=START).as_row()
    assert row["tool"] == "query_metrics"
    assert row["at"] == "2026-03-01T00:00:00.000000+00:00"
    assert set(row) == {"seq", "at", "prev_hash", "hash", *AuditEvent.__dataclass_fields__}
