"""Who is shown what: every route, every kind of reader, one matrix; and what is written down about it."""

import io
import json
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import orjson
import pandas as pd
import pytest
from conftest import CONFIGURATION, GRID, incident_rows, make_grid
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from rectified import decision
from service import SITE, bearer, client_of, make_key
from starlette.requests import Request
from starlette.testclient import TestClient

from api import Settings, access, app, create_app, editions, failures, gate
from api.reader import Reader, address_of
from geo_jindu.cli.line import run_line
from geo_jindu.errors import StoreError
from geo_jindu.outputs import (
    ASSESSMENT,
    ASSIGNMENT,
    BORDERS,
    FOLDER,
    GEOJSON,
    MAP,
    PARQUET,
    TABLE,
    WORKBOOK,
)
from geo_jindu.store import Store, open_store
from geo_jindu.store.access_log import read_access
from geo_jindu.store.corrections import Outcome, close_correction, open_corrections
from geo_jindu.store.keys import revoke_key
from geo_jindu.store.schema import KEYS
from geo_jindu.store.times import now
from geo_jindu.tiers import Tier

OWN, OTHER = "990001", "990002"
MINE, THEIRS = "990000101", "990000201"
"""A township of each county."""

PATHS = {
    "/townships.geojson": GEOJSON,
    "/townships.csv": TABLE,
    "/townships.xlsx": WORKBOOK,
    "/townships.parquet": PARQUET,
    "/maps/hotspot": MAP,
    "/assessment": ASSESSMENT,
}

MATRIX = """
                                          whole city    own county    other county
                                    none  p  l  c  a    p  l  c  a    p  l  c  a    bad
GET  /                               200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /maps/hotspot                   200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /assessment                     200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /townships                      200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /townships/{code}               200 200 200 200 200 200 200 200 200 403 403 403 403 401
GET  /townships.geojson              200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /townships.csv                  200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /townships.xlsx                 200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /townships.parquet              200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /assignment.csv                 403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /analysis                       403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /hotspots                       403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /scores                         403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /scores/{code}                  403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /alerts                         403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /scan_clusters.geojson          403 403 200 200 200 403 403 403 403 403 403 403 403 401
POST /townships/{code}/corrections   403 403 403 403 403 201 201 201 201 403 403 403 403 401
GET  /corrections                    403 403 403 403 200 200 200 200 200 200 200 200 200 401
POST /corrections/{correction}/closing 403 403 403 403 404 403 403 403 403 403 403 403 403 401
GET  /audit                          403 403 403 403 200 403 403 403 403 403 403 403 403 401
GET  /listings                       403 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /listings/{listing}             403 404 404 404 404 404 404 404 404 403 403 403 403 401
GET  /listings.geojson               403 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /townships/{code}/status        403 200 200 200 200 200 200 200 200 403 403 403 403 401
GET  /calendar.ics                   403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /calendar/{county}.ics          403 403 200 200 200 403 200 200 200 403 403 403 403 401
GET  /rectification                  403 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /rectification/{code}           403 200 200 200 200 200 200 200 200 403 403 403 403 401
GET  /maps/rectification             403 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /rectification/{code}/brief.pdf 403 403 200 200 200 403 200 200 200 403 403 403 403 401
GET  /rectification/brief.pdf        403 403 200 200 200 403 403 403 403 403 403 403 403 401
GET  /digest                         403 403 403 200 200 403 403 403 403 403 403 403 403 401
POST /rectification/{unit}/{event}   403 403 403 409 403 403 403 403 403 403 403 403 403 401
GET  /methods                        200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /methods/zh                     200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /methods/en                     200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /published                      200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /published/zh                   200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /published/en                   200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /health                         200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /openapi.json                   200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /docs                           200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /docs/swagger-ui-bundle.js      200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /docs/swagger-ui.css            200 200 200 200 200 200 200 200 200 200 200 200 200 401
GET  /sign-in                        200 200 200 200 200 200 200 200 200 200 200 200 200 200
POST /sign-in                        303 303 303 303 303 303 303 303 303 303 303 303 303 303
POST /sign-out                       303 303 303 303 303 303 303 303 303 303 303 303 303 303
"""
"""Status by route and reader: p partner, l planner, c commander, a auditor; bad is a key that expired, was
revoked or never was. The township asked for is of the own county; the correction and the listing do not exist, nor
figures to decide by."""

_TIERS = [tier for tier in Tier if tier is not Tier.PUBLIC]
READERS = [("none", "")]
READERS += [(tier.value, county) for county in ("", OWN, OTHER) for tier in _TIERS]
BAD = ["expired", "revoked", "nonsense"]
EXPECTED = {
    (method, path): dict(zip([*READERS, ("bad", "")], map(int, statuses), strict=True))
    for method, path, *statuses in (line.split() for line in MATRIX.strip().splitlines()[2:])
}


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    """Return a place for what is made once for all tests here."""
    return {}


@pytest.fixture
def workspace(make_workspace, kept) -> Path:
    """Return a workspace that was run: 25, 5, 0 incidents in the own county, 10, 15, 5 in the other."""
    if "workspace" not in kept:
        kept["workspace"] = make_workspace(incidents=_incidents())
        run_line(kept["workspace"])
    return kept["workspace"]


