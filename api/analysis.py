"""What the statistics say of one township, and the alerts that concern it."""

from enum import StrEnum
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Answer
from api.errors import Refused
from api.parameters import Name, refuse_unknown
from api.routes import view_of
from api.security import page_headers
from api.views import HTML, JSON, View
from geo_jindu.outputs import ALERTS, SCORES

ALERT_FILTERS = ("code", "scope", "indicator")
"""What narrows down the alerts."""

_ABOUT = ("assessment", "provenance", "note")
_SCORES = ("severity", "progress", "list_audit")


class Scope(StrEnum):
    """Whose alerts are asked for."""

    OWN = "own"
    """The township's own."""
    NEIGHBOURS = "neighbours"
    """Those of its neighbours and of its county."""
    CITY = "city"
    """Every one."""


def add_analysis(app: FastAPI) -> None:
    """Add the routes of a township's scores and of the alerts, and the page of all that."""

    @app.get("/analysis", name="analysis")
    async def page(request: Request) -> Response:
        refuse_unknown(request, ())
        view = view_of(request)
        answer = await view.keep("analysis", lambda: _page(view))
        return answer.respond(request)

    @app.get("/scores/{code}", name="township_scores")
    async def scores(request: Request, code: Annotated[str, Path()]) -> Response:
        refuse_unknown(request, ())
        view = view_of(request)
        if view.township(code) is None:
            raise Refused(404, "no_township")
        answer = await view.keep(f"scores {code}", lambda: _scores(view, code))
        return answer.respond(request)

    @app.get("/alerts", name="alerts")
    async def alerts(
        request: Request,
        code: Name = "",
        scope: Annotated[Scope, Query()] = Scope.OWN,
        indicator: Name = "",
    ) -> Response:
        refuse_unknown(request, ALERT_FILTERS)
        request.state.unit, request.state.indicator = code, indicator
        view = view_of(request)
        if code and view.township(code) is None:
            raise Refused(404, "no_township")
        if indicator not in {"", *view.parsed(ALERTS)["indicators"]}:
            raise Refused(404, "no_indicator")
        key = f"alerts {code} {scope if code else Scope.CITY} {indicator}"
        answer = await view.keep(key, lambda: _alerts(view, code, scope, indicator))
        return answer.respond(request)


def _page(view: View) -> Answer:
    from api.analysis_page import draw_analysis

    page = draw_analysis(view)
    return Answer(page.encode(), HTML, {**view.results.headers, **page_headers(page)})


def _scores(view: View, code: str) -> Answer:
    content = view.parsed(SCORES)
    row = next(each for each in view.release.rows if each["code"] == code)
    said = {name: _of_township(content[name], code) for name in _SCORES}
    place = {key: row[key] for key in ("code", "name", "county", "county_name")}
    about = {key: content[key] for key in _ABOUT}
    return _answer(view, about | {"township": place | said})


def _of_township(part: dict[str, Any] | None, code: str) -> dict[str, Any] | None:
    """Return a township's row; ``None`` if there is no such score or it has none in it."""
    rows = [] if part is None else part["townships"]
    return next((each for each in rows if each["code"] == code), None)


def _alerts(view: View, code: str, scope: Scope, indicator: str) -> Answer:
    content = view.parsed(ALERTS)
    units = _units(content, view, code, scope)
    found = [
        each
        for each in content["alerts"]
        if indicator in ("", each["indicator"]) and (units is None or each["code"] in units)
    ]
    kept = {key: value for key, value in content.items() if key not in {"alerts", "neighbours"}}
    return _answer(view, kept | {"number": len(found), "alerts": found})


def _units(content: dict[str, Any], view: View, code: str, scope: Scope) -> set[str] | None:
    """Return codes of the townships and counties asked for; ``None`` for all."""
    if not code or scope is Scope.CITY:
        return None
    if scope is Scope.OWN:
        return {code}
    county = next(row["county"] for row in view.release.rows if row["code"] == code)
    return {*content["neighbours"][code], county}


def _answer(view: View, content: dict[str, Any]) -> Answer:
    return Answer(orjson.dumps(content), JSON, view.results.headers)
