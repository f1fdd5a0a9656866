"""The store's promises on PostgreSQL; skipped where no server is installed."""

import getpass
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from argon2 import PasswordHasher
from sqlalchemy import text

from app.governance.audit import AuditEvent
from app.governance.passwords import Passwords
from app.store.alerts import Alerts
from app.store.audit_log import AuditLog
from app.store.database import Database
from app.store.feedback import Feedback
from app.store.interventions import Intervention, Interventions
from app.store.sessions import Sessions
from app.store.tables import Base
from app.store.users import UserError, Users
from data.query import Scope
from tools.models.alerts import Alert

PROGRAMS = ("initdb", "pg_ctl")
SERVER_USER = "postgres"
DAY = date(2026, 10, 20)


def _server_user() -> str:
    """PostgreSQL does not run as root: another user is borrowed."""
    user = getpass.getuser()
    if user != "root":
        return user
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        pytest.skip("running as root, and there is no user postgres to run the server as")
    return SERVER_USER


def _run(user: str, *command: str) -> None:
    subprocess.run(command, user=user, check=True, capture_output=True, timeout=120)  # noqa: S603


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of its own, reached through a socket file only."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"no PostgreSQL here: {', '.join(missing)} not found")
    user = _server_user()
    folder = Path(tempfile.mkdtemp(prefix="aura-pg-"))
    shutil.chown(folder, user)
    data = str(folder / "data")
    _run(user, "initdb", "-D", data, "-U", "aura", "--auth=trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -k {folder} -c timezone=Asia/Tokyo"
    _run(user, "pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start")
    try:
        yield f"postgresql://aura@/postgres?host={folder}"
    finally:
        _run(user, "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[Database]:
    """Migrated and empty."""
    opened = Database.open(tmp_path, url)
    yield opened
    with opened.write() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    opened.close()


def _alert(customer_id: str) -> Alert:
    return Alert(
        kind="renewal_due",
        customer_id=customer_id,
        name="Northwind",
        headline="Renewal due in 5 days",
        figures={"days_to_renewal": 5.0},
        arr=1200.0,
        severity="low",
        as_of=DAY,
    )


def _said(content: Any) -> dict[str, Any]:
    return {"type": "human", "data": {"content": content}}


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    """The same migrations make the same tables on both databases."""
    assert database.check() == "postgresql"
    with database.read() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_all_who_start_at_once_migrate_in_turn(url: str, tmp_path: Path) -> None:
    """Several servers on one new database are no race."""
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: Database.open(tmp_path, url), range(4)))
    assert [database.check() for database in opened] == ["postgresql"] * 4
    for database in opened:
        database.close()


def test_users_sign_in(database: Database) -> None:
    """Scopes survive, and a name is given once."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    users = Users(database, Passwords(hasher))
    ann = users.add("Ann", "correct horse", "analyst", Scope(region=("EMEA",)))
    assert users.verify("ann", "correct horse") == ann
    with pytest.raises(UserError):
        users.add("ANN", "correct horse", "admin", Scope())


def test_conversations_survive_odd_text_and_two_turns_at_once(database: Database) -> None:
    """NUL, NaN and surrogates are no obstacle; the session is made once."""
    sessions = Sessions(database)
    sessions.append("odd", "ann", [_said({"x": float("nan"), "y": "a\x00\ud800b"})])
    assert sessions.load("odd", "ann") == [_said({"x": None, "y": "a?b"})]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: sessions.append("s", "ann", [_said(n), _said(n)]), range(20)))
    said = [message["data"]["content"] for message in sessions.load("s", "ann")]
    assert said[::2] == said[1::2]
    assert sorted(said[::2]) == list(range(20))
    assert sessions.load("s", "bob") == []


def test_feedback_and_interventions_are_kept(database: Database) -> None:
    """The smaller tables work there too, thumbs given at once included."""
    feedback = Feedback(database)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: feedback.give("m", "ann", 1), range(8)))
    assert len(feedback.latest()) == 1
    call = Intervention("C1", "success_call", "ann", propensity=0.1, arm="treatment")
    assert [item.intervention for item in Interventions(database).log([call])] == [call]
    assert Interventions(database).latest(customer_id="C1")[0].intervention == call


def test_draws_at_once_put_nobody_into_two_tests(database: Database) -> None:
    """Whoever comes second assigns nobody, though neither had seen the other."""
    interventions = Interventions(database)

    def draw(strategy: str) -> bool:
        items = [
            Intervention(f"C{n}", strategy, "ann", arm="treatment", assignment="random")
            for n in range(20)
        ]
        return interventions.draw(items, within_days=90) is not None

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(draw, ("training", "discount", "success_call", "onboarding_help")))
    assert sorted(won) == [False, False, False, True]
    assert len(interventions.all()) == 20


def test_alerts_are_kept_read_and_claimed_once(database: Database) -> None:
    """Two builds at a time record each alert once, and one of them tells the webhook."""
    alerts = Alerts(database)
    found = [_alert(f"C{n}") for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        news = list(pool.map(lambda _: alerts.record(found, for_webhook=True), range(4)))
        claimed = list(pool.map(lambda _: alerts.claim(), range(4)))
    assert sorted(len(each) for each in news) == [0, 0, 0, 20]
    assert sorted(len(each) for each in claimed) == [0, 0, 0, 20]
    assert alerts.mark_seen("ann", [stored.id for stored in alerts.current("ann", as_of=DAY)]) == 20
    assert all(stored.seen for stored in alerts.current("ann", as_of=DAY))
    assert not any(stored.seen for stored in alerts.current("bob", as_of=DAY))


def test_the_audit_chain_never_forks_and_shows_changes(database: Database) -> None:
    """Appending queues on the head row; a server in another time zone gives the same hashes."""
    log = AuditLog(database)
    event = AuditEvent("a", "u", "admin", "turn", arguments={"share": 0.1, "n": 10**15, "x": None})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: log.append([event, event]), range(40)))
    report = log.verify()
    assert report.ok, report.problem
    assert report.records == 80
    with database.write() as session:
        session.execute(text("UPDATE audit_log SET data_left = true WHERE seq = 40"))
    assert log.verify().records == 39
