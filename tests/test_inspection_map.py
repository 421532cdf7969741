"""The map of an inspection: every finding where it lies, safe against hostile names, offline."""

import json
import os
import re

import pytest
import shapely
from browser import DESK, PHONE
from conftest import GRID_CRS
from test_inspection import box, faulty_layer, grid_layer, inspect, layer
from test_map_safety import MARKUP, PAYLOADS, PRODUCT, compile_again, parse
from test_offset_detection import CRS as HENGYANG
from test_offset_detection import grid, written_in

import maps.inspection_map
from boundaries.inspection import InspectionSettings
from geo_jindu.boundary_findings import NO_FAULTS, FindingKind
from geo_jindu.offset_datums import to_gcj02
from maps import draw_inspection_map
from maps.inspection_map import COLOURS, MOST_LISTED
from maps.safe_text import display_text


def hostile_layer(payload):
    """Return a layer with a finding of several kinds; every text of it is or holds ``payload``."""
    frame = faulty_layer()
    frame["name"] = [f"{payload} {code}" for code in frame["code"]]
    frame["code"] = [code + payload if at else code for at, code in enumerate(frame["code"])]
    frame["parent"] = payload
    return frame


def draw(frame, language="en", settings=None):
    inspection = inspect(frame, settings or InspectionSettings(GRID_CRS))
    return draw_inspection_map(frame, inspection, language)


def draw_hostile(payload):
    """Draw a layer with ``payload`` as name, code, parent and detail, beside a layer of parents."""
    parents = layer({payload: box(0, 0, 1, 1), "990002": box(0, 0, 1, 1)})
    return draw(hostile_layer(payload), settings=InspectionSettings(GRID_CRS, parents=parents))


# ---- safe


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_script_of_the_map_holds_a_raw_payload(payload):
    page = draw_hostile(payload)
    assert not [script for script in parse(page).scripts if payload in script]
    assert not any(PAYLOADS[name] in page for name in MARKUP)
    assert str(PRODUCT) not in page


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_adds_no_element_and_no_attribute(payload):
    assert parse(draw_hostile(payload)).elements == parse(draw_hostile("x")).elements


def test_the_payload_is_on_the_page_for_people_to_read():
    assert display_text(PAYLOADS["image"]) in draw_hostile(PAYLOADS["image"]).replace("\\u0026", "&")


def test_drawing_runs_no_python_of_a_name(monkeypatch):
    calls = []
    monkeypatch.setattr(os, "getpid", lambda: calls.append("ran") or 1)
    draw_hostile(PAYLOADS["runs_python"])
    assert not calls


def test_each_defence_alone_holds_and_without_both_a_name_runs(monkeypatch):
    payload = PAYLOADS["multiplies"]
    with monkeypatch.context() as patch:
        patch.setattr(maps.inspection_map, "display_text", str)
        assert str(PRODUCT) not in draw_hostile(payload)
    with monkeypatch.context() as patch:
        compile_again(patch)
        assert str(PRODUCT) not in draw_hostile(payload)
    with monkeypatch.context() as patch:
        patch.setattr(maps.inspection_map, "display_text", str)
        compile_again(patch)
        assert str(PRODUCT) in draw_hostile(payload)


# ---- true


def places(page):
    """Return the number of circles by their fill, and the numbers of the findings they stand for."""
    found = re.findall(r'_add\((\{"features": .*?"type": "FeatureCollection"\})\)', page)
    features = [each for text in found for each in json.loads(text)["features"]]
    return [each["id"] for each in features if each["geometry"]["type"] == "Point"]


def test_every_finding_with_a_place_is_on_the_map_once():
    frame = faulty_layer()
    inspection = inspect(frame)
    numbers = places(draw_inspection_map(frame, inspection, "en"))
    assert sorted(numbers) == [at for at, each in enumerate(inspection.findings) if each.at]
    assert len(numbers) == 4


