"""Map and pages in a real browser: nothing is fetched from outside and nothing hostile runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser import (
    PHONE,
    THEMES,
    TOWNSHIPS,
    Visit,
    draw,
    fills,
    fire_on_townships,
    legend_entries,
    overflow,
    shown_legends,
    start_server,
)
from conftest import CONFIGURATION, GRID, population_rows
from test_map_safety import PAYLOADS, make_hostile

from geo_jindu.cli.line import run_line

pytestmark = pytest.mark.browser


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a workspace on a free port and returns the address."""
    stops = []

    def start(directory: Path) -> str:
        run_line(directory)
        address, stop = start_server(directory)
        stops.append(stop)
        return address

    yield start
    for stop in stops:
        stop()


@contextmanager
def nothing_runs(visit: Visit) -> Iterator[None]:
    """Check that a hostile page did none of what its texts ask for."""
    title = visit.page.title()
    yield
    visit.page.wait_for_timeout(200)
    assert visit.page.evaluate("window.ran") is None
    assert visit.page.title() == title != "x"
    assert visit.dialogs == []
    assert visit.complaints == []


# ---- the map file, opened from disk with the network off


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_map_file_asks_nobody_for_anything(visit, make_workspace, language):
    address = draw(make_workspace(language=language))
    seen = visit(address)
    assert seen.requests == [address]
    assert seen.complaints == []
    assert len(fills(seen.page)) == len(GRID)
    assert "格子市" in seen.page.title()


def test_the_map_of_west_yorkshire_opens_offline(visit, west_yorkshire):
    address = draw(west_yorkshire)
    seen = visit(address)
    assert seen.requests == [address]
    assert seen.complaints == []
    assert len(fills(seen.page)) == 299
    assert not seen.page.query_selector(".watermark")


def test_what_would_be_a_complaint_is_seen(visit, tmp_path):
    """The other tests can fail: a request and an error are written down."""
    page = tmp_path / "page.html"
    page.write_text("<img src='http://cdn.invalid/x.png'><script>alert(1); nowhere()</script>")
    seen = visit(page.as_uri())
    assert "http://cdn.invalid/x.png" in seen.requests
    assert any("nowhere" in complaint for complaint in seen.complaints)
    assert seen.dialogs == ["1"]


def test_choosing_hotspots_changes_colours_and_legend(visit, make_workspace):
    page = visit(draw(make_workspace())).page
    rates, legend = fills(page), shown_legends(page)
    page.locator(THEMES).nth(1).click()
    hotspots = fills(page)
    assert hotspots != rates
    assert len(shown_legends(page)) == len(legend) == 1
    assert "hotspots" in shown_legends(page)[0]
    assert "smoothed rate" in legend[0]
    page.locator(THEMES).nth(0).click()
    assert (fills(page), shown_legends(page)) == (rates, legend)


def test_the_legend_says_how_many_townships_have_each_colour(visit, make_workspace):
    page = visit(draw(make_workspace())).page
    for theme in range(2):
        page.locator(THEMES).nth(theme).click()
        entries = legend_entries(page)
        found = fills(page)
        for colour, number in entries:
            assert found.count(colour) == number
        assert sum(number for _, number in entries) == len(GRID)


def test_hovering_shows_the_rate_with_its_interval(visit, make_workspace):
    page = visit(draw(make_workspace())).page
    page.mouse.move(5, 5)
    assert page.locator(".leaflet-tooltip").count() == 0
    page.locator(TOWNSHIPS).first.hover(force=True, position={"x": 40, "y": 40})
    tooltip = page.locator(".leaflet-tooltip").inner_text()
    assert "甲镇" in tooltip
    assert "50.0 (" in tooltip
    assert "16.2 – 116.7" in tooltip


def test_clicking_a_township_opens_all_that_is_known(visit, make_workspace):
    page = visit(draw(make_workspace())).page
    page.locator(TOWNSHIPS).nth(3).click(position={"x": 40, "y": 40})
    popup = page.locator(".leaflet-popup-content").inner_text()
    assert "丁乡" in popup
    assert "990000201" in popup


def test_a_top_list_button_opens_the_popup_of_its_township(visit, make_workspace):
    page = visit(draw(make_workspace())).page
    buttons = page.locator(".top-list:not([hidden]) button")
    assert buttons.count() == 2
    for position, name in enumerate(["甲镇", "戊镇"]):
        buttons.nth(position).click()
        page.wait_for_timeout(400)
        assert name in page.locator(".leaflet-popup-content").last.inner_text()


