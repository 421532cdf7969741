"""Map and pages in a real browser: nothing is fetched from outside and nothing hostile runs."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from conftest import CONFIGURATION, GRID, population_rows
from test_map_safety import PAYLOADS, make_hostile

from api import Settings, create_app
from geo_jindu.cli.line import run_line
from geo_jindu.outputs import MAP

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOWNSHIPS = "path.leaflet-interactive[fill]:not([fill=none])"
THEMES = ".leaflet-control-layers-base label"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@dataclass
class Visit:
    """A page, and everything that happened on it."""

    page: object
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Write down requests, errors and dialogs from now on."""
        page = self.page
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", lambda message: self._read(message.type, message.text))
        page.on("dialog", self._dismiss)

    def _read(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} or "Content Security Policy" in text:
            self.complaints.append(f"{kind}: {text}")

    def _dismiss(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Return a running Chromium; without it skip, but fail where CI is meant to have it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if sync_playwright is None or CHROMIUM is None:
        missing = "the Python package playwright" if sync_playwright is None else "chromium"
        reason = f"browser tests need {missing}, which is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens an address in a fresh profile, by default with the network off."""
    contexts = []

    def open_page(
        address: str, *, offline: bool = True, size: dict[str, int] = DESK, **options
    ) -> Visit:
        context = chromium.new_context(viewport=size, **options)
        contexts.append(context)
        context.set_offline(offline)
        visit = Visit(context.new_page())
        visit.watch()
        visit.page.goto(address, wait_until="load")
        visit.page.wait_for_timeout(300)
        return visit

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a workspace on a free port and returns the address."""
    stops = []

    def start(directory: Path) -> str:
        run_line(directory)
        address, stop = _start_server(create_app(Settings(workspace=directory)))
        stops.append(stop)
        return address

    yield start
    for stop in stops:
        stop()


def _start_server(app) -> tuple[str, Callable[[], None]]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    return f"http://127.0.0.1:{listener.getsockname()[1]}/", stop


def draw(directory: Path) -> str:
    """Run the line in a workspace and return the address of the map file."""
    _, folder = run_line(directory)
    return (folder / MAP).as_uri()


def fills(page) -> list[str]:
    """Return the colour of each township."""
    return page.eval_on_selector_all(TOWNSHIPS, "all => all.map(each => each.getAttribute('fill'))")


def shown_legends(page) -> list[str]:
    """Return the headings of the legends that are seen."""
    visible = "all => all.filter(e => e.offsetParent).map(e => e.querySelector('h2').textContent)"
    return page.eval_on_selector_all("section.legend", visible)


def overflow(page) -> int:
    """Return by how many pixels the document is wider than the window."""
    root = "document.documentElement"
    return page.evaluate(
        f"Math.max({root}.scrollWidth, document.body.scrollWidth) - {root}.clientWidth"
    )


def fire_on_townships(page, event: str) -> None:
    """Let each township feel the mouse where it is drawn, also if something lies above it."""
    page.eval_on_selector_all(
        TOWNSHIPS,
        """(all, type) => all.forEach(each => {
            const box = each.getBoundingClientRect();
            const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
            each.dispatchEvent(new MouseEvent(type, { ...at, bubbles: true, view: window }));
        })""",
        event,
    )


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
        entries = page.eval_on_selector_all(
            "section.legend:not([hidden]) li",
            """all => all.map(each => {
                const [red, green, blue] = each.querySelector("i").style.background.match(/\\d+/g);
                const hex = [red, green, blue].map(n => (+n).toString(16).padStart(2, "0")).join("");
                return ["#" + hex, +each.querySelector("small").textContent];
            })""",
        )
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
    buttons = page.locator(".top-list button")
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
    assert seen.page.locator(THEMES).count() == 4
    seen.page.locator(THEMES).nth(3).click()
    assert "再算一次" in shown_legends(seen.page)[0]
    lists = seen.page.locator(".top-list:not([hidden]) h2")
    assert lists.count() == 1
    assert "再算一次" in lists.inner_text()
    boxes = seen.page.locator(".leaflet-control-layers-overlays input")
    assert [box.is_checked() for box in boxes.all()] == [True, False, True]  # counties, first, second
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
    page.locator(".top-list button").first.click()
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
        page.locator(".top-list button").first.click()
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
    assert {path.replace("\u200b", "") for path in paths} == {
        "/",
        "/maps/hotspot",
        "/townships",
        "/townships/{code}",
        "/townships.geojson",
        "/townships.csv",
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
