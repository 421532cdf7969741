"""What a run wrote for each tier, read once and checked before any of it is served."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from api.security import PLAIN_HEADERS
from geo_jindu.errors import InputError, OutputError
from geo_jindu.export import workbook_headings
from geo_jindu.outputs import ASSESSMENT, ASSIGNMENT, GEOJSON, LOWER_TIERS, TABLE, read_outputs
from geo_jindu.provenance import Provenance, provenance_of_places
from geo_jindu.texts import Language
from geo_jindu.tiers import Tier
from geo_jindu.township_files import TownshipFile

PROVENANCE_HEADER = "X-Data-Provenance"


@dataclass(frozen=True)
class Release:
    """What one tier may know.

    Attributes
    ----------
    facts
        ``assessment.json``, parsed.
    rows
        One record per township, keys in the order of the data dictionary.
    shapes
        As the rows, in degrees; ``None`` where borders may not be shown.
    files
        Bytes by name, as they were written.
    """

    facts: dict[str, Any]
    rows: list[dict[str, Any]]
    shapes: NDArray[Any] | None
    files: Mapping[str, bytes]

    @property
    def names(self) -> list[str]:
        """The columns of the data dictionary."""
        return [column["name"] for column in self.facts["columns"]]

    @property
    def township_file(self) -> TownshipFile:
        """The rows, ready to be written in any format."""
        area = self.facts["area"]
        about = {key: self.facts[key] for key in ("assessment", "tier", "note")}
        return TownshipFile(
            columns=self.facts["columns"],
            rows=self.rows,
            shapes=np.empty(0, dtype=object) if self.shapes is None else self.shapes,
            about={"provenance": area["provenance"], **about},
            headings=workbook_headings(area["language"]),
        )


@dataclass(frozen=True)
class Results:
    """The results of one run.

    Attributes
    ----------
    releases
        By tier; the planner's is that of all above, too.
    headers
        What goes with every answer that is no page: safety and provenance.
    """

    releases: Mapping[Tier, Release]
    provenance: Provenance
    headers: Mapping[str, str]

    @property
    def facts(self) -> dict[str, Any]:
        """What the public may know of the assessment."""
        return self.releases[Tier.PUBLIC].facts

    @property
    def language(self) -> Language:
        """The language of the workspace."""
        return cast(Language, self.facts["area"]["language"])

    @property
    def published_headers(self) -> dict[str, str]:
        """Headers of published figures: real ones, beside what the demonstration adds up to."""
        return {PROVENANCE_HEADER: ", ".join(Provenance)}

    @property
    def vintage(self) -> str:
        """The vintage of the boundaries."""
        return str(self.facts["boundaries"]["vintage"])

    @property
    def counties(self) -> dict[str, str]:
        """Names of the counties by code."""
        rows = self.releases[Tier.PUBLIC].rows
        return {row["county"]: row["county_name"] for row in rows if row["county"]}


def read_results(workspace: Path) -> Results:
    """Read ``out/``.

    Raises
    ------
    OutputError
        If there are no results, they were changed after they were written, or they mix synthetic
        and real.
    """
    files = read_outputs(workspace)
    planner = _read_release(files, "", None)
    releases = {Tier.PLANNER: planner}
    releases |= {tier: _read_release(files, f"{tier}/", planner) for tier in LOWER_TIERS}
    provenance = _agreed_provenance(releases, files[ASSIGNMENT])
    headers = PLAIN_HEADERS | {PROVENANCE_HEADER: provenance.value}
    return Results(releases, provenance, headers)


def _read_release(files: Mapping[str, bytes], folder: str, planner: Release | None) -> Release:
    mine = {
        name.removeprefix(folder): content
        for name, content in files.items()
        if name.startswith(folder) and "/" not in name.removeprefix(folder)
    }
    facts = orjson.loads(mine[ASSESSMENT])
    if GEOJSON not in mine and planner is not None:
        return Release(facts, _rows_of_table(mine[TABLE], facts, planner.rows), None, mine)
    features = orjson.loads(mine[GEOJSON])["features"]
    rows = [feature["properties"] for feature in features]
    shapes = shapely.from_geojson([orjson.dumps(feature["geometry"]) for feature in features])
    return Release(facts, rows, shapes, mine)


def _rows_of_table(
    table: bytes, facts: dict[str, Any], planned: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows of a CSV with their types; names and codes come from the planner's rows.

    Names may stand changed in a CSV, where a spreadsheet would take them for a formula.
    """
    types = {column["name"]: column["type"] for column in facts["columns"]}
    own = {column["name"] for column in facts["columns"] if column["group"] is None}
    written = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    return [
        {name: known[name] if name in own else _VALUES[types[name]](row[name]) for name in types}
        for row, known in zip(written, planned, strict=True)
    ]


_VALUES: dict[str, Callable[[str], object]] = {
    "text": lambda cell: cell or None,
    "integer": lambda cell: int(cell) if cell else None,
    "number": lambda cell: float(cell) if cell else None,
    "boolean": lambda cell: cell == "True" if cell else None,
}


def _agreed_provenance(releases: Mapping[Tier, Release], assignment: bytes) -> Provenance:
    """Return the provenance that statements, rows of every file, codes and places agree about.

    Raises
    ------
    OutputError
        If they do not.
    """
    said = {release.facts["area"]["provenance"] for release in releases.values()}
    said |= {row["provenance"] for release in releases.values() for row in release.rows}
    tables = [assignment, *(release.files[TABLE] for release in releases.values())]
    for content in tables:
        said |= {row["provenance"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    planner = releases[Tier.PLANNER]
    codes = [row["code"] for row in planner.rows]
    try:
        found = provenance_of_places(gpd.GeoDataFrame(index=codes, geometry=planner.shapes, crs=4326))
    except InputError:
        raise OutputError("results_mix_provenance") from None
    if said != {found} or planner.facts["boundaries"]["fictional"] != (found is Provenance.SYNTHETIC):
        raise OutputError("results_mix_provenance")
    return found
