"""Backups: a whole store as one SQLite file, whatever database it is in, and the way back.

Keys are in a backup: without them nobody is let in after a loss, and of their secrets there are hashes
only. Sessions are not: they last hours, and whoever had one signs in again.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, exists, func, insert, select

from geo_jindu.errors import StoreError, not_writable
from geo_jindu.new_files import refuse_existing
from geo_jindu.store.batches import chain_head
from geo_jindu.store.engine import (
    FILE,
    Store,
    bring_up_to_date,
    file_store,
    find_store,
    tables_version,
)
from geo_jindu.store.kept_head import keep_head
from geo_jindu.store.schema import METADATA, SESSIONS, SNAPSHOTS
from geo_jindu.store.times import now
from geo_jindu.store.verification import verify

Report = Callable[[float], None]

_TABLES = [table for table in METADATA.sorted_tables if table is not SESSIONS]
_COMPANIONS = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside a database; with another database they would destroy it."""

_ROWS = 10_000
_LARGE_ROWS = 100
_PAGES = 1_000
_COPYING = 0.3
"""Share of the time that copying takes; verifying takes the rest."""

_ALONE_SECONDS = 2
_LEFTOVER_SECONDS = 24 * 3600


def back_up(store: Store, path: Path, report: Report = lambda done: None) -> tuple[int, str]:
    """Write a store, as it is at one moment, into a new file; others may read and write meanwhile.

    The file is written beside its place and takes it once it is verified. It stands alone, and can be
    read where nothing may be written.

    Parameters
    ----------
    report
        Called with the share that is done.

    Returns
    -------
    int
        How many batches it holds.
    str
        Digest of the chain at the last of them.

    Raises
    ------
    OutputError
        If the file is there already or cannot be written.
    StoreError
        If the store cannot be read or does not hold together.
    """
    refuse_existing([path])
    with _folder_beside(path) as folder:
        fresh = folder / FILE
        with closing(file_store(fresh)) as copy:
            copy.name = str(path)
            if store.is_sqlite:
                with store.reading() as connection:
                    chain_head(connection)  # reading something fixes the moment
                    source = connection.connection.driver_connection
                    _copy_pages(source, fresh, copy, report)  # type: ignore[arg-type]
            else:
                bring_up_to_date(copy)
                _copy_rows(store, copy, report)
            with copy.writing() as connection:
                connection.execute(delete(SESSIONS))
                number, head, _ = chain_head(connection)
            if verify(copy, _rest(report)):
                raise StoreError("store_unsound", store=store.name)
        with copy.translated(), closing(sqlite3.connect(fresh)) as alone:
            alone.execute("PRAGMA journal_mode = DELETE")
        fresh.chmod(0o600)
        fresh.rename(path)
    return number, head


def restore(path: Path, workspace: Path, report: Report = lambda done: None) -> Path | None:
    """Let a backup take the place of a workspace's store.

    The head of the log that the workspace keeps is left if the backup is older, so that `verify` tells
    which entries are lost.

    Parameters
    ----------
    path
        A file that `back_up` wrote, with this version or an earlier one; it is not changed.
    report
        Called with the share that is done.

    Returns
    -------
    Path or None
        Where the store is kept that was there; ``None`` if there was none.

    Raises
    ------
    OutputError
        If the workspace cannot be written.
    StoreError
        If the backup is damaged or of a later version, another process has the store open, or a
        database that is no file holds something already. The store is then as it was.
    """
    if not path.is_file():
        raise StoreError("backup_missing", path=path)
    store = find_store(workspace)
    place = (Path(store.name) if store.is_sqlite else workspace / FILE).resolve()
    with _folder_beside(place) as folder:
        fresh = folder / FILE
        with closing(file_store(fresh)) as copy:
            copy.name = store.name
            _read_backup(path, fresh, copy, report)
            if not store.is_sqlite:
                with closing(store):
                    bring_up_to_date(store)
                    _copy_rows(copy, store, report)
                    keep_head(store, workspace)
                return None
        kept = _take_place(fresh, place)
    with closing(store):
        keep_head(store, workspace)
    return kept


