"""The one table from failures to statuses, as RFC 9457 problem details."""

import logging
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.contents import Contents
from geo_jindu.texts import translate

MEDIA_TYPE = "application/problem+json"
LOGGER = logging.getLogger("geo_jindu.api")


class ProblemDetails(BaseModel):
    """What went wrong, for people and programs (RFC 9457)."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no township with this code."])


def add_error_handlers(app: FastAPI, contents: Contents) -> None:
    """Answer every failure with problem details in the workspace's language, never its own text."""

    def problem(status: int, key: str, headers: dict[str, str] | None = None) -> Response:
        details = ProblemDetails(
            type="about:blank",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=translate(f"api.{key}", contents.language),
        )
        return Response(
            details.model_dump_json(),
            status,
            headers={**contents.headers, **(headers or {})},
            media_type=MEDIA_TYPE,
        )

    @app.exception_handler(HTTPException)
    def _known(_: Request, error: HTTPException) -> Response:
        keys = {404: "not_found", 405: "method_not_allowed"}
        key = error.detail if error.detail == "no_township" else keys.get(error.status_code, "refused")
        return problem(error.status_code, key, dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, __: RequestValidationError) -> Response:
        return problem(400, "refused")

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> Response:
        LOGGER.error("unexpected %s at %s", type(error).__name__, request.url.path, exc_info=error)
        return problem(500, "unexpected")