def _incidents() -> str:
    header, *rows = incident_rows().splitlines()
    return "\n".join([header, *(rows * 5), ""])


@pytest.fixture
def service(workspace, kept) -> FastAPI:
    """Return its service; what tests here count or limit is forgotten before each."""
    if "app" not in kept:
        kept["app"] = create_app(Settings(workspace=workspace))
        kept["keys"] = _make_keys(workspace)
    return kept["app"]


@pytest.fixture(autouse=True)
def fresh_limits(request, monkeypatch) -> None:
    """Let no test meet failures that another counted; high limits but for tests that ask for `limits`."""
    name = f"{request.node.name}-{id(request)}"
    few = "limits" in request.fixturenames
    per_address = RateLimitItemPerMinute(10 if few else 100_000, namespace=f"address-{name}")
    monkeypatch.setattr(failures, "PER_ADDRESS", per_address)
    in_all = RateLimitItemPerMinute(30 if few else 100_000, namespace=f"all-{name}")
    monkeypatch.setattr(failures, "IN_ALL", in_all)
    monkeypatch.setattr(failures, "_NOTICE", RateLimitItemPerMinute(1, namespace=f"news-{name}"))


@pytest.fixture
def limits() -> None:
    """Ask for limits that a test can reach: ten failures of an address, thirty in all."""


@pytest.fixture
def keys(service, kept) -> dict[tuple[str, str], str]:
    """Return the key of each reader."""
    return kept["keys"]


@pytest.fixture
def store(workspace) -> Iterator[Store]:
    """Return the store of the workspace."""
    opened = open_store(workspace)
    yield opened
    opened.close()


@pytest.fixture
def undisputed(service, store, monkeypatch) -> Iterator[None]:
    """Close every correction before and after a test."""

    def close_all() -> None:
        for each in open_corrections(store, "2018-01-01"):
            close_correction(store, each.id, Outcome.REJECTED, "test")
        with monkeypatch.context() as context:
            context.setattr(editions, "_DISPUTES_KEPT", -1)  # closed past the service
            client_of(service).get("/health")

    close_all()
    yield
    close_all()


def _make_keys(workspace: Path) -> dict[tuple[str, str], str]:
    keys = {
        (tier, county): make_key(workspace, Tier(tier), [county] if county else [])
        for tier, county in READERS[1:]
    }
    for name in BAD[:2]:
        keys[name, ""] = make_key(workspace, Tier.AUDITOR)
    store = open_store(workspace)
    revoke_key(store, keys["revoked", ""].split("_")[1])
    expired = KEYS.update().where(KEYS.c.id == keys["expired", ""].split("_")[1])
    with store.writing() as connection:
        connection.execute(expired.values(expires_at=now()))
    store.close()
    nonsense = keys["auditor", ""]
    return keys | {
        ("nonsense", ""): nonsense[:-1] + ("2" if nonsense[-1] != "2" else "3"),
        ("none", ""): "",
    }


def ask(client: TestClient, method: str, path: str, key: str = "", **options):
    """Make the request that a row of the matrix is about."""
    path = path.replace("{code}", MINE).replace("{correction}", "999999")
    path = path.replace("{listing}", f"{MINE}-1").replace("{county}", OWN)
    path = path.replace("{unit}", MINE).replace("{event}", "propose")
    sent = {
        "/townships/990000101/corrections": {"json": {"indicator": "incident", "ground": "other"}},
        "/corrections/999999/closing": {"json": {"outcome": "rejected"}},
        "/sign-in": {"data": {"key": key}},
        f"/rectification/{MINE}/propose": {
            "json": decision("propose", "2018-03-01"),
            "headers": {"Idempotency-Key": "x"},
        },
    }
    return client.request(method, path, **(sent.get(path, {}) if method == "POST" else {}), **options)


# ---- the matrix


def test_the_matrix_has_every_route_of_the_service(service):
    routes = {(method, route.path) for route in service.routes for method in route.methods - {"HEAD"}}
    assert set(EXPECTED) == routes
    assert len(service.routes) == len(access.RULES)


@pytest.mark.usefixtures("undisputed")
@pytest.mark.parametrize(("method", "path"), EXPECTED)
def test_every_reader_gets_from_every_route_what_the_matrix_says(service, keys, method, path):
    right = keys["partner", ""]
    expected = EXPECTED[method, path]
    found = {
        reader: ask(client_of(service, keys[reader]), method, path, right).status_code
        for reader in READERS
    }
    assert found == {reader: expected[reader] for reader in READERS}
    for name in BAD:
        answer = ask(client_of(service, keys[name, ""]), method, path, right)
        assert answer.status_code == expected["bad", ""], name
        assert (answer.status_code == 401) == ("www-authenticate" in answer.headers)


@pytest.mark.parametrize("path", ["/", "/townships/{code}", "/assignment.csv", "/audit", "/docs"])
def test_head_and_a_session_obey_the_same_rules(service, keys, path):
    for reader in [("none", ""), ("planner", ""), ("planner", OTHER), ("auditor", "")]:
        client = client_of(service)
        if keys[reader]:
            client.post("/sign-in", data={"key": keys[reader]})
        assert ask(client, "GET", path).status_code == EXPECTED["GET", path][reader]
        assert ask(client, "HEAD", path).status_code == EXPECTED["GET", path][reader]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("path", ["/", "/townships.csv", "/nowhere", "/docs/x"])
