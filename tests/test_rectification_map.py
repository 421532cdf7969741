"""The rectification map: what it knows of which day, what each tier is sent, hostile names."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
import shapely
from conftest import make_grid
from test_decisions import RULEBOOK
from test_figures import HEAD, OUTFLOW, ROWS, figures_of, workspace  # noqa: F401 - a fixture
from test_map_safety import PAYLOADS, parse

from geo_jindu.rectification.entries import Entry
from geo_jindu.rectification.figures import Figures, TownshipFigures
from geo_jindu.rectification.ground import Ground
from geo_jindu.rectification.replay import replay
from geo_jindu.rectification.situations import Situation
from geo_jindu.rectification.status_geojson import write_status_geojson
from geo_jindu.rectification.status_layer import make_status_layer
from geo_jindu.tiers import Tier
from maps.rectification_map import draw_rectification_map

ONE, TWO, THREE, FAR = "990000101", "990000102", "990000103", "990000201"
EAST, WEST = "990001", "990002"
HISTORY = (
    ("propose", ONE, "2018-01-01", {}),
    ("list", ONE, "2018-01-11", {"days": 365}),
    ("interview", TWO, "2018-02-02", {}),
    ("submit_plan", ONE, "2018-03-01", {}),
    ("agree", EAST, "2018-04-01", {"province": "天省", "city": "天一市"}),
    ("flag", FAR, "2018-05-01", {}),
    ("station", "city", "2018-06-01", {"province": "地省", "city": "地一市", "station": "驻地省站"}),
    ("start", ONE, "2018-07-01", {}),
)


def history():
    for at, (event, unit, day, details) in enumerate(HISTORY, 1):
        county = "" if unit == "city" else {FAR: WEST}.get(unit, EAST)
        moment = f"{day}T04:00:00.000000Z"
        yield Entry(at, event, unit, "2018-01-01", county, "committee", date.fromisoformat(day), moment,
                    details=details, digest=f"{at:064d}")  # fmt: skip


def figures(frame):
    townships = {
        code: TownshipFigures(row["name"], row["county"], row["county_name"], 20_000, None, {})
        for code, row in frame.iterrows()
    }
    flows = {
        EAST: {"2017": {"天省": 41, "unlisted": 2}, "2018": {"天省": 43}},
        WEST: {"2017": {"地省": 47}},
    }
    known = ("2018-01-01", "outflow", "", (("2017-01", "2018-12"),), (), ())
    return Figures(*known, {EAST: "东县", WEST: "西县"}, townships, {}, flows)


def situation_of(day, log=None, frame=None):
    log, shown = tuple(log or history()), date.fromisoformat(day)
    register = replay(log, RULEBOOK.lifecycle, day=shown)
    return Situation(shown, RULEBOOK, log, figures(make_grid() if frame is None else frame), register)


def ground_of(frame=None, payload=""):
    frame = make_grid() if frame is None else frame
    rows = [
        {"code": code, "name": row["name"], "county": row["county"], "county_name": row["county_name"]}
        for code, row in frame.iterrows()
    ]
    facts = {
        "assessment": "a" * 32,
        "note": "note",
        "area": {"name": f"格子市{payload}", "language": "zh", "measuring_crs": frame.crs.to_string(),
                 "provenance": "synthetic"},
        "boundaries": {"vintage": "2018-01-01", "source": f"s{payload}", "licence": "MIT",
                       "map_approval_number": "GS(2018)1"},
        "sources": [{"source": f"s{payload}", "licence": ""}],
    }  # fmt: skip
    return Ground(facts, rows, frame.to_crs(4326).geometry.to_numpy())


def draw(day="2018-12-31", tier=Tier.PLANNER, counties=(), **others):
    layer = make_status_layer(situation_of(day, **others), tier, counties)
    return draw_rectification_map(ground_of(), layer)


def read(page, name):
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def states(data, step):
    """Return the state of each township after a step, as the script of the page puts them together."""
    found = [data["states"][0]["name"]] * len(data["townships"])
    for _, _, changes in data["steps"][: step + 1]:
        for at, state in changes:
            found[at] = data["states"][state]["name"]
    return found


def test_each_step_is_a_day_on_which_a_state_or_a_tie_began():
    data = read(draw(), "map-data")
    assert [(day, listed) for day, listed, _ in data["steps"]] == [
        ("2018-01-01", 0),
        ("2018-01-11", 1),
        ("2018-03-01", 1),
        ("2018-04-01", 1),
        ("2018-05-01", 1),
        ("2018-06-01", 1),
        ("2018-07-01", 1),
        ("2018-12-31", 1),
    ]
    quiet = "常态监测"
    assert states(data, 0) == ["拟挂牌（提请审议）"] + [quiet] * 5
    assert states(data, 4) == ["方案备案", quiet, quiet, "重点关注", quiet, quiet]
    assert states(data, 7)[0] == "整治中"


def test_a_map_of_a_day_is_the_beginning_of_a_later_one_and_no_more():
    whole = read(draw(), "map-data")["steps"]
    for at, (day, _, _) in enumerate(whole):
        assert read(draw(day), "map-data")["steps"] == whole[: at + 1]
    early = draw("2018-05-31")
    assert "地省站" not in early
    assert "2018-07-01" not in early


def test_flows_are_of_years_that_had_ended():
    assert read(draw("2018-12-30"), "corridor-data")["flows"].keys() == {"2017"}
    found = read(draw("2018-12-31"), "corridor-data")
    boxes = [box["name"] for box in found["boxes"]]
    assert boxes == ["地省", "天省", "其他"]
    assert found["flows"] == {"2017": [[0, 1, 41], [0, 2, 2], [1, 0, 47]], "2018": [[0, 1, 43]]}
    assert [tie[:4] for tie in found["ties"]] == [
        [0, 1, "agree", "2018-04-01"],
        [-1, 0, "station", "2018-06-01"],
    ]


def test_boxes_stand_outside_the_townships():
    found = read(draw(), "corridor-data")
    frame = shapely.box(*make_grid().to_crs(4326).total_bounds)
    assert not any(frame.contains(shapely.Point(box["at"][::-1])) for box in found["boxes"])


def test_what_a_tier_is_not_shown_is_not_in_the_page():
    planner, partner = draw(), draw(tier=Tier.PARTNER)
    assert all(place["overdue"] is not None for place in read(planner, "map-data")["townships"])
    assert max(place["overdue"] for place in read(planner, "map-data")["townships"]) > 0
    for place in read(partner, "map-data")["townships"]:
        assert not {"overdue", "next"} & place.keys()
    corridors = read(partner, "corridor-data")
    assert corridors["flows"] == {}
    assert [box["name"] for box in corridors["boxes"]] == ["地省", "天省"]
    assert len(corridors["ties"]) == 2
    assert "only-overdue" in planner
    assert 'id="only-overdue"' not in partner


def test_no_tier_below_the_commander_can_tell_an_interview():
    without = [each for each in history() if each.event != "interview"]
    for tier in (Tier.PARTNER, Tier.PLANNER):
        assert draw(tier=tier) == draw(tier=tier, log=without)


def test_a_reader_of_one_county_is_sent_that_county():
    layer = make_status_layer(situation_of("2018-12-31"), Tier.PLANNER, {WEST})
    assert {each.county for each in layer.townships.values()} == {WEST}
    assert layer.flows == {WEST: {"2017": {"地省": 47}}}
    assert layer.ties == ()
    assert [step.day.isoformat() for step in layer.steps] == ["2018-05-01", "2018-12-31"]
    assert [step.listed for step in layer.steps] == [0, 0]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_hostile_names_add_nothing_to_the_page(payload):
    def hostile(text):
        frame = make_grid()
        frame["name"] += text
        frame["county_name"] += text
        log = [
            replace(each, details={**each.details, "province": text, "city": text})
            if "province" in each.details
            else each
            for each in history()
        ]
        layer = make_status_layer(situation_of("2018-12-31", log, frame), Tier.PLANNER)
        return draw_rectification_map(ground_of(frame, text), layer)

    page = hostile(payload)
    assert parse(page).elements == parse(hostile("x")).elements
    markup = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    assert not [script for script in parse(markup).scripts if payload in script]


def test_features_carry_state_and_provenance():
    layer = make_status_layer(situation_of("2018-12-31"), Tier.PLANNER)
    said = json.loads(write_status_geojson(ground_of(), layer))
    assert said["as_of"] == "2018-12-31"
    first = said["features"][0]
    assert first["id"] == ONE
    assert first["properties"]["state"] == "rectifying"
    assert first["properties"]["since"] == "2018-07-01"
    assert first["properties"]["until"] == "2019-01-11"
    assert first["properties"]["overdue"] > 0
    assert {each["properties"]["provenance"] for each in said["features"]} == {"synthetic"}
    lower = make_status_layer(situation_of("2018-12-31"), Tier.PARTNER)
    assert b"overdue" not in write_status_geojson(ground_of(), lower)


def test_a_run_counts_flows_by_county_year_and_province(workspace):  # noqa: F811 - the fixture
    text = HEAD + OUTFLOW.replace('count = "persons"', 'count = "persons"\ncategory = "province"', 1)
    text = text.replace('"outflow.csv"', '"outflow.csv"\ncategories = ["天省"]')
    directory = workspace(ROWS, text)
    lines = (directory / "outflow.csv").read_text("utf-8").split()
    provinces = ["province", "天省", "地省", "天省", "天省"]
    rows = [f"{line},{province}" for line, province in zip(lines, provinces, strict=True)]
    (directory / "outflow.csv").write_text("\n".join(rows), "utf-8")
    found = figures_of(directory)
    assert found.flows == {EAST: {"2017": {"天省": 11}, "2018": {"unlisted": 2}}}
    assert Figures.from_bytes(found.to_bytes()) == found
    plain = figures_of(workspace(ROWS, name="plain"))
    assert plain.flows == {}
    assert replace(found, flows={}) == plain
