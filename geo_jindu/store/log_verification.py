"""Whether the log of the rectification and the figures it cites are what was recorded."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select
from sqlalchemy.exc import OperationalError

from geo_jindu.digests import digest_bytes
from geo_jindu.errors import Problem
from geo_jindu.rectification.entries import LOG_START, Entry
from geo_jindu.store.rectification_log import as_row, from_row
from geo_jindu.store.schema import RECTIFICATION_LOG, SNAPSHOTS
from geo_jindu.store.snapshots import CHAIN_START, chain

Report = Callable[[float], None]

PART = 200
"""Entries that are in memory at a time."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LOG = RECTIFICATION_LOG.c


class _Findings:
    """What is wrong with the rows of a table: of each kind the first row, and how many there are."""

    def __init__(self) -> None:
        self.first: dict[str, int] = {}
        self.count: Counter[str] = Counter()

    def add(self, key: str, number: int) -> None:
        self.first.setdefault(key, number)
        self.count[key] += 1

    def problems(self) -> Iterator[Problem]:
        for key, first in sorted(self.first.items(), key=lambda found: found[1]):
            yield Problem(key, values={"entry": first, "number": self.count[key]})


def check_log(connection: Connection, report: Report) -> Iterator[Problem]:
    """Recompute every digest in the order of the chain; of each kind of fault name the first entry."""
    total = connection.execute(select(func.count()).select_from(RECTIFICATION_LOG)).scalar_one()
    walk = _Walk(connection)
    for start in range(0, total, PART):
        walk.follow(_read(connection, RECTIFICATION_LOG, start, PART))
        report(min(1.0, (start + PART) / total))
    yield from walk.findings.problems()


def check_snapshots(connection: Connection, report: Report) -> Iterator[Problem]:
    """Recompute the digest of every snapshot and of their chain, one at a time."""
    total = connection.execute(select(func.count()).select_from(SNAPSHOTS)).scalar_one()
    findings, earlier, is_whole = _Findings(), CHAIN_START, True
    for start in range(total):
        row = _read(connection, SNAPSHOTS, start, 1)[0]
        if isinstance(row, int):
            findings.add("snapshot_changed", row)
            earlier, is_whole = "", False
            continue
        if _digest(row["content"]) != row["digest"]:
            findings.add("snapshot_changed", row["number"])
        if is_whole and _chained(earlier, row) != row["chain_digest"]:  # which covers its number
            findings.add("snapshot_chain_broken", row["number"])
            is_whole = False
        earlier = row["chain_digest"]
        report((start + 1) / total)
    yield from findings.problems()


class _Walk:
    """The way along the chain.

    Attributes
    ----------
    earlier
        What the next entry may name as the one before: the digest that entry says it has and the one
        it has, so that where they differ it alone is named; ``None`` if it cannot be read.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.findings = _Findings()
        self.earlier: set[object] | None = {LOG_START}
        self.expected = 1
        self.moment = ""
        self.is_whole = True

    def follow(self, part: Sequence[RowMapping | int]) -> None:
        """Go on through the rows that come next."""
        cited: dict[str, int] = {}
        for row in part:
            if isinstance(row, int):
                self.findings.add("entry_unreadable", row)
                self._count(row)
                self.earlier = None
                continue
            self._count(row["number"])
            self._follow(row)
            entry = self._check_content(row)
            if entry is not None and entry.snapshot:
                cited.setdefault(str(entry.snapshot), row["number"])
        own, digests = SNAPSHOTS.c.digest, list(filter(_DIGEST.fullmatch, cited))
        there = set(self.connection.execute(select(own).where(own.in_(digests))).scalars())
        for digest, number in cited.items():
            if digest not in there:
                self.findings.add("entry_without_snapshot", number)

    def _count(self, number: int) -> None:
        if self.is_whole and number > self.expected:
            self.findings.add("entry_missing", self.expected)
            self.is_whole = False
        self.expected = number + 1

    def _follow(self, row: RowMapping) -> None:
        """Look where a row is in the chain; of a broken one only the start is named."""
        follows = self.earlier is None or row["previous"] in self.earlier
        if self.is_whole and not follows:
            same = (_LOG.previous == row["previous"]) & (_LOG.number < row["number"])
            forks = self.connection.execute(select(_LOG.number).where(same).limit(1)).first()
            self.findings.add("log_forked" if forks else "log_broken", row["number"])
            self.is_whole = False
        self.earlier = {row["digest"], _digest(row["content"])}
        if str(row["recorded_at"]) < self.moment:
            self.findings.add("entry_back_in_time", row["number"])
        self.moment = str(row["recorded_at"])

    def _check_content(self, row: RowMapping) -> Entry | None:
        """Compare a row with the entry in it, which is returned if there is one."""
        if _digest(row["content"]) != row["digest"]:
            self.findings.add("entry_changed", row["number"])
        try:
            entry = from_row(row)
            expected = as_row(entry)
        except (ValueError, TypeError, AttributeError):
            self.findings.add("entry_unreadable", row["number"])
            return None
        if expected.pop("content") != row["content"]:
            self.findings.add("entry_not_canonical", row["number"])
        if any(row[name] != value for name, value in expected.items()):
            self.findings.add("entry_columns_differ", row["number"])
        return entry


def _read(connection: Connection, table: Table, start: int, size: int) -> list[RowMapping | int]:
    """Return rows in their order; of one whose text is none only the number."""
    order = table.primary_key.columns.values()
    try:
        rows = select(table).order_by(*order).offset(start).limit(size)
        return list(connection.execute(rows).mappings())
    except OperationalError:  # SQLite looks at text when it is read
        if connection.dialect.name != "sqlite":
            raise
    if size > 1:
        each = (_read(connection, table, at, 1) for at in range(start, start + size))
        return [row for rows in each for row in rows]
    number = select(table.c.number).order_by(*order).offset(start).limit(1)
    return list(connection.execute(number).scalars())


def _digest(content: Any) -> str:
    """Return the digest of what should be text; of anything else a digest it cannot have."""
    return digest_bytes(content.encode()) if isinstance(content, str) else ""


def _chained(earlier: str, row: RowMapping) -> str:
    try:
        return chain(earlier, row)
    except TypeError:  # not what the columns should hold
        return ""
