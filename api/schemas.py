"""What the answers look like, for the OpenAPI document: made from the data dictionary."""

from dataclasses import fields
from typing import Any

from api.errors import MEDIA_TYPE, ProblemDetails
from api.releases import PROVENANCE_HEADER
from api.views import FILES, HTML, JSON, MEDIA_TYPES, View
from geo_jindu.store.access_log import Access
from geo_jindu.store.corrections import Correction

_TYPES = {"text": "string", "integer": "integer", "number": "number", "boolean": "boolean"}
_TEXT = {"type": "string"}
_INTEGER = {"type": "integer"}

Responses = dict[int | str, dict[str, Any]]


def schemas_of(view: View) -> dict[str, Responses]:
    """Return the documented success of each route by its name."""
    township = _township_schema(view)
    head = dict.fromkeys(("assessment", "note"), _TEXT)
    facts = view.release.facts
    head_example = {key: facts[key] for key in head}
    rows = view.release.rows[:1]
    many = _object(head | {"number": _INTEGER, "townships": _array(township)})
    one = _object(head | {"township": township})
    status = _object(dict.fromkeys(("status", "assessment", "software"), _TEXT))
    correction = _object_of(Correction)
    listed = _object(
        {"assessment": _TEXT, "open": _INTEGER, "number": _INTEGER, "corrections": _array(correction)}
    )
    lines = _object(
        {"number": _INTEGER, "has_more": {"type": "boolean"}, "accesses": _array(_object_of(Access))}
    )
    page = _ready(HTML, _TEXT)
    return {
        **{name: _ready(MEDIA_TYPES[file], _TEXT) for name, file in FILES.items()},
        **dict.fromkeys(("page", "published", "published_zh", "published_en"), page),
        **dict.fromkeys(("methods", "methods_zh", "methods_en"), page),
        "townships": _ready(JSON, many, head_example | {"number": len(rows), "townships": rows}),
        "township": _ready(JSON, one, head_example | {"township": rows[0]} if rows else None),
        "geojson": _ready(MEDIA_TYPES[FILES["geojson"]], _feature_collection(township)),
        "assessment": _ready(JSON, {"type": "object"}, facts),
        "health": _ready(
            JSON, status, {key: facts.get(key, "ok") for key in ("status", "assessment", "software")}
        ),
        **_analysis_schemas(),
        **_rectification_schemas(),
        "corrections": {200: _described(JSON, listed)},
        "lodge_correction": {201: _described(JSON, correction)},
        "close_correction": {200: _described(JSON, correction)},
        "audit": {200: _described(JSON, lines)},
        "sign_in_page": {200: _described(HTML, _TEXT), 303: _SIGNED_IN},
        "sign_in": {303: _SIGNED_IN},
        "sign_out": {303: {"description": "The session is over; the browser goes to the front page."}},
    }


_SIGNED_IN = {"description": "A session has begun; the browser goes to the front page."}


def _analysis_schemas() -> dict[str, Responses]:
    """Return the documented success of the routes of hotspots, scores and alerts."""
    about = dict.fromkeys(("assessment", "provenance", "note"), _TEXT)
    part = {"type": ["object", "null"]}
    parts = dict.fromkeys(("severity", "progress", "list_audit"), part)
    place = dict.fromkeys(("code", "name", "county", "county_name"), _TEXT)
    alert = _object(dict.fromkeys(("indicator", "month", "level", "code", "name", "method"), _TEXT))
    found = {"indicators": {"type": "object"}, "number": _INTEGER, "alerts": _array(alert)}
    cluster = _object(dict.fromkeys(("code", "indicator", "analysis"), _TEXT) | {"number": _INTEGER})
    return {
        "analysis": _ready(HTML, _TEXT),
        "hotspots": _ready(JSON, _object(about | {"indicators": _array({"type": "object"})})),
        "scores": _ready(JSON, _object(about | parts)),
        "township_scores": _ready(JSON, _object(about | {"township": _object(place | parts)})),
        "alerts": _ready(JSON, _object(about | found)),
        "clusters": _ready(MEDIA_TYPES[FILES["clusters"]], _feature_collection(cluster)),
    }


