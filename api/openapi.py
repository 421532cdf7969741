"""The OpenAPI document for one kind of reader: made from routes, table of tiers and columns."""

import copy
from typing import Any

import orjson
from fastapi import FastAPI

from api.access import RULES, Rule
from api.answers import Answer
from api.identity import COOKIE
from api.schemas import problem, schemas_of
from api.views import JSON, View
from geo_jindu.texts import translate

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_SUMMARIES = {
    **dict.fromkeys(("published_zh", "published_en"), "published"),
    **dict.fromkeys(("methods_zh", "methods_en"), "methods"),
}

_ALWAYS = {
    401: "The key, token or session that was shown does not let in.",
    429: "Too many failures from this address; wait as many seconds as Retry-After says.",
    503: "The store cannot be read, or the access log not written; nothing is shown.",
}
_BY_ROUTE = {
    "map": {403: "The borders may not be shown to this reader."},
    "geojson": {403: "The borders may not be shown to this reader."},
    "parquet": {403: "The borders may not be shown to this reader."},
    "township": {403: "The township is of another county.", 404: "No township has this code."},
    "analysis": {400: "There are no parameters."},
    "township_scores": {400: "There are no parameters.", 404: "No township has this code."},
    "alerts": {
        400: "A parameter cannot be meant.",
        404: "No township has this code, or no indicator this id.",
    },
    "lodge_correction": {
        403: "The key is not limited to the county of this township, or the request is another site's.",
        404: "No township has this code.",
    },
    "close_correction": {
        404: "There is no such correction.",
        409: "The correction is closed already.",
    },
    "listings": {400: "A parameter or a day cannot be meant.", 403: "The county is another's."},
    "listings_geojson": {
        400: "A parameter or a day cannot be meant.",
        403: "The borders may not be shown to this reader.",
    },
    "listing": {
        400: "A parameter or a day cannot be meant.",
        403: "The township is of another county.",
        404: "There is no such listing.",
    },
    "township_status": {
        400: "A parameter or a day cannot be meant.",
        403: "The township is of another county.",
        404: "No township has this code.",
    },
    "rectification": {400: "A parameter or a day cannot be meant.", 403: "The county is another's."},
    **{
        key: {
            400: "A parameter or a day cannot be meant.",
            403: "The township is of another county.",
            404: "No township has this code.",
        }
        for key in ("rectified_township", "township_brief")
    },
    **{key: {400: "A parameter or a day cannot be meant."} for key in ("city_brief", "digest")},
    "calendar": {400: "There are no parameters."},
    "county_calendar": {
        400: "There are no parameters.",
        403: "The county is another's.",
        404: "There is no such county.",
    },
    "decide": {
        400: "The command cannot be read, or lacks what the life-cycle asks for; see errors.",
        404: "There is no such unit or event.",
        409: "The state of the unit, the log or an earlier request stands against it; see errors.",
        422: "A guard does not pass; see guards, with the result of each rule and what is missing.",
    },
    "sign_in_page": {403: "Keys are not taken from addresses here, or not from another site."},
}


def describe(app: FastAPI, view: View) -> Answer:
    """Return the document as a reader sees it: columns and examples are those of the reader's tier."""
    document = copy.deepcopy(app.openapi())
    language = view.results.language
    document["info"]["description"] = translate("api.description", language)
    schemas = schemas_of(view)
    for path in document["paths"].values():
        for method, operation in path.items():
            name = operation["operationId"]
            operation["summary"] = translate(f"api.{_SUMMARIES.get(name, name)}", language)
            operation["description"] = _who(RULES[name])
            operation["security"] = _security(RULES[name])
            operation["responses"] = schemas[name] | _failures(name, method)
    used = document.setdefault("components", {})
    used["securitySchemes"] = _SCHEMES
    for unused in ("HTTPValidationError", "ValidationError"):
        used.get("schemas", {}).pop(unused, None)
    return Answer(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS), JSON, view.results.headers)


def _who(rule: Rule) -> str:
    which = "tier" if rule.is_exact else "least tier"
    city = f"{which} {rule.city}" if rule.city else "not at all"
    county = f"least tier {rule.county}" if rule.county else "not at all"
    seen = {"own": "shown what is of those counties", "city": "shown what the public sees"}
    county += f", {seen[rule.county_sees]}" if rule.county else ""
    return f"Readers of the whole city: {city}. Readers limited to counties: {county}."


def _security(rule: Rule) -> list[dict[str, list[str]]]:
    """Return what has to be shown; an empty entry means that nothing has to be."""
    nothing: list[dict[str, list[str]]] = [{}] if rule.city == "public" else []
    return [*nothing, {"bearer": []}, {"session": []}]


def _failures(name: str, method: str) -> dict[int | str, dict[str, Any]]:
    texts = dict(_ALWAYS)
    if RULES[name].city != "public":
        texts[403] = "The reader's tier or counties do not allow this."
    if method == "post":
        texts |= {400: "What was sent is not acceptable.", 413: "More was sent than is taken."}
        texts.setdefault(403, "Another site made the browser send this.")
    if name == "audit":
        texts[400] = "There is no such parameter, or a day cannot be read."
    texts |= _BY_ROUTE.get(name, {})
    described = {status: problem(text) for status, text in sorted(texts.items())}
    return described | {"default": problem("Another failure, such as a method that is not there.")}
