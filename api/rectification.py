"""How rectifications stand: listings, townships, the layer of the map, deadlines as calendars."""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import FastAPI, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import Answer
from api.disputes import dispute_columns
from api.editions import Edition
from api.errors import Refused
from api.parameters import DAYS, FILTERS, Day, Name, refuse_unknown
from api.routes import refuse_code, view_of
from api.situations import Seen, Situations
from api.status_json import Writer
from api.views import JSON
from geo_jindu.errors import InputError, Problem
from geo_jindu.rectification.courses import Course
from geo_jindu.texts import translate
from geo_jindu.township_files import TownshipFile, write_geojson

GEOJSON = "application/geo+json"
CALENDAR = "text/calendar; charset=utf-8"

_Code = Annotated[str, Path()]


def add_rectification(app: FastAPI, situations: Situations) -> None:
    """Add the routes of listings, of a township's status and of the layer of the map."""
    _add_listings(app, situations)
    _add_townships(app, situations)


def _add_listings(app: FastAPI, situations: Situations) -> None:
    @app.get("/listings", name="listings")
    def listings(
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

        def make() -> dict[str, Any]:
            writer = writer_of(request, seen)
            every = [each for each in seen.situation.listed if _may_see(request, seen, each)]
            said = [writer.listing(each) for each in every if state in ("", each.state)]
            said = [each for each in said if county in ("", each["county"])]
            shown = [each for each in said if not overdue or each["overdue"]]
            return {"number": len(shown), "listings": shown}

        return _respond(situations, request, seen, make)

    @app.get("/listings/{listing}", name="listing")
    def one_listing(request: Request, listing: _Code, as_of: Day = "", known_by: Day = "") -> Response:
        refuse_unknown(request, DAYS)
        code, _, number = listing.rpartition("-")
        request.state.unit = code
        seen = situations.read(as_of, known_by)
        refuse_unit(request, seen, code)
        course = seen.situation.course(code)
        wanted = [each for each in (*course.past, course) if number == str(each.listing or "")]
        if not wanted:
            raise Refused(404, "no_listing")
        return _respond(
            situations,
            request,
            seen,
            lambda: {"listing": writer_of(request, seen).one_listing(wanted[-1])},
        )


def _add_townships(app: FastAPI, situations: Situations) -> None:
    @app.get("/townships/{code}/status", name="township_status")
    def status(request: Request, code: _Code, as_of: Day = "", known_by: Day = "") -> Response:
        refuse_unknown(request, DAYS)
        seen = situations.read(as_of, known_by)
        refuse_unit(request, seen, code)
        return _respond(
            situations, request, seen, lambda: {"status": writer_of(request, seen).status(code)}
        )

    @app.get("/listings.geojson", name="listings_geojson")
    def layer(request: Request, as_of: Day = "", known_by: Day = "") -> Response:
        refuse_unknown(request, DAYS)
        if not view_of(request).shows_borders:
            raise Refused(403, "borders_not_public")
        seen = situations.read(as_of, known_by)
        edition: Edition = request.state.edition
        headers = {"Content-Disposition": 'inline; filename="listings.geojson"'}

        def make() -> Answer:
            return Answer(_layer(request, seen), GEOJSON, {**edition.results.headers, **headers})

        return situations.answer(edition, answer_key(request, seen), make).respond(request)


def add_calendars(app: FastAPI, situations: Situations) -> None:
    """Add the routes of the deadlines as calendars: of the city, and of a county."""

    @app.get("/calendar.ics", name="calendar")
    def calendar(request: Request) -> Response:
        return _calendar(request, situations, "")

    @app.get("/calendar/{county}.ics", name="county_calendar")
    def county_calendar(request: Request, county: _Code) -> Response:
        request.state.unit = county
        _refuse_other_county(request, county)
        if county not in request.state.edition.results.counties:
            raise Refused(404, "unknown_county")
        return _calendar(request, situations, county)


def writer_of(request: Request, seen: Seen) -> Writer:
    """Return what writes for the reader of a request."""
    view, reader = view_of(request), request.state.reader
    return Writer(
        situation=seen.situation,
        language=view.results.language,
        tier=reader.tier,
        is_limited=bool(reader.counties),
        rows={row["code"]: row for row in view.release.rows},
        disputes=dispute_columns(view.release.facts),
    )


def refuse_unit(request: Request, seen: Seen, code: str) -> None:
    """Refuse a township that there is not, or that is of another county.

    Raises
    ------
    Refused
        404 or 403.
    """
    if view_of(request).township(code) is not None:
        return
    course = seen.situation.register.courses.get(code)
    if course is None or not _may_see(request, seen, course):
        raise Refused(403, "other_county") if course else refuse_code(request, code)


def _may_see(request: Request, seen: Seen, course: Course) -> bool:
    """Return whether a course is of the counties of the reader; that of today's boundaries counts."""
    counties = request.state.reader.counties
    figures = seen.situation.figures
    known = figures.townships.get(course.unit) if figures else None
    return not counties or (known.county if known else course.county) in counties


def refuse_filters(request: Request, seen: Seen, state: str, county: str, *, overdue: bool) -> None:
    """Refuse filters that name nothing, or ask for what the reader is not shown."""
    if overdue and not request.state.reader.tier.sees_exact_counts:
        raise Refused(403, "not_for_tier")
    if county:
        _refuse_other_county(request, county)
    known = {
        "state": (state, seen.situation.rulebook.lifecycle.content.states),
        "county": (county, request.state.edition.results.counties),
    }
    problems = [
        Problem("detail_choice", field=name, values={"choices": ", ".join(choices)})
        for name, (asked, choices) in known.items()
        if asked and asked not in choices
    ]
    if problems:
        raise InputError(problems)


def _refuse_other_county(request: Request, county: str) -> None:
    counties = request.state.reader.counties
    if counties and county not in counties:
        raise Refused(403, "county_not_yours")


def _about(request: Request, seen: Seen) -> dict[str, Any]:
    """Return what stands beside every answer."""
    view = view_of(request)
    return {
        "assessment": view.release.facts["assessment"],
        "note": view.release.facts["note"],
        "notice": translate("api.proposes_only", view.results.language),
        "as_of": seen.situation.day,
        "known_by": seen.known_by or None,
        "log": {"number": seen.head.number, "digest": seen.head.digest},
    }


def _respond(
    situations: Situations, request: Request, seen: Seen, make: Callable[[], dict[str, Any]]
) -> Response:
    edition: Edition = request.state.edition

    def made() -> Answer:
        content = orjson.dumps(_about(request, seen) | make())
        return Answer(content, JSON, edition.results.headers)

    return situations.answer(edition, answer_key(request, seen), made).respond(request)


def answer_key(request: Request, seen: Seen) -> tuple[object, ...]:
    """Return what two answers have in common that are the same."""
    reader = request.state.reader
    asked = tuple(sorted(request.query_params.items()))
    return seen.version, reader.tier, reader.counties, request.url.path, asked


def _layer(request: Request, seen: Seen) -> bytes:
    view, writer = view_of(request), writer_of(request, seen)
    rows = [_flat(writer.layer_row(row["code"])) for row in view.release.rows]
    facts, about = view.release.facts, _about(request, seen)
    said = {name: str(about[name]) for name in ("assessment", "note", "notice", "as_of")}
    return write_geojson(
        TownshipFile(
            columns=[{"name": name} for name in rows[0]],
            rows=rows,
            shapes=view.release.shapes if view.release.shapes is not None else np.empty(0),
            about={"provenance": facts["area"]["provenance"], "tier": facts["tier"], **said},
            headings={},
        )
    )


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return properties of a feature: what programs of maps read has no lists."""
    return {name: ", ".join(each) if isinstance(each, tuple) else each for name, each in row.items()}


def _calendar(request: Request, situations: Situations, county: str) -> Response:
    from geo_jindu.rectification.calendars import write_calendar

    refuse_unknown(request, ())
    seen = situations.read()
    area, tier = situations.configuration.area, request.state.reader.tier
    edition: Edition = request.state.edition

    def make() -> Answer:
        body = write_calendar(seen.situation, area, county, tier)
        return Answer(body, CALENDAR, edition.results.headers)

    return situations.answer(edition, answer_key(request, seen), make).respond(request)
