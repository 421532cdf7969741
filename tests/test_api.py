"""The web service: what it answers, with which headers, and what it refuses to say."""

import base64
import csv
import gzip
import hashlib
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import orjson
import pytest
import schemathesis
import shapely
from conftest import CONFIGURATION, GRID, GRID_CRS, incident_rows, make_grid
from fastapi import FastAPI
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from rectified import decision, keep_figures, put
from schemathesis.specs.openapi.checks import positive_data_acceptance
from service import bearer, client_of, make_key, serve
from starlette.routing import Route
from starlette.testclient import TestClient
from test_map_safety import PAYLOADS, make_hostile

from api import Settings, create_app, failures
from api.answers import Answer, accepts_gzip
from api.documentation import documentation_answers
from geo_jindu.cli.line import run_line
from geo_jindu.errors import OutputError
from geo_jindu.outputs import (
    ASSESSMENT,
    ASSIGNMENT,
    CLUSTERS,
    FILES,
    FOLDER,
    GEOJSON,
    HOTSPOTS,
    MAP,
    PARQUET,
    SCORES,
    TABLE,
    WORKBOOK,
)
from geo_jindu.tiers import Tier

JSON = "application/json"
PROBLEM = "application/problem+json"
HTML = "text/html; charset=utf-8"
MEDIA_TYPES = {
    "/": HTML,
    "/maps/hotspot": HTML,
    "/townships": JSON,
    "/townships.geojson": "application/geo+json",
    "/townships.csv": "text/csv; charset=utf-8",
    "/townships.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "/townships.parquet": "application/vnd.apache.parquet",
    "/assignment.csv": "text/csv; charset=utf-8",
    "/analysis": HTML,
    "/hotspots": JSON,
    "/scores": JSON,
    "/scores/990000101": JSON,
    "/alerts": JSON,
    "/scan_clusters.geojson": "application/geo+json",
    "/townships/990000101": JSON,
    "/townships/990000101/status": JSON,
    "/listings": JSON,
    "/listings/990000101-1": JSON,
    "/listings.geojson": "application/geo+json",
    "/calendar.ics": "text/calendar; charset=utf-8",
    "/calendar/990001.ics": "text/calendar; charset=utf-8",
    "/rectification": HTML,
    "/rectification/990000101": HTML,
    "/maps/rectification": HTML,
    "/rectification/990000101/brief.pdf": "application/pdf",
    "/rectification/brief.pdf": "application/pdf",
    "/assessment": JSON,
    "/methods": HTML,
    "/methods/zh": HTML,
    "/methods/en": HTML,
    "/published": HTML,
    "/published/zh": HTML,
    "/published/en": HTML,
    "/health": JSON,
    "/openapi.json": JSON,
    "/docs": HTML,
    "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "/docs/swagger-ui.css": "text/css; charset=utf-8",
}
DOCUMENTATION = {"/openapi.json", "/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"}
PUBLISHED = {"/published", "/published/zh", "/published/en"}
METHODS = {"/methods", "/methods/zh", "/methods/en"}
RESULTS = sorted(MEDIA_TYPES.keys() - DOCUMENTATION - PUBLISHED - METHODS)
PAGES = ["/", "/maps/hotspot", "/docs"]
FILE_OF_PATH = {
    "/maps/hotspot": MAP,
    "/townships.geojson": GEOJSON,
    "/townships.csv": TABLE,
    "/townships.xlsx": WORKBOOK,
    "/townships.parquet": PARQUET,
    "/assignment.csv": ASSIGNMENT,
    "/assessment": ASSESSMENT,
    "/hotspots": HOTSPOTS,
    "/scores": SCORES,
    "/scan_clusters.geojson": CLUSTERS,
}
DOOR = {"/sign-in", "/sign-out"}
OFFICE = {"/audit", "/corrections", "/corrections/1/closing", "/townships/990000101/corrections"}
OFFICE |= {"/rectification/990000101/propose", "/digest"}
FILTERED = {"/audit", "/listings", "/listings/{listing}", "/listings.geojson"}
FILTERED |= {"/townships/{code}/status", "/rectification", "/rectification/{code}", "/digest"}
FILTERED |= {"/alerts", "/scores/{code}", "/analysis"}
FILTERED |= {"/maps/rectification", "/rectification/brief.pdf", "/rectification/{code}/brief.pdf"}
PLAIN = {"Accept-Encoding": "identity"}
PACKED = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    """Return a place for what is made once for all tests here."""
    return {}