def test_a_top_list_button_works_by_keyboard(visit, make_workspace):
    page = visit(draw(make_workspace())).page
    page.locator(".top-list button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    assert "甲镇" in page.locator(".leaflet-popup-content").inner_text()


def test_synthetic_figures_are_marked_on_the_map(visit, make_workspace):
    page = visit(draw(make_workspace())).page
    assert page.locator(".watermark text").count() == 1
    assert page.locator(".provenance.synthetic").is_visible()


def test_two_indicators_have_two_themes_and_a_list_each(visit, make_workspace):
    head, indicator, tail = _cut(CONFIGURATION, "[[indicators]]", "[ranking]")
    second = indicator.replace('id = "incident"', 'id = "again"').replace("涉毒案件", "再算一次")
    seen = visit(draw(make_workspace(configuration=head + indicator + second + tail)))
    assert seen.complaints == []
    assert seen.page.locator(THEMES).count() == 9  # four of each, and the composite severity
    seen.page.locator(THEMES).nth(5).click()
    assert "再算一次" in shown_legends(seen.page)[0]
    lists = seen.page.locator(".top-list:not([hidden]) h2")
    assert lists.count() == 1
    assert "再算一次" in lists.inner_text()
    boxes = seen.page.locator(".leaflet-control-layers-overlays input")
    checked = [box.is_checked() for box in boxes.all()]  # counties, top lists, then scan clusters
    assert checked[:4] == [True, False, True, False]
    assert not any(checked[4:])
    seen.page.locator(TOWNSHIPS).first.hover()
    tooltip = seen.page.locator(".leaflet-tooltip").inner_text()
    assert "再算一次" in tooltip
    assert "涉毒案件" not in tooltip


def _cut(text: str, first: str, second: str) -> tuple[str, str, str]:
    head, _, rest = text.partition(first)
    middle, _, tail = rest.partition(second)
    return head, first + middle, second + tail


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_map_fits_a_phone(visit, make_workspace, language):
    page = visit(draw(make_workspace(language=language)), size=PHONE).page
    assert overflow(page) == 0
    page.locator(".top-list:not([hidden]) button").first.click()
    page.wait_for_timeout(600)
    popup = page.locator(".leaflet-popup-content").bounding_box()
    assert popup["x"] >= 0
    assert popup["x"] + popup["width"] <= PHONE["width"]
    assert 0 <= popup["y"] <= PHONE["height"]


@pytest.mark.parametrize("text", ["very long name " * 20, "很长的名称" * 40])
def test_long_texts_fit_a_phone(visit, serve, make_workspace, text):
    configuration = CONFIGURATION.replace("格子市", text).replace("涉毒案件", text)
    directory = make_workspace(configuration=configuration)
    assert overflow(visit(draw(directory), size=PHONE).page) == 0
    assert overflow(visit(serve(directory), offline=False, size=PHONE).page) == 0


# ---- hostile texts


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_hostile_map_runs_nothing(visit, make_workspace, payload):
    address = draw(make_hostile(make_workspace, payload, payload))
    seen = visit(address)
    with nothing_runs(seen):
        page = seen.page
        assert len(fills(page)) == len(GRID)
        for event in ("mouseover", "mousemove", "click"):
            fire_on_townships(page, event)
        page.locator(TOWNSHIPS).first.hover(force=True, position={"x": 40, "y": 40})
        assert payload in page.locator(".leaflet-tooltip").last.inner_text()
        page.locator(TOWNSHIPS).first.click(force=True, position={"x": 40, "y": 40})
        assert payload in page.locator(".leaflet-popup-content").last.inner_text()
        for position in range(page.locator(THEMES).count()):
            page.locator(THEMES).nth(position).click()
        page.locator(".top-list:not([hidden]) button").first.click()
        assert payload in page.title()
    assert seen.requests == [address]


@pytest.mark.parametrize("name", ["template_literal", "backtick", "image", "script", "quote"])
def test_a_hostile_front_page_runs_nothing(visit, serve, make_workspace, name):
    payload = PAYLOADS[name]
    seen = visit(serve(make_hostile(make_workspace, payload, payload)), offline=False)
    with nothing_runs(seen):
        page = seen.page
        page.eval_on_selector_all("thead button", "all => all.forEach(each => each.click())")
        page.fill("#find", payload)
        assert page.locator("tbody tr:not([hidden])").count() == len(GRID)
        frame = page.frames[1]
        fire_on_townships(frame, "mouseover")
        fire_on_townships(frame, "click")
        assert frame.evaluate("window.ran") is None
        assert payload in frame.locator(".leaflet-popup-content").last.inner_text()


# ---- the served pages, under their policy


def rates(page) -> list[str]:
    """Return the column of rates as it stands."""
    heads = page.locator("thead button").all_inner_texts()
    column = heads.index(next(head for head in heads if head.strip(" ▲▼").endswith("per 10,000")))
    return [row.locator("th, td").nth(column).inner_text() for row in page.locator("tbody tr").all()]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_front_page_loads_only_from_its_server(visit, serve, make_workspace, language):
    address = serve(make_workspace(language=language))
    seen = visit(address, offline=False)
    assert seen.complaints == []
    assert f"{address}maps/hotspot" in seen.requests
    assert all(request.startswith(address) for request in seen.requests)
    assert len(fills(seen.page.frames[1])) == len(GRID)
    assert seen.page.locator("tbody tr").count() == len(GRID)


def test_clicking_a_heading_sorts_by_it(visit, serve, make_workspace):
    page = visit(serve(make_workspace()), offline=False).page
    header = page.locator("thead th", has_text="per 10,000").first
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert rates(page) == ["50.0", "30.0", "20.0", "10.0", "10.0", "0.0"]
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert rates(page) == ["0.0", "10.0", "10.0", "20.0", "30.0", "50.0"]
    other = page.locator("thead th").first
    other.locator("button").click()
    assert header.get_attribute("aria-sort") is None
    assert page.locator("[aria-sort]").count() == 1


def test_townships_without_a_rate_come_last_in_either_order(visit, serve, make_workspace):
    directory = make_workspace(population=population_rows({"990000201": ""}))
    page = visit(serve(directory), offline=False).page
    button = page.locator("thead th", has_text="per 10,000").first.locator("button")
    for _ in range(2):
        button.click()
        assert rates(page)[-1] == "—"


def test_finding_hides_the_other_rows(visit, serve, make_workspace):
    page = visit(serve(make_workspace()), offline=False).page
    page.fill("#find", "西县")
    assert page.locator("tbody tr:visible").count() == 3
    assert page.locator("#found").inner_text() == "3 found"
    page.fill("#find", "戊")
    assert page.locator("tbody tr:visible").count() == 1
    assert "戊镇" in page.locator("tbody tr:visible").inner_text()
    page.fill("#find", "nowhere")
    assert page.locator("tbody tr:visible").count() == 0
    page.fill("#find", "")
    assert page.locator("tbody tr:visible").count() == len(GRID)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_front_page_fits_a_phone(visit, serve, make_workspace, language):
    page = visit(serve(make_workspace(language=language)), offline=False, size=PHONE).page
    assert overflow(page) == 0
    assert overflow(page.frames[1]) == 0


def test_the_documentation_lists_every_operation(visit, serve, make_workspace):
    address = serve(make_workspace())
    seen = visit(f"{address}docs", offline=False)
    seen.page.wait_for_selector(".opblock")
    paths = seen.page.locator(".opblock-summary-path").all_inner_texts()
    assert {path.replace("\u200b", "") for path in paths} >= {
        "/",
        "/maps/hotspot",
        "/townships",
        "/townships/{code}",
        "/townships.geojson",
        "/townships.csv",
        "/townships.xlsx",
        "/townships.parquet",
        "/assignment.csv",
        "/sign-in",
        "/sign-out",
        "/townships/{code}/corrections",
        "/published",
        "/published/zh",
        "/published/en",
        "/assessment",
        "/health",
    }
    assert seen.complaints == []
    assert all(request.startswith((address, "data:")) for request in seen.requests)


def test_an_operation_can_be_tried_in_the_documentation(visit, serve, make_workspace):
    seen = visit(f"{serve(make_workspace())}docs", offline=False)
    page = seen.page
    page.locator(".opblock-summary-path", has_text="/health").click()
    page.locator("button.try-out__btn").click()
    page.locator("button.execute").click()
    page.wait_for_selector(".live-responses-table .response-col_status")
    assert "200" in page.locator(".live-responses-table .response-col_status").last.inner_text()
    assert seen.complaints == []
