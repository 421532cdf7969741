"""The log of the rectification: entries are added, each chained to the one before, and read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select

from geo_jindu.errors import StoreError
from geo_jindu.rectification.entries import LOG_START, Entry, canonical, digest_entry, read_entry
from geo_jindu.store.schema import RECTIFICATION_LOG
from geo_jindu.store.snapshots import refuse_unknown_snapshot

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_LOG = RECTIFICATION_LOG.c


@dataclass(frozen=True)
class Head:
    """The newest entry: whoever keeps it elsewhere can tell later that no entry up to it was changed.

    Attributes
    ----------
    number
        0 if there is no entry.
    digest
        `geo_jindu.rectification.entries.LOG_START` if there is no entry.
    """

    number: int
    digest: str


def head(connection: Connection) -> Head:
    """Return the newest entry's number and digest."""
    newest = select(_LOG.number, _LOG.digest).order_by(_LOG.number.desc()).limit(1)
    found = connection.execute(newest).first()
    return Head(0, LOG_START) if found is None else Head(found.number, found.digest)


def append_entry(connection: Connection, entry: Entry) -> Entry:
    """Add an entry at the end of the chain; the caller's transaction makes it whole.

    Parameters
    ----------
    connection
        Of `geo_jindu.store.kept_head.appending`.
    entry
        Its number, ``previous`` and digest are not looked at.

    Returns
    -------
    Entry
        With the number, ``previous`` and digest it has in the chain.

    Raises
    ------
    StoreError
        If it was recorded before the last entry, at no moment, or cites figures the store lacks.
    """
    newest = select(_LOG.number, _LOG.digest, _LOG.recorded_at).order_by(_LOG.number.desc()).limit(1)
    number, previous, moment = connection.execute(newest).first() or (0, LOG_START, "")
    if not _MOMENT.fullmatch(entry.recorded_at) or entry.recorded_at < moment:
        raise StoreError("entry_out_of_time", moment=entry.recorded_at[:27], last=moment or "-")
    if entry.snapshot:
        refuse_unknown_snapshot(connection, entry.snapshot)
    placed = replace(entry, number=number + 1, previous=previous)
    placed = replace(placed, digest=digest_entry(placed))
    connection.execute(insert(RECTIFICATION_LOG), as_row(placed))
    return placed


def as_row(entry: Entry) -> dict[str, object]:
    """Return an entry as its row in the table."""
    return {
        "number": entry.number,
        "content": canonical(entry).decode(),
        "previous": entry.previous,
        "digest": entry.digest,
        "unit": entry.unit,
        "county": entry.county,
        "event": entry.event,
        "effective_on": entry.effective_on.isoformat(),
        "recorded_at": entry.recorded_at,
        "key_id": entry.key_id,
        "idempotency_key": entry.idempotency_key or None,  # of those without one there may be many
    }


def from_row(row: Mapping[Any, Any]) -> Entry:
    """Return the entry that a row's content holds; whether the row agrees is not looked at.

    Raises
    ------
    ValueError
        If it holds none. What was wrong is not said: it would quote what is stored.
    """
    try:
        return read_entry(row["content"].encode(), row["digest"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("no entry") from None


def read_log(connection: Connection, *, until: str = "") -> list[Entry]:
    """Return the entries in the order of the chain.

    Parameters
    ----------
    until
        Only those recorded by then; see `geo_jindu.store.times.end_of`.

    Raises
    ------
    StoreError
        If they are not what this software records.
    """
    wanted = select(_LOG.content, _LOG.digest).order_by(_LOG.number)
    if until:
        wanted = wanted.where(_LOG.recorded_at <= until)
    return [_entry(row) for row in connection.execute(wanted).mappings()]


def find_recorded(connection: Connection, key_id: str, idempotency_key: str) -> Entry | None:
    """Return the entry that a key's request led to; ``None`` for a new request or one without a name.

    Raises
    ------
    StoreError
        As `read_log`.
    """
    mine = (_LOG.key_id == key_id) & (_LOG.idempotency_key == idempotency_key)
    row = connection.execute(select(_LOG.content, _LOG.digest).where(mine)).mappings().first()
    return None if row is None else _entry(row)


def _entry(row: Mapping[Any, Any]) -> Entry:
    try:
        return from_row(row)
    except ValueError:
        raise StoreError("log_unreadable") from None