def test_a_bad_key_is_never_silently_the_public(service, keys, name, path):
    answer = client_of(service, keys[name, ""]).get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert MINE not in answer.text


@pytest.mark.parametrize("name", ["csv", "audit"])
def test_a_route_without_a_rule_is_not_served(workspace, monkeypatch, name):
    monkeypatch.delitem(access.RULES, name)
    with pytest.raises(LookupError):
        create_app(Settings(workspace=workspace))


def test_a_rule_without_a_route_is_a_mistake(workspace, monkeypatch):
    monkeypatch.setitem(access.RULES, "no_such_route", access.RULES["csv"])
    with pytest.raises(LookupError):
        create_app(Settings(workspace=workspace))


def test_a_route_that_goes_round_the_table_is_not_served(workspace, monkeypatch):
    def add(application, store):
        application.add_route("/audit", lambda request: None, name="audit")

    monkeypatch.setattr(app, "add_audit", add)
    with pytest.raises(LookupError):
        create_app(Settings(workspace=workspace))


# ---- what they are shown


def written(workspace: Path, tier: Tier, name: str) -> bytes:
    """Return a file of a tier as the run wrote it."""
    folder = "" if tier.sees_exact_counts else tier.value
    return (workspace / FOLDER / folder / name).read_bytes()


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("path", PATHS)
def test_readers_of_the_whole_city_get_the_files_of_their_tier(service, workspace, keys, tier, path):
    key = keys[tier.value, ""] if tier is not Tier.PUBLIC else ""
    assert client_of(service, key).get(path).content == written(workspace, tier, PATHS[path])


def test_the_counts_are_exact_hidden_or_rounded_by_tier(service, keys):
    shown = {
        tier: [
            row["incident_count"]
            for row in client_of(service, key).get("/townships").json()["townships"]
        ]
        for tier, key in [("none", ""), ("planner", keys["planner", ""])]
    }
    assert shown["planner"] == [25, 5, 0, 10, 15, 5]
    assert shown["none"][1] is None
    assert all(count is None or count % 5 == 0 for count in shown["none"])


@pytest.mark.parametrize("tier", _TIERS)
def test_a_reader_limited_to_a_county_gets_its_rows_alone(service, workspace, keys, tier):
    client = client_of(service, keys[tier.value, OWN])
    partner = orjson.loads(written(workspace, Tier.PARTNER, ASSESSMENT))
    names = [column["name"] for column in partner["columns"]]
    source = orjson.loads(written(workspace, tier, GEOJSON))["features"]
    expected = [
        {name: feature["properties"][name] for name in names}
        for feature in source
        if feature["properties"]["county"] == OWN
    ]
    assert len(expected) == 3
    assert client.get("/townships").json()["townships"] == expected
    assert client.get(f"/townships/{MINE}").json()["township"] == expected[0]
    collection = client.get("/townships.geojson").json()
    assert [feature["properties"] for feature in collection["features"]] == expected
    assert [feature["geometry"] for feature in collection["features"]] == [
        feature["geometry"] for feature in source[:3]
    ]
    table = pd.read_csv(io.BytesIO(client.get("/townships.csv").content), dtype=str)
    assert list(table["code"]) == [row["code"] for row in expected]
    assert list(table.columns) == [*names, "note"]
    assert THEIRS not in client.get("/townships.csv").text + json.dumps(client.get("/townships").json())


def test_a_limited_planner_sees_exact_counts_and_a_limited_partner_does_not(service, keys):
    counts = {
        tier: [
            row["incident_count"]
            for row in client_of(service, keys[tier, OWN]).get("/townships").json()["townships"]
        ]
        for tier in ("partner", "planner")
    }
    assert counts["planner"] == [25, 5, 0]
    assert counts["partner"] != counts["planner"] or None not in counts["partner"]


@pytest.mark.parametrize("tier", _TIERS)
def test_of_the_city_a_limited_reader_sees_what_the_public_sees(service, workspace, keys, tier):
    client, public = client_of(service, keys[tier.value, OWN]), client_of(service)
    assert client.get("/maps/hotspot").content == written(workspace, Tier.PUBLIC, MAP)
    assert _table_of(client.get("/").text) == _table_of(public.get("/").text)
    facts, known = client.get("/assessment").json(), public.get("/assessment").json()
    differ = {key for key in facts.keys() | known.keys() if facts.get(key) != known.get(key)}
    assert differ <= {"tier", "limited_to", "columns", "notes"}
    assert facts["limited_to"] == [OWN]


@pytest.mark.parametrize("reader", READERS)
def test_the_page_says_who_reads_and_offers_what_they_may(service, keys, reader):
    page = client_of(service, keys[reader]).get("/").text
    tier, county = reader
    said = re.sub(r"<[^>]+>|\s+", " ", page[page.index("<header>") : page.index("</header>")])
    assert (f"Signed in: {tier}" in said) == (tier != "none")
    assert ("东县" in said) == (county == OWN)
    assert ("Sign out" in said) == (tier != "none") != ("Sign in " in said)
    assert ("Access log" in said) == (tier == "auditor" and not county)
    assert ("Corrections" in said) == (tier == "auditor" or bool(county))
    for path in ["townships.geojson", "townships.parquet", "townships.csv", "townships.xlsx"]:
        assert f'href="{path}"' in page


