"""Keys by which readers above the public are let in; of the secret part only a hash is kept."""

import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from sqlalchemy import (
    Connection,
    Dialect,
    RowMapping,
    String,
    TypeDecorator,
    delete,
    select,
    type_coerce,
)

from geo_jindu.errors import InputError, Problem, StoreError
from geo_jindu.store.engine import Store
from geo_jindu.store.free_text import one_line, text_problems
from geo_jindu.store.schema import KEYS, SESSIONS, UNITS
from geo_jindu.store.times import now, written
from geo_jindu.tiers import Tier

if TYPE_CHECKING:
    from argon2 import PasswordHasher

KEY_PREFIX = "gj_"
"""How the text of every key begins."""

_CHARACTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No two of them are mistaken for each other, and none needs escaping in an address."""

_ID_LENGTH = 8
_SECRET_LENGTH = 32
"""158 bits: nobody finds a secret by trying."""

_ID = re.compile(rf"[{_CHARACTERS}]{{{_ID_LENGTH}}}")
_TEXT = re.compile(rf"{KEY_PREFIX}({_ID.pattern})_([{_CHARACTERS}]{{{_SECRET_LENGTH}}})")
_COUNTY = re.compile(r"[0-9A-Za-z]{1,12}")
"""Room for any county code, and none for an 18-digit ID number."""

_LONGEST_LABEL = 100

_one_at_a_time = Lock()
"""Argon2 takes 64 MiB and all processors; a flood of wrong keys must not take them many times over."""

_verified: set[tuple[bytes, str]] = set()
"""SHA-256 of the texts that passed, each with the hash it passed, so that Argon2 runs once for each."""


class KeyState(StrEnum):
    """Whether a key lets in."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Key:
    """What is known of a key; its secret is not.

    Attributes
    ----------
    counties
        Codes of the counties it is limited to; none means all.
    label
        Post or office it was made for.
    created_at, expires_at, revoked_at
        As `geo_jindu.store.times` writes moments.
    """

    id: str
    tier: Tier
    counties: frozenset[str]
    label: str
    created_at: str
    expires_at: str
    revoked_at: str | None

    @property
    def state(self) -> KeyState:
        """Whether it lets in at this moment."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.ACTIVE if now() < self.expires_at else KeyState.EXPIRED


class _Hidden(TypeDecorator[SecretStr]):
    """A text that the log of the database library cannot show."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> SecretStr:
        return SecretStr(value)


KEY_COLUMNS = tuple(column for column in KEYS.c if column.name != "hash")
"""What `as_key` needs of a row."""


def create_key(
    store: Store, tier: Tier, counties: Collection[str], expires: datetime, label: str = ""
) -> tuple[Key, str]:
    """Make a key.

    Parameters
    ----------
    counties
        Codes of the counties it is limited to; none for all.
    expires
        Aware.
    label
        Post or office, never a person.

    Returns
    -------
    Key
        As it is stored.
    str
        Its text, ``gj_<id>_<secret>``, which cannot be had again.

    Raises
    ------
    InputError
        If the public tier is asked for, ``expires`` is past, a county is unknown, or the label is too
        long or holds personal data.
    """
    label = one_line(label)
    secret = _draw(_SECRET_LENGTH)
    key = Key(_draw(_ID_LENGTH), tier, frozenset(counties), label, now(), written(expires), None)
    problems = list(_problems(key))
    if problems:
        raise InputError(problems)
    row = {
        "id": key.id,
        "tier": tier.value,
        "counties": sorted(key.counties),
        "label": label,
        "hash": _hasher().hash(secret),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }
    with store.writing() as connection:
        _refuse_unknown_counties(connection, key.counties)
        connection.execute(KEYS.insert(), row)
    return key, f"{KEY_PREFIX}{key.id}_{secret}"


def find_key(store: Store, presented: str) -> Key | None:
    """Return the key whose text is ``presented``; ``None`` if it does not let in.

    An unknown id takes as long as a wrong secret, so that time tells nobody which ids exist.
    """
    parts = _TEXT.fullmatch(presented)
    if parts is None:
        return None
    key_id, secret = parts.groups()
    statement = select(*KEY_COLUMNS, type_coerce(KEYS.c.hash, _Hidden).label("hash"))
    nobody = _hash_of_nobody()
    with store.reading() as connection:
        row = connection.execute(statement.where(KEYS.c.id == key_id)).mappings().first()
    matches = _matches(presented, secret, nobody if row is None else row["hash"].get_secret_value())
    if row is None or not matches:
        return None
    key = as_key(row)
    return key if key.state is KeyState.ACTIVE else None


def list_keys(store: Store) -> list[Key]:
    """Return all keys ever made, in that order."""
    with store.reading() as connection:
        rows = connection.execute(select(*KEY_COLUMNS).order_by(KEYS.c.created_at, KEYS.c.id))
        return [as_key(row) for row in rows.mappings()]


def revoke_key(store: Store, key_id: str) -> None:
    """End a key and its sessions for good; once revoked it stays so, with the first moment.

    Raises
    ------
    StoreError
        If there is no such key. What was asked for is not repeated: it may be the text of a key.
    """
    with store.writing() as connection:
        if not _ID.fullmatch(key_id) or not _exists(connection, key_id):
            raise StoreError("key_unknown")
        mine = KEYS.update().where(KEYS.c.id == key_id, KEYS.c.revoked_at.is_(None))
        connection.execute(mine.values(revoked_at=now()))
        connection.execute(delete(SESSIONS).where(SESSIONS.c.key_id == key_id))


def as_key(row: RowMapping) -> Key:
    """Return the key that a row with the `KEY_COLUMNS` describes."""
    return Key(
        row["id"],
        Tier(row["tier"]),
        frozenset(row["counties"]),
        row["label"],
        row["created_at"],
        row["expires_at"],
        row["revoked_at"],
    )


def _draw(length: int) -> str:
    return "".join(secrets.choice(_CHARACTERS) for _ in range(length))


def _problems(key: Key) -> Iterator[Problem]:
    if key.tier is Tier.PUBLIC:
        yield Problem("key_for_public", field="tier")
    if key.expires_at <= key.created_at:
        yield Problem("key_expires_in_past", field="expires")
    if not all(_COUNTY.fullmatch(county) for county in key.counties):
        yield Problem("key_county_unreadable", field="county")
    yield from text_problems(key.label, "label", _LONGEST_LABEL)


def _refuse_unknown_counties(connection: Connection, counties: frozenset[str]) -> None:
    known = set(connection.execute(select(UNITS.c.county).distinct()).scalars())
    unknown = sorted(counties - known)
    if known and unknown:
        values = {"counties": ", ".join(unknown), "known": ", ".join(sorted(known))}
        raise InputError([Problem("key_county_unknown", field="county", values=values)])


def _exists(connection: Connection, key_id: str) -> bool:
    return connection.execute(select(KEYS.c.id).where(KEYS.c.id == key_id)).first() is not None


@cache
def _hasher() -> "PasswordHasher":
    """Return Argon2id with the library's parameters, the second choice of RFC 9106, section 4."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(_draw(_SECRET_LENGTH))


def _matches(text: str, secret: str, expected: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

    remembered = sha256(text.encode()).digest(), expected
    if remembered in _verified:
        return True
    try:
        with _one_at_a_time:
            _hasher().verify(expected, secret)
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError):
        raise StoreError("key_not_verified") from None
    _verified.add(remembered)
    return True
