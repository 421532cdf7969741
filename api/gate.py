"""What every request passes: who asks, the results of the moment, the log before the answer leaves."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.editions import Editions
from api.errors import Refused, refusal_response, store_response, unexpected_response
from api.failures import Failures
from api.identity import Identity
from api.reader import PUBLIC, Reader, address_of
from api.security import is_foreign
from geo_jindu.errors import StoreError
from geo_jindu.store import Store
from geo_jindu.store.access_log import Access, record_access

LARGEST_BODY = 64 * 1024
"""Bytes a request may send."""

_REFUSALS = {401, 403, 429}


class Gate:
    """Stands before all routes, also those that do not exist.

    It sets ``request.state``: ``edition``, ``reader``, and ``refusal`` for a key that does not let in.
    Who may use a route is decided there (`api.access`). Answers are held back until they are logged.
    """

    def __init__(
        self, app: ASGIApp, editions: Editions, identity: Identity, failures: Failures, store: Store
    ) -> None:
        self._app = app
        self._editions = editions
        self._identity = identity
        self._failures = failures
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, _limited(receive))
        request.state.edition = self._editions.edition
        request.state.reader, request.state.refusal = PUBLIC, None
        try:
            messages = await self._logged(request, await self._answer(request))
        except StoreError as error:
            messages = await _sent(store_response(request, error), request)
        except Exception as error:  # noqa: BLE001 - what it says may be secret; where it was is logged
            messages = await _sent(unexpected_response(request, error), request)
        _finish(messages, request.state.reader)
        for message in messages:
            await send(message)

    async def _answer(self, request: Request) -> list[Message]:
        request.state.edition = await self._editions.current()
        try:
            request.state.reader = await self._identity.find_reader(request)
        except Refused as refusal:
            request.state.refusal = refusal
        if request.method == "POST" and is_foreign(request):
            return await _sent(refusal_response(request, Refused(403, "foreign")), request)
        return await _sent(self._app, request)

    async def _logged(self, request: Request, messages: list[Message]) -> list[Message]:
        """Write an answer to the log and return it.

        Refusals of those who show no key take from what their address may fail, so that nobody can fill
        the log; after that only the first refusal in a minute is written.
        """
        reader, status = request.state.reader, messages[0]["status"]
        address = address_of(request)
        if not reader.is_known and status not in _REFUSALS:
            return messages
        if not reader.is_known and status == 403 and not self._failures.count(address):
            messages = await _sent(refusal_response(request, self._identity.too_many(address)), request)
            status = 429
        if reader.is_known or status != 429 or self._failures.is_news(address):
            await run_in_threadpool(record_access, self._store, _access(request, messages))
        return messages


def _limited(receive: Receive) -> Receive:
    """Return what receives a body, but no more than the largest."""
    size = 0

    async def receive_some() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise Refused(413, "too_large")
        return message

    return receive_some


async def _sent(app: ASGIApp, request: Request) -> list[Message]:
    """Return what an application sends in answer to a request."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(request.scope, request.receive, keep)
    return messages


def _access(request: Request, messages: list[Message]) -> Access:
    is_sent = request.method != "HEAD" and messages[0]["status"] != 304
    size = sum(len(message.get("body", b"")) for message in messages) if is_sent else 0
    reader: Reader = request.state.reader
    return Access(
        key_id=reader.key_id,
        tier=reader.tier,
        route=getattr(request.scope.get("route"), "path", ""),
        unit=getattr(request.state, "unit", "") or request.path_params.get("code", ""),
        indicator=getattr(request.state, "indicator", ""),
        status=messages[0]["status"],
        size=size,
    )


def _finish(messages: list[Message], reader: Reader) -> None:
    """Keep answers to one reader from being shown to another."""
    headers = MutableHeaders(raw=messages[0]["headers"])
    headers["Vary"] = "Accept-Encoding, Authorization, Cookie"
    headers.setdefault("Cache-Control", "private, no-cache" if reader.is_known else "no-cache")
