"""Hotspots, scores and alerts over the web: a township's own, its neighbours', the city's."""

import pytest
from conftest import CONFIGURATION, GRID, make_grid
from service import make_key, serve

from geo_jindu.tiers import Tier

MIDDLE = make_grid().geometry.centroid.to_crs(4326)
MONTHS = [f"{year}-{month:02d}" for year in (2017, 2018) for month in range(1, 13)]


def incidents():
    """Two a month everywhere; 101 has twelve more in June 2018, 203 in December."""
    more = {("990000101", "2018-06"): 12, ("990000203", "2018-12"): 12}
    lines = [
        f"{month},{MIDDLE[code].x:.7f},{MIDDLE[code].y:.7f}"
        for code in GRID
        for month in MONTHS
        for _ in range(2 + more.get((code, month), 0))
    ]
    return "\n".join(["date,lon,lat", *lines, ""])


@pytest.fixture(scope="module")
def kept():
    """Return a place for what is made once for all tests here."""
    return {}


@pytest.fixture
def client(make_workspace, kept):
    """Return a planner's client of a workspace that was run."""
    if not kept:
        configuration = CONFIGURATION.replace('["2018-01", "2018-12"]', '["2017-01", "2018-12"]')
        directory = make_workspace(incidents=incidents(), configuration=configuration)
        kept["client"] = serve(directory)
        kept["commander"] = make_key(directory, Tier.COMMANDER)
    return kept["client"]


def alerts_of(client, **asked):
    answer = client.get("/alerts", params=asked)
    assert answer.status_code == 200
    content = answer.json()
    assert content["number"] == len(content["alerts"])
    return {(each["code"], each["month"]) for each in content["alerts"]}


def test_own_alerts_those_of_neighbours_and_the_citys(client):
    """202 stands between both outbreaks, in the county of 203; 101 is in the other county."""
    own = alerts_of(client, code="990000101")
    assert ("990000101", "2018-06") in own
    assert {code for code, _ in own} == {"990000101"}
    around = alerts_of(client, code="990000202", scope="neighbours")
    assert {("990000101", "2018-06"), ("990000203", "2018-12"), ("990002", "2018-12")} <= around
    assert ("990001", "2018-06") not in around
    city = alerts_of(client, code="990000202", scope="city")
    assert ("990001", "2018-06") in city
    assert city == alerts_of(client)
    assert city == alerts_of(client, indicator="incident")
    assert alerts_of(client, code="990000102") == set()


def test_what_chance_would_raise_stands_beside_the_alerts(client):
    said = client.get("/alerts").json()["indicators"]["incident"]
    assert said["months"] == MONTHS
    assert {each["method"] for each in said["tested"]} == {
        "ears_c1",
        "ears_c2",
        "ears_c3",
        "farrington",
    }


def test_a_townships_scores_are_those_of_the_list(client):
    every = client.get("/scores").json()
    for row in every["severity"]["townships"]:
        one = client.get(f"/scores/{row['code']}").json()
        assert one["township"]["severity"] == row
        assert one["township"]["progress"] is None
        assert one["township"]["list_audit"] is None
        assert one["assessment"] == every["assessment"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/scores/990000999", 404),
        ("/scores/..%2F..%2Fetc", 404),
        ("/scores/990000101?x=1", 400),
        ("/alerts?code=990000999", 404),
        ("/alerts?indicator=outflow", 404),
        ("/alerts?scope=province", 400),
        ("/alerts?code=990000101&code=990000102", 400),
        ("/analysis?x=1", 400),
    ],
)
def test_what_cannot_be_meant_is_refused(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_shows_every_part_and_loads_nothing(client):
    page = client.get("/analysis")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for said in ("Composite severity", "clusters", "foretell", "alerts", "enforcement output never"):
        assert said in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("http://www.w3.org", "")


def test_the_public_map_and_files_say_nothing_of_it(client):
    """What depends on every count is not in anything a lower tier is sent."""
    app = client.app
    from service import client_of

    for path in ("/maps/hotspot", "/townships", "/townships.csv", "/assessment"):
        text = client_of(app).get(path).text
        for word in (
            "severity_score",
            "emerging_class",
            "scan_cluster",
            "moran_i",
            "Composite severity",
        ):
            assert word not in text