def _table_of(page: str) -> str:
    return page[page.index("<table id=") : page.index("</table>", page.index("<table id="))]


def test_views_of_counties_are_kept_but_not_without_end(workspace, store, monkeypatch):
    monkeypatch.setattr(editions, "MOST_COUNTY_VIEWS", 2)
    edition = editions.Editions(workspace, store).edition
    own, other, both = (
        Reader(Tier.PLANNER, frozenset(counties)) for counties in ([OWN], [OTHER], [OWN, OTHER])
    )
    first, second = edition.view(own), edition.view(other)
    assert edition.view(own) is first
    edition.view(both)
    assert edition.view(own) is first
    assert edition.view(other) is not second
    assert edition.view(Reader(Tier.PARTNER, frozenset([OWN]))) is not first


def test_no_analysis_reaches_a_lower_tier_or_a_county(service, keys):
    """Ranks, smoothed rates, hotspots and expected changes depend on every count of the city."""
    words = ["g_star", "rank_low", "eb_rate", "top_k_probability", "incident_hotspot", "expected_pct"]
    paths = [
        "/townships",
        "/townships.csv",
        "/townships.geojson",
        f"/townships/{MINE}",
        "/openapi.json",
    ]
    seen = client_of(service, keys["planner", ""]).get("/townships").text
    assert all(word in seen for word in words[:4])
    for reader in [("none", ""), ("partner", ""), ("partner", OWN), ("planner", OWN), ("auditor", OWN)]:
        client = client_of(service, keys[reader])
        for path in paths:
            text = client.get(path).text
            assert not [word for word in words if word in text], (reader, path)


def test_the_example_in_the_document_is_of_the_readers_tier(service, keys):
    for reader in [("none", ""), ("partner", ""), ("planner", ""), ("planner", OTHER)]:
        client = client_of(service, keys[reader])
        document = client.get("/openapi.json").json()["paths"]
        content = document["/townships/{code}"]["get"]["responses"]["200"]["content"]
        example = content["application/json"]["example"]["township"]
        assert example == client.get("/townships").json()["townships"][0]


# ---- no answer to one tier is taken for that to another


@pytest.mark.parametrize("path", ["/", "/townships", "/townships.csv", "/maps/hotspot", "/health"])
def test_each_tier_has_etags_of_its_own(service, keys, path):
    readers = [("none", ""), *((tier.value, "") for tier in _TIERS)]
    answers = {reader: client_of(service, keys[reader]).get(path) for reader in readers}
    assert len({answer.headers["etag"] for answer in answers.values()}) == len(readers)
    for reader, answer in answers.items():
        assert answer.headers["vary"] == "Accept-Encoding, Authorization, Cookie"
        private = {"none": "no-cache"}.get(reader[0], "private, no-cache")
        assert answer.headers["cache-control"] == private
        others = [each.headers["etag"] for other, each in answers.items() if other != reader]
        for known, status in [(", ".join(others), 200), (answer.headers["etag"], 304)]:
            headers = {"If-None-Match": known}
            assert client_of(service, keys[reader]).get(path, headers=headers).status_code == status


@pytest.mark.parametrize("tag", ["*", "the same"])
def test_who_may_not_read_learns_nothing_from_an_etag(service, keys, tag):
    known = client_of(service, keys["planner", ""]).get("/assignment.csv").headers["etag"]
    headers = {"If-None-Match": known if tag == "the same" else tag}
    for reader, status in [("none", 403), ("partner", 403), ("revoked", 401)]:
        answer = client_of(service, keys[reader, ""]).get("/assignment.csv", headers=headers)
        assert answer.status_code == status
        assert "etag" not in answer.headers


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_not_stored(service, keys, status):
    path, key = {401: ("/", "bad"), 403: ("/audit", ""), 404: ("/nowhere", keys["planner", ""])}[status]
    answer = client_of(service, key).get(path)
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"


def test_no_other_site_is_let_in(service, keys):
    headers = {"Origin": "https://elsewhere.invalid"}
    answer = client_of(service, keys["planner", ""]).get("/townships", headers=headers)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


# ---- borders that may not be shown to the public


@pytest.fixture
def real(make_workspace, kept) -> TestClient:
    """Return a client without a key of a service of real borders without an approval number."""
    if "real" not in kept:
        configuration = CONFIGURATION.replace("synthetic", "real").replace("fictional = true", "")
        configuration = configuration.replace("EPSG:32658", "EPSG:32649")  # the same grid, on land
        frame = make_grid().set_crs("EPSG:32649", allow_override=True)
        frame.index = [code.replace("99", "10", 1) for code in frame.index]
        frame["county"] = [county.replace("99", "10", 1) for county in frame["county"]]
        rows = [f"{code},{name},1000" for code, name in frame["name"].items()]
        kept["real"] = make_workspace(
            configuration=configuration,
            townships=frame,
            incidents=_incidents().replace(",165.", ",111."),
            population="\n".join(["code,name,persons", *rows, ""]),
            name="real",
        )
        run_line(kept["real"])
        kept["real_app"] = create_app(Settings(workspace=kept["real"]))
    return client_of(kept["real_app"])


