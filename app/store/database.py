"""The operational database: SQLite in AURA_HOME, or PostgreSQL by URL."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError as DriverDatabaseError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session, sessionmaker

SQLITE_FILE = "aura.db"
SQLITE_WAIT_SECONDS = 30
MIGRATION_LOCK = 4_127_301
ALLOWED_URLS = ("postgresql://user:password@host:5432/name", "sqlite:////folder/aura.db")
MIGRATIONS = Path(__file__).with_name("migrations")
_WRITES = "aura_writes"
_DAMAGED = "Restore a backup with `aura restore FILE`, or move the file away to start a new one."
_REMEDIES = {
    "malformed": _DAMAGED,
    "not a database": _DAMAGED,
    "is locked": "Another program holds it; close that program and try again.",
    "is full": "Free some space on the disk and try again.",
    "disk I/O": "Free some space on the disk, or have it checked, and try again.",
}
_Result = TypeVar("_Result")


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""


class Database:
    """Short transactions on one engine; safe to share between threads.

    Args:
        url: Where the database is.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = _engine(url)
        writer = self._engine.execution_options(**{_WRITES: True})
        self._reads = sessionmaker(self._engine, expire_on_commit=False)
        self._writes = sessionmaker(writer, expire_on_commit=False)
        self._writer = writer

    @classmethod
    def open(cls, home: Path, database_url: str | None = None) -> "Database":
        """Connect and bring the tables up to date.

        Args:
            home: AURA_HOME, where the SQLite file lives.
            database_url: Another database, e.g. `postgresql://…`.

        Raises:
            DatabaseError: The URL is not understood, or the database cannot be reached.
        """
        database = cls(database_location(home, database_url))
        try:
            database.migrate()
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def read(self) -> Generator[Session]:
        """A transaction that only reads.

        Raises:
            DatabaseError: The database is damaged, locked, full or away.
        """
        with self._failing_clearly(), self._reads.begin() as session:
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """A transaction that writes: committed at the end, rolled back on an error.

        On SQLite it takes the write lock at its start, so that a read inside it is never stale.

        Raises:
            DatabaseError: The database is damaged, locked, full or away.
        """
        with self._failing_clearly(), self._writes.begin() as session:
            yield session

    def insert(self, work: Callable[[Session], _Result]) -> _Result:
        """Run work that adds a row under a key of the caller's, in one writing transaction.

        When somebody else adds that key at the same moment, the work runs once more and finds it.
        """
        try:
            with self.write() as session:
                return work(session)
        except IntegrityError:
            with self.write() as session:
                return work(session)

    def migrate(self) -> None:
        """Apply the migrations that are missing; processes that start at once take turns.

        Raises:
            DatabaseError: The database cannot be reached, or a newer Aura made it.
        """
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            with self._writer.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            msg = f"The database {self._shown} was made by a newer Aura ({error}). Update Aura."
            raise DatabaseError(msg) from error
        except DBAPIError as error:
            raise self._unreachable(error) from error

    def check(self) -> str:
        """Make sure that the database answers; returns its kind.

        Raises:
            DatabaseError: It does not.
        """
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            raise self._unreachable(error) from error
        return self._engine.dialect.name

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _failing_clearly(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            # SQLite calls a damaged file a plain DatabaseError; the other kinds are faults of ours
            if isinstance(error, OperationalError) or type(error) is DriverDatabaseError:
                raise self._unreachable(error) from error
            raise

    @property
    def _shown(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def _unreachable(self, error: SQLAlchemyError) -> DatabaseError:
        cause = str(error.orig if isinstance(error, DBAPIError) else error).strip()
        remedies = (words for sign, words in _REMEDIES.items() if sign in cause)
        remedy = next(remedies, "Check DATABASE_URL, or leave it empty for SQLite in AURA_HOME.")
        return DatabaseError(f"The database {self._shown} cannot be used: {cause}. {remedy}")


def database_location(home: Path, database_url: str | None = None) -> URL:
    """Turn the settings into the URL that SQLAlchemy uses.

    Raises:
        DatabaseError: The URL is malformed or names another kind of database.
    """
    if not database_url:
        return URL.create("sqlite", database=str(home / SQLITE_FILE))
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        msg = f"DATABASE_URL is not a database URL. Allowed: {', '.join(ALLOWED_URLS)}."
        raise DatabaseError(msg) from error
    kind = url.get_backend_name()
    if kind in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite")
    msg = f"DATABASE_URL names {kind!r} without a file or an unknown database. Allowed: "
    raise DatabaseError(msg + f"{', '.join(ALLOWED_URLS)}.")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(url, pool_pre_ping=True)
        except (ImportError, NoSuchModuleError) as error:
            msg = "PostgreSQL needs its driver: pip install 'psycopg[binary]'."
            raise DatabaseError(msg) from error
    _create_private(Path(str(url.database)))
    engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private(path: Path) -> None:
    """Make the file readable by its owner only: it holds conversations and password hashes."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        msg = f"The database file {path} cannot be made: {error.strerror}."
        raise DatabaseError(msg) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let SQLAlchemy, not the driver, begin transactions; the tables are part of them too."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
