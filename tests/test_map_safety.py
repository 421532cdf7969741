"""Hostile texts on the map are shown and do nothing: neither on the server nor in the page."""

import csv
import html
import io
import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import geopandas as gpd
import markupsafe
import numpy as np
import pytest
import shapely
from conftest import CONFIGURATION, GRID, GRID_CRS, make_grid
from hypothesis import given
from hypothesis import strategies as st

import maps
import maps.hotspot_map
import maps.popup_texts
from geo_jindu.assessment import Assessment, assess
from geo_jindu.cli.line import load
from geo_jindu.results import full_results
from maps import draw_hotspot_map
from maps.geometry import county_borders, simplify_for_display
from maps.offline import OutsideAddressError, asset_text, refuse_outside_addresses
from maps.safe_text import display_text
from maps.style import RATE_COLOURS, class_colours, classify_quantiles
from maps.verbatim import VerbatimElement

PRODUCT = 1234567 * 7654321
PAYLOADS = {
    "multiplies": "{{1234567*7654321}}",
    "runs_python": "{{cycler.__init__.__globals__.os.getpid()}}",
    "jinja_statement": "{% for",
    "jinja_comment": "{# open",
    "template_literal": "${window.ran=1}${document.title='x'}",
    "backtick": "`);window.ran=1;document.title='x';(`",
    "image": "<img src=x onerror=\"window.ran=1;document.title='x'\">",
    "script": "</script><script>window.ran=1;alert(1)</script>",
    "json": '"]});window.ran=1;//',
    "quote": "'onmouseover='window.ran=1;alert(1)",
    "backslash": "\\';window.ran=1;//\\",
}
MARKUP = ("image", "script")
DANGEROUS = set("<>\"'`\\${}")


def hostile_configuration(payload: str) -> str:
    """Return a configuration with ``payload`` in every text that reaches the map or the pages."""
    written = json.dumps(payload)
    return (
        CONFIGURATION.replace('name = "格子市"', f"name = {written}")
        .replace('name = "涉毒案件"', f"name = {written}")
        .replace('source = "made for a test"', f"source = {written}")
        .replace('licence = "MIT"', f"licence = {written}")
        .replace('kind = "incidents"', f'kind = "incidents"\nsource = {written}\nlicence = {written}')
    )


def hostile_grid(payload: str, code_ending: str = "") -> gpd.GeoDataFrame:
    """Return the grid with ``payload`` in every name and ``code_ending`` after every code."""
    frame = make_grid()
    frame["name"] = [f"{payload} {code}" for code in GRID]
    frame["county_name"] = [f"{payload} {county}" for county in frame["county"]]
    frame.index = [code + code_ending for code in GRID]
    return frame


def hostile_population(payload: str, code_ending: str = "") -> str:
    """Return persons of the townships of `hostile_grid`."""
    content = io.StringIO()
    rows = [(code + code_ending, f"{payload} {code}", 1000) for code in GRID]
    csv.writer(content, lineterminator="\n").writerows([("code", "name", "persons"), *rows])
    return content.getvalue()


def make_hostile(make_workspace, payload: str, code_ending: str = "", **options) -> Path:
    """Write a workspace in which every text is ``payload``; codes end with ``code_ending``."""
    return make_workspace(
        configuration=hostile_configuration(payload),
        townships=hostile_grid(payload, code_ending),
        population=hostile_population(payload, code_ending),
        **options,
    )


class _Markup(HTMLParser):
    """Collects elements, their attributes and what stands in scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.scripts: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag) -> None:
        self._in_script = False

    def handle_data(self, data) -> None:
        if self._in_script:
            self.scripts[-1] += data


def parse(page: str) -> _Markup:
    """Return elements and scripts of a page."""
    parsed = _Markup()
    parsed.feed(page)
    parsed.close()
    return parsed


def assess_hostile(make_workspace, payload: str, code_ending: str = "") -> Assessment:
    """Return the assessment of a hostile workspace."""
    return assess(load(make_hostile(make_workspace, payload, code_ending)))


def show_texts_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the first defence away: texts reach Folium unescaped."""
    for module in (maps.hotspot_map, maps.popup_texts):
        monkeypatch.setattr(module, "display_text", str)


