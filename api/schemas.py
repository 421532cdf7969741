"""What the answers look like, for the OpenAPI document: made from the data dictionary."""

from typing import Any

from api.contents import CSV, GEO_JSON, HTML, JSON, PROVENANCE_HEADER, Contents
from api.errors import MEDIA_TYPE, ProblemDetails

_TYPES = {"text": "string", "integer": "integer", "number": "number", "boolean": "boolean"}


def responses(contents: Contents) -> dict[str, dict[int | str, dict[str, Any]]]:
    """Return the documented answers of each route by its name."""
    township = _township_schema(contents)
    head = {key: {"type": "string"} for key in ("assessment", "note")}
    head_example = {key: contents.facts[key] for key in ("assessment", "note")}
    many = _object(head | {"number": {"type": "integer"}, "townships": _array(township)})
    one = _object(head | {"township": township})
    status = _object({key: {"type": "string"} for key in ("status", "assessment", "software")})
    example = contents.example
    return {
        "page": _answers(HTML, {"type": "string"}),
        "map": _answers(HTML, {"type": "string"}),
        "published": _answers(HTML, {"type": "string"}),
        "townships": _answers(JSON, many, head_example | {"number": 1, "townships": [example]}),
        "township": _answers(JSON, one, head_example | {"township": example})
        | {404: _problem("No township has this code.")},
        "geojson": _answers(
            GEO_JSON, _feature_collection(township), _example_collection(contents, head_example)
        ),
        "csv": _answers(CSV, {"type": "string"}, ",".join(example) + "\r\n"),
        "assessment": _answers(JSON, {"type": "object"}, contents.facts),
        "health": _answers(
            JSON,
            status,
            {
                "status": "ok",
                "assessment": contents.facts["assessment"],
                "software": contents.facts["software"],
            },
        ),
    }


def _answers(
    media_type: str, schema: dict[str, Any], example: Any = None
) -> dict[int | str, dict[str, Any]]:
    content: dict[str, Any] = {"schema": schema}
    if example is not None:
        content["example"] = example
    headers = {
        "ETag": {"schema": {"type": "string"}, "description": "Strong; changes with the assessment."},
        PROVENANCE_HEADER: {
            "schema": {"type": "string", "enum": ["real", "synthetic", "real, synthetic"]},
            "description": "What the figures are; both where published ones stand beside synthetic.",
        },
    }
    return {
        200: {
            "description": "The answer.",
            "headers": headers,
            "content": {media_type.partition(";")[0]: content},
        },
        304: {"description": "Not changed since the ETag the client sent in If-None-Match."},
        "default": _problem("A failure, such as a method other than GET and HEAD."),
    }


def _problem(description: str) -> dict[str, Any]:
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


def _township_schema(contents: Contents) -> dict[str, Any]:
    return _object(
        {
            column["name"]: {
                "type": [_TYPES[column["type"]], "null"],
                "title": column["label"],
                "description": column["meaning"] + (f" [{column['unit']}]" if column["unit"] else ""),
            }
            for column in contents.facts["columns"]
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
            "id": {"type": "string"},
            "bbox": numbers,
            "geometry": geometry,
            "properties": township,
        }
    )
    texts = {key: {"type": "string"} for key in ("assessment", "note")}
    return _object(
        {"type": {"const": "FeatureCollection"}, "bbox": numbers, **texts, "features": _array(feature)}
    )


def _example_collection(contents: Contents, head: dict[str, Any]) -> dict[str, Any]:
    west, south, east, north = contents.example_bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature",
        "id": contents.example["code"],
        "bbox": contents.example_bbox,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": contents.example,
    }
    bbox = {"type": "FeatureCollection", "bbox": contents.example_bbox}
    return bbox | head | {"features": [feature]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
