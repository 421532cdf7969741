"""Finding out who asks, from a bearer key or token, or from the cookie of a session."""

import asyncio
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.errors import Refused
from api.failures import Failures
from api.oidc import Tokens
from api.reader import PUBLIC, Reader, address_of, reader_of
from api.settings import OidcSettings
from geo_jindu.store import Store
from geo_jindu.store.keys import Key, find_key
from geo_jindu.store.sessions import find_session

COOKIE = "__Host-geo_jindu"
"""The prefix keeps other hosts and plain connections from setting it, but for loopback."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="geo_jindu", error="invalid_token"'}
FORGET_COOKIE = {"Set-Cookie": f"{COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"}

_LONGEST = 8_000
"""Longest key or token that is looked at [characters]."""
_MOST_REMEMBERED = 10_000

_Found = TypeVar("_Found")


class Identity:
    """Finds out who asks.

    What let in once is looked at again at any time. What is new is looked at one by one and only while
    failures are few: so guessing costs little, and those at work are never locked out by a guesser who
    shares their address.
    """

    def __init__(self, store: Store, oidc: OidcSettings, failures: Failures) -> None:
        self._store = store
        self._tokens = Tokens(oidc) if oidc.issuer else None
        self._failures = failures
        self._proven: set[bytes] = set()
        self._turn = asyncio.Lock()
        self._token_turn = asyncio.Lock()

    async def find_reader(self, request: Request) -> Reader:
        """Return who asks; the public if nothing is shown.

        Raises
        ------
        Refused
            If what is shown does not let in: 401, or 429 after many failures.
        """
        shown = request.headers.getlist("authorization")
        token = request.cookies.get(COOKIE)
        if shown:
            return await self._by_header(shown, address_of(request))
        return PUBLIC if token is None else await self._by_cookie(token, address_of(request))

    async def find_key(self, text: str, address: str) -> Key:
        """Return the key whose text is shown.

        Raises
        ------
        Refused
            As `find_reader`.
        """
        return await self._look_at(text, address, lambda: find_key(self._store, text), self._turn)

    async def _by_header(self, shown: list[str], address: str) -> Reader:
        scheme, _, text = shown[0].partition(" ")
        text = text.strip()
        if len(shown) > 1 or scheme.lower() != "bearer":
            raise self.failed(address, "bad_key")
        tokens = self._tokens
        if tokens is None or text.startswith("gj_"):
            return reader_of(await self.find_key(text, address))
        return await self._look_at(text, address, lambda: tokens.find_reader(text), self._token_turn)

    async def _by_cookie(self, token: str, address: str) -> Reader:
        key = await run_in_threadpool(find_session, self._store, token)
        if key is None:
            raise self.failed(address, "session_over", FORGET_COOKIE)
        return reader_of(key)

    async def _look_at(
        self, text: str, address: str, find: Callable[[], _Found | None], turn: asyncio.Lock
    ) -> _Found:
        if not text.isascii() or len(text) > _LONGEST:
            raise self.failed(address, "bad_key")
        digest = sha256(text.encode()).digest()
        if digest in self._proven:
            found = await run_in_threadpool(find)
        else:
            async with turn:
                if not self._failures.are_few(address):
                    raise self.too_many(address)
                found = await run_in_threadpool(find)
                if found is None:
                    raise self.failed(address, "bad_key")
        self._remember(digest, lets_in=found is not None)
        if found is None:
            raise self.failed(address, "bad_key")
        return found

    def _remember(self, digest: bytes, *, lets_in: bool) -> None:
        if len(self._proven) >= _MOST_REMEMBERED:
            self._proven.clear()
        if lets_in:
            self._proven.add(digest)
        else:
            self._proven.discard(digest)

    def failed(self, address: str, key: str, headers: Mapping[str, str] | None = None) -> Refused:
        """Count a failure and return the refusal: 401, or 429 if there were many."""
        if not self._failures.count(address):
            return self.too_many(address, headers)
        return Refused(401, key, {**CHALLENGE, **(headers or {})})

    def too_many(self, address: str, headers: Mapping[str, str] | None = None) -> Refused:
        """Return the refusal of an address that failed too often."""
        seconds = self._failures.seconds_left(address)
        return Refused(
            429, "too_many", {"Retry-After": str(seconds), **(headers or {})}, seconds=seconds
        )
