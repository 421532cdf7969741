"""The charts: what is drawn where, safe texts, the same bytes each time."""

import html
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_map_safety import PAYLOADS

from geo_jindu.texts import translate
from maps.change_chart import AreaChange, Interval, draw_changes
from maps.offline import refuse_outside_addresses
from maps.outflow_chart import Mark, OutflowPeriod, _place_labels, draw_outflow
from maps.svg_text import readable_text, shorten, text_width

BAR, MARKS = (
    "#7fa6c9",
    {"listed": "#7a0177", "extended": "#b35806", "delisted": "#00663d", "relapsed": "#b00020"},
)
QUARTERS = [date(2018, month, 1) for month in (1, 4, 7, 10)] + [date(2019, 1, 1)]
LISTED = Mark(date(2018, 7, 1), "listed")
SVG = "{http://www.w3.org/2000/svg}"


def quarters(*counts):
    """Return four quarters of 2018 from pairs of township and city."""
    return [
        OutflowPeriod(start, end - timedelta(1), persons, city)
        for (start, end), (persons, city) in zip(pairwise(QUARTERS), counts, strict=True)
    ]


def tree(drawn):
    return ET.fromstring(drawn)  # noqa: S314  # our own drawing


def texts(drawn):
    return [each.text for each in tree(drawn).iter(f"{SVG}text")]


def heights(drawn, colour):
    """Return the height of each rectangle filled with a colour, in their order."""
    found = []
    for path in tree(drawn).iter(f"{SVG}path"):
        if f"fill: {colour}; stroke: #2f5d86" in path.get("style", "") and path.get("clip-path"):
            rows = [float(y) for y in re.findall(r"[ML] \S+ (\S+)", path.get("d"))]
            found.append(max(rows) - min(rows))
    return found


def city_line(drawn):
    """Return the points of the dashed line of the city, y upwards from the axis."""
    root = tree(drawn)
    lines = [
        path.get("d")
        for path in root.iter(f"{SVG}path")
        if "stroke: #1b1b1b" in path.get("style", "") and "stroke-dasharray" in path.get("style", "")
    ]
    return [tuple(map(float, each)) for each in re.findall(r"[ML] (\S+) (\S+)", lines[0])]


def bottom(drawn):
    """Return the y of the axis: where the bars stand."""
    rows = re.findall(
        r"[ML] \S+ (\S+)",
        next(
            path.get("d")
            for path in tree(drawn).iter(f"{SVG}path")
            if f"fill: {BAR}; stroke: #2f5d86" in path.get("style", "")
        ),
    )
    return max(map(float, rows))


def test_bars_are_as_high_as_their_counts():
    drawn = draw_outflow("甲镇", quarters((4, 40), (2, 20), (0, 40), (1, 10)), [LISTED], "zh")
    four, two, zero, one = heights(drawn, BAR)
    assert four == pytest.approx(2 * two)
    assert two == pytest.approx(2 * one)
    assert zero == pytest.approx(0)
    assert {"4", "2", "0", "1"} <= set(texts(drawn))


def test_the_citys_course_is_scaled_to_the_sum_before_the_listing():
    """6 persons of the city's 60 before: one tenth, so that the city's 40 stands where 4 would."""
    drawn = draw_outflow("甲镇", quarters((4, 30), (2, 30), (0, 40), (0, 10)), [LISTED], "zh")
    line = [bottom(drawn) - y for _, y in city_line(drawn)]
    four = heights(drawn, BAR)[0]
    assert line == pytest.approx([four * 0.75, four * 0.75, four, four / 4], abs=1e-4)
    assert translate("charts.city_scaled_before", "zh") in texts(drawn)


def test_without_anything_before_the_listing_all_periods_scale():
    """3 of 60 over all: one twentieth; the first quarters have no township count and do not scale."""
    drawn = draw_outflow(
        "Jia", quarters((0, 90), (0, 90), (1, 40), (2, 20)), [Mark(date(2018, 1, 1), "listed")], "en"
    )
    line = [bottom(drawn) - y for _, y in city_line(drawn)]
    two = heights(drawn, BAR)[3]
    assert line[3] == pytest.approx(two / 2 * 20 * 3 / 240, abs=1e-4)
    assert translate("charts.city_scaled", "en") in texts(drawn)
    assert translate("charts.city_scaled_before", "en") not in texts(drawn)


def test_no_data_is_not_zero():
    some = draw_outflow("甲镇", quarters((4, 40), (None, 20), (0, 40), (1, None)), [], "zh")
    none = draw_outflow("甲镇", quarters((4, 40), (2, 20), (0, 40), (1, 10)), [], "zh")
    assert len(heights(some, BAR)) == 3
    assert some.count("fill: url(#") > none.count("fill: url(#") == 0
    assert translate("charts.unknown", "zh") in texts(some)
    assert "1 期无数据" in some


def test_hidden_everywhere_still_draws():
    drawn = draw_outflow("甲镇", quarters(*[(None, None)] * 4), [LISTED], "zh")
    assert heights(drawn, BAR) == []
    assert "4 期无数据" in drawn


def test_each_marked_day_has_its_own_colour_line_and_words():
    marks = [Mark(date(2018, 2 + 2 * at, 3), kind) for at, kind in enumerate(MARKS)]
    drawn = draw_outflow("甲镇", quarters((4, 40), (2, 20), (0, 40), (1, 10)), marks, "zh")
    dashes = set()
    for mark in marks:
        assert f"{translate(f'charts.{mark.kind}', 'zh')} {mark.day}" in texts(drawn)
        line = re.search(
            rf'd="M (\S+) (\S+) \nL \1 \S+ \n?" style="([^"]*stroke: {MARKS[mark.kind]}[^"]*)"', drawn
        )
        dashes.add(re.search(r"stroke-dasharray: ([^;]*)|$", line[3])[1])
    assert len(dashes) == 4