def test_layers_and_lists_carry_counts():
    page = draw(faulty_layer())
    for words in ("overlap (1)", "gap (1)", "exclave (1)", "no administrative code (1)"):
        assert page.count(words) >= 2


def test_long_lists_are_cut_with_their_count():
    holes = [box(40 * at, 500, 40 * at + 20, 520) for at in range(1, 24)]
    page = draw(grid_layer(_990000101=box(0, 0, 1000, 1000).difference(shapely.union_all(holes))))
    assert page.count("data-place=") == MOST_LISTED
    assert "3 more are in the JSON; the first 23 are on the map" in page
    assert len(places(page)) == 23


def test_more_places_than_a_screen_shows_are_counted_not_drawn(monkeypatch):
    monkeypatch.setattr(maps.inspection_map, "MOST_DRAWN", 5)
    holes = [box(40 * at, 500, 40 * at + at, 520) for at in range(1, 24)]
    frame = grid_layer(_990000101=box(0, 0, 1000, 1000).difference(shapely.union_all(holes)))
    inspection = inspect(frame)
    page = draw_inspection_map(frame, inspection, "en")
    assert page.count("gap (23)") == 3  # verdict, layer and list
    assert places(page) == [0, 1, 2, 3, 4]
    assert inspection.findings[0].area_m2 > inspection.findings[4].area_m2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_map_speaks_both_languages_and_says_what_is_fictional(language):
    page = draw(faulty_layer(), language)
    words = {
        "zh": ["边界核查", "重叠 1 处", "虚构地区"],
        "en": ["Boundary inspection", "overlap (1)", "FICTIONAL"],
    }
    assert all(word in page for word in words[language])
    assert "watermark" in page


def test_an_offset_is_said_and_has_no_place():
    page = draw(written_in(grid(), to_gcj02), settings=InspectionSettings(HENGYANG, reference=grid()))
    assert "looks like undeclared gcj02" in page
    assert places(page) == []
    assert 'class="watermark"' not in page  # the places are real


def test_rows_without_polygon_are_named_beside_the_map():
    page = draw(grid_layer(_990000102=None))
    assert "no polygon (1)" in page


def test_the_same_inspection_gives_the_same_text():
    assert draw(faulty_layer()) == draw(faulty_layer())


def test_each_kind_with_a_place_has_a_colour_and_grounds_for_doubt_stand_out():
    without = {FindingKind.OFFSET, FindingKind.REAL_AND_FICTIONAL, FindingKind.NO_POLYGON}
    assert set(COLOURS) == set(FindingKind) - without
    calm = {COLOURS[kind] for kind in NO_FAULTS}
    assert not calm & {COLOURS[kind] for kind in set(COLOURS) - NO_FAULTS}


# ---- in a browser


@pytest.fixture
def page_file(tmp_path):
    """Return a function that writes a page and returns its address."""

    def write(page):
        path = tmp_path / "map.html"
        path.write_text(page, "utf-8")
        return path.as_uri()

    return write


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_list_leads_to_the_place(visit, page_file, size):
    opened = visit(page_file(draw(faulty_layer())), size=size)
    page = opened.page
    buttons = page.locator("button[data-place]")
    assert buttons.count() == 4
    for at in range(4):
        buttons.nth(at).click()
        page.wait_for_timeout(150)
        popup = page.locator(".leaflet-popup-content").last.inner_text()
        assert page.locator(".key-areas h2").nth(at).inner_text().split(" (")[0] in popup
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert len(opened.requests) == 1
    assert opened.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_nothing_hostile_runs_in_the_page(visit, page_file, payload):
    opened = visit(page_file(draw_hostile(payload)))
    page = opened.page
    for button in page.locator("button[data-place]").all():
        button.click()
        page.wait_for_timeout(30)
    page.locator("path.leaflet-interactive").first.click(force=True)
    assert page.evaluate("window.ran") is None
    assert page.title() == "Boundary inspection"
    assert (opened.dialogs, opened.complaints, len(opened.requests)) == ([], [], 1)
