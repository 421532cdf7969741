"""Everything the service can say, made once from ``out/``."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

import geopandas as gpd
import orjson

from api.answers import Answer
from api.page import draw_page
from api.published import draw_published
from api.security import PLAIN_HEADERS, page_headers
from geo_jindu.errors import InputError, OutputError
from geo_jindu.outputs import ASSESSMENT, ASSIGNMENT, GEOJSON, MAP, TABLE, read_outputs
from geo_jindu.provenance import Provenance, provenance_of_places
from geo_jindu.texts import Language

JSON = "application/json"
GEO_JSON = "application/geo+json"
CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"
PROVENANCE_HEADER = "X-Data-Provenance"


@dataclass(frozen=True)
class Contents:
    """Ready answers, and what is needed to describe them.

    Attributes
    ----------
    published
        The page of published figures by its path.
    township
        By code.
    headers
        What goes with every answer that is no page: safety and provenance.
    facts
        ``assessment.json``, parsed.
    example, example_bbox
        The first township and its bounding box in degrees.
    """

    page: Answer
    map: Answer
    townships: Answer
    geojson: Answer
    csv: Answer
    assessment: Answer
    health: Answer
    published: Mapping[str, Answer]
    township: Mapping[str, Answer]
    headers: Mapping[str, str]
    facts: dict[str, Any]
    example: dict[str, Any]
    example_bbox: list[float]

    @property
    def language(self) -> Language:
        """The language of the workspace."""
        return cast(Language, self.facts["area"]["language"])


def prepare_contents(workspace: Path) -> Contents:
    """Read ``out/`` and make every answer.

    Raises
    ------
    OutputError
        If there are no results, they were changed after they were written, or they mix synthetic
        and real.
    """
    files = read_outputs(workspace)
    facts = orjson.loads(files[ASSESSMENT])
    features = orjson.loads(files[GEOJSON])["features"]
    rows = [feature["properties"] for feature in features]
    provenance = _agreed_provenance(files, facts, features)
    common = {PROVENANCE_HEADER: provenance.value}
    plain = PLAIN_HEADERS | common
    page = draw_page(facts, rows)
    map_page = files[MAP].decode()
    json = partial(_json, headers=plain)
    head = {key: facts[key] for key in ("assessment", "note")}
    return Contents(
        page=Answer(page.encode(), HTML, page_headers(page) | common),
        map=Answer(files[MAP], HTML, page_headers(map_page) | common),
        townships=json(head | {"number": len(rows), "townships": rows}),
        geojson=Answer(files[GEOJSON], GEO_JSON, plain | _download(GEOJSON)),
        csv=Answer(files[TABLE], CSV, plain | _download(TABLE)),
        assessment=Answer(files[ASSESSMENT], JSON, plain),
        health=json({"status": "ok", "assessment": facts["assessment"], "software": facts["software"]}),
        published=_published_pages(facts, provenance),
        township={row["code"]: json(head | {"township": row}) for row in rows},
        headers=plain,
        facts=facts,
        example=rows[0],
        example_bbox=features[0]["bbox"],
    )


def _agreed_provenance(
    files: Mapping[str, bytes], facts: dict[str, Any], features: list[dict[str, Any]]
) -> Provenance:
    """Return the provenance that statement, rows of every file, codes and places agree about.

    Raises
    ------
    OutputError
        If they do not.
    """
    rows = gpd.GeoDataFrame.from_features(features, crs=4326)
    said = {facts["area"]["provenance"], *rows["provenance"]}
    for name in (TABLE, ASSIGNMENT):
        table = csv.DictReader(io.StringIO(files[name].decode("utf-8-sig")))
        said |= {row["provenance"] for row in table}
    try:
        found = provenance_of_places(rows.set_index("code"))
    except InputError:
        raise OutputError("results_mix_provenance") from None
    if said != {found} or facts["boundaries"]["fictional"] != (found is Provenance.SYNTHETIC):
        raise OutputError("results_mix_provenance")
    return found


def _published_pages(facts: dict[str, Any], provenance: Provenance) -> dict[str, Answer]:
    """Return the published figures in the workspace's language, and in both.

    They are real; the table of what the demonstration adds up to, at their end, is synthetic.
    """
    is_demo = provenance is Provenance.SYNTHETIC
    language = facts["area"]["language"]
    pages = {"/published": draw_published(language, is_demo=is_demo)}
    for each in get_args(Language):
        pages[f"/published/{each}"] = draw_published(each, is_demo=is_demo, root="../")
    both = {PROVENANCE_HEADER: ", ".join(Provenance)}
    return {
        path: Answer(page.encode(), HTML, page_headers(page) | both) for path, page in pages.items()
    }


def _json(content: dict[str, Any], headers: dict[str, str]) -> Answer:
    return Answer(orjson.dumps(content), JSON, headers)


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'inline; filename="{name}"'}
