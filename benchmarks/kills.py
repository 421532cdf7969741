"""Processes killed or many at once while a store is written, backed up or brought back."""

import os
import shutil
import signal
import time
from contextlib import closing
from functools import partial

from faults import (
    Child,
    head,
    ingest_until,
    kill_while_ingesting,
    make_batch,
    record,
    seconds_to_ingest,
)
from sqlalchemy import text
from trials import ADDRESS, UNITS, Trials, is_sound

from geo_jindu.store import open_store
from geo_jindu.store.backup import back_up, restore
from geo_jindu.store.verification import verify


def kill_ingestions(trials: Trials, database: str) -> None:
    """Kill an ingesting process at random moments; then beside another that goes on."""
    with trials.workspace(database) as folder:
        seconds = seconds_to_ingest(folder, make_batch("first", units=UNITS), UNITS)

        def alone(number: int) -> str:
            batch = make_batch(f"alone_{number}", units=UNITS)
            landed = kill_while_ingesting(folder, batch, trials.random.uniform(0, 1.1 * seconds), UNITS)
            assert number % 20 or is_sound(folder)
            return "after" if landed else "before"

        def beside(number: int) -> str:
            batches = [make_batch(f"{name}_{number}", units=UNITS) for name in ("one", "two")]
            before = head(folder)[0]
            children = [
                Child(lambda each=each: record(folder, each, units=UNITS) and 0) for each in batches
            ]
            children[0].kill(trials.random.uniform(0, 2 * seconds))
            assert children[1].wait() == 0
            children[0].wait()
            landed = head(folder)[0] - before - 1
            assert record(folder, *batches, units=UNITS) == [not landed, False]
            assert number % 20 or is_sound(folder)
            return "after" if landed else "before"

        trials.count("kill -9 while ingesting", database, 200, alone)
        trials.count(
            "kill -9 of one of two that ingest", database, 100, beside, "the other always lands"
        )
        assert is_sound(folder)


def kill_at_statements(trials: Trials, database: str) -> None:
    """Kill an ingesting process before each statement and before the commit."""
    with trials.workspace(database) as folder:
        batch = make_batch(units=UNITS)
        statements = Child(ingest_until(folder, make_batch("first", units=UNITS), -1, UNITS)).wait()

        def trial(number: int) -> str:
            before = head(folder)
            assert (
                Child(ingest_until(folder, batch, number % statements, UNITS)).wait() == -signal.SIGKILL
            )
            assert head(folder) == before
            return "before"

        trials.count("kill -9 before each statement", database, 2 * statements, trial)
        assert is_sound(folder)


def kill_making(trials: Trials, database: str) -> None:
    """Kill a process that makes a store."""

    def trial(number: int) -> str:
        with trials.workspace(database) as folder:
            child = Child(lambda: open_store(folder).close())
            child.kill(trials.random.uniform(0, 0.05 if database == "SQLite" else 0.3))
            child.wait()
            with closing(open_store(folder)) as store:
                assert verify(store) == []
            assert record(folder, make_batch()) == [True]
        return "after"

    trials.count("kill -9 while a store is made", database, 50, trial, "usable each time")


def ingest_at_once(trials: Trials, database: str) -> None:
    """Let eight processes ingest, different files and then the same ones."""
    each = max(2, round(25 * trials.share))
    with trials.workspace(database) as folder:

        def different(number: int) -> str:
            before = head(folder)[0]
            work = [
                partial(record, folder, *(make_batch(f"p{number}_{at}_{n}") for n in range(each)))
                for at in range(8)
            ]
            children = [Child(lambda run=run: 0 if all(run()) else 1) for run in work]
            assert [child.wait() for child in children] == [0] * 8
            assert head(folder)[0] == before + 8 * each
            assert is_sound(folder)
            return "after"

        def same(number: int) -> str:
            before = head(folder)[0]
            files = [make_batch(f"s{number}_{n}") for n in range(each)]
            children = [Child(lambda: sum(record(folder, *files))) for _ in range(8)]
            assert sum(child.wait() for child in children) == each
            assert head(folder)[0] == before + each
            assert is_sound(folder)
            return "after"

        trials.count(f"8 processes, {each} files each", database, 4, different, "every file once")
        trials.count(f"8 processes, the same {each} files", database, 4, same, "every file once")


def back_up_in_use(trials: Trials, database: str) -> None:
    """Back up while four processes ingest; kill backups; bring a backup back, and kill that."""
    with trials.workspace(database) as folder:
        record(folder, *(make_batch(f"f{at}", units=UNITS) for at in range(5)), units=UNITS)
        files = [[make_batch(f"b{at}_{n}") for n in range(60)] for at in range(4)]
        children = [Child(lambda each=each: record(folder, *each) and 0) for each in files]
        path = folder / "backup.sqlite"

        def trial(number: int) -> str:
            path.unlink(missing_ok=True)
            with closing(open_store(folder)) as store:
                found, digest = back_up(store, path)
                with store.reading() as connection:
                    link = text("SELECT chain_digest FROM batches WHERE id = :id")
                    assert connection.execute(link, {"id": found}).scalar() == digest
            return "after"

        trials.count("backup while 4 processes ingest", database, 20, trial, "each is of one moment")
        assert [child.wait() for child in children] == [0] * 4
        start = time.perf_counter()
        trial(0)
        seconds = time.perf_counter() - start

        def killed(number: int) -> str:
            path.unlink(missing_ok=True)
            child = Child(lambda: back_up(open_store(folder), path) and 0)
            child.kill(trials.random.uniform(0, 1.1 * seconds))
            child.wait()
            if path.exists():
                with trials.workspace("SQLite") as other:
                    restore(path, other)
            os.environ.update(address)
            return "after" if path.exists() else "before"

        address = {ADDRESS: os.environ[ADDRESS]} if ADDRESS in os.environ else {}
        trials.count(
            "kill -9 while backing up", database, 50, killed, "before: no file; after: a whole one"
        )


def kill_restores(trials: Trials) -> None:
    """Kill processes that bring a backup back over a store."""
    with trials.workspace("SQLite") as folder, trials.workspace("SQLite") as other:
        record(folder, make_batch(units=UNITS), units=UNITS)
        record(other, make_batch(units=UNITS), make_batch("outflow", units=UNITS), units=UNITS)
        path = other / "backup.sqlite"
        with closing(open_store(other)) as store:
            back_up(store, path)
        old, content = head(folder), (folder / "store.sqlite").read_bytes()
        start = time.perf_counter()
        restore(path, folder)
        seconds = time.perf_counter() - start

        def trial(number: int) -> str:
            for left in folder.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            (folder / "store.sqlite").write_bytes(content)
            child = Child(lambda: restore(path, folder) and 0)
            child.kill(trials.random.uniform(0, 1.1 * seconds))
            child.wait()
            found = head(folder)
            assert found in (old, head(other))
            assert is_sound(folder)
            return "before" if found == old else "after"

        trials.count("kill -9 while bringing back a backup", "SQLite", 100, trial)