def test_unapproved_borders_are_not_shown_to_the_public(real, kept):
    for path, name in PATHS.items():
        answer = real.get(path)
        assert answer.status_code == (403 if name in BORDERS else 200), path
    page = real.get("/").text
    assert "<iframe" not in page
    assert "townships.geojson" not in page
    assert "townships.csv" in page
    county = client_of(kept["real_app"], make_key(kept["real"], Tier.PLANNER, ["100001"]))
    assert county.get("/maps/hotspot").status_code == 403
    assert len(county.get("/townships.geojson").json()["features"]) == 3
    partner = client_of(kept["real_app"], make_key(kept["real"], Tier.PARTNER))
    assert {partner.get(path).status_code for path in PATHS} == {200}


def test_rows_read_from_a_table_keep_their_types(real, kept):
    """Without GeoJSON the rows of the public come from the CSV."""
    shown = real.get("/townships").json()["townships"]
    book = openpyxl.load_workbook(io.BytesIO(real.get("/townships.xlsx").content))
    names, *rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]
    assert [list(row.values()) for row in shown] == rows
    assert list(shown[0]) == names
    assert {type(row["incident_count"]) for row in shown} <= {int, type(None)}
    assert {row["incident_disputed"] for row in shown} == {False}


def test_a_key_in_an_address_opens_no_real_data(real, kept):
    key = make_key(kept["real"], Tier.PLANNER)
    answer = real.get("/sign-in", params={"key": key})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert real.post("/sign-in", data={"key": key}).status_code == 303


# ---- the access log


def last(store: Store, number: int = 1):
    """Return the newest lines of the access log, the oldest of them first."""
    return read_access(store, limit=number)[::-1]


def test_every_answer_to_a_key_is_written_down(service, store, keys):
    client = client_of(service, keys["planner", ""])
    key_id = keys["planner", ""].split("_")[1]
    plain = {"Accept-Encoding": "identity"}
    answer = client.get(f"/townships/{MINE}", headers=plain)
    client.get("/townships.csv", headers={"If-None-Match": "*"})
    client.head("/townships.csv")
    client.get("/audit")
    client.get("/nowhere")
    client.post("/assessment")
    lines = [(line.route, line.unit, line.status, line.size) for line in last(store, 6)]
    assert lines[0] == ("/townships/{code}", MINE, 200, len(answer.content))
    assert lines[1:3] == [("/townships.csv", "", 304, 0), ("/townships.csv", "", 200, 0)]
    assert [line[0::2] for line in lines[3:]] == [("/audit", 403), ("", 404), ("/assessment", 405)]
    assert {(line.key_id, line.tier) for line in last(store, 6)} == {(key_id, Tier.PLANNER)}


def test_of_the_public_only_refusals_are_written_down(service, store, keys):
    before = len(read_access(store, limit=None))
    public = client_of(service)
    for path in PATHS:
        public.get(path)
    public.get("/nowhere")
    assert len(read_access(store, limit=None)) == before
    public.get("/audit")
    client_of(service, keys["revoked", ""]).get("/townships")
    public.post("/sign-in", data={"key": "gj_wrong"})
    lines = [(line.key_id, line.tier, line.route, line.status) for line in last(store, 3)]
    assert lines == [
        ("", Tier.PUBLIC, "/audit", 403),
        ("", Tier.PUBLIC, "/townships", 401),
        ("", Tier.PUBLIC, "/sign-in", 401),
    ]


def test_what_cannot_be_written_down_is_not_shown(service, keys, monkeypatch, caplog):
    def fail(store, access):
        raise StoreError("store_full", store="/secret/place")

    monkeypatch.setattr(gate, "record_access", fail)
    for path in ["/", *PATHS, "/townships", f"/townships/{MINE}", "/assignment.csv"]:
        answer = client_of(service, keys["planner", ""]).get(path)
        assert answer.status_code == 503
        assert MINE not in answer.text
        assert "etag" not in answer.headers
        assert "/secret/place" not in answer.text + caplog.text
    assert client_of(service, "gj_bad").get("/").status_code == 503
    assert client_of(service).get("/townships").status_code == 200


def test_a_failing_store_is_no_way_in(service, keys, monkeypatch):
    def fail(*_):
        raise StoreError("store_busy", store="x")

    monkeypatch.setattr("api.identity.find_key", fail)
    monkeypatch.setattr("api.identity.find_session", fail)
    assert client_of(service, keys["planner", ""]).get("/townships").status_code == 503
    session = client_of(service)
    session.cookies.set("__Host-geo_jindu", "x")
    assert session.get("/townships").status_code == 503


