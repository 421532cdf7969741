"""Trying one thing many times on one kind of database, and counting how it ended."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import psycopg
from rich.progress import Progress

from geo_jindu.errors import StoreError
from geo_jindu.store import open_store
from geo_jindu.store.verification import verify

UNITS = 184
ADDRESS = "GEO_JINDU_DATABASE_URL"
HEADER = ["what", "database", "tried", "as before", "as after", "otherwise", "remark"]

Trial = Callable[[int], str]

_OWN_COLUMNS = {"before", "after", "otherwise"}


class Trials:
    """A place for stores of one kind of database, and the table of what happened to them."""

    def __init__(self, folder: Path, server: str, bar: Progress, share: float) -> None:
        self.folder, self.server, self.bar, self.share = folder, server, bar, share
        self.rows: list[list[str]] = []
        self.random = np.random.default_rng(2019)

    @contextmanager
    def workspace(self, database: str) -> Iterator[Path]:
        """Yield a folder whose store is on ``database``; nothing of it is left afterwards."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        os.environ.pop(ADDRESS, None)
        if database == "PostgreSQL":
            with psycopg.connect(self.server.format(name="postgres"), autocommit=True) as admin:
                admin.execute(f'CREATE DATABASE "{folder.name}"')
            os.environ[ADDRESS] = self.server.format(name=folder.name)
        yield folder
        if database == "PostgreSQL":
            with psycopg.connect(self.server.format(name="postgres"), autocommit=True) as admin:
                admin.execute(f'DROP DATABASE "{folder.name}" WITH (FORCE)')
        shutil.rmtree(folder)

    def count(self, what: str, database: str, times: int, trial: Trial, remark: str = "") -> None:
        """Try something many times; each trial says ``before`` or ``after``, or fails."""
        times = max(2, round(times * self.share))
        seen: Counter[str] = Counter()
        task = self.bar.add_task(f"{what}, {database}", total=times)
        for number in range(times):
            try:
                seen[trial(number)] += 1
            except (AssertionError, StoreError) as error:
                seen["otherwise"] += 1
                self.bar.console.print(f"{what}, {database}, {number}: {type(error).__name__} {error}")
            self.bar.advance(task)
        self.bar.remove_task(task)
        whole = bool(seen["before"] or seen["after"])
        figures = [str(seen[name]) if whole else "" for name in ("before", "after")]
        figures.append(str(seen["otherwise"]))
        notes = [f"{seen[name]} {name}" for name in sorted(seen) if name not in _OWN_COLUMNS]
        self.rows.append(
            [what, database, str(times), *figures, "; ".join([*notes, remark]).strip("; ")]
        )


def is_sound(workspace: Path) -> bool:
    """Return whether everything in a store holds together."""
    with closing(open_store(workspace)) as store:
        return verify(store) == []
