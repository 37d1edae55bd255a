"""The connection to a store: SQLite or PostgreSQL, with the tables as they are now."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from grader.errors import StoreError, UsageError
from grader.store.tables import Base

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"
"""The newest migration: a store that has it is opened without loading any."""
WAIT_SECONDS = 60
"""How long one process waits for the others that write."""
LOCK = 7_310_583_022
"""Names the lock of all writers on PostgreSQL; any number that nobody else takes."""
KNOWN = "name a file, or postgresql://USER@HOST/DATABASE"


def connect(place: str) -> Engine:
    """Return an engine whose database has all tables.

    `place` is a file, or a URL of PostgreSQL. Raises UsageError for what is neither, StoreError
    where it cannot be used.
    """
    url = _url(place)
    if url.get_backend_name() == "sqlite":
        return _sqlite(Path(url.database or ""))
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except ImportError as error:
        fix = "pip install 'lab-grader[postgresql]'"
        raise StoreError("PostgreSQL needs the package psycopg", fix=fix) from error
    return _brought_up(engine)


def wait_for_turn(connection: Connection) -> None:
    """Wait until no other process writes; the database lets go at the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


@contextlib.contextmanager
def as_store_errors(engine: Engine) -> Iterator[None]:
    """Turn errors of the database into StoreErrors that say where."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _failure(engine.url, error) from error


def _failure(url: URL, error: SQLAlchemyError) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = " ".join(str(cause).split())
    where = url.render_as_string(hide_password=True)
    fix = "see that the server runs and that you may use the database"
    if url.get_backend_name() == "sqlite":
        where = str(url.database)
        fix = "see that there is room and that you may write there"
        if "unable to open" in said or "readonly" in said:
            fix = "copy it with all files beside it elsewhere, and name the copy with --store"
        if "not a database" in said or "malformed" in said:
            fix = "put a copy back, or move the file away and grade again"
    return StoreError(f"the store of grades {where} cannot be used: {said}", fix=fix)


def _url(place: str) -> URL:
    if "://" not in place:
        return URL.create("sqlite", database=place)
    try:
        url = make_url(place)
    except (ArgumentError, ValueError) as error:
        raise UsageError("the URL of the store cannot be read", fix=KNOWN) from error
    if url.get_backend_name() == "sqlite" and url.database:
        return URL.create("sqlite", database=url.database)
    if url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise UsageError(f"no store can be kept in {url.drivername!r}", fix=KNOWN)
    return url.set(drivername="postgresql+psycopg")


def _sqlite(file: Path) -> Engine:
    """Open the file; one process at a time, because the switch to WAL does not wait for others.

    In a folder that cannot be written, there is nothing to switch: what stands there can be read.
    """
    if file.is_file() and not os.access(file.parent, os.W_OK):
        return _brought_up(_to_read_only(file))
    engine = create_engine(
        URL.create("sqlite", database=str(file)), connect_args={"timeout": WAIT_SECONDS}
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.with_name(f".{file.name}.lock").open("w")
    except OSError as error:
        problem = f"the store of grades {file} cannot be opened: {error.strerror}"
        raise StoreError(problem, fix="choose another file with --store FILE") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _brought_up(engine)


def _to_read_only(file: Path) -> Engine:
    """Return an engine for a file beside which SQLite can make none of its own.

    Without the journal of a process that writes, the file is all there is, and to be read as it is
    (https://www.sqlite.org/wal.html#read_only_databases).
    """
    journal = file.with_name(f"{file.name}-wal")
    is_whole = not journal.exists() or not journal.stat().st_size
    uri = f"{file.absolute().as_uri()}?mode=ro" + ("&immutable=1" if is_whole else "")

    def connected() -> sqlite3.Connection:
        return sqlite3.connect(uri, WAIT_SECONDS, uri=True, check_same_thread=False)

    engine = create_engine(URL.create("sqlite", database=str(file)), creator=connected)
    event.listen(engine, "connect", _begin_ourselves)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: object, _: ConnectionPoolEntry) -> None:
    """Set up one connection: several processes, and nothing that is removed stays readable."""
    _begin_ourselves(connection, _)
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_ourselves(connection: object, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined] # we say when to begin


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that writes has the lock from the beginning, and never fails later.

    The module's own way begins before the first change only, when what was read may be old.
    """
    options = connection.get_execution_options()
    if not options.get("alone", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


def rewrite(engine: Engine) -> None:
    """Write the database anew, without what was removed. Raises StoreError."""
    if engine.dialect.name == "sqlite":
        with as_store_errors(engine), engine.execution_options(alone=True).connect() as connection:
            connection.exec_driver_sql("VACUUM")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise StoreError(
                "another process reads the store, so what was removed is still in its file",
                fix="let it end, and say it again",
            )
        return
    with (
        as_store_errors(engine),
        engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection,
    ):
        for table in Base.metadata.tables:
            connection.execute(text(f"VACUUM (FULL) {table}"))


def _brought_up(engine: Engine) -> Engine:
    """Return the engine once its tables are up to date; it is closed where that fails."""
    try:
        with as_store_errors(engine):
            _bring_up(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _bring_up(engine: Engine) -> None:
    """Make the tables what this program knows. Raises StoreError for a store that is newer."""
    with engine.connect() as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    with engine.execution_options(writes=True).begin() as connection:
        wait_for_turn(connection)
        if _revision(connection) != HEAD:  # another process was faster
            _migrate(connection)


def _revision(connection: Connection) -> str | None:
    """Return which migration the store has. Raises StoreError where it is not ours at all."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        problem = f"this database is no store of grades: it has the table {tables[0]!r}"
        raise StoreError(problem, fix="give the store a database of its own with --store")
    return None


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(migrations(connection), "head")
    except CommandError as error:
        found = _revision(connection)
        raise StoreError(
            f"the store of grades is of version {found!r}; this program knows {HEAD!r}",
            fix="use the program that wrote it, or a newer one",
        ) from error


def migrations(connection: Connection) -> Config:
    """Return what Alembic's commands take, on this connection."""
    from alembic.config import Config

    config = Config(stdout=sys.stdout)  # else the one of the time of import, which may be closed
    config.set_main_option("script_location", "grader.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
