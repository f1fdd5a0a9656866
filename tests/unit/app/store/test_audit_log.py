import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from app.governance.audit import AuditEvent, ChainHead
from app.store.audit_log import AuditLog
from app.store.database import Database

ROOT = Path(__file__).parents[4]
FORGED = (
    "INSERT INTO audit_log SELECT {seq}, at, audit_id, user_id, role, action, tool, arguments, "
    "rows, model, tokens, data_left, hash, hash FROM audit_log WHERE seq = 3"
)


def _event(number: int = 0) -> AuditEvent:
    return AuditEvent(
        audit_id=f"turn-{number}",
        user_id="ann",
        role="analyst",
        action="tool_call",
        tool="query_metrics",
        arguments={"metrics": ["nrr"], "share": 0.1, "näme": "Zoë", "none": None},
        rows=number,
        model="builtin",
        tokens=12,
    )


@pytest.fixture
def log(database: Database) -> AuditLog:
    """A log with three records."""
    filled = AuditLog(database)
    filled.append([_event(number) for number in range(3)])
    return filled


def _tamper(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))


def test_an_untouched_log_holds(log: AuditLog) -> None:
    """What was appended is found again by the check, and an empty log is fine too."""
    report = log.verify()
    assert report.ok
    assert report.records == 3
    assert report.head == ChainHead(3, log.latest()[0].hash)


def test_an_empty_log_holds(database: Database) -> None:
    """The chain starts at 0, and appending nothing leaves it there."""
    log = AuditLog(database)
    assert log.append([]) == []
    assert log.verify().ok
    assert log.latest() == []


def test_a_record_comes_back_as_it_was_sealed(database: Database) -> None:
    """Text, numbers, null and nesting survive, what no database keeps is cleaned before."""
    log = AuditLog(database)
    odd = AuditEvent("a\x00", "u\ud800", "admin", "turn", arguments={"x": float("nan"), "s": {1}})
    sealed = log.append([_event(), odd])
    assert log.latest() == sealed[::-1]
    assert log.verify().ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET at = '2020-01-01 00:00:00.000000' WHERE seq = 2",
        "UPDATE audit_log SET at = 'rubbish' WHERE seq = 2",
        "UPDATE audit_log SET audit_id = 'other' WHERE seq = 2",
        "UPDATE audit_log SET user_id = 'bob' WHERE seq = 2",
        "UPDATE audit_log SET role = 'admin' WHERE seq = 2",
        "UPDATE audit_log SET action = 'turn' WHERE seq = 2",
        "UPDATE audit_log SET tool = NULL WHERE seq = 2",
        "UPDATE audit_log SET arguments = '{}' WHERE seq = 2",
        "UPDATE audit_log SET arguments = '{' WHERE seq = 2",
        "UPDATE audit_log SET rows = 99 WHERE seq = 2",
        "UPDATE audit_log SET rows = 'many' WHERE seq = 2",
        "UPDATE audit_log SET model = 'other' WHERE seq = 2",
        "UPDATE audit_log SET model = 'builtin' || char(0) WHERE seq = 2",
        "UPDATE audit_log SET tokens = NULL WHERE seq = 2",
        "UPDATE audit_log SET data_left = 1 WHERE seq = 2",
        "UPDATE audit_log SET prev_hash = hash WHERE seq = 2",
        "UPDATE audit_log SET hash = prev_hash WHERE seq = 2",
        "UPDATE audit_log SET seq = 7 WHERE seq = 2",
        "DELETE FROM audit_log WHERE seq = 2",
    ],
)
def test_any_change_is_found_where_it_is(log: AuditLog, database: Database, statement: str) -> None:
    """Each column of a record is covered; the report stops before the change."""
    _tamper(database, statement)
    report = log.verify()
    assert not report.ok
    assert report.records == 1
    assert report.head.seq == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_log WHERE seq = 3",
        "DELETE FROM audit_log",
        "UPDATE audit_head SET seq = 2",
        "UPDATE audit_head SET hash = 'f'",
        "DELETE FROM audit_head",
        FORGED.format(seq=4),
        FORGED.format(seq=0),
        FORGED.format(seq=-1),
    ],
)
def test_a_cut_or_grown_log_is_found(log: AuditLog, database: Database, statement: str) -> None:
    """The head tells where the log really ends, and nothing may stand outside it."""
    _tamper(database, statement)
    assert not log.verify().ok


def test_a_damaged_record_does_not_stop_the_check_early(database: Database) -> None:
    """The report names the last good record even when a batch cannot be read."""
    log = AuditLog(database)
    log.append([_event(number) for number in range(20)])
    _tamper(database, "UPDATE audit_log SET arguments = '{' WHERE seq = 15")
    assert log.verify().head.seq == 14


def test_pages_and_turns_can_be_asked_for(log: AuditLog) -> None:
    """Newest first, before a number, or all records of one answer."""
    assert [record.seq for record in log.latest(limit=2)] == [3, 2]
    assert [record.seq for record in log.latest(before=2)] == [1]
    assert [record.seq for record in log.latest(audit_id="turn-1")] == [2]


def test_an_export_is_whole(log: AuditLog) -> None:
    """One JSON object a line, oldest first; its head is that of the log."""
    out = io.StringIO()
    head = log.export(out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert rows[-1]["hash"] == head.hash == log.verify().head.hash
    assert rows[0]["arguments"]["näme"] == "Zoë"


def test_threads_never_fork_the_chain(database: Database) -> None:
    """Everyone appends at once; every record is there, once, in one chain."""
    logs = [AuditLog(database) for _ in range(8)]

    def append(number: int) -> None:
        logs[number % 8].append([_event(number), _event(number)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(append, range(80)))
    report = logs[0].verify()
    assert report.ok, report.problem
    assert report.records == 160


def test_processes_never_fork_the_chain(database: Database) -> None:
    """Server and command line write to the same log while it is being checked."""
    script = (
        "import sys; from pathlib import Path; from app.store.database import Database; "
        "from app.store.audit_log import AuditLog; from app.governance.audit import AuditEvent; "
        "log = AuditLog(Database.open(Path(sys.argv[1]))); "
        "[log.append([AuditEvent('a', 'u', 'admin', 'turn')]) for _ in range(50)]"
    )
    home = Path(str(database.url.database)).parent
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(home)], cwd=ROOT)  # noqa: S603
        for _ in range(2)
    ]
    log = AuditLog(database)
    while any(process.poll() is None for process in started):
        report = log.verify()
        assert report.ok, report.problem
        log.append([_event()])
    assert [process.returncode for process in started] == [0, 0]
    assert log.verify().ok
    assert log.verify().records >= 100
