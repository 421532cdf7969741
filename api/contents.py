"""Everything the service can say, made once from ``out/``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import orjson

from api.answers import Answer
from api.page import draw_page
from api.security import PLAIN_HEADERS, page_headers
from geo_jindu.outputs import ASSESSMENT, GEOJSON, MAP, TABLE, read_outputs
from geo_jindu.texts import Language

JSON = "application/json"
GEO_JSON = "application/geo+json"
CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Contents:
    """Ready answers, and what is needed to describe them.

    Attributes
    ----------
    township
        By code.
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
    township: Mapping[str, Answer]
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
        If there are no results, or they were changed after they were written.
    """
    files = read_outputs(workspace)
    facts = orjson.loads(files[ASSESSMENT])
    features = orjson.loads(files[GEOJSON])["features"]
    rows = [feature["properties"] for feature in features]
    common = {"X-Data-Provenance": facts["area"]["provenance"]}
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
        township={row["code"]: json(head | {"township": row}) for row in rows},
        facts=facts,
        example=rows[0],
        example_bbox=features[0]["bbox"],
    )


def _json(content: dict[str, Any], headers: dict[str, str]) -> Answer:
    return Answer(orjson.dumps(content), JSON, headers)


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'inline; filename="{name}"'}
