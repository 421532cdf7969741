"""The tables of the store: counts and where they came from, decisions, keys and the access log.

Nothing here can hold a row of an input file: no coordinate, no address, no free text of a record.
Times are UTC, written so that they sort as text (`geo_jindu.store.times`).
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_DIGEST = String(64)
_TIME = String(27)
_CODE = String(20)
_NAME = String(500)

VINTAGES = Table(
    "boundary_vintages",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("vintage", String(40), nullable=False),
    Column("digest", _DIGEST, nullable=False),
    Column("source", _NAME, nullable=False),
    Column("recorded_at", _TIME, nullable=False),
    UniqueConstraint("vintage", "digest"),
)
"""A vintage and the digest of the file that says which units it has."""

UNITS = Table(
    "units",
    METADATA,
    Column("vintage_id", ForeignKey("boundary_vintages.id"), primary_key=True),
    Column("code", _CODE, primary_key=True),
    Column("name", _NAME, nullable=False),
    Column("county", _CODE, nullable=False),
)
"""The units of a vintage; the key of a unit is (code, vintage)."""

BATCHES = Table(
    "batches",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("file", _NAME, nullable=False),
    Column("file_sha256", _DIGEST, nullable=False),
    Column("input_digest", _DIGEST, nullable=False),
    Column("vintage_id", ForeignKey("boundary_vintages.id"), nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("assigned", BigInteger, nullable=False),
    Column("shared", BigInteger, nullable=False),
    Column("replaces", Boolean, nullable=False),
    Column("exceptions", JSON, nullable=False),
    Column("role", String(20), nullable=False),
    Column("recorded_at", _TIME, nullable=False),
    Column("content_digest", _DIGEST, nullable=False),
    Column("chain_digest", _DIGEST, nullable=False, unique=True),
)
"""One ingested file. ``first_day`` and ``last_day`` are empty for a population; ``exceptions`` are the
columns that were not screened; ``chain_digest`` covers this batch and all before it."""

OBSERVATIONS = Table(
    "observations",
    METADATA,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("code", _CODE, primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("category", String(100), primary_key=True),
    Column("vintage_id", Integer, nullable=False),
    Column("value", BigInteger),
    Column("status", String(20), nullable=False),
    ForeignKeyConstraint(["vintage_id", "code"], ["units.vintage_id", "units.code"]),
)
"""A count of incidents or persons of one unit, period and category; no value if it is missing."""

ROW_COUNTS = Table(
    "row_counts",
    METADATA,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("reason", String(40), primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
)
"""Rows of a batch by period and by reason why they are in no unit; no reason if they are in one."""

RELEASES = Table(
    "releases",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("assessment", String(32), nullable=False),
    Column("tier", String(20), nullable=False),
    Column("source", String(40), nullable=False),
    Column("facts", Text, nullable=False),
    Column("recorded_at", _TIME, nullable=False),
    UniqueConstraint("assessment", "tier", "source"),
)
"""What a lower tier was told, as sums between limits; later releases are audited with it."""

KEYS = Table(
    "keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("tier", String(20), nullable=False),
    Column("counties", JSON, nullable=False),
    Column("label", String(100), nullable=False),
    Column("hash", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("expires_at", _TIME, nullable=False),
    Column("revoked_at", _TIME),
)
"""A key by its public part; of the secret part only an Argon2 hash."""

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("digest", _DIGEST, primary_key=True),
    Column("key_id", ForeignKey("keys.id"), nullable=False),
    Column("expires_at", _TIME, nullable=False),
)
"""A browser that signed in, by the digest of its cookie."""

ACCESS_LOG = Table(
    "access_log",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", _TIME, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("tier", String(20), nullable=False),
    Column("route", String(100), nullable=False),
    Column("unit", _CODE, nullable=False),
    Column("indicator", String(40), nullable=False),
    Column("status", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Index(None, "at"),
)
"""Who read what and when; ``key_id`` of an identity provider's token is the digest of its subject."""

CORRECTIONS = Table(
    "corrections",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("code", _CODE, nullable=False),
    Column("vintage", String(40), nullable=False),
    Column("indicator", String(40), nullable=False),
    Column("ground", String(40), nullable=False),
    Column("note", String(500), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("lodged_at", _TIME, nullable=False),
)
"""A county's objection to a value; never changed."""

CORRECTION_CLOSINGS = Table(
    "correction_closings",
    METADATA,
    Column("correction_id", ForeignKey("corrections.id"), primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("closed_at", _TIME, nullable=False),
)
"""How an auditor closed a correction."""

RECTIFICATION_LOG = Table(
    "rectification_log",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("previous", _DIGEST, nullable=False, unique=True),
    Column("digest", _DIGEST, nullable=False, unique=True),
    Column("unit", _CODE, nullable=False),
    Column("county", _CODE, nullable=False),
    Column("event", String(40), nullable=False),
    Column("effective_on", String(10), nullable=False),
    Column("recorded_at", _TIME, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("idempotency_key", String(100)),
    UniqueConstraint("key_id", "idempotency_key"),
)
"""Decisions, each with the digest of the one before; every column but ``digest`` repeats what is in
``content``. That ``previous`` is unique keeps the chain from forking, whoever writes."""

SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", _DIGEST, nullable=False, index=True),
    Column("assessment", String(32), nullable=False),
    Column("recorded_at", _TIME, nullable=False),
    Column("content", Text, nullable=False),
    Column("chain_digest", _DIGEST, nullable=False, unique=True),
)
"""Figures that rules saw; ``chain_digest`` covers this one and all before it. The same figures stand
here again if others were in force between."""

APPEND_ONLY = (
    VINTAGES,
    UNITS,
    BATCHES,
    OBSERVATIONS,
    ROW_COUNTS,
    RELEASES,
    ACCESS_LOG,
    CORRECTIONS,
    CORRECTION_CLOSINGS,
    RECTIFICATION_LOG,
    SNAPSHOTS,
)
"""Tables whose rows the database itself lets nobody change or delete (but old lines of the log)."""