def test_an_auditor_asks_the_log(service, keys):
    client_of(service, keys["commander", ""]).get(f"/townships/{THEIRS}")
    auditor = client_of(service, keys["auditor", ""])
    key_id = keys["commander", ""].split("_")[1]
    for params in [{"unit": THEIRS}, {"key": key_id}, {"route": "/townships/{code}", "unit": THEIRS}]:
        found = auditor.get("/audit", params=params).json()
        assert found["number"] == len(found["accesses"]) >= 1
        assert found["accesses"][0] == found["accesses"][0] | {
            "key_id": key_id,
            "tier": "commander",
            "route": "/townships/{code}",
            "unit": THEIRS,
            "status": 200,
        }
    assert auditor.get("/audit", params={"until": "2001-01-01"}).json()["number"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "keys=1",
        "since=2026",
        "since=2026-01-01&since=2026-01-02",
        "limit=5",
        "until=2026-02-30",
        "KEY=x",
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(service, keys, query):
    assert client_of(service, keys["auditor", ""]).get(f"/audit?{query}").status_code == 400


# ---- failures


@pytest.mark.usefixtures("limits")
def test_who_fails_often_has_to_wait_and_those_at_work_go_on(service, workspace, keys, store):
    proven = client_of(service, keys["planner", ""])
    session = client_of(service)
    session.post("/sign-in", data={"key": keys["auditor", ""]})
    assert proven.get("/townships").status_code == session.get("/townships").status_code == 200
    before = len(read_access(store, limit=None))
    bad = client_of(service, "gj_wrong")
    statuses = [bad.get("/townships").status_code for _ in range(30)]
    assert statuses == [401] * 10 + [429] * 20
    assert len(read_access(store, limit=None)) == before + 11
    assert 1 <= int(bad.get("/").headers["retry-after"]) <= 60
    assert proven.get("/townships").status_code == 200
    assert session.get("/townships").status_code == 200
    assert client_of(service).get("/townships").status_code == 200
    fresh = make_key(workspace, Tier.PLANNER)
    assert client_of(service, fresh).get("/townships").status_code == 429
    assert client_of(service).post("/sign-in", data={"key": fresh}).status_code == 429
    assert client_of(service).get("/audit").status_code == 429


@pytest.mark.usefixtures("limits")
def test_who_fails_elsewhere_does_not_matter_until_there_are_too_many(service, workspace):
    fresh = make_key(workspace, Tier.PLANNER)

    def visitor(address: str, key: str) -> TestClient:
        return TestClient(service, SITE, headers=bearer(key), client=(address, 1))

    for at in range(2):
        statuses = [visitor(f"10.0.0.{at}", "gj_x").get("/").status_code for _ in range(20)]
        assert statuses == [401] * 10 + [429] * 10
    assert visitor("10.0.0.9", fresh).get("/").status_code == 200
    statuses = [visitor(f"2001:db8::{at}", "gj_x").get("/").status_code for at in range(20)]
    assert statuses == [401] * 10 + [429] * 10, "addresses of one network count as one"
    assert visitor("10.0.0.8", "gj_x").get("/").status_code == 429, "thirty in all"
    assert visitor("10.0.0.8", fresh).get("/").status_code == 200, "proven before"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", ""),
        ("x" * 999, "x" * 64),
    ],
)
def test_a_network_of_ipv6_is_one_client(host, expected):
    assert address_of(Request({"type": "http", "client": (host, 1)})) == expected


HOSTILE_KEYS = [
    "Bearer",
    "Bearer ",
    "Basic dXNlcjpwYXNz",
    "gj_x",
    "Bearer gj_" + "x" * 100_000,
    "Bearer gj_é",
    "Bearer \x00",
    "Bearer a, Bearer b",
    "Bearer ' OR 1=1 --",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
]


@pytest.mark.parametrize("header", HOSTILE_KEYS, ids=range(len(HOSTILE_KEYS)))
def test_a_hostile_key_is_refused(service, header):
    answer = client_of(service).get("/townships", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


def test_two_keys_at_once_are_refused(service, keys):
    headers = [("Authorization", f"Bearer {keys[tier, '']}") for tier in ("planner", "auditor")]
    assert client_of(service).get("/townships", headers=headers).status_code == 401


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["Authorization", "Cookie", "If-None-Match", "Accept", "Host", "X-Forwarded-For"]),
    st.binary(max_size=80).filter(lambda text: b"\n" not in text and b"\r" not in text),
)
def test_no_header_breaks_the_service_or_lets_in(service, name, value):
    answer = client_of(service).get("/assignment.csv", headers={name: value})
    assert answer.status_code in {401, 403}


def test_no_secret_gets_into_a_log(service, workspace, store, keys, caplog):
    """Everything that is logged while the service is attacked, and the access log, name no secret."""
    caplog.set_level(logging.DEBUG)
    key = make_key(workspace, Tier.AUDITOR, [OWN])
    secret = key.split("_")[2]
    client = client_of(service)
    client.post("/sign-in", data={"key": key})
    token = client.cookies["__Host-geo_jindu"]
    number = "138" + "12345678"
    client.post(
        f"/townships/{MINE}/corrections",
        json={"indicator": "incident", "ground": "other", "note": f"call {number}"},
    )
    for wrong in [key[:-1], f"{key}x", f"{secret}_x"]:
        for header in [
            bearer(wrong),
            {"Cookie": f"__Host-geo_jindu={wrong}"},
            {"Authorization": wrong},
        ]:
            client_of(service).get("/townships", headers=header)
        client_of(service).post("/sign-in", data={"key": wrong})
        client_of(service).get("/sign-in", params={"key": wrong})
    for path in [f"/{key}", f"/townships/{key}", f"/townships/{token}", f"/townships?key={key}"]:
        client.get(path)
        client_of(service, key).get(path)
        client_of(service, keys["auditor", ""]).get("/audit", params={"route": key, "since": key})
    client.post("/sign-out")
    ours = [each for each in caplog.records if not each.name.startswith("httpx")]  # the attacker's own
    said = "".join(each.getMessage() for each in ours) + "".join(
        map(str, read_access(store, limit=None))
    )
    assert "/townships/{code}" in said
    assert [each for each in (secret, token, number) if each in said] == []


