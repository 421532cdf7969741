"""Signing in and out: a key becomes a session, known by a cookie that no script reads."""

from datetime import timedelta
from typing import Annotated

from fastapi import FastAPI, Form, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.errors import Refused
from api.identity import COOKIE, FORGET_COOKIE, Identity
from api.reader import address_of, reader_of
from api.security import is_foreign, page_headers
from api.sign_in_page import draw_sign_in
from geo_jindu.provenance import Provenance
from geo_jindu.store import Store
from geo_jindu.store.sessions import create_session, end_session

SESSION = timedelta(hours=12)
_NOT_STORED = {"Cache-Control": "no-store"}


def add_door(app: FastAPI, identity: Identity, store: Store) -> None:
    """Add the routes for signing in and out."""

    @app.get("/sign-in", name="sign_in_page")
    async def sign_in_page(request: Request, key: Annotated[str, Query()] = "") -> Response:
        if key and request.method == "GET":
            _refuse_link(request)
            return await enter(request, key)
        results = request.state.edition.results
        page = draw_sign_in(results.facts, request.scope.get("root_path", ""))
        headers = {**results.headers, **page_headers(page, forms=True), **_NOT_STORED}
        return Response(page, headers=headers, media_type="text/html")

    @app.post("/sign-in", name="sign_in")
    async def sign_in(request: Request, key: Annotated[str, Form(min_length=1)]) -> Response:
        return await enter(request, key)

    @app.post("/sign-out", name="sign_out")
    async def sign_out(request: Request) -> Response:
        await run_in_threadpool(end_session, store, request.cookies.get(COOKIE, ""))
        return _to_front_page(request, FORGET_COOKIE | {"Clear-Site-Data": '"cache"'})

    async def enter(request: Request, text: str) -> Response:
        key = await identity.find_key(text.strip(), address_of(request))
        await run_in_threadpool(end_session, store, request.cookies.get(COOKIE, ""))
        token = await run_in_threadpool(create_session, store, key, SESSION)
        request.state.reader = reader_of(key)
        response = _to_front_page(request, {})
        lasts = int(SESSION.total_seconds())
        response.set_cookie(
            COOKIE, token, max_age=lasts, path="/", secure=True, httponly=True, samesite="strict"
        )
        return response


def _refuse_link(request: Request) -> None:
    """Refuse a key in an address, but for demonstrations: addresses are kept where keys must not be.

    Raises
    ------
    Refused
        If the data are real, or another site sent the browser here.
    """
    if request.state.edition.results.provenance is not Provenance.SYNTHETIC:
        raise Refused(403, "key_in_address")
    if is_foreign(request):
        raise Refused(403, "foreign")


def _to_front_page(request: Request, headers: dict[str, str]) -> Response:
    kept = {**request.state.edition.results.headers, **headers, **_NOT_STORED}
    return RedirectResponse(request.scope.get("root_path", "") + "/", 303, headers=kept)
