"""Who read what: the access log, for auditors."""

from dataclasses import asdict
from typing import Annotated

import orjson
from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from api.parameters import Day, refuse_unknown
from api.views import JSON
from geo_jindu.store import Store
from geo_jindu.store.access_log import read_access

MOST_LINES = 1_000
"""Lines that are sent at most, the newest; days and keys narrow them down."""

_PARAMETERS = ("since", "until", "key", "unit", "route")
_Text = Annotated[str, Query(max_length=100)]


def add_audit(app: FastAPI, store: Store) -> None:
    """Add the route of the access log."""

    @app.get("/audit", name="audit")
    def audit(
        request: Request,
        since: Day = "",
        until: Day = "",
        key: _Text = "",
        unit: _Text = "",
        route: _Text = "",
    ) -> Response:
        refuse_unknown(request, _PARAMETERS)
        lines = read_access(
            store,
            since=since,
            until=until,
            key_id=key,
            unit=unit,
            route=route,
            limit=MOST_LINES + 1,
        )
        shown = [asdict(line) for line in lines[:MOST_LINES]]
        said = {"number": len(shown), "has_more": len(lines) > MOST_LINES, "accesses": shown}
        headers = request.state.edition.results.headers
        return Response(orjson.dumps(said), headers=dict(headers), media_type=JSON)
