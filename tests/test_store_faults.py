"""Faults: whatever happens while a store is written, it is as before or as after, and says what failed."""

import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psycopg
import pytest
from faults import (
    Child,
    add,
    behind_the_back,
    head,
    ingest_until,
    kill_while_ingesting,
    make_batch,
    record,
    seconds_to_ingest,
)
from sqlalchemy import text

from geo_jindu.errors import InputError, StoreError
from geo_jindu.store import engine, open_store
from geo_jindu.store.backup import back_up
from geo_jindu.store.batches import read_batches
from geo_jindu.store.verification import verify

KILLS = 12
NEW, KNOWN, REFUSED = 0, 1, 2


def is_sound(workspace: Path) -> bool:
    with closing(open_store(workspace, create=False)) as store:
        return verify(store) == []


def failure(work: Callable[[], object]) -> str:
    """Return the name of the failure that ``work`` ends with."""
    with pytest.raises(StoreError) as caught:
        work()
    assert caught.value.__cause__ is None
    return str(caught.value.problem.key)


# ---- killed


def test_killed_before_any_statement_or_the_commit(database: str, tmp_path: Path) -> None:
    batch = make_batch()
    record(tmp_path, make_batch("outflow"))
    before, statement = head(tmp_path), 0
    while Child(ingest_until(tmp_path, batch, statement)).wait() < 0:
        assert head(tmp_path) == before
        statement += 1
    assert statement > 8
    assert head(tmp_path)[0] == 2
    assert is_sound(tmp_path)


def test_killed_at_random_moments(database: str, tmp_path: Path) -> None:
    seconds = seconds_to_ingest(tmp_path, make_batch("first", units=20), 20)
    moments = np.random.default_rng(5)
    for at in range(KILLS):
        batch = make_batch(f"source_{at}", units=20)
        kill_while_ingesting(tmp_path, batch, moments.uniform(0, seconds), 20)
    assert head(tmp_path)[0] == 1 + KILLS
    assert is_sound(tmp_path)


def test_killed_while_the_store_is_made(database: str, tmp_path: Path) -> None:
    moments = np.random.default_rng(6)
    for _ in range(4):
        child = Child(lambda: open_store(tmp_path).close())
        child.kill(moments.uniform(0.005, 0.05))
        child.wait()
    assert record(tmp_path, make_batch()) == [True]
    assert is_sound(tmp_path)


# ---- several at once


def ingest(workspace: Path, *batches: object) -> Callable[[], int]:
    """Return work that ingests when the file ``start`` appears; what it returns says what it was told."""

    def work() -> int:
        while not (workspace / "start").exists():
            time.sleep(0.001)
        try:
            return NEW if all(record(workspace, *batches)) else KNOWN
        except InputError as error:
            return REFUSED if error.problems[0].key == "batch_overlaps" else 9

    return work


def all_at_once(workspace: Path, *works: Callable[[], int]) -> list[int]:
    children = [Child(work) for work in works]
    (workspace / "start").touch()
    return sorted(child.wait() for child in children)


def test_of_the_same_file_ingested_twice_at_once_one_is_told(database: str, tmp_path: Path) -> None:
    told = all_at_once(tmp_path, ingest(tmp_path, make_batch()), ingest(tmp_path, make_batch()))
    assert told == [NEW, KNOWN]
    assert head(tmp_path)[0] == 1
    assert is_sound(tmp_path)


def test_of_two_files_of_the_same_days_one_is_refused(database: str, tmp_path: Path) -> None:
    """Each finds nothing in its way when it begins; which comes first decides."""
    other = make_batch(units=6)
    other = type(other)(**(vars(other) | {"input_digest": "1" * 64, "file": "again.csv"}))
    told = all_at_once(tmp_path, ingest(tmp_path, make_batch()), ingest(tmp_path, other))
    assert told == [NEW, REFUSED]
    assert head(tmp_path)[0] == 1
    assert is_sound(tmp_path)


