"""What tests of rectifications over the web share: figures of the grid, and decisions to send."""

from pathlib import Path
from uuid import uuid4

from conftest import GRID
from httpx2 import Response
from starlette.testclient import TestClient

from geo_jindu.rectification.figures import Figures, TownshipFigures
from geo_jindu.store import open_store
from geo_jindu.store.snapshots import add_snapshot


def keep_figures(directory: Path, before: int = 30, after: int = 5) -> None:
    """Keep figures of the grid as a run does: of 甲镇 ``before`` persons in 2017, ``after`` in 2018."""
    counts = {"2017-03": before, "2018-03": after}
    townships = {
        code: TownshipFigures(name, county, county_name, 20_000, None, counts if at == 0 else {})
        for at, (code, (name, county, county_name, _)) in enumerate(GRID.items())
    }
    shares = {"2018": {code: (99 - at, 100) for at, code in enumerate(GRID)}}
    figures = Figures(
        vintage="2018-01-01",
        indicator="outflow",
        ranked_until="",
        covered=(("2017-01", "2018-12"),),
        empty=(),
        yearly=(),
        counties={county: name for _, county, name, _ in GRID.values()},
        townships=townships,
        proportions={"rehabilitation_execution": shares, "satisfaction": shares},
    )
    store = open_store(directory)
    with store.writing() as connection:
        add_snapshot(connection, figures.to_bytes(), "a" * 32)
    store.close()


_EVENTS = {
    "propose": ("city_office", "snapshot", "opinion"),
    "list": ("committee", "decision", "notice", "minutes"),
    "submit_plan": ("township", "plan", "tasks"),
    "start": ("county_office", "record"),
    "interview": ("committee", "interview"),
    "add_measure": ("township",),
    "extend": ("committee", "notice", "gaps"),
    "request_acceptance": ("township", "self_assessment"),
}


def decision(event: str, day: str, **others: object) -> dict[str, object]:
    """Return the body of a decision that brings what the event asks for."""
    role, *kinds = _EVENTS[event]
    evidence = [{"kind": kind, "title": "1"} for kind in kinds]
    body = {"effective_on": day, "role": role, "reasons": "理由", "evidence": evidence}
    return body | others


def put(client: TestClient, unit: str, event: str, said: object, name: str = "") -> Response:
    """Send a decision under a name of the request."""
    headers = {"Idempotency-Key": name or uuid4().hex}
    return client.post(f"/rectification/{unit}/{event}", json=said, headers=headers)