# ---- corrections


LODGED = {"indicator": "incident", "ground": "counted_twice", "note": "two of them are one"}


def lodge(service, keys, code=MINE, reader=("planner", OWN), said=LODGED):
    """Lodge a correction."""
    return client_of(service, keys[reader]).post(f"/townships/{code}/corrections", json=said)


def shown_disputes(client: TestClient) -> list[list[str]]:
    """Return what each output of a reader says is disputed."""
    rows = client.get("/townships").json()["townships"]
    features = client.get("/townships.geojson").json()["features"]
    table = pd.read_csv(io.BytesIO(client.get("/townships.csv").content), dtype={"code": str})
    book = pd.read_excel(
        io.BytesIO(client.get("/townships.xlsx").content), header=1, dtype={"code": str}
    )
    places = gpd.read_parquet(io.BytesIO(client.get("/townships.parquet").content))
    block = client.get("/maps/hotspot").text.split('id="disputes">')[1].split("</script>")[0]
    marked = client.get("/").text.split("<tbody>")[-1].split("</tr>")
    return [
        [row["code"] for row in rows if row["incident_disputed"]],
        [
            row["code"]
            for row in rows
            if client.get(f"/townships/{row['code']}").json()["township"]["incident_disputed"]
        ],
        [each["id"] for each in features if each["properties"]["incident_disputed"]],
        list(table["code"][table["incident_disputed"]]),
        list(book["code"][book["incident_disputed"]]),
        list(places["code"][places["incident_disputed"]]),
        [code for code, indicator in orjson.loads(block) if indicator == "incident"],
        [code for code in GRID for row in marked if code in row and 'class="disputed"' in row],
    ]


@pytest.mark.usefixtures("undisputed")
@pytest.mark.parametrize("reader", [("none", ""), ("partner", ""), ("auditor", ""), ("planner", OWN)])
def test_a_dispute_shows_everywhere_until_an_auditor_closes_it(service, keys, monkeypatch, reader):
    monkeypatch.setattr(editions, "_DISPUTES_KEPT", 3600)  # what is lodged here is known at once
    client = client_of(service, keys[reader])
    before = {path: client.get(path).content for path in [*PATHS, "/"]}
    assert shown_disputes(client) == [[]] * 8
    lodged = lodge(service, keys)
    assert lodged.status_code == 201
    assert shown_disputes(client) == [[MINE]] * 8
    assert client.get("/townships.csv").headers["etag"]
    auditor = client_of(service, keys["auditor", ""])
    path = f"/corrections/{lodged.json()['id']}/closing"
    closed = auditor.post(path, json={"outcome": "accepted"})
    assert closed.json()["outcome"] == "accepted"
    assert shown_disputes(client) == [[]] * 8
    assert {path: client.get(path).content for path in before} == before
    assert auditor.post(path, json={"outcome": "rejected"}).status_code == 409


@pytest.mark.usefixtures("undisputed")
def test_a_flag_that_was_written_goes_when_the_dispute_is_closed(service, workspace, tmp_path, keys):
    """The other way round: the files of the run have the flag."""
    shutil.copytree(workspace, tmp_path / "copy")
    other = create_app(Settings(workspace=tmp_path / "copy"))
    lodged = lodge(other, keys)
    run_line(tmp_path / "copy")
    client = client_of(create_app(Settings(workspace=tmp_path / "copy")), keys["auditor", ""])
    assert b"True" in (tmp_path / "copy" / FOLDER / TABLE).read_bytes()
    assert shown_disputes(client) == [[MINE]] * 8
    assert client.get("/townships.csv").content == (tmp_path / "copy" / FOLDER / TABLE).read_bytes()
    client.post(f"/corrections/{lodged.json()['id']}/closing", json={"outcome": "rejected"})
    assert shown_disputes(client) == [[]] * 8


