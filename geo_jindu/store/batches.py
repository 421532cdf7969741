"""Batches: one ingested file each, added whole, never changed, superseded by later ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pandas as pd
from sqlalchemy import Connection, Table, insert, select

from geo_jindu.counts import OBSERVATION_KEYS, ROW_KEYS, Counts
from geo_jindu.digests import digest_bytes
from geo_jindu.errors import StoreError
from geo_jindu.provenance import Provenance
from geo_jindu.store.schema import BATCHES, OBSERVATIONS, ROW_COUNTS, UNITS, VINTAGES
from geo_jindu.store.times import now
from geo_jindu.tiers import Tier

CHAIN_START = "0" * 64
"""What the first batch's chain digest covers instead of an earlier batch's."""


@dataclass(frozen=True)
class UnitList:
    """The units of a vintage and the digest of the file that lists them; index = code."""

    vintage: str
    digest: str
    source: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class Batch:
    """One ingested file.

    Attributes
    ----------
    id
        In the order of recording; 0 for one that is not recorded yet.
    input_digest
        Of the file and of how it was read: the same again changes nothing.
    first_day, last_day
        What the file covers, ISO dates; empty for a population.
    replaces
        Whether it was meant to supersede what was recorded for its days.
    exceptions
        Columns whose cells were not screened.
    role
        The tier of whoever ingested it.
    recorded_at
        See `geo_jindu.store.times`.
    chain_digest
        Covers this batch and all before it.
    """

    source: str
    file: str
    file_sha256: str
    input_digest: str
    counts: Counts
    replaces: bool
    exceptions: tuple[str, ...]
    role: Tier
    id: int = 0
    recorded_at: str = ""
    chain_digest: str = ""

    @property
    def first_day(self) -> str:
        """First day of what it covers."""
        return self.counts.days[0]

    @property
    def last_day(self) -> str:
        """Last day of what it covers."""
        return self.counts.days[1]


def digest_content(source: str, counts: Counts, units: str) -> str:
    """Return the SHA-256 of counts in one canonical form, independent of the order of rows.

    Parameters
    ----------
    units
        Digest of what their codes are of; see `digest_units`.
    """
    observations = counts.observations.sort_values(OBSERVATION_KEYS)
    rows = counts.rows.sort_values(ROW_KEYS)
    content = {
        "source": source,
        "shared": counts.shared,
        "units": units,
        "observations": _plain(observations[[*OBSERVATION_KEYS, "value", "status"]]),
        "rows": _plain(rows[[*ROW_KEYS, "rows", "counted"]]),
    }
    return digest_bytes(orjson.dumps(content))


def digest_units(connection: Connection, vintage_id: int) -> str:
    """Return the SHA-256 of a vintage and its units as they are recorded."""
    facts = connection.execute(select(VINTAGES).where(VINTAGES.c.id == vintage_id)).all()
    columns = UNITS.c.code, UNITS.c.name, UNITS.c.county
    units = connection.execute(select(*columns).where(UNITS.c.vintage_id == vintage_id)).all()
    return digest_bytes(orjson.dumps([list(map(tuple, facts)), sorted(map(tuple, units))]))


def chain(earlier: str, facts: Mapping[str, Any]) -> str:
    """Return the digest of a batch and, by that of the one before, of all before it.

    Parameters
    ----------
    facts
        Its row in the table of batches.
    """
    kept = {name: value for name, value in facts.items() if name != "chain_digest"}
    return digest_bytes(orjson.dumps([earlier, kept], option=orjson.OPT_SORT_KEYS))


def chain_head(connection: Connection) -> tuple[int, str, str]:
    """Return id, chain digest and time of the newest batch; 0 and `CHAIN_START` if there is none."""
    columns = BATCHES.c.id, BATCHES.c.chain_digest, BATCHES.c.recorded_at
    found = connection.execute(select(*columns).order_by(BATCHES.c.id.desc()).limit(1)).first()
    return (0, CHAIN_START, "") if found is None else (found[0], found[1], found[2])


def add_batch(connection: Connection, batch: Batch, units: UnitList) -> Batch:
    """Record a batch; the caller's transaction makes it whole.

    Parameters
    ----------
    connection
        Of `geo_jindu.store.Store.writing`.
    units
        What its codes are of.

    Returns
    -------
    Batch
        With its id, time and chain digest.
    """
    vintage = _vintage_id(connection, units)
    last, earlier, moment = chain_head(connection)
    rows = batch.counts.rows
    facts = {
        "id": last + 1,
        "source": batch.source,
        "file": batch.file,
        "file_sha256": batch.file_sha256,
        "input_digest": batch.input_digest,
        "vintage_id": vintage,
        "first_day": batch.first_day,
        "last_day": batch.last_day,
        "rows": int(rows["rows"].sum()),
        "assigned": int(rows.loc[rows["reason"] == "", "rows"].sum()),
        "shared": batch.counts.shared,
        "replaces": batch.replaces,
        "exceptions": list(batch.exceptions),
        "role": batch.role.value,
        "recorded_at": max(now(), moment),  # a clock that was set back changes no order
        "content_digest": digest_content(batch.source, batch.counts, digest_units(connection, vintage)),
    }
    facts["chain_digest"] = chain(earlier, facts)
    connection.execute(insert(BATCHES), facts)
    identity = {"batch_id": facts["id"]}
    observations = batch.counts.observations.assign(vintage_id=vintage)
    _insert(connection, OBSERVATIONS, observations.drop(columns="vintage"), identity)
    _insert(connection, ROW_COUNTS, rows[[*ROW_KEYS, "rows", "counted"]], identity)
    return replace(
        batch,
        id=last + 1,
        recorded_at=str(facts["recorded_at"]),
        chain_digest=str(facts["chain_digest"]),
    )


def _vintage_id(connection: Connection, units: UnitList) -> int:
    """Return the id of a vintage with these very units, recording it if it is new."""
    same = (VINTAGES.c.vintage == units.vintage) & (VINTAGES.c.digest == units.digest)
    known = connection.execute(select(VINTAGES.c.id).where(same)).scalar()
    if known is not None:
        return int(known)
    facts = {
        "vintage": units.vintage,
        "digest": units.digest,
        "source": units.source,
        "recorded_at": now(),
    }
    made = connection.execute(insert(VINTAGES).returning(VINTAGES.c.id), facts).scalar_one()
    frame = units.frame.rename_axis("code").reset_index()
    _insert(connection, UNITS, frame[["code", "name", "county"]], {"vintage_id": made})
    return int(made)


def read_batches(
    connection: Connection, provenance: Provenance, *, source: str = "", until: str = ""
) -> list[Batch]:
    """Return the batches recorded, in their order.

    Parameters
    ----------
    provenance
        Of the workspace the store belongs to.
    source
        Only those of one source.
    until
        Only those recorded by then; see `geo_jindu.store.times.end_of`.

    Raises
    ------
    StoreError
        If they are not what this software records.
    """
    wanted = select(BATCHES, VINTAGES.c.vintage).join(VINTAGES).order_by(BATCHES.c.id)
    if source:
        wanted = wanted.where(BATCHES.c.source == source)
    if until:
        wanted = wanted.where(BATCHES.c.recorded_at <= until)
    try:
        found = connection.execute(wanted).mappings().all()
        return [read_batch(connection, facts, provenance) for facts in found]
    except (ValueError, TypeError):  # what these say would quote what is stored
        raise StoreError("batches_unreadable") from None


def read_batch(connection: Connection, facts: Mapping[Any, Any], provenance: Provenance) -> Batch:
    """Return a batch with its counts.

    Parameters
    ----------
    facts
        Its row in the table of batches, with its ``vintage``.
    """
    mine = OBSERVATIONS.c.batch_id == facts["id"]
    keys = [OBSERVATIONS.c[name] for name in ("code", "period", "category", "value", "status")]
    observations = _frame(connection, select(*keys).where(mine)).assign(vintage=facts["vintage"])
    observations["value"] = observations["value"].astype("Int64")
    columns = [ROW_COUNTS.c[name] for name in (*ROW_KEYS, "rows", "counted")]
    rows = _frame(connection, select(*columns).where(ROW_COUNTS.c.batch_id == facts["id"]))
    counts = Counts(
        observations[[*OBSERVATION_KEYS, "value", "status"]]
        .sort_values(OBSERVATION_KEYS)
        .reset_index(drop=True),
        rows.astype({"rows": "int64", "counted": "int64"})
        .assign(first_rows=pd.Series([()] * len(rows), index=rows.index, dtype="object"))
        .sort_values(ROW_KEYS)
        .reset_index(drop=True),
        facts["shared"],
        provenance,
        {facts["file"]: facts["file_sha256"]},
    )
    return Batch(
        facts["source"],
        facts["file"],
        facts["file_sha256"],
        facts["input_digest"],
        counts,
        facts["replaces"],
        tuple(facts["exceptions"]),
        Tier(facts["role"]),
        facts["id"],
        facts["recorded_at"],
        facts["chain_digest"],
    )


def _frame(connection: Connection, query: Any) -> pd.DataFrame:
    result = connection.execute(query)
    return pd.DataFrame(result.all(), columns=list(result.keys()))


def _plain(frame: pd.DataFrame) -> list[list[Any]]:
    plain = frame.astype("object")
    rows: list[list[Any]] = plain.where(plain.notna(), None).to_numpy().tolist()
    return rows


def _insert(
    connection: Connection, table: Table, frame: pd.DataFrame, same: Mapping[str, object]
) -> None:
    """Insert the rows of a frame, each with what is the ``same`` for all."""
    rows = [dict(zip(frame.columns, row, strict=True), **same) for row in _plain(frame)]
    if rows:
        connection.execute(insert(table), rows)
