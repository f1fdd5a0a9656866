import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import StatementError

from app.store.database import MIGRATIONS, SQLITE_FILE, Database, DatabaseError, database_location
from app.store.tables import Base, FeedbackRow

ROOT = Path(__file__).parents[4]
CHAT_HISTORY_TABLES = {"users", "threads", "steps", "elements", "feedbacks"}


def _row(number: int, at: datetime) -> FeedbackRow:
    return FeedbackRow(
        id=str(number), message_id=str(number), user_id="u", value=1, comment="", at=at
    )


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    """The classes and the migrations never drift apart."""
    with database.read() as session:
        connection = session.connection()
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        names = set(inspect(connection).get_table_names())
    assert names == {*Base.metadata.tables, "alembic_version"}


def test_the_names_of_the_chat_history_stay_free() -> None:
    """The chat's history layer makes tables of its own in the same database."""
    assert not CHAT_HISTORY_TABLES & set(Base.metadata.tables)


def test_migrations_can_be_undone_and_done_again(database: Database) -> None:
    """Each migration knows its way back."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as session:
        config.attributes["connection"] = session.connection()
        command.downgrade(config, "base")
        assert inspect(session.connection()).get_table_names() == ["alembic_version"]
    database.migrate()
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_head")) == 1


def test_opening_again_keeps_the_data(tmp_path: Path) -> None:
    """A restart finds what the run before left."""
    first = Database.open(tmp_path)
    with first.write() as session:
        session.add(_row(1, datetime.now(UTC)))
    first.close()
    again = Database.open(tmp_path)
    with again.read() as session:
        assert session.scalars(select(FeedbackRow.id)).all() == ["1"]
    again.close()


def test_processes_that_start_at_once_migrate_in_turn(tmp_path: Path) -> None:
    """Server and command line may both be the first; no one sees half the tables."""
    script = (
        "import sys; from pathlib import Path; from app.store.database import Database; "
        "print(Database.open(Path(sys.argv[1])).check())"
    )
    started = [
        subprocess.Popen(  # noqa: S603 -- our own interpreter
            [sys.executable, "-c", script, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    outcomes = [process.communicate(timeout=120) for process in started]
    assert [out.strip() for out, _ in outcomes] == ["sqlite"] * 3, outcomes


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """Conversations and password hashes are nobody else's business."""
    Database.open(tmp_path / "home").close()
    assert (tmp_path / "home" / SQLITE_FILE).stat().st_mode & 0o777 == 0o600


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    """All of a transaction counts, or nothing."""

    def fail() -> None:
        with database.write() as session:
            session.add(_row(1, datetime.now(UTC)))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert session.scalars(select(FeedbackRow)).all() == []


def test_writers_wait_for_each_other(database: Database) -> None:
    """Read-then-write transactions from many threads neither fail nor lose an update."""
    with database.write() as session:
        session.add(_row(0, datetime.now(UTC)))

    def extend(_: int) -> None:
        with database.write() as session:
            row = session.scalars(select(FeedbackRow)).one()
            row.comment += "x"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(extend, range(40)))
    with database.read() as session:
        assert session.scalars(select(FeedbackRow.comment)).one() == "x" * 40


def test_instants_keep_their_moment(database: Database) -> None:
    """SQLite knows no time zones; the moment comes back the same, in UTC."""
    tokyo = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    with database.write() as session:
        session.add(_row(1, tokyo))
    with database.read() as session:
        stored = session.scalars(select(FeedbackRow.at)).one()
    assert stored == tokyo
    assert stored.utcoffset() == timedelta()


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """An ambiguous moment is a mistake to be mended, not stored."""

    def store() -> None:
        with database.write() as session:
            session.add(_row(1, datetime(2026, 3, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match="needs a time zone"):
        store()


def test_the_database_of_a_newer_aura_is_left_alone(database: Database) -> None:
    """An unknown revision ends with advice, not with a broken table."""
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer Aura"):
        database.migrate()


@pytest.mark.parametrize("given", ["postgres://u:p@h/db", "postgresql+asyncpg://u:p@h/db"])
def test_any_postgresql_url_gets_our_driver(tmp_path: Path, given: str) -> None:
    """Hosting providers write the URL in several ways."""
    assert str(database_location(tmp_path, given)).startswith("postgresql+psycopg://u:")


@pytest.mark.parametrize(
    "given", ["nonsense", "mysql://u:p@h/db", "sqlite://", "sqlite:///:memory:", "postgresql"]
)
def test_another_database_is_refused_with_what_is_allowed(tmp_path: Path, given: str) -> None:
    """The message shows the forms that work."""
    with pytest.raises(DatabaseError, match=r"Allowed: postgresql://.*sqlite:"):
        database_location(tmp_path, given)


def test_an_unreachable_database_is_named_without_its_password(tmp_path: Path) -> None:
    """The error says where it looked and what to check, and keeps the secret."""
    url = f"postgresql://ann:hush@/none?host={tmp_path}"
    with pytest.raises(DatabaseError, match="DATABASE_URL") as caught:
        Database.open(tmp_path, url)
    assert "hush" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The message names the path and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match=r"file/aura\.db cannot be made"):
        Database.open(tmp_path / "file")
