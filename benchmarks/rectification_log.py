"""The log of the rectification: appended to by eight processes at once, and verified.

Run ``python benchmarks/rectification_log.py``. It needs PostgreSQL's programs, as the tests do.
"""

import argparse
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from faults import Child, append, make_entry
from postgresql import running_server
from rich.console import Console
from rich.progress import Progress
from trials import Trials

from geo_jindu import __version__
from geo_jindu.rectification.commands import Command
from geo_jindu.rectification.decisions import decide
from geo_jindu.rectification.desk import RefusedError
from geo_jindu.rectification.entries import Evidence
from geo_jindu.rectification.figures import Figures, TownshipFigures
from geo_jindu.rectification.replay import replay
from geo_jindu.rectification.rulebook import read_rulebook
from geo_jindu.store import open_store
from geo_jindu.store.kept_head import appending, read_kept_head
from geo_jindu.store.rectification_log import Head, append_entry, head, read_log
from geo_jindu.store.snapshots import add_snapshot
from geo_jindu.store.times import now
from geo_jindu.store.verification import verify

PROCESSES = 8
ALONE = 100
UNITS = [f"990001{number}" for number in range(100, 101 + PROCESSES)]
LONG = 20_000
HEADER = [
    "database",
    "decided at once",
    "s to decide them",
    "appended at once",
    "entries in one chain",
    "seconds",
    "ms an entry alone",
    f"s to verify {LONG:,}",
    f"s to read {LONG:,}",
]