def test_a_day_outside_the_periods_is_not_drawn():
    drawn = draw_outflow(
        "甲镇",
        quarters(*[(1, 10)] * 4),
        [Mark(date(2017, 1, 1), "listed"), Mark(date(2019, 1, 1), "delisted")],
        "zh",
    )
    assert not any("2017-01-01" in each or "2019-01-01" in each for each in texts(drawn))


@given(
    st.lists(
        st.tuples(st.dates(date(2018, 1, 1), date(2018, 12, 31)), st.sampled_from(list(MARKS))),
        max_size=8,
        unique=True,
    )
)
@settings(max_examples=60)
def test_labels_stand_clear_of_each_other_and_of_lines(days):
    labels = _place_labels(quarters(*[(1, 10)] * 4), [Mark(*each) for each in days], lambda key: "摘牌")
    for at, one in enumerate(labels):
        for other in labels[:at]:
            assert one.level != other.level or one.right <= other.left or other.right <= one.left
            assert other.level < one.level or not one.left < other.at < one.right


AREAS = [
    AreaChange("甲镇", Interval(20, 14, 29), Interval(10, 6, 17), Interval(-50, -74, -6)),
    AreaChange("乙镇", Interval(4, 2, 8), None, None),
    AreaChange("丙镇", Interval(5, 3, 9), Interval(9, 5, 15), Interval(80, -10, 400)),
]


def test_changes_stand_beside_the_citys():
    drawn = draw_changes(AREAS, -38.2, "人", "zh")
    assert {"甲镇", "乙镇", "丙镇", "全市 −38.2%", "人"} <= set(texts(drawn))
    assert texts(drawn).count(translate("charts.insufficient", "zh")) == 2
    x_of_city = float(re.search(r'd="M (\S+) \S+ \nL \1 \S+ \n?" [^>]*stroke-dasharray', drawn)[1])
    ticks = dict(re.findall(r'x="(\S+)" y="\S+">(\S+)</text>', drawn))
    at = {label: float(x) for x, label in ticks.items() if label in ("0", "−50", "50", "100")}
    one = (at["100"] - at["50"]) / 50
    assert x_of_city == pytest.approx(at["50"] - one * 88.2, abs=0.01)


def test_what_goes_off_the_chart_ends_in_an_arrow():
    def draw(high):
        return draw_changes([AreaChange("丙镇", None, None, Interval(80, -10, high))], None, "人", "zh")

    beyond = draw(400)
    assert beyond.count("<use") == draw(140).count("<use") + 1
    assert "全市" not in "".join(texts(beyond))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_are_only_text(payload):
    name = PAYLOADS[payload]
    drawn = draw_outflow(name, quarters(*[(1, 10)] * 4), [], "zh")
    drawn += draw_changes([AreaChange(name, None, None, None)], None, name, "en")
    for mark in "`${}\\":
        assert mark not in re.sub(r"<[^>]*>", "", drawn)
    assert "<script" not in drawn
    assert "<img" not in drawn
    refuse_outside_addresses(drawn)
    assert shorten(name, 26) in html.unescape(drawn)


@given(st.text())
def test_any_text_becomes_xml(text):
    drawn = f"<a>{readable_text(text).replace('&', '').replace('<', '')}</a>"
    tree(drawn)
    assert len(readable_text(text).splitlines()) <= 1


def test_invisible_characters_are_seen():
    assert readable_text("甲\u202e镇\x00\n乙\u200b") == "甲〓镇〓 乙〓"


def test_long_names_are_cut_by_width():
    assert text_width("甲a") == 3
    assert shorten("甲乙丙丁", 8) == "甲乙丙丁"
    assert shorten("甲乙丙丁戊", 8) == "甲乙丙…"


def test_the_same_bytes_from_any_thread():
    def draw(_):
        return draw_changes(AREAS, -38.2, "人", "zh")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(draw, range(8)))) == 1


def test_named_for_screen_readers_and_in_the_pages_fonts():
    drawn = draw_changes(AREAS, -38.2, "人", "zh")
    root = tree(drawn)
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert "−38.2%" in description.text
    assert "Noto Sans CJK SC" in root.get("style")
    assert "DejaVu" not in drawn
    assert "<style" not in drawn
    assert not re.search(r"20\d\d-\d\d-\d\dT", drawn)


def test_matplotlib_is_loaded_late_and_left_as_it_was():
    program = """
import sys
from maps.change_chart import AreaChange, draw_changes
print("matplotlib" in sys.modules)
import matplotlib
before = matplotlib.rcParams.copy()
draw_changes([AreaChange("甲", None, None, None)], None, "", "zh")
print(before == matplotlib.rcParams.copy(), "matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True", "False"]


def test_drawings_on_one_page_share_no_id():
    drawn = draw_changes(AREAS, -38.2, "人", "zh") + draw_outflow(
        "甲镇", quarters((None, 1), (1, 2), (3, 4), (5, 6)), [LISTED], "zh"
    )
    ids = re.findall(r' id="([^"]*)"', drawn)
    assert len(ids) == len(set(ids)) > 4
    assert set(re.findall(r"url\(#([^)]*)\)", drawn)) | set(
        re.findall(r'href="#([^"]*)"', drawn)
    ) < set(ids)
