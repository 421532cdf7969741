"""The routes of pages and of printed briefs about rectifications."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Answer
from api.editions import Edition
from api.parameters import DAYS, FILTERS, Day, Name, refuse_unknown
from api.rectification import answer_key, refuse_filters, refuse_unit
from api.rectification_views import Shown, draw_list, draw_township
from api.routes import view_of
from api.security import page_headers
from api.situations import Seen, Situations
from api.views import HTML
from geo_jindu.configuration import Area

PDF = "application/pdf"

_Code = Annotated[str, Path()]
_Paper = Literal["a4", "a3"]


def add_rectification_pages(app: FastAPI, situations: Situations) -> None:
    """Add the pages of the key areas and of a township, the digest and the briefs."""
    _add_pages(app, situations)
    _add_briefs(app, situations)

    @app.get("/digest", name="digest")
    def digest(request: Request, as_of: Day = "", known_by: Day = "") -> Response:
        from geo_jindu.rectification.digest import make_digest

        refuse_unknown(request, DAYS)
        seen = situations.read(as_of, known_by)
        area = Area(**view_of(request).release.facts["area"])
        return _page(
            request, situations, seen, lambda: make_digest(seen.situation, area).as_page(area.language)
        )


def _add_pages(app: FastAPI, situations: Situations) -> None:
    @app.get("/rectification", name="rectification")
    def rectification(
        request: Request,
        state: Name = "",
        county: Name = "",
        overdue: Annotated[bool, Query()] = False,
        as_of: Day = "",
        known_by: Day = "",
    ) -> Response:
        refuse_unknown(request, FILTERS)
        seen = situations.read(as_of, known_by)
        refuse_filters(request, seen, state, county, overdue=overdue)
        shown = _shown(request, seen)
        return _page(
            request, situations, seen, lambda: draw_list(shown, state, county, overdue=overdue)
        )


def _add_briefs(app: FastAPI, situations: Situations) -> None:
    @app.get("/rectification/brief.pdf", name="city_brief")
    def city_brief(
        request: Request, paper: _Paper = "a4", as_of: Day = "", known_by: Day = ""
    ) -> Response:
        from maps import brief, rectification_brief

        refuse_unknown(request, ("paper", *DAYS))
        seen = situations.read(as_of, known_by)
        shown = _shown(request, seen)

        def make() -> bytes:
            filled = rectification_brief.city_brief(seen.situation, shown.statuses(), shown.around)
            return brief.print_brief(filled, paper)

        return _printed(request, situations, seen, make)

    @app.get("/rectification/{code}", name="rectified_township")
    def township(request: Request, code: _Code, as_of: Day = "", known_by: Day = "") -> Response:
        refuse_unknown(request, DAYS)
        seen = situations.read(as_of, known_by)
        refuse_unit(request, seen, code)
        shown = _shown(request, seen)
        return _page(request, situations, seen, lambda: draw_township(shown, code))

    @app.get("/rectification/{code}/brief.pdf", name="township_brief")
    def township_brief(
        request: Request, code: _Code, paper: _Paper = "a4", as_of: Day = "", known_by: Day = ""
    ) -> Response:
        from maps import brief, rectification_brief

        refuse_unknown(request, ("paper", *DAYS))
        seen = situations.read(as_of, known_by)
        refuse_unit(request, seen, code)
        shown = _shown(request, seen)

        def make() -> bytes:
            status = shown.status(code)
            filled = rectification_brief.township_brief(seen.situation, status, shown.around)
            return brief.print_brief(filled, paper)

        return _printed(request, situations, seen, make)


def _shown(request: Request, seen: Seen) -> Shown:
    asked = {name: request.query_params[name] for name in DAYS if request.query_params.get(name)}
    return Shown(seen, view_of(request), request.state.reader, asked)


def _page(request: Request, situations: Situations, seen: Seen, draw: Callable[[], str]) -> Response:
    edition: Edition = request.state.edition

    def make() -> Answer:
        page = draw()
        headers = {**edition.results.headers, **page_headers(page, forms=True)}
        return Answer(page.encode(), HTML, headers)

    return situations.answer(edition, answer_key(request, seen), make).respond(request)


def _printed(
    request: Request, situations: Situations, seen: Seen, make: Callable[[], bytes]
) -> Response:
    edition: Edition = request.state.edition

    def made() -> Answer:
        name = f"{request.path_params.get('code', 'city')}_{seen.situation.day}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return Answer(make(), PDF, {**edition.results.headers, **headers})

    return situations.answer(edition, answer_key(request, seen), made).respond(request)