def compile_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the second defence away: Folium compiles what it rendered, as it does by itself."""
    monkeypatch.delattr(VerbatimElement, "render")


# ---- display_text


@given(st.text())
def test_a_displayed_text_reads_as_it_was_written(text):
    assert html.unescape(display_text(text)) == html.unescape(html.escape(text)) == text


@given(st.text(alphabet=st.one_of(st.sampled_from([*sorted(DANGEROUS), "&", "#"]), st.characters())))
def test_a_displayed_text_has_no_mark_that_means_something(text):
    assert not DANGEROUS & set(display_text(text))


@given(st.text(), st.text())
def test_different_texts_stay_different(one, other):
    assert (display_text(one) == display_text(other)) == (one == other)


def test_a_value_that_is_no_text_is_displayed_too():
    assert display_text(12) == "12"


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_each_payload_becomes_harmless(payload):
    assert payload not in display_text(payload)
    assert not DANGEROUS & set(display_text(payload))


# ---- the whole map


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_script_of_the_map_holds_a_raw_payload(make_workspace, payload):
    page = draw_hotspot_map(full_results(assess_hostile(make_workspace, payload)))
    assert not [script for script in parse(page).scripts if payload in script]
    assert not any(PAYLOADS[name] in page for name in MARKUP)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_in_texts_and_codes_adds_no_element_and_no_attribute(make_workspace, payload):
    hostile = draw_hotspot_map(full_results(assess_hostile(make_workspace, payload, payload)))
    harmless = draw_hotspot_map(
        full_results(assess(load(make_hostile(make_workspace, "x", name="harmless"))))
    )
    assert parse(hostile).elements == parse(harmless).elements


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_in_a_code_appears_as_safe_text_only(make_workspace, payload):
    page = draw_hotspot_map(full_results(assess_hostile(make_workspace, "x", payload)))
    code = next(iter(GRID)) + payload
    assert json.dumps(display_text(code), ensure_ascii=True)[1:-1].replace("&", "\\u0026") in page
    assert code not in page
    assert not any(PAYLOADS[name] in page for name in MARKUP)
    assert str(PRODUCT) not in page


def test_the_payload_is_on_the_page_for_people_to_read(make_workspace):
    page = draw_hotspot_map(full_results(assess_hostile(make_workspace, PAYLOADS["image"])))
    assert str(markupsafe.escape(PAYLOADS["image"])) in page


def test_drawing_runs_no_python_of_a_name(make_workspace, monkeypatch):
    assessment = assess_hostile(make_workspace, PAYLOADS["runs_python"])
    calls = []
    monkeypatch.setattr(os, "getpid", lambda: calls.append("ran") or 1)
    draw_hotspot_map(full_results(assessment))
    assert not calls


def test_drawing_does_not_evaluate_a_name(make_workspace):
    page = draw_hotspot_map(full_results(assess_hostile(make_workspace, PAYLOADS["multiplies"])))
    assert str(PRODUCT) not in page


# ---- each defence by itself


@pytest.mark.parametrize("name", ["multiplies", "jinja_statement", "jinja_comment"])
def test_verbatim_alone_keeps_the_server_from_evaluating(make_workspace, monkeypatch, name):
    show_texts_as_they_are(monkeypatch)
    page = draw_hotspot_map(full_results(assess_hostile(make_workspace, PAYLOADS[name])))
    assert str(PRODUCT) not in page
    assert any(PAYLOADS[name] in script for script in parse(page).scripts), "the defence was not off"


def test_verbatim_alone_runs_no_python(make_workspace, monkeypatch):
    show_texts_as_they_are(monkeypatch)
    assessment = assess_hostile(make_workspace, PAYLOADS["runs_python"])
    calls = []
    monkeypatch.setattr(os, "getpid", lambda: calls.append("ran") or 1)
    draw_hotspot_map(full_results(assessment))
    assert not calls


@pytest.mark.parametrize("name", ["multiplies", "jinja_statement", "jinja_comment"])
def test_display_texts_alone_keep_the_server_from_evaluating(make_workspace, monkeypatch, name):
    compile_again(monkeypatch)
    assert str(PRODUCT) not in draw_hotspot_map(
        full_results(assess_hostile(make_workspace, PAYLOADS[name]))
    )


def test_without_both_defences_a_name_runs(make_workspace, monkeypatch):
    """The tests above can fail: this is what they keep away."""
    show_texts_as_they_are(monkeypatch)
    compile_again(monkeypatch)
    page = draw_hotspot_map(full_results(assess_hostile(make_workspace, PAYLOADS["multiplies"])))
    assert str(PRODUCT) in page


# ---- the same input, the same bytes


def test_drawing_twice_gives_equal_text(make_workspace):
    assessment = assess(load(make_workspace()))
    assert draw_hotspot_map(full_results(assessment)) == draw_hotspot_map(full_results(assessment))


def test_drawing_in_another_process_gives_equal_text(make_workspace):
    directory = make_workspace()
    program = (
        "import sys, pathlib; from geo_jindu.assessment import assess; "
        "from geo_jindu.cli.line import load; from maps import draw_hotspot_map; "
        "from geo_jindu.results import full_results; "
        "page = draw_hotspot_map(full_results(assess(load(pathlib.Path(sys.argv[1]))))); "
        "sys.stdout.buffer.write(page.encode())"
    )
    found = Path(maps.__file__).resolve().parents[1]
    drawn = [
        subprocess.run(
            [sys.executable, "-c", program, directory],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(found)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0].decode() == draw_hotspot_map(full_results(assess(load(directory))))


def test_another_name_gives_another_text(make_workspace):
    one = draw_hotspot_map(full_results(assess(load(make_workspace(name="one")))))
    configuration = CONFIGURATION.replace("格子市", "方格市")
    other = draw_hotspot_map(
        full_results(assess(load(make_workspace(configuration=configuration, name="other"))))
    )
    assert one != other


# ---- geometry for display


def refined(noise: float = 0.0, step: float = 5.0, overlap: float = 0.0) -> gpd.GeoSeries:
    """Return the grid with a point every ``step`` [m], each moved by about ``noise`` [m].

    With ``overlap`` [m] the first township reaches into the one to its east.
    """
    shapes = shapely.segmentize(make_grid().geometry.to_numpy(), step)
    corners, place = np.unique(
        np.round(shapely.get_coordinates(shapes), 3), axis=0, return_inverse=True
    )
    moved = corners + np.random.default_rng(1).normal(0, noise, corners.shape)
    shapes = shapely.make_valid(shapely.set_coordinates(shapes, moved[place.ravel()]))
    if overlap:
        edge = shapely.box(501_000, 3_000_000, 501_000 + overlap, 3_000_500)
        shapes[0] = shapely.union(shapes[0], edge)
    return gpd.GeoSeries(shapes, index=list(GRID), crs=GRID_CRS)


def test_simplified_borders_are_shared_as_before():
    detailed = refined(noise=0.05)
    assert shapely.coverage_is_valid(detailed.to_numpy())
    drawn = simplify_for_display(detailed.to_crs(4326), GRID_CRS)
    assert shapely.coverage_is_valid(drawn.to_numpy())
    assert drawn.is_valid.all()


def test_simplified_borders_have_far_fewer_points():
    detailed = refined(noise=0.01)
    drawn = simplify_for_display(detailed.to_crs(4326), GRID_CRS)
    assert drawn.count_coordinates().sum() < detailed.count_coordinates().sum() / 5


def test_simplified_townships_keep_order_code_and_area():
    drawn = simplify_for_display(refined(noise=0.05).to_crs(4326), GRID_CRS)
    assert list(drawn.index) == list(GRID)
    assert drawn.crs.to_epsg() == 4326
    np.testing.assert_allclose(drawn.to_crs(GRID_CRS).area, 1e6, rtol=0.005)


def test_overlapping_townships_are_drawn_as_they_are():
    overlapping = refined(overlap=100).to_crs(4326)
    drawn = simplify_for_display(overlapping, GRID_CRS)
    assert list(drawn.count_coordinates()) == list(overlapping.count_coordinates())
    assert drawn.geom_equals_exact(overlapping, tolerance=1e-5).all()


def test_counties_are_the_townships_merged():
    drawn = simplify_for_display(make_grid().geometry.to_crs(4326), GRID_CRS)
    counties = county_borders(drawn, make_grid()["county"].to_numpy())
    assert list(counties.index) == ["990001", "990002"]
    np.testing.assert_allclose(counties.to_crs(GRID_CRS).area, 3e6, rtol=0.005)


@pytest.mark.parametrize("overlap", [0, 20])
def test_counties_are_merged_from_borders_more_detailed_than_what_is_drawn(overlap):
    """Rounding for display must not make townships that cannot be merged."""
    detailed = refined(noise=1, overlap=overlap)
    assert detailed.is_valid.all()
    drawn = simplify_for_display(detailed.to_crs(4326), GRID_CRS)
    counties = county_borders(drawn, make_grid()["county"].to_numpy())
    np.testing.assert_allclose(counties.to_crs(GRID_CRS).area, 3e6, rtol=0.01)


# ---- classes


def test_values_are_sorted_into_fifths():
    classes = classify_quantiles(np.arange(10.0))
    assert list(classes.members) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert classes.sizes == [2, 2, 2, 2, 2]
    assert (classes.lower, classes.upper) == ([0, 2, 4, 6, 8], [1, 3, 5, 7, 9])


def test_equal_values_are_in_one_class():
    values = np.array([0, 0, 0, 0, 0, 0, 0, 1, 2, 2])
    classes = classify_quantiles(values.astype(float))
    for value in np.unique(values):
        assert len(set(classes.members[values == value])) == 1
    assert classes.sizes[0] >= 7


def test_all_equal_values_make_one_class():
    classes = classify_quantiles(np.full(6, 3.5))
    assert list(classes.members) == [0] * 6
    assert (classes.lower, classes.upper, classes.sizes) == ([3.5], [3.5], [6])


def test_a_missing_value_is_in_no_class():
    classes = classify_quantiles(np.array([np.nan, 1, 2, np.nan, 3, 4, 5]))
    assert list(classes.members) == [-1, 0, 1, -1, 2, 3, 4]
    assert sum(classes.sizes) == 5


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_no_value_at_all_makes_no_class(values):
    classes = classify_quantiles(np.array(values, dtype=float))
    assert list(classes.members) == [-1] * len(values)
    assert classes.sizes == classes.lower == classes.upper == []


@given(st.lists(st.one_of(st.just(float("nan")), st.integers(-5, 5).map(float)), max_size=30))
def test_classes_are_ordered_apart_and_complete(written):
    values = np.array(written, dtype=float)
    classes = classify_quantiles(values)
    assert list(classes.members < 0) == list(np.isnan(values))
    assert sum(classes.sizes) == np.count_nonzero(~np.isnan(values))
    assert 0 not in classes.sizes
    assert len(classes.sizes) <= len(RATE_COLOURS)
    limits = [edge for pair in zip(classes.lower, classes.upper, strict=True) for edge in pair]
    assert limits == sorted(limits)
    assert all(upper < lower for upper, lower in zip(classes.upper, classes.lower[1:], strict=False))
    for member, value in zip(classes.members, values, strict=True):
        assert member < 0 or classes.lower[member] <= value <= classes.upper[member]


@pytest.mark.parametrize("number", range(len(RATE_COLOURS) + 1))
def test_classes_have_different_colours_and_the_worst_is_the_darkest(number):
    colours = class_colours(number)
    assert len(set(colours)) == len(colours) == number
    assert not colours or colours[-1] == RATE_COLOURS[-1]


# ---- no address outside


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.invalid/a.js"></script>',
        '<link rel="stylesheet" href="//cdn.invalid/a.css">',
        '<img src="tiles/1.png">',
        '<img srcset="http://cdn.invalid/a.png 2x">',
        '<object data="http://cdn.invalid/a"></object>',
        '<form action="http://cdn.invalid/"></form>',
        "<style>body { background: url(http://cdn.invalid/a.png) }</style>",
        "<style>body { background: url( 'a.png' ) }</style>",
        '<style>@import "http://cdn.invalid/a.css";</style>',
        '<style>@font-face { src: URL("http://cdn.invalid/a.woff") }</style>',
        '<p style="background:url(http://cdn.invalid/a.png)"></p>',
        '<a href="javascript:alert(1)">x</a>',
    ],
)
def test_a_page_that_would_load_from_outside_is_refused(page):
    with pytest.raises(OutsideAddressError):
        refuse_outside_addresses(f"<!DOCTYPE html><title>x</title>{page}")


@pytest.mark.parametrize(
    "page",
    [
        '<img src="data:image/png;base64,AAAA">',
        '<a href="#table">x</a>',
        "<style>body { background: url(data:image/png;base64,AAAA) }</style>",
        "<style>body { behavior: url(#default#VML) }</style>",
        '<p style="background:url(data:image/png;base64,AAAA)"></p>',
        '<script>const address = "https://example.invalid/";</script>',
        "<p>url(http://cdn.invalid/a.png) and @import in a sentence load nothing</p>",
    ],
)
def test_a_page_that_loads_nothing_from_outside_is_accepted(page):
    refuse_outside_addresses(f"<!DOCTYPE html><title>x</title>{page}")


@pytest.mark.parametrize("written", ["'data:image/png;base64,AAAA'", '"#mark"', " data:image/png,A "])
def test_an_embedded_address_may_stand_in_quotes_or_spaces(written):
    refuse_outside_addresses(f"<style>body {{ background: url({written}) }}</style>")


def test_an_address_without_an_installed_file_is_refused():
    with pytest.raises(OutsideAddressError):
        asset_text("https://cdn.invalid/leaflet.js")