def _read_backup(path: Path, fresh: Path, copy: Store, report: Report) -> None:
    """Copy a backup, bring the copy up to date and verify it."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with copy.translated(), closing(sqlite3.connect(address, uri=True)) as source:
            _copy_pages(source, fresh, copy, report)
        is_store = tables_version(copy) is not None
        if is_store:
            bring_up_to_date(copy)
            with copy.writing() as connection:
                connection.execute(delete(SESSIONS))
    except StoreError as error:
        if error.problem.key not in {"store_damaged", "store_unopened"}:
            raise
        is_store = False
    if not is_store or verify(copy, _rest(report)):
        raise StoreError("backup_damaged", path=path)


def _copy_pages(source: sqlite3.Connection, fresh: Path, copy: Store, report: Report) -> None:
    """Copy SQLite's pages; what the source reads already keeps others' changes out."""

    def tell(_: int, remaining: int, total: int) -> None:
        report(_COPYING * (1 - remaining / max(total, 1)))

    with copy.translated(), closing(sqlite3.connect(fresh)) as target:
        source.backup(target, pages=_PAGES, progress=tell)


def _copy_rows(store: Store, copy: Store, report: Report) -> None:
    """Copy the rows of one moment into a store that has none."""
    with copy.writing() as target, store.reading() as source:
        with copy.translated():
            if any(target.execute(select(exists(select(table)))).scalar() for table in _TABLES):
                raise StoreError("store_not_empty", store=copy.name)
        numbers = [select(func.count()).select_from(table) for table in _TABLES]
        total, done = sum(source.execute(number).scalar_one() for number in numbers), 0
        for table in _TABLES:
            rows = _LARGE_ROWS if table is SNAPSHOTS else _ROWS
            found = source.execute(select(table), execution_options={"yield_per": rows})
            for part in found.mappings().partitions():
                with copy.translated():
                    target.execute(insert(table), [dict(row) for row in part])
                done += len(part)
                report(_COPYING * done / total)
            column = table.autoincrement_column
            if column is not None and not copy.is_sqlite:
                numbering = func.pg_get_serial_sequence(table.name, column.name)
                with copy.translated():
                    target.execute(select(func.setval(numbering, func.max(column))))


def _take_place(fresh: Path, place: Path) -> Path | None:
    """Put a file in the place of a store, which is kept beside."""
    kept = place.with_name(f"{place.name}.before-{now().translate({ord(':'): None, ord('-'): None})}")
    with _alone(place):
        was_there = place.exists()
        if was_there:
            _give_rights(place, fresh)
            try:
                os.link(place, kept)
            except OSError:  # no links on this file system: for a moment there is no store
                place.rename(kept)
        for end in _COMPANIONS:
            with suppress(FileNotFoundError):
                place.with_name(place.name + end).rename(kept.with_name(kept.name + end))
        fresh.replace(place)
    return kept if was_there else None


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Keep others from a store, and have SQLite fold its companions into it if it can still be read.

    Whoever opens it meanwhile, waits and finds that it has moved, cannot write it any more: SQLite
    refuses that to a file without companions.

    Raises
    ------
    StoreError
        If another process has it open.
    """
    if not place.exists():
        yield
        return
    with closing(sqlite3.connect(place, timeout=_ALONE_SECONDS, isolation_level=None)) as connection:
        try:
            with file_store(place).translated():
                connection.execute("PRAGMA journal_mode = DELETE")
                connection.execute("BEGIN EXCLUSIVE")
                mode = connection.execute("PRAGMA journal_mode").fetchone()
        except StoreError as error:
            if error.problem.key == "store_busy":
                raise
            mode = None  # damaged: nobody else can use it either
        if mode == ("wal",):  # opened by another between the two
            raise StoreError("store_busy", store=place)
        yield


def _give_rights(place: Path, fresh: Path) -> None:
    """Let whoever could open the store before open the one that takes its place."""
    shutil.copymode(place, fresh)
    with suppress(PermissionError):
        os.chown(fresh, place.stat().st_uid, place.stat().st_gid)


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """Make a folder on the same disk, gone at the end; what killed processes left is removed."""
    try:
        for left in path.parent.glob(".store-*"):
            if time.time() - left.stat().st_mtime > _LEFTOVER_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        with TemporaryDirectory(prefix=".store-", dir=path.parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise not_writable(path.parent, error) from None


def _rest(report: Report) -> Report:
    return lambda done: report(_COPYING + (1 - _COPYING) * done)
