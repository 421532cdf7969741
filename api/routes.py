"""What is read: the front page, the map, townships, files, and whether the service is up."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import orjson
from fastapi import FastAPI, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import RULES, CountySees
from api.answers import Answer
from api.documentation import documentation_answers
from api.editions import Edition
from api.errors import Refused
from api.methods import methods_pages
from api.openapi import describe
from api.published import published_pages
from api.reader import PUBLIC
from api.security import page_headers
from api.views import FILES, HTML, JSON, View

PATHS = {
    "map": "/maps/hotspot",
    "assessment": "/assessment",
    "geojson": "/townships.geojson",
    "csv": "/townships.csv",
    "xlsx": "/townships.xlsx",
    "parquet": "/townships.parquet",
    "assignment": "/assignment.csv",
    "hotspots": "/hotspots",
    "scores": "/scores",
    "clusters": "/scan_clusters.geojson",
}
PUBLISHED = {
    "published": "/published",
    "published_zh": "/published/zh",
    "published_en": "/published/en",
}
METHODS = {"methods": "/methods", "methods_zh": "/methods/zh", "methods_en": "/methods/en"}


def add_reading(app: FastAPI) -> None:
    """Add the routes of the results."""
    _add_townships(app)
    for name, path in PATHS.items():
        app.get(path, name=name)(_serve_file(name))
    for name, path in PUBLISHED.items():
        app.get(path, name=name)(_serve_published(path))
    for name, path in METHODS.items():
        app.get(path, name=name)(_serve_methods(path))

    @app.get("/", name="page")
    async def page(request: Request) -> Response:
        answer = await view_of(request).page(request.state.reader)
        return answer.respond(request)

    @app.get("/health", name="health")
    async def health(request: Request) -> Response:
        edition: Edition = request.state.edition
        facts = edition.results.facts
        said = {key: facts[key] for key in ("assessment", "software")}
        status = "outdated" if edition.is_outdated else "ok"
        body = orjson.dumps({"status": status} | said)
        return Answer(body, JSON, edition.results.headers).respond(request)


def add_documentation(app: FastAPI) -> None:
    """Add the OpenAPI document and the pages that show it."""
    answers = documentation_answers()

    @app.get("/openapi.json", name="openapi", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        view = view_of(request)
        answer = await view.keep("openapi", lambda: describe(app, view))
        return answer.respond(request)

    for name, (path, answer) in answers.items():
        app.get(path, name=name, include_in_schema=False)(_look_up(answer))


def view_of(request: Request) -> View:
    """Return what the reader of a request is shown."""
    edition: Edition = request.state.edition
    return edition.view(request.state.reader)


def _add_townships(app: FastAPI) -> None:
    @app.get("/townships", name="townships")
    async def townships(request: Request) -> Response:
        return (await view_of(request).townships()).respond(request)

    @app.get("/townships/{code}", name="township")
    async def township(request: Request, code: Annotated[str, Path()]) -> Response:
        answer = view_of(request).township(code)
        if answer is None:
            raise refuse_code(request, code)
        return answer.respond(request)


def refuse_code(request: Request, code: str) -> Refused:
    """Return why there is nothing about a code: it is another county's, or of no township."""
    edition: Edition = request.state.edition
    if edition.view(PUBLIC).township(code) is not None:
        return Refused(403, "other_county")
    return Refused(404, "no_township")


def _serve_file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        view = view_of(request)
        if RULES[name].county_sees is CountySees.CITY:
            view = view.city
        if not view.shows(FILES[name]):
            raise Refused(403, "borders_not_public")
        return (await view.file(FILES[name])).respond(request)

    return respond


def _serve_published(path: str) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        edition: Edition = request.state.edition
        results = edition.results

        def make() -> Answer:
            page = published_pages(results.language, results.provenance)[path]
            return Answer(page.encode(), HTML, page_headers(page) | results.published_headers)

        answer = await edition.view(PUBLIC).keep(path, make)
        return answer.respond(request)

    return respond


def _serve_methods(path: str) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        edition: Edition = request.state.edition

        def make() -> Answer:
            page = methods_pages(edition.language)[path]
            return Answer(page.encode(), HTML, {**edition.results.headers, **page_headers(page)})

        answer = await edition.view(PUBLIC).keep(path, make)
        return answer.respond(request)

    return respond


def _look_up(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        return answer.respond(request)

    return respond
