"""Opening the store, and every failure of a database under a name of ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from geo_jindu.errors import StoreError
from geo_jindu.store.migrations import HEAD, upgrade

FILE = "store.sqlite"
"""Name of the store in a workspace that names no other database."""

BUSY_SECONDS = 60
"""How long a writer waits for another."""

_WRITERS = 0x6A_69_6E_64_75
"""Number of the lock that writers on PostgreSQL take in turn."""

_PRAGMAS = (
    "foreign_keys = ON",
    "synchronous = FULL",
    "recursive_triggers = ON",  # else INSERT OR REPLACE would delete past the triggers
)

_BY_MESSAGE = {
    "disk is full": "store_full",
    "disk i/o error": "store_full",
    "no space left": "store_full",
    "readonly": "store_read_only",
    "read-only": "store_read_only",
    "unable to open": "store_unopened",
    "locked": "store_busy",
    "lock timeout": "store_busy",
    "malformed": "store_damaged",
    "could not decode": "store_damaged",
    "not a database": "store_damaged",
    "invalid page": "store_damaged",
    "could not read block": "store_damaged",
}


class _Settings(BaseSettings):
    """``GEO_JINDU_DATABASE_URL``: another database than the file in the workspace."""

    model_config = SettingsConfigDict(env_prefix="GEO_JINDU_")

    database_url: SecretStr | None = None


class Store:
    """An open store.

    Attributes
    ----------
    engine
        For programs that read it with SQLAlchemy.
    name
        What messages call it: the path of the file, or the address without a password.
    """

    def __init__(self, url: URL) -> None:
        self.name = url.database or "" if _is_sqlite(url) else url.render_as_string()
        try:
            self.engine = _make_engine(url)
        except (NoSuchModuleError, ModuleNotFoundError, ArgumentError):
            raise StoreError("store_address", store=self.name) from None

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Return a connection that sees one state of the store.

        Raises
        ------
        StoreError
            If the database fails, in words of ours.
        """
        with self.translated(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Return a connection whose changes are kept whole at the end, or not at all; one at a time.

        Raises
        ------
        StoreError
            As `reading`; also if the store cannot be written.
        """
        with self.translated(), self.engine.connect() as connection:
            connection = connection.execution_options(geo_jindu_writes=True)
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(text(f"SET LOCAL lock_timeout = {int(1000 * BUSY_SECONDS)}"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITERS})
                yield connection

    def close(self) -> None:
        """End all connections."""
        self.engine.dispose()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn a failure of this store's database into a `StoreError`."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(_key(error), store=self.name) from None


def open_store(workspace: Path, *, create: bool = True) -> Store:
    """Open the store of a workspace; bring its tables up to date.

    The store is ``store.sqlite`` in the workspace, or the database that
    ``GEO_JINDU_DATABASE_URL`` names.

    Parameters
    ----------
    create
        Whether to make a store where there is none.

    Raises
    ------
    StoreError
        If it cannot be opened, is damaged or was made by a later version.
    """
    store = find_store(workspace)
    if not create:
        is_there = not store.is_sqlite or Path(store.name).exists()
        if not is_there or tables_version(store) is None:
            raise StoreError("store_missing", store=store.name)
    bring_up_to_date(store)
    return store


def find_store(workspace: Path) -> Store:
    """Return the store of a workspace without opening it; there may be none yet."""
    return Store(_address(workspace))


def file_store(path: Path | None) -> Store:
    """Return the store in a file of its own, or in memory."""
    return Store(URL.create("sqlite", database=None if path is None else str(path)))


def bring_up_to_date(store: Store) -> None:
    """Make the tables, or run the migrations they lack.

    Raises
    ------
    StoreError
        If the store was made by a later version, is damaged or cannot be written.
    """
    if tables_version(store) != HEAD:
        with store.writing() as connection:
            upgrade(connection)


def has_store(workspace: Path) -> bool:
    """Return whether a workspace has a store, or names a database that may hold one."""
    return _Settings().database_url is not None or (workspace / FILE).exists()


def _address(workspace: Path) -> URL:
    address = _Settings().database_url
    if address is None:
        return URL.create("sqlite", database=str(workspace / FILE))
    try:
        url = make_url(address.get_secret_value())
    except ArgumentError:
        raise StoreError("store_address", store="GEO_JINDU_DATABASE_URL") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def tables_version(store: Store) -> str | None:
    """Return which migration the store is at; ``None`` if it has no tables."""
    with store.reading() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _make_engine(url: URL) -> Engine:
    if not _is_sqlite(url):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin as `_begin` says
        _write_ahead(connection)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("geo_jindu_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(connection: Any) -> None:
    """Have SQLite write ahead; it does not wait by itself where others ask the same of a new file."""
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(0.02)
        else:
            return


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _key(error: SQLAlchemyError | sqlite3.Error) -> str:
    """Return the name of a failure; what the driver said is not passed on."""
    said = str(getattr(error, "orig", error)).lower()
    return next((key for part, key in _BY_MESSAGE.items() if part in said), "store_failed")
