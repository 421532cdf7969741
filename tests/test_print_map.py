"""The map for print: patterns, emphasis, scale, and what hostile names cannot do."""

import re
import xml.etree.ElementTree as ET

import geopandas as gpd
import pytest
from conftest import GRID, make_grid
from test_map_safety import MARKUP, PAYLOADS

from geo_jindu.texts import translate
from maps.offline import refuse_outside_addresses
from maps.print_map import NOT_LISTED, STATE_MARKS, draw_print_map, state_mark

CRS = "EPSG:32658"
SVG = "{http://www.w3.org/2000/svg}"
STATES = dict(
    zip(
        GRID,
        ["listed", "rectifying", "extended", "publicity", "delisted_consolidation", "closed"],
        strict=True,
    )
)


def draw(**values):
    frame = values.pop("frame", None)
    settings = {"states": STATES, "measuring_crs": CRS, "language": "zh", "is_synthetic": True} | values
    return draw_print_map(make_grid() if frame is None else frame, **settings)


def townships(drawn):
    """Return fill and box (left, top, right, bottom) of each township, in their order."""
    group = ET.fromstring(drawn).findall(f"{SVG}g")[0]  # noqa: S314  # our own drawing
    found = []
    for path in group:
        points = [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([\d.]+)", path.get("d"))]
        across, down = zip(*points, strict=True)
        found.append((path.get("fill"), (min(across), min(down), max(across), max(down))))
    return found


def texts(drawn):
    return [each.text for each in ET.fromstring(drawn).iter(f"{SVG}text") if each.text]  # noqa: S314


def test_each_state_has_its_own_pattern_and_says_how_many():
    drawn = draw()
    fills = [fill for fill, _ in townships(drawn)]
    assert len(set(fills)) == 6
    assert [fill.startswith("url(#") for fill in fills] == [True] * 5 + [False]
    hatch = (
        r'<path d="([^"]*)" fill="none" stroke="#1b1b1b" stroke-opacity="[^"]*" stroke-width="([^"]*)"'
    )
    hatches = re.findall(hatch, drawn)
    assert len(set(hatches)) == 5
    for mark in {state_mark(state) for state in STATES.values()}:
        entry = translate(
            "print_map.entry", "zh", state=translate(f"map_states.{mark.key}", "zh"), number=1
        )
        assert entry in texts(drawn)


def test_patterns_differ_without_colour():
    hatches = [mark.hatch for mark in STATE_MARKS]
    assert len(set(hatches)) == len(hatches) - 1  # listed and rectifying differ by the width of lines
    assert len({(mark.hatch, mark.stroke) for mark in STATE_MARKS}) == len(STATE_MARKS)
    assert state_mark("annulled") is state_mark("monitored") is NOT_LISTED


def test_north_is_up_and_shapes_keep_their_proportions():
    """甲 in the south-west corner, 己 in the north-east one, each a square."""
    boxes = [box for _, box in townships(draw())]
    first, last = boxes[0], boxes[-1]
    assert first[0] < last[0]
    assert first[1] > last[1]
    for left, top, right, bottom in boxes:
        assert right - left == pytest.approx(bottom - top, abs=0.2)


def test_the_scale_bar_is_as_long_as_it_says():
    """The grid is 3 km wide, so a kilometre is a third of it."""
    drawn = draw()
    boxes = [box for _, box in townships(drawn)]
    kilometre = (max(box[2] for box in boxes) - min(box[0] for box in boxes)) / 3
    half = float(re.search(r'<rect x="([\d.]+)" width="\1" height="3"', drawn)[1])
    said = next(each for each in texts(drawn) if each.endswith("公里"))
    assert 2 * half / kilometre == pytest.approx(float(said.split()[0]), abs=0.01)


def test_the_one_township_is_outlined_and_named():
    code = "990000202"
    drawn = draw(emphasised=code)
    assert "戊镇" in texts(drawn)
    assert "戊镇" not in texts(draw())
    outline = re.search(r'<path d="([^"]*)" stroke="#000000"', drawn)[1]
    assert f'<path d="{outline}" fill="url(' in drawn


def test_counties_are_drawn_and_named_once():
    assert {"东县", "西县"} <= set(texts(draw()))
    without = make_grid()
    without["county"] = without["county_name"] = ""
    assert not {"东县", "西县"} & set(texts(draw(frame=without)))


def test_long_names_are_cut_to_the_paper():
    frame = make_grid()
    frame["name"] = "很长的地名" * 30
    (name,) = (each for each in texts(draw(frame=frame, emphasised="990000101")) if "很长" in each)
    assert name.endswith("…")
    assert len(name) < 40


def test_synthetic_is_said_across_the_face():
    assert texts(draw()).count(translate("map.watermark", "zh")) >= 4
    assert translate("map.watermark", "zh") not in texts(draw(is_synthetic=False))


def test_the_same_bytes_and_no_addresses():
    assert draw(emphasised="990000202") == draw(emphasised="990000202")
    refuse_outside_addresses(draw())


def test_overlapping_townships_are_drawn_as_they_are():
    frame = make_grid().to_crs(CRS)
    frame.geometry = frame.geometry.buffer(50)
    assert len(townships(draw(frame=gpd.GeoDataFrame(frame)))) == 6


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_are_only_text(payload):
    frame = make_grid()
    frame["name"] = PAYLOADS[payload]
    frame["county_name"] = PAYLOADS[payload]
    drawn = draw(frame=frame, emphasised="990000202")
    written = "".join(texts(drawn))
    assert PAYLOADS[payload][:4] in written
    for mark in "`${}\\":
        assert mark not in drawn
    if payload in MARKUP:
        assert "<script" not in drawn
        assert "<img" not in drawn