def test_different_sources_ingested_at_once_all_land(database: str, tmp_path: Path) -> None:
    """Also where the store does not exist yet, so that each wants to make it."""
    works = [
        ingest(tmp_path, make_batch(f"source_{at}"), make_batch(f"source_{at}", 2019))
        for at in range(3)
    ]
    assert all_at_once(tmp_path, *works) == [NEW] * 3
    assert head(tmp_path)[0] == 6
    assert is_sound(tmp_path)


def test_a_new_file_is_opened_by_many_at_once(tmp_path: Path) -> None:
    for at in range(2):
        folder = tmp_path / str(at)
        folder.mkdir()

        def work(folder: Path = folder) -> int:
            while not (folder / "start").exists():
                time.sleep(0.0001)
            open_store(folder).close()
            return NEW

        assert all_at_once(folder, *[work] * 6) == [NEW] * 6


@pytest.mark.parametrize(("refused", "waits"), [(3, True), (10_000, False)])
def test_switching_to_writing_ahead_waits(
    refused: int, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does not wait by itself where others switch the same new file."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    asked: list[str] = []

    class Busy:
        def execute(self, statement: str) -> None:
            asked.append(statement)
            if len(asked) <= refused:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error

    if waits:
        engine._write_ahead(Busy())
        assert asked == ["PRAGMA journal_mode = WAL"] * 4
    else:
        with pytest.raises(sqlite3.OperationalError):
            engine._write_ahead(Busy())


def test_a_lock_held_too_long_is_named(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, make_batch())
    before = head(tmp_path)

    def hold() -> None:
        with closing(open_store(tmp_path)) as store, store.writing() as connection:
            connection.execute(text("DELETE FROM sessions"))
            (tmp_path / "held").touch()
            time.sleep(60)

    child = Child(hold)
    try:
        while not (tmp_path / "held").exists():
            time.sleep(0.005)
        monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
        assert failure(lambda: record(tmp_path, make_batch("outflow"))) == "store_busy"
        assert head(tmp_path) == before  # reading goes on meanwhile
    finally:
        child.kill()
        child.wait()
    assert record(tmp_path, make_batch("outflow")) == [True]
    assert is_sound(tmp_path)


# ---- no room


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Return a disk of 1.5 MB in memory; the first half is taken by a file ``ballast``."""
    mount = shutil.which("mount")
    folder = Path(tempfile.mkdtemp(prefix="geo-jindu-disk-"))
    try:
        options = ["-t", "tmpfs", "-o", "size=1500k,mode=0777", "tmpfs", str(folder)]
        if not mount or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
            pytest.skip("a small disk can only be mounted by root")
        try:
            (folder / "ballast").write_bytes(bytes(700_000))
            yield folder
        finally:
            subprocess.run([str(shutil.which("umount")), "-l", str(folder)], check=True)
    finally:
        folder.rmdir()


def fill(workspace: Path, units: int = 120) -> str:
    """Record batches until one fails; return what it failed with. The others are still there."""
    for at in range(20):
        try:
            record(workspace, make_batch(f"source_{at}", units=units), units=units)
        except StoreError as error:
            return str(error.problem.key)
    return ""


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    record(small_disk, make_batch("first", units=120), units=120)
    assert fill(small_disk) == "store_full"
    (small_disk / "ballast").unlink()
    number = head(small_disk)[0]
    assert is_sound(small_disk)
    assert record(small_disk, make_batch(f"source_{number - 1}", units=120), units=120) == [True]
    assert head(small_disk)[0] == number + 1
    assert is_sound(small_disk)


def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    record(tmp_path, make_batch("first", units=120), units=120)
    before = head(tmp_path)

    def work() -> int:
        size = (tmp_path / "store.sqlite").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30_000, size + 30_000))
        return 0 if fill(tmp_path) == "store_full" else 1

    assert Child(work).wait() == 0
    assert head(tmp_path)[0] >= before[0]
    assert is_sound(tmp_path)


def test_a_backup_onto_a_full_disk_leaves_nothing_there(small_disk: Path, tmp_path: Path) -> None:
    record(tmp_path, make_batch(units=120), units=120)
    (small_disk / "ballast").write_bytes(bytes(1_400_000))
    with closing(open_store(tmp_path)) as store:
        assert failure(lambda: back_up(store, small_disk / "backup.sqlite")) == "store_full"
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def test_a_full_disk_under_postgresql_loses_nothing(
    small_disk: Path, tmp_path: Path, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = str(shutil.which("mount"))
    subprocess.run([mount, "-o", "remount,size=20m", str(small_disk)], check=True)
    small_disk.chmod(0o777)
    place = small_disk / "tablespace"
    place.mkdir()
    shutil.chown(place, "postgres")
    with psycopg.connect(postgresql_server.format(name="postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        try:
            admin.execute("CREATE DATABASE small TABLESPACE small")
            monkeypatch.setenv("GEO_JINDU_DATABASE_URL", postgresql_server.format(name="small"))
            record(tmp_path, make_batch("first", units=120), units=120)
            room = shutil.disk_usage(small_disk).free
            (small_disk / "ballast").write_bytes(bytes(700_000 + room - 600_000))
            before = head(tmp_path)[0]
            assert fill(tmp_path) in {"store_full", "store_failed"}  # as far as the server could say
            (small_disk / "ballast").unlink()
            number = head(tmp_path)[0]
            assert number >= before
            assert record(tmp_path, make_batch(f"source_{number - 1}", units=120), units=120) == [True]
            assert is_sound(tmp_path)
        finally:
            admin.execute("DROP DATABASE IF EXISTS small WITH (FORCE)")
            admin.execute("CHECKPOINT")  # or files that are dropped already keep the tablespace
            admin.execute("DROP TABLESPACE small")


# ---- no right to write


@pytest.fixture
def make_read_only() -> Iterator[Callable[[Path], None]]:
    """Return a function that makes a folder read-only, for root by mounting it so."""
    folders: list[Path] = []
    mount, umount = shutil.which("mount"), shutil.which("umount")

    def make(folder: Path) -> None:
        folders.append(folder)
        if os.getuid():
            folder.chmod(0o555)
            for path in folder.iterdir():
                path.chmod(0o444)
            return
        for options in (["--bind", str(folder)], ["-o", "remount,ro,bind"]):
            if not mount or subprocess.run([mount, *options, str(folder)], check=False).returncode:
                pytest.skip("root cannot be kept from writing where nothing can be mounted")

    yield make
    for folder in folders:
        if os.getuid():
            folder.chmod(0o755)
        else:
            subprocess.run([str(umount), "-l", str(folder)], check=False)


def test_a_store_that_may_not_be_written_is_named(
    tmp_path: Path, make_read_only: Callable[[Path], None]
) -> None:
    """SQLite needs to write beside a store that is written ahead even to read it."""
    folder = tmp_path / "store"
    folder.mkdir()
    record(folder, make_batch())
    content = (folder / "store.sqlite").read_bytes()
    make_read_only(folder)
    assert failure(lambda: record(folder, make_batch("outflow"))) == "store_unopened"
    assert failure(lambda: head(folder)) == "store_unopened"
    assert (folder / "store.sqlite").read_bytes() == content
    assert [path.name for path in folder.iterdir()] == ["store.sqlite"]


def test_no_store_can_be_made_where_nothing_may_be_written(
    tmp_path: Path, make_read_only: Callable[[Path], None]
) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    make_read_only(folder)
    assert failure(lambda: open_store(folder)) == "store_unopened"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_that_may_not_be_written_is_named(database: str, tmp_path: Path) -> None:
    record(tmp_path, make_batch())
    address = os.environ["GEO_JINDU_DATABASE_URL"]
    before = head(tmp_path)
    with psycopg.connect(address, autocommit=True) as admin:
        name = admin.info.dbname
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    assert failure(lambda: record(tmp_path, make_batch("outflow"))) == "store_read_only"
    assert head(tmp_path) == before
    assert is_sound(tmp_path)
    with closing(open_store(tmp_path)) as store:
        assert back_up(store, tmp_path / "backup.sqlite") == before


# ---- a database that ends or breaks


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_connection_that_breaks_leaves_the_store_as_it_was(database: str, tmp_path: Path) -> None:
    record(tmp_path, make_batch())
    before = head(tmp_path)

    def work() -> None:
        with closing(open_store(tmp_path)) as store, store.writing() as connection:
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            connection.execute(text("DELETE FROM sessions"))
            with psycopg.connect(os.environ["GEO_JINDU_DATABASE_URL"], autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", [mine])
            connection.execute(text("DELETE FROM sessions"))

    assert failure(work) == "store_failed"
    assert head(tmp_path) == before
    assert record(tmp_path, make_batch("outflow")) == [True]
    assert is_sound(tmp_path)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store in a file, closed; tests change copies of it."""
    folder = tmp_path_factory.mktemp("store")
    record(folder, make_batch(units=3), units=3)
    return folder / "store.sqlite"


def used(workspace: Path) -> None:
    """Read everything, then write."""
    with closing(open_store(workspace)) as store:
        with store.reading() as connection:
            read_batches(connection, make_batch().counts.provenance)
        add(store, make_batch("outflow", units=3), 3)


def test_of_a_damaged_page_nothing_but_a_named_failure_comes(file: Path, tmp_path: Path) -> None:
    """Or nothing at all, where the page was not needed; verifying finds it all the same."""
    whole = file.read_bytes()
    garbage = np.random.default_rng(2).bytes(4096)
    path, named = tmp_path / "store.sqlite", []
    for start in range(0, len(whole), 4096):
        for end in ("-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        path.write_bytes(whole[:start] + garbage + whole[start + 4096 :])
        try:
            used(tmp_path)
        except StoreError as error:
            named.append(error.problem.key)
    assert set(named) == {"store_damaged"}
    assert len(named) > 10


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE batches SET role = 'nobody'",
        "UPDATE batches SET exceptions = '[1'",
        "UPDATE row_counts SET rows = 'x'",
    ],
)
def test_a_cell_that_cannot_be_read_is_named(statement: str, file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(file, tmp_path / "store.sqlite"))
    with closing(engine.file_store(path)) as store, behind_the_back(store) as connection:
        connection.execute(text(statement))
    assert failure(lambda: used(tmp_path)) == "batches_unreadable"


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_file_cut_short_is_named(share: float, file: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    cut = path.read_bytes()
    assert failure(lambda: used(tmp_path)) == "store_damaged"
    assert path.read_bytes() == cut


def killed_writer(workspace: Path, batch: object) -> None:
    """Record a batch and die, so that it is in the file beside the store only."""

    def work() -> None:
        store = open_store(workspace)
        with store.reading():
            record(workspace, batch)
            os.kill(os.getpid(), 9)

    assert Child(work).wait() == -9


def test_what_a_killed_process_had_recorded_is_there(tmp_path: Path) -> None:
    killed_writer(tmp_path, make_batch())
    assert head(tmp_path)[0] == 1
    assert is_sound(tmp_path)


def test_a_lost_companion_leaves_the_store_as_it_was_folded_in_last(tmp_path: Path) -> None:
    """Copying a store alone while it is in use does this; a backup does not."""
    record(tmp_path, make_batch())
    before = head(tmp_path)
    killed_writer(tmp_path, make_batch("outflow"))
    (tmp_path / "store.sqlite-wal").unlink()
    assert head(tmp_path) == before
    assert is_sound(tmp_path)
    assert record(tmp_path, make_batch("outflow")) == [True]


def test_a_companion_of_another_store_is_found(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        folder.mkdir()
    record(mine, *(make_batch(f"source_{at}") for at in range(3)))
    record(other, make_batch())
    killed_writer(other, make_batch("outflow"))
    shutil.copy(other / "store.sqlite-wal", mine / "store.sqlite-wal")
    with closing(engine.file_store(mine / "store.sqlite")) as store:
        assert verify(store)


def test_a_store_without_tables_is_none(tmp_path: Path) -> None:
    """Such as one cut to nothing: commands that only read say so; no fresh one hides the loss."""
    (tmp_path / "store.sqlite").touch()
    assert failure(lambda: open_store(tmp_path, create=False)) == "store_missing"
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
