"""Entries of the log: what was decided, by which role, on what evidence; and their canonical form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

import orjson

from geo_jindu.digests import digest_bytes

Value = str | int | float | bool | None
Detail = Value | tuple[str, ...]

LOG_START = "0" * 64
"""What the first entry has instead of the digest of the one before."""


class Result(StrEnum):
    """What a rule says."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INSUFFICIENT = "insufficient"
    """An input is missing or too small: never a pass, never grounds for a sanction."""


@dataclass(frozen=True)
class Evidence:
    """A document that a decision rests on.

    Attributes
    ----------
    kind
        One the life-cycle names, such as ``decision``.
    title
        Number or title of the document, one line.
    sha256
        Of the document's file; empty if it exists on paper only.
    """

    kind: str
    title: str
    sha256: str = ""


@dataclass(frozen=True)
class Trace:
    """How a rule was evaluated.

    Attributes
    ----------
    rule
        Its id.
    inputs
        Every variable and parameter it refers to that has a value.
    missing
        Variables it refers to that have none.
    zh, en
        One sentence.
    """

    rule: str
    result: Result
    inputs: Mapping[str, Value]
    missing: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True)
class Entry:
    """One line of the log; never changed.

    Attributes
    ----------
    number
        Its place in the chain, from 1.
    event
        One of the life-cycle's.
    unit, vintage
        The unit's code (9 digits a township, 6 a county, ``city`` the city) and the boundary vintage.
    county
        Code of the township's county, or of the county itself; empty for the city.
    role
        Who decided, a role of the life-cycle; never a name.
    effective_on
        The day from which it holds.
    recorded_at
        The moment it was written; see `geo_jindu.store.times`. Never before an earlier entry's.
    reasons
        One line; may be empty.
    details
        What the event takes beside: a measure, a due date, heirs.
    traces
        Of the rules that were asked.
    ruleset, lifecycle
        Id, version and digest of the rules and of the life-cycle, such as ``demo 2018.1 3f...``.
    snapshot
        Digest of the figures the rules saw; empty before there were any.
    corrects
        Number of the entry it takes the place of; ``None`` otherwise.
    key_id, idempotency_key
        Which key recorded it (``terminal`` for the command line) and the digest of its caller's name of
        the request.
    previous, digest
        Of the entry before, and of this one with it.
    """

    number: int
    event: str
    unit: str
    vintage: str
    county: str
    role: str
    effective_on: date
    recorded_at: str
    reasons: str = ""
    evidence: tuple[Evidence, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    ruleset: str = ""
    lifecycle: str = ""
    snapshot: str = ""
    corrects: int | None = None
    key_id: str = ""
    idempotency_key: str = ""
    previous: str = LOG_START
    digest: str = ""


def canonical(entry: Entry) -> bytes:
    """Return an entry as bytes: JSON with sorted keys and no spaces, without its own digest."""
    content = {key: value for key, value in asdict(entry).items() if key != "digest"}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def digest_entry(entry: Entry) -> str:
    """Return the SHA-256 of an entry's canonical form, which holds the digest of the one before."""
    return digest_bytes(canonical(entry))


def read_entry(content: bytes, digest: str) -> Entry:
    """Return the entry that `canonical` wrote.

    Raises
    ------
    ValueError, TypeError, KeyError
        If the bytes are not what `canonical` writes.
    """
    said: dict[str, Any] = orjson.loads(content)
    if set(said) != {each.name for each in fields(Entry)} - {"digest"}:
        raise ValueError("not the fields of an entry")
    said["effective_on"] = date.fromisoformat(said["effective_on"])
    said["evidence"] = tuple(Evidence(**each) for each in said["evidence"])
    said["details"] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in said["details"].items()
    }
    said["traces"] = tuple(_read_trace(each) for each in said["traces"])
    return Entry(**said, digest=digest)


def _read_trace(said: dict[str, Any]) -> Trace:
    return Trace(**said | {"result": Result(said["result"]), "missing": tuple(said["missing"])})
