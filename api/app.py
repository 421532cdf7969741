"""The composition root of the web: settings in, application out."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import orjson
from fastapi import FastAPI, Path
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Answer
from api.contents import JSON, Contents, prepare_contents
from api.documentation import documentation_answers
from api.errors import add_error_handlers
from api.schemas import responses
from api.settings import Settings
from geo_jindu import __version__
from geo_jindu.texts import translate


def create_app(settings: Settings) -> FastAPI:
    """Make the application that serves the results of one workspace.

    All answers are made here; a request only looks one up.

    Raises
    ------
    OutputError
        If the workspace has no results, or they were changed after they were written.
    """
    contents = prepare_contents(settings.workspace)
    app = FastAPI(
        title="geo_jindu",
        version=__version__,
        description=translate("api.description", contents.language),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # it would send clients to whatever host they named
    )
    add_error_handlers(app, contents)
    _add_routes(app, contents)
    _add_documentation(app, contents)
    return app


def _add_routes(app: FastAPI, contents: Contents) -> None:
    documented = responses(contents)
    fixed = {
        "page": ("/", contents.page),
        "map": ("/maps/hotspot", contents.map),
        "townships": ("/townships", contents.townships),
        "geojson": ("/townships.geojson", contents.geojson),
        "csv": ("/townships.csv", contents.csv),
        "assessment": ("/assessment", contents.assessment),
        "health": ("/health", contents.health),
    }
    routes = [(name, path, answer, name) for name, (path, answer) in fixed.items()]
    for path, answer in contents.published.items():
        routes.append((path.strip("/").replace("/", "_"), path, answer, "published"))
    for name, path, answer, about in routes:
        app.get(
            path,
            name=name,
            operation_id=name,
            summary=translate(f"api.{about}", contents.language),
            response_class=Response,
            responses=documented[about],
        )(_look_up(answer))

    @app.get(
        "/townships/{code}",
        name="township",
        operation_id="township",
        summary=translate("api.township", contents.language),
        response_class=Response,
        responses=documented["township"],
    )
    async def township(
        request: Request, code: Annotated[str, Path(examples=[contents.example["code"]])]
    ) -> Response:
        answer = contents.township.get(code)
        if answer is None:
            raise HTTPException(404, "no_township")
        return answer.respond(request)


def _add_documentation(app: FastAPI, contents: Contents) -> None:
    openapi = Answer(orjson.dumps(app.openapi()), JSON, contents.headers)
    answers = documentation_answers()
    app.add_route("/openapi.json", _look_up(openapi))
    app.add_route("/docs", _look_up(answers.pop("")))
    for name, answer in answers.items():
        app.add_route(f"/docs/{name}", _look_up(answer))
    for route in app.routes:  # after the document is made: HEAD is GET without a body
        if isinstance(route, APIRoute) and route.methods:
            route.methods.add("HEAD")


def _look_up(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        return answer.respond(request)

    return respond
