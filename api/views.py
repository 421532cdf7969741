"""What one kind of reader is shown: every answer is made once, the first time it is asked for."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool

from api.answers import Answer
from api.page import draw_page
from api.reader import Reader
from api.releases import Release, Results
from api.security import page_headers
from geo_jindu.outputs import (
    ALERTS,
    ASSESSMENT,
    ASSIGNMENT,
    BORDERS,
    CLUSTERS,
    GEOJSON,
    HOTSPOTS,
    MAP,
    PARQUET,
    SCORES,
    TABLE,
    WORKBOOK,
)
from geo_jindu.township_files import write_csv, write_geojson, write_parquet, write_xlsx

JSON = "application/json"
HTML = "text/html; charset=utf-8"

MEDIA_TYPES = {
    MAP: HTML,
    ASSESSMENT: JSON,
    ASSIGNMENT: "text/csv; charset=utf-8",
    GEOJSON: "application/geo+json",
    TABLE: "text/csv; charset=utf-8",
    WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PARQUET: "application/vnd.apache.parquet",
    HOTSPOTS: JSON,
    SCORES: JSON,
    ALERTS: JSON,
    CLUSTERS: "application/geo+json",
}
FILES = {
    "map": MAP,
    "assessment": ASSESSMENT,
    "assignment": ASSIGNMENT,
    "geojson": GEOJSON,
    "csv": TABLE,
    "xlsx": WORKBOOK,
    "parquet": PARQUET,
    "hotspots": HOTSPOTS,
    "scores": SCORES,
    "clusters": CLUSTERS,
}
"""Name of the file that a route answers with."""

_WRITERS = {GEOJSON: write_geojson, TABLE: write_csv, WORKBOOK: write_xlsx, PARQUET: write_parquet}


class View:
    """What one kind of reader is shown.

    Attributes
    ----------
    release
        What may be told.
    city
        What is shown of the city as a whole: the view itself, or the public's.
    """

    def __init__(self, results: Results, release: Release, city: "View | None" = None) -> None:
        self.results = results
        self.release = release
        self.city = city or self
        self._kept: dict[str, Answer] = {}
        self._parsed: dict[str, Any] = {}
        self._rows = {row["code"]: row for row in release.rows}
        self._about = {key: release.facts[key] for key in ("assessment", "note")}

    @property
    def shows_borders(self) -> bool:
        """Whether map and geometry may be shown."""
        return self.release.shapes is not None

    def shows(self, name: str) -> bool:
        """Return whether the file may be shown, as far as borders go."""
        return self.shows_borders or name not in BORDERS

    async def file(self, name: str) -> Answer:
        """Return a file that `shows`."""
        return await self.keep(name, lambda: self._make_file(name))

    def parsed(self, name: str) -> Any:
        """Return what stands in a JSON file that a run wrote."""
        if name not in self._parsed:
            self._parsed[name] = orjson.loads(self.release.files[name])
        return self._parsed[name]

    async def townships(self) -> Answer:
        """Return all townships."""
        return await self.keep("townships", self._make_townships)

    async def page(self, reader: Reader) -> Answer:
        """Return the front page for a reader."""
        return await self.keep(f"page {reader.tier}", lambda: self._make_page(reader))

    def township(self, code: str) -> Answer | None:
        """Return a township, if there is one of this code."""
        key = f"township {code}"
        if code in self._rows and key not in self._kept:
            self._kept[key] = self._json(self._about | {"township": self._rows[code]})
        return self._kept.get(key)

    async def keep(self, key: str, make: Callable[[], Answer]) -> Answer:
        """Return an answer made before, or make it without holding up other requests."""
        if key not in self._kept:
            self._kept[key] = await run_in_threadpool(make)
        return self._kept[key]

    def make_ready(self, reader: Reader) -> None:
        """Make all answers now, with the page for a reader."""
        for name in {*self.release.files, *_WRITERS}:
            if name not in self._kept and self.shows(name):
                self._kept[name] = self._make_file(name)
        self._kept["townships"] = self._make_townships()
        self._kept[f"page {reader.tier}"] = self._make_page(reader)

    def _make_file(self, name: str) -> Answer:
        body = self.release.files.get(name) or self._write(name)
        if name == MAP:
            return self._html(body)
        headers = self.results.headers
        if MEDIA_TYPES[name] != JSON:
            headers = {**headers, "Content-Disposition": f'inline; filename="{name}"'}
        return Answer(body, MEDIA_TYPES[name], headers)

    def _write(self, name: str) -> bytes:
        """Return a file that no run wrote, for these rows are of some counties or newly disputed."""
        if name == ASSESSMENT:
            return orjson.dumps(self.release.facts)
        return _WRITERS[name](self.release.township_file)

    def _make_townships(self) -> Answer:
        rows = self.release.rows
        return self._json(self._about | {"number": len(rows), "townships": rows})

    def _make_page(self, reader: Reader) -> Answer:
        page = draw_page(self, reader)
        return self._html(page.encode(), forms=True)

    def _html(self, body: bytes, *, forms: bool = False) -> Answer:
        headers = page_headers(body.decode(), forms=forms)
        return Answer(body, HTML, {**self.results.headers, **headers})

    def _json(self, content: dict[str, Any]) -> Answer:
        return Answer(orjson.dumps(content), JSON, self.results.headers)
