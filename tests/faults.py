"""Batches and entries made by hand, and children that record them until they are killed."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection, event

from geo_jindu.counts import OBSERVATION_KEYS, Counts
from geo_jindu.digests import digest_bytes
from geo_jindu.ingestion import record_batch
from geo_jindu.provenance import Provenance
from geo_jindu.rectification.entries import Entry, Evidence, Result, Trace
from geo_jindu.store import Store, open_store
from geo_jindu.store.batches import Batch, UnitList, chain_head
from geo_jindu.store.kept_head import appending
from geo_jindu.store.rectification_log import append_entry
from geo_jindu.store.times import now
from geo_jindu.tiers import Tier

VINTAGE = "2018-01-01"


def make_units(number: int = 6) -> UnitList:
    """Return townships of two counties, all fictional."""
    codes = [f"99{at % 2:04d}{at:03d}" for at in range(number)]
    frame = pd.DataFrame({"name": [f"第{at}镇" for at in range(number)]}, index=codes)
    digest = digest_bytes(str(number).encode())
    return UnitList(VINTAGE, digest, "made for a test", frame.assign(county=frame.index.str[:6]))


def make_batch(source: str = "incidents", year: int = 2018, units: int = 6, **others: object) -> Batch:
    """Return a year of counts, the same for the same arguments; some values are missing.

    In each month and unit 0 to 5 rows of one incident each; every month has two rows in no unit.
    """
    random = np.random.default_rng([year, units, *source.encode()])
    grid = pd.MultiIndex.from_product(
        [
            [VINTAGE],
            make_units(units).frame.index,
            [f"{year}-{month:02d}" for month in range(1, 13)],
            ["dealing"],
        ],
        names=OBSERVATION_KEYS,
    )
    values = pd.Series(random.integers(0, 6, len(grid)), index=grid, dtype="Int64", name="value")
    values[random.random(len(grid)) < 0.05] = pd.NA
    observations = values.reset_index()
    observations["status"] = np.where(observations["value"].isna(), "missing", "value")
    counted = observations.groupby("period")["value"].sum().astype("int64")
    assigned = pd.DataFrame({"reason": "", "rows": counted + 1, "counted": counted})
    elsewhere = assigned.assign(reason="no_coordinates", rows=2, counted=2)
    rows = pd.concat([assigned, elsewhere]).reset_index().assign(first_rows=[()] * 2 * len(counted))
    counts = Counts(
        observations,
        rows.sort_values(["period", "reason"], ignore_index=True),
        0,
        Provenance.SYNTHETIC,
        {},
    )
    digest = digest_bytes(f"{source} {year} {units}".encode())
    facts = {"replaces": False, "exceptions": ("note",), "role": Tier.PLANNER} | others
    return Batch(source, f"{source}-{year}.csv", digest, digest, counts, **facts)


def record(workspace: Path, *batches: Batch, units: int = 6) -> list[bool]:
    """Record batches, each in a transaction of its own; return which were new."""
    with closing(open_store(workspace)) as store:
        return [add(store, batch, units) for batch in batches]


def add(store: Store, batch: Batch, units: int = 6) -> bool:
    """Record a batch in a transaction of its own; return whether it was new."""
    with store.writing() as connection:
        return record_batch(connection, batch, make_units(units))[1]


def head(workspace: Path) -> tuple[int, str]:
    """Return number and chain digest of the newest batch; 0 if there is no store yet."""
    with closing(open_store(workspace)) as store, store.reading() as connection:
        return chain_head(connection)[:2]


def make_entry(number: int = 1, **others: object) -> Entry:
    """Return an entry that is in no log yet, the same for the same arguments."""
    trace = Trace("RELAPSE-OUT", Result.FAIL, {"outflow.ratio": 0.5, "n": number}, (), "未过", "fails")
    facts = {
        "event": "add_measure",
        "unit": f"99{number % 2:04d}{101 + number % 7}",
        "vintage": VINTAGE,
        "county": f"99{number % 2:04d}",
        "role": "county_office",
        "effective_on": date(2018, 6, 1),
        "recorded_at": f"2018-06-01T08:00:{number % 60:02d}.000000Z",
        "reasons": f"第{number}项",
        "evidence": (Evidence("decision", f"禁毒委〔2018〕{number}号", digest_bytes(b"paper")),),
        "details": {"name": f"任务{number}", "heirs": ("990000101", "990000102"), "share": 0.25},
        "traces": (trace,),
        "ruleset": "demo 2018.1 3f",
        "key_id": "terminal",
        "idempotency_key": f"request {number}",
    }
    return Entry(number=0, **facts | others)


def append(workspace: Path, *entries: Entry) -> list[Entry]:
    """Append entries, each in a transaction of its own; without a moment each gets this one."""
    made = []
    with closing(open_store(workspace)) as store:
        for entry in entries:
            with appending(store, workspace) as connection:
                timed = replace(entry, recorded_at=entry.recorded_at or now())
                made.append(append_entry(connection, timed))
    return made


class Child:
    """A process forked from this one, which has everything imported; it runs one function.

    It ends with what the function returns, or with 99 and a traceback.
    """

    def __init__(self, work: Callable[[], int | None]) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            code = 99
            try:
                code = work() or 0
            except BaseException:  # noqa: BLE001 - whatever it is, it is the child's end
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)

    def kill(self, after: float = 0.0) -> None:
        """Kill it after some seconds, whatever it does."""
        time.sleep(after)
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Return what it ended with; negative if it was killed."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def kill_self() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def ingest_until(workspace: Path, batch: Batch, statement: int, units: int = 6) -> Callable[[], int]:
    """Return work that ingests a batch and kills itself before its n-th statement, or its commit.

    It returns how many there are, if there are fewer.
    """

    def work() -> int:
        store, seen = open_store(workspace), 0

        def count(*_: object) -> None:
            nonlocal seen
            if seen == statement:
                kill_self()
            seen += 1

        event.listen(store.engine, "before_cursor_execute", count)
        event.listen(store.engine, "commit", count)
        add(store, batch, units)
        return seen

    return work


def kill_while_ingesting(workspace: Path, batch: Batch, after: float, units: int = 6) -> bool:
    """Kill a child some seconds after it began to ingest; return whether the batch got recorded.

    The store must be as before or as after, and take the batch as if nothing had happened.
    """
    number, digest = head(workspace)
    child = Child(lambda: record(workspace, batch, units=units) and 0)
    child.kill(after)
    assert child.wait() in (0, -signal.SIGKILL)
    then = head(workspace)
    assert then == (number, digest) or then[0] == number + 1
    assert record(workspace, batch, units=units) == [then[0] == number]
    assert head(workspace)[0] == number + 1
    return then[0] > number


def seconds_to_ingest(workspace: Path, batch: Batch, units: int = 6) -> float:
    """Return how long a child takes that nobody kills."""
    start = time.perf_counter()
    assert Child(lambda: record(workspace, batch, units=units) and 0).wait() == 0
    return time.perf_counter() - start


def killed_at_calls(work: Callable[[], object], calls: set[str], number: int) -> Callable[[], int]:
    """Return work that kills itself before its n-th call of one of ``calls`` (Python's audit events)."""

    def watched() -> int:
        seen = 0

        def count(name: str, _: object) -> None:
            nonlocal seen
            if name in calls:
                if seen == number:
                    kill_self()
                seen += 1

        sys.addaudithook(count)
        work()
        return seen

    return watched


@contextmanager
def behind_the_back(store: Store) -> Iterator[Connection]:
    """Hand over a connection that changes what is recorded, with no trigger or reference in the way.

    Afterwards triggers and references are as before.
    """
    with store.engine.connect() as connection:
        run = connection.exec_driver_sql
        triggers = []
        if store.is_sqlite:
            triggers = run("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
            connection.rollback()  # SQLite minds references again or not between transactions only
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
            for name, _ in triggers:
                run(f"DROP TRIGGER {name}")
        else:
            run("SET session_replication_role = replica")
        yield connection
        for _, sql in triggers:
            run(sql)
        connection.commit()
        connection.invalidate()