def _rectification_schemas() -> dict[str, Responses]:
    """Return the documented success of the routes of rectification: what every tier is shown."""
    day = {"type": ["string", "null"], "format": "date"}
    names = ("code", "name", "state", "state_name")
    stand = _object(dict.fromkeys(names, _TEXT) | {"since": day, "until": day})
    log = _object({"number": _INTEGER, "digest": _TEXT})
    about = dict.fromkeys(("assessment", "note", "notice", "as_of"), _TEXT) | {"log": log}
    listed = _object(dict.fromkeys(names, _TEXT) | {"since": day, "listing": _TEXT})
    entry = _object({"number": _INTEGER} | dict.fromkeys(("event", "unit", "role", "digest"), _TEXT))
    recorded = _described(JSON, _object({"entry": entry}))
    calendar = _ready("text/calendar", _TEXT)
    return {
        "listings": _ready(JSON, _object(about | {"number": _INTEGER, "listings": _array(listed)})),
        "listing": _ready(JSON, _object(about | {"listing": listed})),
        "listings_geojson": _ready(MEDIA_TYPES[FILES["geojson"]], _feature_collection(stand)),
        "township_status": _ready(JSON, _object(about | {"status": stand})),
        **dict.fromkeys(
            ("rectification", "rectified_township", "rectification_map", "digest"), _ready(HTML, _TEXT)
        ),
        **dict.fromkeys(("township_brief", "city_brief"), _ready("application/pdf", _TEXT)),
        "calendar": calendar,
        "county_calendar": calendar,
        "decide": {201: recorded, 200: recorded | {"description": "The same was recorded before."}},
    }


def problem(description: str) -> dict[str, Any]:
    """Return how a failure is documented."""
    return {
        "description": description,
        "content": {
            MEDIA_TYPE: {
                "schema": ProblemDetails.model_json_schema(),
                "example": {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "There is no township with this code; see /townships.",
                },
            }
        },
    }


def _ready(media_type: str, schema: dict[str, Any], example: Any = None) -> Responses:
    headers = {
        "ETag": {"schema": _TEXT, "description": "Strong; changes with the assessment and the tier."},
        PROVENANCE_HEADER: {
            "schema": {"type": "string", "enum": ["real", "synthetic", "real, synthetic"]},
            "description": "What the figures are; both where published ones stand beside synthetic.",
        },
    }
    return {
        200: _described(media_type, schema, example) | {"headers": headers},
        304: {"description": "Not changed since the ETag the client sent in If-None-Match."},
    }


def _described(media_type: str, schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    return {"description": "The answer.", "content": {media_type.partition(";")[0]: content}}


def _township_schema(view: View) -> dict[str, Any]:
    return _object(
        {
            column["name"]: {
                "type": [_TYPES[column["type"]], "null"],
                "title": column["label"],
                "description": column["meaning"] + (f" [{column['unit']}]" if column["unit"] else ""),
            }
            for column in view.release.facts["columns"]
        }
    )


def _feature_collection(township: dict[str, Any]) -> dict[str, Any]:
    geometry = _object(
        {"type": {"enum": ["Polygon", "MultiPolygon"]}, "coordinates": {"type": "array"}}
    )
    numbers = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
    feature = _object(
        {
            "type": {"const": "Feature"},
            "id": _TEXT,
            "bbox": numbers,
            "geometry": geometry,
            "properties": township,
        }
    )
    texts = dict.fromkeys(("assessment", "note"), _TEXT)
    said = {"type": {"const": "FeatureCollection"}, **texts, "features": _array(feature)}
    collection = _object(said)
    collection["properties"]["bbox"] = numbers  # there is none where there is no feature
    return collection


def _object_of(kind: type) -> dict[str, Any]:
    """Return the schema of a dataclass of texts and whole numbers."""
    types = {
        field.name: _INTEGER if field.type is int else {"type": ["string", "null"]}
        for field in fields(kind)
    }
    return _object(types)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
