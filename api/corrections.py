"""Corrections: a county lodges one on a value, an auditor closes it."""

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.editions import Editions
from api.errors import Refused
from api.routes import refuse_code, view_of
from api.views import JSON
from geo_jindu.store import Store
from geo_jindu.store.corrections import (
    Ground,
    Outcome,
    close_correction,
    list_corrections,
    lodge_correction,
)


class Lodging(BaseModel):
    """What a county says is wrong with a value of a township."""

    model_config = ConfigDict(extra="forbid")

    indicator: Annotated[str, Field(max_length=40)]
    ground: Ground
    note: Annotated[str, Field(max_length=500)] = ""


class Closing(BaseModel):
    """How an auditor decided."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome


def add_corrections(app: FastAPI, editions: Editions, store: Store) -> None:
    """Add the routes of corrections."""

    @app.post("/townships/{code}/corrections", name="lodge_correction", status_code=201)
    def lodge(request: Request, code: Annotated[str, Path()], said: Lodging) -> Response:
        view = view_of(request)
        if view.township(code) is None:
            raise refuse_code(request, code)
        if said.indicator not in {each["id"] for each in view.release.facts["indicators"]}:
            raise Refused(400, "no_indicator")
        request.state.indicator = said.indicator
        lodged = lodge_correction(
            store,
            code=code,
            vintage=view.results.vintage,
            indicator=said.indicator,
            ground=said.ground,
            note=said.note,
            key_id=request.state.reader.key_id,
        )
        editions.forget_disputes()
        return _json(request, asdict(lodged), 201)

    @app.get("/corrections", name="corrections")
    def corrections(request: Request) -> Response:
        view = view_of(request)
        is_of_city = not request.state.reader.counties
        found = [
            asdict(each)
            for each in list_corrections(store)
            if is_of_city or view.township(each.code) is not None
        ]
        is_open = sum(each["outcome"] is None for each in found)
        said = {"assessment": view.release.facts["assessment"], "open": is_open}
        return _json(request, said | {"number": len(found), "corrections": found})

    @app.post("/corrections/{correction}/closing", name="close_correction")
    def close(request: Request, correction: Annotated[int, Path()], said: Closing) -> Response:
        closed = close_correction(store, correction, said.outcome, request.state.reader.key_id)
        editions.forget_disputes()
        return _json(request, asdict(closed))


def _json(request: Request, content: dict[str, Any], status: int = 200) -> Response:
    headers = request.state.edition.results.headers
    return Response(orjson.dumps(content), status, headers=dict(headers), media_type=JSON)