def main() -> None:
    """Append, verify, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--entries", type=int, default=1000, help="entries appended at once")
    arguments = parser.parse_args()
    progress = Progress(console=Console(stderr=True), transient=True)
    with tempfile.TemporaryDirectory() as folder, running_server() as server, progress as bar:
        trials = Trials(Path(folder), server, bar, 1.0)
        names = bar.track(["SQLite", "PostgreSQL"], description="appending")
        rows = [measure(trials, name, arguments.entries) for name in names]
    for line in [HEADER, ["---"] * len(HEADER), *rows]:
        print(f"| {' | '.join(line)} |" if arguments.markdown else "\t".join(line))
    python = f"Python {platform.python_version()} on {os.cpu_count()} cores"
    software = f"SQLite {sqlite3.sqlite_version}, SQLAlchemy {version('sqlalchemy')}"
    print(f"\ngeo_jindu {__version__}, {python}, {software}.")


def measure(trials: Trials, database: str, entries: int) -> list[str]:
    """Return a line of the table."""
    with trials.workspace(database) as workspace:
        deciding = decide_at_once(workspace, entries)
    with trials.workspace(database) as workspace:
        seconds = append_at_once(workspace, entries)
        length = check(workspace, entries)
        alone = seconds_alone(workspace)
        add_many(workspace)
        verifying, reading = seconds_to_verify(workspace), seconds_to_read(workspace)
    figures = f"{seconds:.1f}", f"{1000 * alone:.1f}", f"{verifying:.1f}", f"{reading:.1f}"
    share = f"{PROCESSES} × {entries // PROCESSES}"
    return [database, share, f"{deciding:.1f}", share, str(length), *figures]


def decide_at_once(workspace: Path, entries: int) -> float:
    """Let every process propose a listing and go on deciding; each decision is judged and replayed.

    All propose the same township first: one may, the others are refused. Then each its own.
    """
    with closing(open_store(workspace)) as store, store.writing() as connection:
        add_snapshot(connection, _figures().to_bytes(), "a" * 32)
    rulebook = read_rulebook(SimpleNamespace(configuration=SimpleNamespace(rectification=None)))
    share = entries // PROCESSES

    def work(process: int) -> int:
        proposed = 0
        with closing(open_store(workspace)) as store:
            for number in range(share):
                first = number == 0
                unit = UNITS[0] if first else UNITS[1 + process]
                made = _command("propose" if first else "interview", unit, f"{process}.{number}")
                try:
                    with appending(store, workspace) as connection:
                        decide(connection, made, rulebook)
                        proposed += first
                except RefusedError:
                    assert first
        return proposed

    start = time.perf_counter()
    children = [Child(partial(work, process)) for process in range(PROCESSES)]
    assert sorted(child.wait() for child in children) == [0] * (PROCESSES - 1) + [1]
    seconds = time.perf_counter() - start
    with closing(open_store(workspace)) as store:
        assert verify(store, workspace=workspace) == []
        with store.reading() as connection:
            log = read_log(connection)
    assert len(log) == PROCESSES * (share - 1) + 1
    assert sum(len(each.entries) for each in replay(log, rulebook.lifecycle).courses.values()) == len(
        log
    )
    return seconds


def _figures() -> Figures:
    townships = {unit: TownshipFigures(unit, UNITS[0][:6], "甲县", 20_000, None, {}) for unit in UNITS}
    return Figures(
        vintage="2018-01-01",
        indicator="outflow",
        ranked_until="",
        covered=(("2017-01", "2018-12"),),
        empty=(),
        yearly=(),
        counties={UNITS[0][:6]: "甲县"},
        townships=townships,
        proportions={},
    )


def _command(event: str, unit: str, name: str) -> Command:
    kinds = ("snapshot", "opinion") if event == "propose" else ("interview",)
    evidence = tuple(Evidence(kind, "1") for kind in kinds)
    return Command(
        event,
        unit,
        date(2018, 6, 1),
        role="city_office",
        reasons="理由",
        evidence=evidence,
        key_id="terminal",
        idempotency_key=name,
    )


def append_at_once(workspace: Path, entries: int) -> float:
    """Let every process append its share, each entry in a transaction of its own."""
    open_store(workspace).close()

    def work(process: int) -> int:
        names = [f"{process}.{number}" for number in range(entries // PROCESSES)]
        append(workspace, *(make_entry(idempotency_key=name, recorded_at="") for name in names))
        return 0

    start = time.perf_counter()
    children = [Child(partial(work, process)) for process in range(PROCESSES)]
    assert [child.wait() for child in children] == [0] * PROCESSES
    return time.perf_counter() - start


def check(workspace: Path, entries: int) -> int:
    """Return how many entries the chain has, once it is seen to be one."""
    with closing(open_store(workspace)) as store:
        assert verify(store, workspace=workspace) == []
        with store.reading() as connection:
            log, newest = read_log(connection), head(connection)
    assert [entry.number for entry in log] == list(range(1, entries + 1))
    assert len({entry.idempotency_key for entry in log}) == entries
    assert read_kept_head(workspace) == newest == Head(entries, log[-1].digest)
    return len(log)


def seconds_alone(workspace: Path) -> float:
    """Return the seconds that an entry takes, head file included, where nobody else appends."""
    taken = []
    with closing(open_store(workspace)) as store:
        for number in range(ALONE):
            entry = make_entry(idempotency_key=f"alone {number}", recorded_at=now())
            start = time.perf_counter()
            with appending(store, workspace) as connection:
                append_entry(connection, entry)
            taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def add_many(workspace: Path) -> None:
    """Make the log long, in one transaction."""
    with closing(open_store(workspace)) as store, appending(store, workspace) as connection:
        for number in range(head(connection).number, LONG):
            entry = make_entry(number, idempotency_key=f"many {number}", recorded_at=now())
            append_entry(connection, entry)


def seconds_to_verify(workspace: Path) -> float:
    """Return how long it takes to verify the store."""
    with closing(open_store(workspace)) as store:
        start = time.perf_counter()
        assert verify(store, workspace=workspace) == []
        return time.perf_counter() - start


def seconds_to_read(workspace: Path) -> float:
    """Return how long it takes to read the log, as every command does."""
    with closing(open_store(workspace)) as store, store.reading() as connection:
        start = time.perf_counter()
        assert len(read_log(connection)) == LONG
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