@pytest.fixture
def client(make_workspace, kept) -> TestClient:
    """Return a client of the service of the toy grid that shows a planner's key."""
    if "app" not in kept:
        directory = make_workspace()
        run_line(directory)
        kept["directory"] = directory
        kept["app"] = create_app(Settings(workspace=directory))
        kept["files"] = {name: (directory / FOLDER / name).read_bytes() for name in FILES}
        kept["keys"] = {tier: make_key(directory, tier) for tier in Tier if tier is not Tier.PUBLIC}
        keep_figures(directory)
        commander = client_of(kept["app"], kept["keys"][Tier.COMMANDER])
        put(commander, "990000101", "propose", decision("propose", "2018-03-01"))
    return client_of(kept["app"], kept["keys"][Tier.PLANNER])


@pytest.fixture
def files(client, kept) -> dict[str, bytes]:
    """Return what the run wrote, by name."""
    return kept["files"]


# ---- what each address answers


@pytest.mark.parametrize("path", MEDIA_TYPES)
def test_each_address_answers_with_its_media_type(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPES[path]
    assert answer.content


@pytest.mark.parametrize("path", MEDIA_TYPES)
def test_head_is_get_without_a_body(client, path):
    head, get = client.head(path), client.get(path)
    assert head.status_code == 200
    assert not head.content
    assert head.headers == get.headers


@pytest.mark.parametrize(("path", "name"), FILE_OF_PATH.items())
def test_a_file_of_the_results_is_served_as_it_is(client, files, path, name):
    assert client.get(path, headers=PLAIN).content == files[name]
    assert client.get(path, headers=PACKED).content == files[name]


def test_all_townships_are_those_of_the_geojson(client, files):
    answer = client.get("/townships").json()
    features = orjson.loads(files[GEOJSON])["features"]
    assert answer["townships"] == [feature["properties"] for feature in features]
    assert answer["number"] == len(GRID)
    assert answer["assessment"] == orjson.loads(files[ASSESSMENT])["assessment"]
    assert answer["note"]


@pytest.mark.parametrize("code", GRID)
def test_one_township_is_found_by_its_code(client, code):
    answer = client.get(f"/townships/{code}").json()
    assert answer["township"]["code"] == code
    assert answer["township"]["name"] == GRID[code][0]
    assert answer["note"] == client.get("/assessment").json()["note"]


def test_the_csv_says_what_the_geojson_says(client):
    text = client.get("/townships.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["code"]: int(row["incident_count"]) for row in rows} == {
        row["code"]: row["incident_count"] for row in client.get("/townships").json()["townships"]
    }


def test_health_names_the_assessment(client):
    health = client.get("/health").json()
    assert health["status"] == "ok"
    assert health["assessment"] == client.get("/assessment").json()["assessment"]


@pytest.mark.parametrize(("language", "heading"), [("en", "Townships (6)"), ("zh", "乡镇一览（6 个）")])
def test_the_page_speaks_the_language_of_the_workspace(make_workspace, language, heading):
    page = serve(make_workspace(language=language), Tier.PUBLIC).get("/").text
    assert heading in page
    assert f'<html lang="{"zh-CN" if language == "zh" else language}">' in page


# ---- GeoJSON


def test_the_geojson_is_rfc_7946(client):
    collection = client.get("/townships.geojson").json()
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    assert [feature["id"] for feature in collection["features"]] == list(GRID)
    for feature in collection["features"]:
        assert feature["type"] == "Feature"
        assert feature["properties"]["code"] == feature["id"]


def test_exterior_rings_are_counter_clockwise(client):
    for feature in client.get("/townships.geojson").json()["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.geom_type == "Polygon"
        assert shape.is_valid
        assert shape.exterior.is_ccw


def test_interior_rings_are_clockwise(make_workspace):
    frame = make_grid()
    frame.geometry = [shape.difference(shape.centroid.buffer(99)) for shape in frame.geometry]
    corner = gpd.GeoSeries.from_xy([500_010], [3_000_010], crs=GRID_CRS).to_crs(4326)[0]
    incidents = f"date,lon,lat\n2018-01-01,{corner.x:.7f},{corner.y:.7f}\n"
    client = serve(make_workspace(townships=frame, incidents=incidents))
    for feature in client.get("/townships.geojson").json()["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.exterior.is_ccw
        assert [ring.is_ccw for ring in shape.interiors] == [False]


def test_each_bbox_is_that_of_the_geometry(client):
    collection = client.get("/townships.geojson").json()
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in collection["features"]]
    assert [feature["bbox"] for feature in collection["features"]] == [
        [*each.bounds] for each in shapes
    ]
    assert collection["bbox"] == [*shapely.MultiPolygon(shapes).bounds]
    west, south, east, north = collection["bbox"]
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90


def test_coordinates_have_at_most_six_digits(client):
    text = client.get("/townships.geojson").text
    coordinates = re.findall(r'"(?:coordinates|bbox)":([\[\]\d.,eE+-]+)', text)
    digits = [len(part) for found in coordinates for part in re.findall(r"\.(\d+)", found)]
    assert len(coordinates) == 1 + 2 * len(GRID)
    assert max(digits) == 6


# ---- headers of safety


class _Scripts(HTMLParser):
    """Collects scripts that stand in a page, and attributes that would run."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.handlers: list[str] = []
        self._inside = False

    def handle_starttag(self, tag, attrs) -> None:
        names = dict(attrs)
        self.handlers += [name for name in names if name.startswith("on")]
        self._inside = tag == "script" and "src" not in names and "type" not in names
        if self._inside:
            self.texts.append("")

    def handle_endtag(self, tag) -> None:
        self._inside = False

    def handle_data(self, data) -> None:
        if self._inside:
            self.texts[-1] += data


def policy_of(answer) -> dict[str, list[str]]:
    """Return the directives of a Content-Security-Policy."""
    directives = answer.headers["content-security-policy"].split(";")
    return {name: sources for name, *sources in (each.split() for each in directives)}


def digests_of(page: str) -> set[str]:
    """Return the sources that allow the scripts of a page."""
    scripts = _Scripts()
    scripts.feed(page)
    digests = (hashlib.sha256(text.encode()).digest() for text in scripts.texts)
    return {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}


@pytest.mark.parametrize("path", PAGES)
def test_exactly_the_scripts_of_a_page_may_run(client, path):
    answer = client.get(path)
    sources = policy_of(answer)["script-src"]
    assert {source for source in sources if source.startswith("'sha256-")} == digests_of(answer.text)
    assert digests_of(answer.text)
    assert set(sources) - digests_of(answer.text) <= ({"'self'"} if path == "/docs" else set())


@pytest.mark.parametrize("path", PAGES)
def test_a_page_may_load_nothing_from_outside(client, path):
    policy = policy_of(client.get(path))
    assert policy["default-src"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'" if path == "/" else "'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    allowed = {source for sources in policy.values() for source in sources}
    assert not {source for source in allowed if not source.startswith("'")} - {"data:"}
    assert "'unsafe-eval'" not in allowed


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_an_attribute_that_runs(client, path):
    scripts = _Scripts()
    scripts.feed(client.get(path).text)
    assert not scripts.handlers


@pytest.mark.parametrize("path", [*MEDIA_TYPES, "/nowhere", "/townships/0"])
def test_every_answer_keeps_to_itself(client, path):
    answer = client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    with_forms = {"/", "/rectification", "/rectification/990000101"}
    assert answer.headers["referrer-policy"] == ("same-origin" if path in with_forms else "no-referrer")
    assert policy_of(answer)["default-src"] == ["'none'"]


@pytest.mark.parametrize("path", [*RESULTS, "/openapi.json", "/nowhere", "/townships/990000999"])
def test_every_answer_says_that_it_is_synthetic(client, path):
    assert client.get(path).headers["x-data-provenance"] == "synthetic"


@pytest.mark.parametrize("path", sorted(PUBLISHED))
def test_published_figures_say_that_real_and_synthetic_stand_beside_each_other(client, path):
    answer = client.get(path)
    assert answer.headers["x-data-provenance"] == "real, synthetic"
    assert policy_of(answer)["script-src"] == ["'none'"]
    assert "<script" not in answer.text


def test_published_figures_are_there_in_the_language_of_the_workspace_and_in_both(client):
    assert 'lang="en"' in client.get("/published").text
    assert 'lang="en"' in client.get("/published/en").text
    assert 'lang="zh-CN"' in client.get("/published/zh").text
    assert 'href="published"' in client.get("/").text


def test_real_figures_are_called_real(make_workspace):
    configuration = CONFIGURATION.replace("synthetic", "real").replace("fictional = true", "")
    configuration = configuration.replace("EPSG:32658", "EPSG:32649")  # the same grid, on land
    frame = make_grid().set_crs("EPSG:32649", allow_override=True)
    frame.index = [code.replace("99", "10", 1) for code in frame.index]
    rows = [f"{code},{name},1000" for code, name in frame["name"].items()]
    directory = make_workspace(
        configuration=configuration,
        townships=frame,
        incidents=incident_rows().replace(",165.", ",111."),
        population="\n".join(["code,name,persons", *rows, ""]),
    )
    assert serve(directory).get("/townships").headers["x-data-provenance"] == "real"


# ---- ETag, 304 and gzip


@pytest.mark.parametrize("path", MEDIA_TYPES)
@pytest.mark.parametrize("accepted", [PLAIN, PACKED], ids=["plain", "packed"])
def test_what_the_client_has_is_not_sent_again(client, path, accepted):
    first = client.get(path, headers=accepted)
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-z-]+"', etag)
    again = client.get(path, headers=accepted | {"If-None-Match": etag})
    assert again.status_code == 304
    assert not again.content
    assert again.headers["etag"] == etag
    assert again.headers["vary"] == first.headers["vary"] == "Accept-Encoding, Authorization, Cookie"
    assert again.headers["cache-control"] == first.headers["cache-control"] == "private, no-cache"


def test_packed_and_plain_have_different_etags(client):
    plain, packed = (client.get("/maps/hotspot", headers=each) for each in (PLAIN, PACKED))
    assert plain.headers["etag"] != packed.headers["etag"]
    crossed = PLAIN | {"If-None-Match": packed.headers["etag"]}
    assert client.get("/maps/hotspot", headers=crossed).status_code == 200


@pytest.mark.parametrize("pattern", ["*", "{0}", "W/{0}", '"other", {0}', '"a",W/{0} , "b"'])
def test_if_none_match_is_a_list_of_strong_or_weak_tags(client, pattern):
    etag = client.get("/assessment", headers=PLAIN).headers["etag"]
    headers = PLAIN | {"If-None-Match": pattern.format(etag)}
    assert client.get("/assessment", headers=headers).status_code == 304


@pytest.mark.parametrize("header", ["", '"other"', "{0}x", 'W/"other", "*"'])
def test_other_tags_bring_the_whole_answer(client, header):
    etag = client.get("/assessment", headers=PLAIN).headers["etag"]
    headers = PLAIN | {"If-None-Match": header.format(etag.strip('"'))}
    assert client.get("/assessment", headers=headers).status_code == 200


def test_every_address_has_its_own_etag(client):
    one_county = "/calendar/990001.ics"  # which is all of the city here: nothing is due
    etags = [client.get(path).headers["etag"] for path in MEDIA_TYPES if path != one_county]
    assert len(set(etags)) == len(etags)


def test_another_assessment_has_other_etags(client, make_workspace):
    other = serve(make_workspace(configuration=CONFIGURATION.replace("k = 2", "k = 3"), name="other"))
    unlike = {"/assignment.csv", "/calendar.ics", "/calendar/990001.ics", "/listings/990000101-1"}
    for path in set(RESULTS) - unlike:
        assert other.get(path).headers["etag"] != client.get(path).headers["etag"]


def test_a_packed_answer_is_the_same_answer(client, files):
    with client.stream("GET", "/maps/hotspot", headers=PACKED) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(raw) < len(files[MAP])
    assert gzip.decompress(raw) == files[MAP]


@pytest.mark.parametrize("header", ["identity", "", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0"])
def test_nothing_is_packed_for_who_does_not_take_it(client, files, header):
    answer = client.get("/maps/hotspot", headers={"Accept-Encoding": header})
    assert "content-encoding" not in answer.headers
    assert answer.content == files[MAP]


def test_a_short_answer_is_not_packed():
    assert Answer(b"x" * 999, JSON).packed is None
    assert Answer(b"x" * 1000, JSON).packed is not None


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("gzip ; q=1", True),
        ("gzip;Q=0.001", True),
        ("*", True),
        ("*;q=0, gzip", True),
        ("gzip;q=0", False),
        ("gzip;Q=0.0", False),
        ("gzip;q=0, *", False),
        ("deflate, *;q=0", False),
        ("xgzip", False),
        ("", False),
    ],
)
def test_gzip_is_taken_as_the_client_says(header, taken):
    assert accepts_gzip(header) is taken


@pytest.mark.parametrize("weight", ["0", "0.", "0.0", "0.00", "0.000"])
def test_each_way_to_write_zero_refuses_gzip(weight):
    """RFC 9110, section 12.4.2: a weight is ``0`` with up to three zeros after a point."""
    assert not accepts_gzip(f"gzip;q={weight}")


_CODINGS = st.sampled_from(["br", "deflate", "zstd", "identity", "compress"])
_WEIGHTS = st.sampled_from(["", ";q=1", ";q=0.5", "; q=0.001", ";q=0", ";q=0.000"])
_OTHERS = st.lists(st.tuples(_CODINGS, _WEIGHTS).map("".join), max_size=5)


@given(_OTHERS, _OTHERS, st.sampled_from([",", ", ", " ,  "]))
def test_other_codings_never_decide_about_gzip(before, after, comma):
    assert accepts_gzip(comma.join([*before, "gzip", *after]))
    assert not accepts_gzip(comma.join([*before, "gzip;q=0", *after]))
    assert not accepts_gzip(comma.join([*before, *after]))


@given(st.text(max_size=60))
def test_what_does_not_name_gzip_or_all_does_not_take_it(header):
    assume("gzip" not in header.lower() and "*" not in header)
    assert not accepts_gzip(header)


# ---- failures


def problem_of(answer, status: int) -> dict[str, object]:
    """Return the problem details of an answer after checking their form (RFC 9457)."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["status"] == status
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_an_unknown_address_is_a_problem(client):
    assert problem_of(client.get("/nowhere"), 404)["detail"].startswith("There is nothing")


def test_an_unknown_township_is_a_problem(client):
    assert "no township" in problem_of(client.get("/townships/990000999"), 404)["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/townships/990000101", "/docs"])
def test_nothing_can_be_changed(client, method, path):
    answer = client.request(method, path)
    problem_of(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_problem_speaks_the_language_of_the_workspace(make_workspace, language):
    detail = problem_of(serve(make_workspace(language=language)).get("/nowhere"), 404)["detail"]
    assert detail.isascii() == (language == "en")


def test_an_unexpected_failure_keeps_its_text_to_itself(client, caplog):
    async def fail(request):
        raise RuntimeError(request.headers["x-said"])

    client.app.router.routes.insert(0, Route("/fails", fail))
    try:
        answer = client.get("/fails", headers={"X-Said": "secret 1234"})
    finally:
        client.app.router.routes.pop(0)
    problem_of(answer, 500)
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unexpected RuntimeError" in caplog.text
    assert "in fail" in caplog.text
    assert "secret" not in caplog.text


HOSTILE_CODES = [*PAYLOADS.values(), "../assessment", "..%2f..", "\x00", "990000101 ", "9" * 5000, "%s"]


@pytest.mark.parametrize("code", HOSTILE_CODES)
def test_a_hostile_code_is_unknown_and_not_repeated(client, code):
    answer = client.get(f"/townships/{quote(code, safe='')}")
    problem_of(answer, 404)
    assert code not in answer.text


@pytest.mark.parametrize(
    "path", ["/out/assessment.json", "/geo_jindu.toml", "/%2e%2e/geo_jindu.toml", "/docs/x", "/redoc"]
)
def test_nothing_else_of_the_workspace_or_the_server_answers(client, path):
    problem_of(client.get(path), 404)


@pytest.mark.parametrize("path", ["/townships/", "/docs/", "/townships/990000101/"])
def test_a_slash_too_many_sends_nobody_to_another_host(client, path):
    """A redirect would repeat the Host header of the request, without any header of safety."""
    answer = client.get(path, headers={"Host": "elsewhere.invalid"}, follow_redirects=False)
    assert "elsewhere.invalid" not in answer.headers.get("location", "")
    assert answer.headers.get("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("name", ["runs_python", "jinja_statement", "image", "script", "quote"])
def test_a_hostile_name_is_text_on_the_page_and_itself_in_data(make_workspace, name):
    payload = PAYLOADS[name]
    client = serve(make_hostile(make_workspace, payload))
    page = client.get("/")
    assert digests_of(page.text) == set(policy_of(page)["script-src"])
    assert len(digests_of(page.text)) == 1
    assert str(1234567 * 7654321) not in page.text
    assert not [each for each in ("image", "script") if PAYLOADS[each] in page.text]
    first = next(iter(GRID))
    assert client.get(f"/townships/{first}").json()["township"]["name"] == f"{payload} {first}"


def test_a_township_with_a_strange_code_is_found(make_workspace):
    client = serve(make_hostile(make_workspace, "x", "{{7*7}}<é&?#"))
    code = next(iter(GRID)) + "{{7*7}}<é&?#"
    answer = client.get(f"/townships/{quote(code, safe='')}")
    assert answer.json()["township"]["code"] == code


# ---- results that cannot be trusted


@pytest.fixture
def spoilt(client, kept, tmp_path) -> Path:
    """Return a workspace with results of its own to spoil."""
    shutil.copytree(kept["directory"], tmp_path / "spoilt")
    return tmp_path / "spoilt"


@pytest.mark.parametrize("name", sorted(FILES - {ASSESSMENT}))
def test_a_changed_result_is_not_served(spoilt, name):
    path = spoilt / FOLDER / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(OutputError) as caught:
        create_app(Settings(workspace=spoilt))
    assert caught.value.problem.key == "results_changed"
    assert name in str(caught.value)


def test_a_workspace_without_results_is_not_served(make_workspace):
    with pytest.raises(OutputError) as caught:
        create_app(Settings(workspace=make_workspace()))
    assert caught.value.problem.key == "no_results"


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_result_is_no_result(spoilt, name):
    (spoilt / FOLDER / name).unlink()
    with pytest.raises(OutputError) as caught:
        create_app(Settings(workspace=spoilt))
    assert caught.value.problem.key == "no_results"


def test_the_workspace_is_set_from_outside(make_workspace, monkeypatch):
    directory = make_workspace()
    monkeypatch.setenv("GEO_JINDU_WORKSPACE", str(directory))
    assert Settings().workspace == directory


# ---- the OpenAPI document


@pytest.fixture
def document(client) -> dict:
    """Return the OpenAPI document as it is served."""
    return client.get("/openapi.json").json()


def operations(document) -> dict[str, dict]:
    """Return the operations by path that read."""
    assert all(set(item) <= {"get", "post"} for item in document["paths"].values())
    return {path: item["get"] for path, item in document["paths"].items() if "get" in item}


def filled(path) -> str:
    """Return an address of a route."""
    path = path.replace("{code}", "990000101").replace("{correction}", "1")
    path = path.replace("{listing}", "990000101-1").replace("{county}", "990001")
    return path.replace("{unit}", "990000101").replace("{event}", "propose")


def test_the_document_is_valid(client):
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    schema.validate()
    assert schema.raw_schema["openapi"].startswith("3.1")


def test_every_result_is_documented(document):
    described = {filled(path) for path in document["paths"]}
    assert described == {*RESULTS, *PUBLISHED, *METHODS, *DOOR, *OFFICE}


def test_every_operation_has_a_name_and_a_summary(document):
    described = [each for item in document["paths"].values() for each in item.values()]
    names = [operation["operationId"] for operation in described]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] for operation in described)


def test_every_operation_documents_what_it_sends(kept, client, document):
    auditor = client_of(client.app, kept["keys"][Tier.AUDITOR])
    for path, operation in operations(document).items():
        answer = auditor.get(filled(path))
        (media_type,) = operation["responses"]["200"]["content"]
        assert answer.headers["content-type"].partition(";")[0] == media_type
        described = {name.lower() for name in operation["responses"]["200"].get("headers", {})}
        assert described <= {*answer.headers}


def test_every_json_answer_has_an_example_that_keeps_its_schema(document):
    jsonschema = pytest.importorskip("jsonschema_rs")
    found = 0
    for operation in operations(document).values():
        for content in operation["responses"]["200"]["content"].values():
            if "example" in content:
                jsonschema.validate(content["schema"], content["example"])
                found += 1
    assert found == 4


def test_every_failure_is_documented_as_a_problem(document):
    for path, item in document["paths"].items():
        for operation in item.values():
            failures = {key: each for key, each in operation["responses"].items() if key >= "400"}
            assert {tuple(each["content"]) for each in failures.values()} == {(PROBLEM,)}, path
            assert {"default", "401", "429", "503"} <= set(failures)


def test_an_unknown_township_is_documented(document):
    assert "404" in operations(document)["/townships/{code}"]["responses"]


def test_the_columns_are_documented_with_their_meaning(client, document):
    schema = operations(document)["/townships/{code}"]["responses"]["200"]["content"][JSON]["schema"]
    columns = schema["properties"]["township"]["properties"]
    assert list(columns) == [column["name"] for column in client.get("/assessment").json()["columns"]]
    assert all(column["title"] and column["description"] for column in columns.values())


def test_the_documentation_loads_only_what_is_served(client):
    addresses = re.findall(r'(?:src|href|url)(?:=|: )"([^"]+)"', client.get("/docs").text)
    addresses = [address for address in addresses if not address.startswith("data:")]
    assert len(addresses) == 3
    assert all(client.get(f"/{address}").status_code == 200 for address in addresses)
    loaded = {path for path, _ in documentation_answers().values() if path != "/docs"}
    assert loaded < {f"/{address}" for address in addresses}


@pytest.mark.parametrize("tier", [Tier.PUBLIC, Tier.AUDITOR])
def test_answers_conform_to_the_document(client, kept, tier, monkeypatch):
    """Schemathesis makes requests up from the document, for every operation, also with bad keys."""
    for limit in ("PER_ADDRESS", "IN_ALL"):
        monkeypatch.setattr(failures, limit, RateLimitItemPerMinute(100_000, namespace="test"))
    app: FastAPI = client.app
    headers = {} if tier is Tier.PUBLIC else bearer(kept["keys"][tier])
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=headers)
    called = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None
        )
        @given(case=operation.as_strategy())
        def conforms(case):
            called.add(case.operation.path)
            unsaid = [positive_data_acceptance] if case.operation.path in FILTERED else []
            case.call_and_validate(headers=headers, excluded_checks=unsaid)  # not each text is a day

        conforms()
    assert {filled(path) for path in called} == {*RESULTS, *PUBLISHED, *METHODS, *DOOR, *OFFICE}