@pytest.mark.parametrize(
    ("status", "said", "code", "reader"),
    [
        (403, {}, THEIRS, ("planner", OWN)),
        (403, {}, MINE, ("planner", "")),
        (403, {}, MINE, ("auditor", "")),
        (404, {}, "990000999", ("planner", OWN)),
        (400, {"indicator": "no_such"}, MINE, ("planner", OWN)),
        (400, {"ground": "spite"}, MINE, ("planner", OWN)),
        (400, {"code": THEIRS}, MINE, ("planner", OWN)),
        (400, {"note": "x" * 501}, MINE, ("planner", OWN)),
        (400, {"note": None}, MINE, ("planner", OWN)),
        (400, {"note": "call 138" + "12345678"}, MINE, ("partner", OWN)),
    ],
)
def test_a_correction_that_may_not_be_lodged(service, store, keys, status, said, code, reader):
    before = open_corrections(store, "2018-01-01")
    answer = lodge(service, keys, code, reader, LODGED | said)
    assert answer.status_code == status
    assert "12345678" not in answer.text
    assert open_corrections(store, "2018-01-01") == before


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_only_json_is_a_correction(service, keys, content_type):
    """A form of another site can send other types without being asked."""
    answer = client_of(service, keys["planner", OWN]).post(
        f"/townships/{MINE}/corrections",
        content=orjson.dumps(LODGED),
        headers={"Content-Type": content_type},
    )
    assert answer.status_code == 400


@pytest.mark.usefixtures("undisputed")
def test_a_county_sees_its_own_corrections_and_an_auditor_all(service, keys):
    lodge(service, keys)
    lodge(service, keys, THEIRS, ("planner", OTHER))
    seen = {
        reader: {
            each["code"]
            for each in client_of(service, keys[reader]).get("/corrections").json()["corrections"]
        }
        for reader in [("planner", OWN), ("partner", OTHER), ("auditor", ""), ("auditor", OWN)]
    }
    assert seen == {
        ("planner", OWN): {MINE},
        ("partner", OTHER): {THEIRS},
        ("auditor", ""): {MINE, THEIRS},
        ("auditor", OWN): {MINE},
    }
    assert client_of(service, keys["auditor", ""]).get("/corrections").json()["open"] == 2


@pytest.mark.usefixtures("database")
def test_a_service_on_either_database(make_workspace):
    directory = make_workspace()
    run_line(directory)
    service = create_app(Settings(workspace=directory))
    keys = {("planner", OWN): make_key(directory, Tier.PLANNER, [OWN])}
    auditor = client_of(service)
    auditor.post("/sign-in", data={"key": make_key(directory, Tier.AUDITOR)})
    lodged = lodge(service, keys).json()
    assert shown_disputes(auditor) == [[MINE]] * 8
    path = f"/corrections/{lodged['id']}/closing"
    assert auditor.post(path, json={"outcome": "accepted"}).status_code == 200
    lines = auditor.get("/audit", params={"route": "/corrections/{correction}/closing"}).json()
    assert [line["status"] for line in lines["accesses"]] == [200]


# ---- new results


@pytest.fixture
def copied(workspace, tmp_path, service) -> TestClient:
    """Return a client without a key of a service of results of its own."""
    directory = tmp_path / "copied"
    shutil.copytree(workspace, directory)
    client = client_of(create_app(Settings(workspace=directory)))
    client.directory = directory
    return client


def test_new_results_are_taken_up_without_a_restart(copied):
    before = copied.get("/health").json()
    path = copied.directory / "geo_jindu.toml"
    path.write_text(path.read_text("utf-8").replace("格子市", "新格子市"), "utf-8")
    run_line(copied.directory)
    after = copied.get("/health").json()
    assert after["status"] == "ok"
    assert after["assessment"] != before["assessment"]
    assert "新格子市" in copied.get("/").text
    assert "新格子市" in copied.get("/maps/hotspot").text


@pytest.mark.parametrize("how", ["gone", "changed", "garbage", "no columns"])
def test_broken_results_leave_the_older_ones_in_place(copied, monkeypatch, how):
    monkeypatch.setattr(editions, "_BROKEN_KEPT", 0)
    out = copied.directory / FOLDER
    shutil.copytree(out, copied.directory / "safe")
    before = {path: copied.get(path).content for path in PATHS}
    facts = orjson.loads((out / ASSESSMENT).read_bytes())
    if how == "gone":
        shutil.rmtree(out)
    elif how == "changed":
        (out / TABLE).write_bytes(b"x")
        (out / ASSESSMENT).touch()
    else:
        broken = b"{" if how == "garbage" else orjson.dumps(facts | {"columns": None})
        (out / ASSESSMENT).write_bytes(broken)
    assert {path: copied.get(path).content for path in PATHS} == before
    assert copied.get("/health").json()["status"] == "outdated"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(copied.directory / "safe", out)
    assert copied.get("/health").json()["status"] == "ok"


def test_keys_of_a_demonstration_open_no_real_results(copied, real, kept):
    shutil.rmtree(copied.directory / FOLDER)
    shutil.copytree(kept["real"] / FOLDER, copied.directory / FOLDER)
    assert copied.get("/townships").headers["x-data-provenance"] == "synthetic"
    assert copied.get("/health").json()["status"] == "outdated"


# ---- what is sent


def test_a_large_body_is_refused(service):
    for content in [b"key=" + b"x" * 70_000, (b"key=x" * 1000 for _ in range(20))]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client_of(service).post("/sign-in", content=content, headers=headers)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


def test_assignments_are_for_planners_of_the_whole_city(service, workspace, keys):
    answer = client_of(service, keys["planner", ""]).get("/assignment.csv")
    assert answer.content == (workspace / FOLDER / ASSIGNMENT).read_bytes()
