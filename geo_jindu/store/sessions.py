"""Sessions: a browser that showed a key once, known by its cookie until the session or the key ends."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select

from geo_jindu.store.engine import Store
from geo_jindu.store.keys import KEY_COLUMNS, Key, KeyState, as_key
from geo_jindu.store.schema import KEYS, SESSIONS
from geo_jindu.store.times import now, written

_BYTES = 32
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")


def create_session(store: Store, key: Key, lasts: timedelta) -> str:
    """Begin a session of ``key``; forget those that are over.

    Returns
    -------
    str
        The token for the cookie; the store keeps its digest only.
    """
    token = secrets.token_urlsafe(_BYTES)
    ends = min(written(datetime.now(UTC) + lasts), key.expires_at)
    row = {"digest": _digest(token), "key_id": key.id, "expires_at": ends}
    with store.writing() as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= now()))
        connection.execute(SESSIONS.insert(), row)
    return token


def find_session(store: Store, token: str) -> Key | None:
    """Return the key of a session; ``None`` if the session is over or its key no longer lets in."""
    if not _TOKEN.fullmatch(token):
        return None
    sessions = select(*KEY_COLUMNS).join(SESSIONS, SESSIONS.c.key_id == KEYS.c.id)
    live = sessions.where(SESSIONS.c.digest == _digest(token), SESSIONS.c.expires_at > now())
    with store.reading() as connection:
        row = connection.execute(live).mappings().first()
    key = None if row is None else as_key(row)
    return key if key and key.state is KeyState.ACTIVE else None


def end_session(store: Store, token: str) -> None:
    """End a session; one that does not exist is over already."""
    if _TOKEN.fullmatch(token):
        with store.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == _digest(token)))


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
