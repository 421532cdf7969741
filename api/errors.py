"""The one table from failures to statuses, as RFC 9457 problem details."""

import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.security import page_headers
from api.sign_in_page import draw_sign_in
from geo_jindu.errors import InputError, StoreError
from geo_jindu.texts import translate

MEDIA_TYPE = "application/problem+json"
HTML = "text/html; charset=utf-8"
LOGGER = logging.getLogger("geo_jindu.api")

_KEYS = {404: "not_found", 405: "method_not_allowed"}
_STORE_STATUSES = {"correction_unknown": 404, "correction_closed": 409}
_SIGN_IN_HELPS = {401, 403, 429}


class Refused(HTTPException):
    """A request that is refused.

    Attributes
    ----------
    key
        Name of the sentence, ``api.<key>`` in ``texts.toml``.
    values
        What the sentence quotes.
    """

    def __init__(
        self, status: int, key: str, headers: Mapping[str, str] | None = None, **values: object
    ) -> None:
        super().__init__(status, key, dict(headers or {}))
        self.key = key
        self.values = values


class ProblemDetails(BaseModel):
    """What went wrong, for people and programs (RFC 9457)."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no township with this code."])


def add_error_handlers(app: FastAPI) -> None:
    """Answer every failure with problem details in the workspace's language, never its own text."""

    @app.exception_handler(HTTPException)
    def _known(request: Request, error: HTTPException) -> Response:
        if not isinstance(error, Refused):
            key = _KEYS.get(error.status_code, "refused")
            error = request.state.refusal or Refused(error.status_code, key, error.headers)
        return refusal_response(request, error)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, _: RequestValidationError) -> Response:
        return refusal_response(request, Refused(400, "refused"))

    @app.exception_handler(InputError)
    def _bad_input(request: Request, error: InputError) -> Response:
        language = request.state.edition.language
        return problem(request, 400, "; ".join(each.text(language) for each in error.problems))

    @app.exception_handler(StoreError)
    def _store(request: Request, error: StoreError) -> Response:
        return store_response(request, error)


def refusal_response(request: Request, refusal: Refused) -> Response:
    """Return what a refused reader sees: problem details, and for a browser a page to sign in."""
    language = request.state.edition.language
    said = translate(f"api.{refusal.key}", language, **refusal.values)
    is_browser = "text/html" in request.headers.get("accept", "")
    if is_browser and refusal.status_code in _SIGN_IN_HELPS:
        root = request.scope.get("root_path", "")
        page = draw_sign_in(request.state.edition.results.facts, root, said)
        headers = page_headers(page, forms=True) | dict(refusal.headers or {})
        headers |= {"Cache-Control": "no-store"}
        return Response(page, refusal.status_code, headers=headers, media_type=HTML)
    return problem(request, refusal.status_code, said, refusal.headers)


def store_response(request: Request, error: StoreError) -> Response:
    """Return what a failure of the store looks like: where it is stays unsaid."""
    status = _STORE_STATUSES.get(error.problem.key, 503)
    language = request.state.edition.language
    if status != 503:
        return problem(request, status, error.problem.text(language))
    LOGGER.error("the store failed: %s", error.problem.key)
    return problem(request, 503, translate("api.store_fails", language), {"Retry-After": "10"})


def unexpected_response(request: Request, error: Exception) -> Response:
    """Log where the unexpected happened, without what it said, and answer with a fixed sentence."""
    route = getattr(request.scope.get("route"), "path", "")
    where = "".join(traceback.format_tb(error.__traceback__))
    LOGGER.error("unexpected %s at %s\n%s", type(error).__name__, route, where)
    return problem(request, 500, translate("api.unexpected", request.state.edition.language))


def problem(
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Return problem details, with ``more`` members beside."""
    details = ProblemDetails(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail
    )
    headers = {**request.state.edition.results.headers, **(headers or {}), "Cache-Control": "no-store"}
    body = orjson.dumps({**details.model_dump(), **(more or {})})
    return Response(body, status, headers=headers, media_type=MEDIA_TYPE)
