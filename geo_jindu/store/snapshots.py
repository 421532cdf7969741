"""Snapshots: the figures that rules saw, kept under the digest of their bytes and never changed."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from geo_jindu.digests import digest_bytes
from geo_jindu.errors import StoreError
from geo_jindu.store.schema import SNAPSHOTS
from geo_jindu.store.times import now

CHAIN_START = "0" * 64
"""What the first snapshot's chain digest covers instead of an earlier one's."""

_COVERED = "number", "digest", "assessment", "recorded_at"
_OWN = SNAPSHOTS.c


def add_snapshot(connection: Connection, content: bytes, assessment: str) -> str:
    """Record the figures of an assessment, unless they are those recorded last; return their digest.

    Parameters
    ----------
    connection
        Of `geo_jindu.store.Store.writing`.
    content
        Canonical bytes, UTF-8.
    assessment
        Id of the assessment that made them.
    """
    newest = select(_OWN.number, _OWN.digest, _OWN.recorded_at, _OWN.chain_digest)
    found = connection.execute(newest.order_by(_OWN.number.desc()).limit(1)).first()
    number, last, moment, earlier = found or (0, "", "", CHAIN_START)
    digest = digest_bytes(content)
    if digest == last:
        return digest
    row = {
        "number": number + 1,
        "digest": digest,
        "assessment": assessment,
        "recorded_at": max(now(), moment),  # a clock that was set back changes no order
        "content": content.decode(),
    }
    connection.execute(insert(SNAPSHOTS), row | {"chain_digest": chain(earlier, row)})
    return digest


def chain(earlier: str, row: Mapping[Any, Any]) -> str:
    """Return the digest of a snapshot's row and, by that of the one before, of all before it."""
    return digest_bytes(orjson.dumps([earlier, *(row[name] for name in _COVERED)]))


def latest_snapshot(connection: Connection, until: str = "") -> bytes | None:
    """Return the figures recorded last.

    Parameters
    ----------
    until
        Only those recorded by then; see `geo_jindu.store.times.end_of`.
    """
    newest = select(_OWN.content).order_by(_OWN.number.desc()).limit(1)
    if until:
        newest = newest.where(_OWN.recorded_at <= until)
    content = connection.execute(newest).scalar()
    return None if content is None else str(content).encode()


def read_snapshot(connection: Connection, digest: str) -> bytes:
    """Return the figures with a digest.

    Raises
    ------
    StoreError
        If there are none.
    """
    content = connection.execute(select(_OWN.content).where(_OWN.digest == digest).limit(1)).scalar()
    if content is None:
        raise StoreError("snapshot_unknown", digest=digest)
    return str(content).encode()


def refuse_unknown_snapshot(connection: Connection, digest: str) -> None:
    """Raise a `StoreError` if there are no figures with a digest."""
    if connection.execute(select(_OWN.number).where(_OWN.digest == digest).limit(1)).first() is None:
        raise StoreError("snapshot_unknown", digest=digest)
