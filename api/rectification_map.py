"""The map of rectifications, with a slider over the days that led to the one shown."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Answer
from api.editions import Edition
from api.errors import Refused
from api.parameters import refuse_unknown
from api.routes import view_of
from api.security import page_headers
from api.situations import Situations
from api.views import HTML
from geo_jindu.rectification.ground import Ground
from geo_jindu.rectification.status_layer import make_status_layer
from maps.rectification_map import draw_rectification_map

HOME = "../"


def add_rectification_map(app: FastAPI, situations: Situations) -> None:
    """Add the route of the map; it is drawn once for each log, results, day and kind of reader."""

    @app.get("/maps/rectification", name="rectification_map")
    def rectification_map(request: Request) -> Response:
        refuse_unknown(request, ())
        release, reader = view_of(request).release, request.state.reader
        if release.shapes is None:
            raise Refused(403, "borders_not_public")
        ground = Ground(release.facts, release.rows, release.shapes)
        seen = situations.read()
        edition: Edition = request.state.edition

        def make() -> Answer:
            layer = make_status_layer(seen.situation, reader.tier, reader.counties)
            page = draw_rectification_map(ground, layer, home=HOME)
            return Answer(page.encode(), HTML, {**edition.results.headers, **page_headers(page)})

        key = (seen.version, reader.tier, reader.counties, request.url.path)
        return situations.answer(edition, key, make).respond(request)
