"""Whether a store holds together: its tables, triggers, references, digests, chains and sums."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, func, select

from geo_jindu.errors import Problem, StoreError
from geo_jindu.provenance import Provenance
from geo_jindu.store.batches import (
    CHAIN_START,
    Batch,
    chain,
    digest_content,
    digest_units,
    read_batch,
)
from geo_jindu.store.engine import Store, tables_version
from geo_jindu.store.kept_head import check_kept_head, check_noted_head
from geo_jindu.store.log_verification import check_log, check_snapshots
from geo_jindu.store.migrations import HEAD
from geo_jindu.store.schema import BATCHES, METADATA, OBSERVATIONS, VINTAGES
from geo_jindu.store.tables import check_tables, check_triggers

Report = Callable[[float], None]
Check = Callable[[Connection], Iterator[Problem]]

_LOG, _SNAPSHOTS = 0.2, 0.3
"""Shares of the time by which the log and the snapshots are looked through; batches take the rest."""


def verify(
    store: Store,
    report: Report = lambda done: None,
    *,
    workspace: Path | None = None,
    noted: str = "",
) -> list[Problem]:
    """Return everything that does not hold together; nothing is changed.

    At most one batch, one snapshot or one part of the log is in memory at a time.

    Parameters
    ----------
    store
        May be in use; batches recorded meanwhile are not looked at.
    report
        Called with the share that is done.
    workspace
        Where the head of the log is kept in a file; ``None`` if that is not to be looked at.
    noted
        First digits of the head of the log that somebody keeps elsewhere.
    """
    try:
        version = tables_version(store)
    except StoreError as error:
        return [error.problem]
    if version != HEAD:
        values = {"version": version or "-", "expected": HEAD}
        return [Problem("store_version", values=values)]
    found: dict[str, Problem] = {}
    for check in _checks(_Bar(report), workspace, noted):
        for problem in _attempt(store, check):
            found[problem.text("en")] = problem
    return list(found.values())


def _checks(bar: "_Bar", workspace: Path | None, noted: str) -> Iterator[Check]:
    yield from (_check_file, check_tables, check_triggers, _check_references)
    yield lambda connection: check_log(connection, bar.step(_LOG))
    if workspace is not None:
        yield lambda connection: check_kept_head(connection, workspace)
    if noted:
        yield lambda connection: check_noted_head(connection, noted)
    yield lambda connection: check_snapshots(connection, bar.step(_SNAPSHOTS))
    yield lambda connection: _check_batches(connection, bar.step(1))


class _Bar:
    """The whole of several steps: each goes on where the one before ended, if it had anything to do."""

    def __init__(self, report: Report) -> None:
        self.report, self.done = report, 0.0

    def step(self, end: float) -> Report:
        start = self.done

        def tell(share: float) -> None:
            self.done = start + (end - start) * share
            self.report(self.done)

        return tell


def _attempt(store: Store, check: Check) -> Iterator[Problem]:
    """Yield what a check finds, in a transaction of its own: one that fails ends no other."""
    try:
        with store.reading() as connection:
            yield from check(connection)
    except StoreError as error:
        yield error.problem


def _check_file(connection: Connection) -> Iterator[Problem]:
    """Have SQLite look through its file; PostgreSQL looks at its pages when it reads them."""
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        if said != ["ok"]:
            yield Problem("store_file_damaged", values={"number": len(said)})


def _check_references(connection: Connection) -> Iterator[Problem]:
    """Look for rows that refer to others that are not there, whatever the database checks itself."""
    for table in METADATA.sorted_tables:
        for key in table.foreign_key_constraints:
            same = [pair.parent == pair.column for pair in key.elements]
            lost = select(func.count()).select_from(table)
            number = connection.execute(lost.where(~exists().where(*same))).scalar_one()
            if number:
                values = {"number": number, "table": table.name, "other": key.referred_table.name}
                yield Problem("store_reference_lost", values=values)
    unused = select(VINTAGES.c.id).where(~exists().where(BATCHES.c.vintage_id == VINTAGES.c.id))
    for vintage_id in connection.execute(unused).scalars():
        yield Problem("vintage_without_batch", values={"vintage": vintage_id})


def _check_batches(connection: Connection, report: Report) -> Iterator[Problem]:
    """Recompute every digest in the order of recording; of a broken chain only the start is named."""
    links = connection.execute(
        select(BATCHES.c.id, BATCHES.c.chain_digest).order_by(BATCHES.c.id)
    ).all()
    every = select(BATCHES, VINTAGES.c.vintage).outerjoin(VINTAGES)
    earlier, holds = CHAIN_START, True
    for number, (batch_id, link) in enumerate(links, start=1):
        follows = False
        try:
            facts = connection.execute(every.where(BATCHES.c.id == batch_id)).mappings().one()
            own = {str(column.name): facts[column.name] for column in BATCHES.c}
            follows = chain(earlier, own) == link
            problems = list(_check_batch(connection, facts))
        except (ValueError, TypeError):  # what these say would quote what is stored
            problems = [Problem("batch_unreadable", values={"batch": batch_id})]
        if holds and not follows:
            yield Problem("chain_broken", values={"batch": batch_id})
        yield from problems
        earlier, holds = link, holds and follows
        report(number / len(links))


def _check_batch(connection: Connection, facts: RowMapping) -> Iterator[Problem]:
    named = {"batch": facts["id"]}
    batch = read_batch(connection, facts, Provenance.REAL)  # no digest depends on what it was read as
    units = digest_units(connection, facts["vintage_id"])
    if digest_content(batch.source, batch.counts, units) != facts["content_digest"]:
        yield Problem("batch_changed", values=named)
    strange = OBSERVATIONS.c.vintage_id != facts["vintage_id"]
    mine = OBSERVATIONS.c.batch_id == facts["id"]
    if connection.execute(select(exists().where(mine, strange))).scalar():
        yield Problem("batch_of_two_vintages", values=named)
    yield from _check_sums(batch, facts, named)


def _check_sums(batch: Batch, facts: RowMapping, named: dict[str, Any]) -> Iterator[Problem]:
    rows = batch.counts.rows
    assigned = rows[rows["reason"] == ""]
    found = int(rows["rows"].sum()), int(assigned["rows"].sum())
    if found != (facts["rows"], facts["assigned"]):
        yield Problem("batch_rows_wrong", values=named)
    values = batch.counts.observations.groupby("period")["value"].sum()  # a missing one counts nothing
    if values.to_dict() != assigned.groupby("period")["counted"].sum().to_dict():
        yield Problem("batch_values_wrong", values=named)
