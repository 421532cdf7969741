"""The composition root of the web: settings in, application out."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.access import RULES, admit
from api.analysis import add_analysis
from api.audit import add_audit
from api.corrections import add_corrections
from api.deciding import add_deciding
from api.door import add_door
from api.editions import Editions
from api.errors import add_error_handlers
from api.failures import Failures
from api.gate import Gate
from api.identity import Identity
from api.rectification import add_calendars, add_rectification
from api.rectification_map import add_rectification_map
from api.rectification_pages import add_rectification_pages
from api.routes import add_documentation, add_reading
from api.settings import Settings
from api.situations import Situations
from geo_jindu import __version__
from geo_jindu.store import open_store
from geo_jindu.texts import translate


def create_app(settings: Settings) -> FastAPI:
    """Make the application that serves the results of one workspace.

    Raises
    ------
    OutputError
        If the workspace has no results, or they were changed after they were written.
    StoreError
        If its store cannot be opened.
    """
    store = open_store(settings.workspace)
    editions = Editions(settings.workspace, store)
    failures = Failures()
    identity = Identity(store, settings.oidc, failures)
    situations = Situations(settings.workspace, store)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(
        title="geo_jindu",
        version=__version__,
        description=translate("api.description", editions.edition.language),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # it would send clients to whatever host they named
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
    )
    app.router.route_class = GuardedRoute
    app.add_middleware(Gate, editions=editions, identity=identity, failures=failures, store=store)
    add_error_handlers(app)
    add_reading(app)
    add_analysis(app)
    add_corrections(app, editions, store)
    add_audit(app, store)
    add_rectification(app, situations)
    add_calendars(app, situations)
    add_rectification_pages(app, situations)
    add_rectification_map(app, situations)
    add_deciding(app, situations, store, settings.workspace)
    add_door(app, identity, store)
    add_documentation(app)
    app.openapi()  # kept, without HEAD
    _check_routes(app)
    return app


class GuardedRoute(APIRoute):
    """A route that lets nobody in but by the table of `api.access`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers, behind the check."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            admit(self, request.state.reader, request.state.refusal)
            return await handle(request)

        return guarded


def _check_routes(app: FastAPI) -> None:
    """Let HEAD be GET without a body, and refuse routes that are not in the table.

    Raises
    ------
    LookupError
        If a route has no rule, or a rule no route.
    """
    for route in app.routes:
        if not isinstance(route, GuardedRoute) or route.name not in RULES:
            raise LookupError(f"{getattr(route, 'path', route)} is not in the table of api.access")
        methods = route.methods or set()
        if "GET" in methods:
            methods.add("HEAD")
    if len(app.routes) != len(RULES):
        raise LookupError("a rule of api.access has no route")
