"""The demonstration in a real browser: never without its mark, and its figures add up on every page."""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pytest
from browser import (
    DESK,
    PHONE,
    THEMES,
    fills,
    legend_entries,
    overflow,
    shown_legends,
    start_server,
)

from boundaries.fictional_vintages import make_fictional_vintages
from geo_jindu.cli.line import run_line
from geo_jindu.demo import write_demo
from geo_jindu.outputs import MAP
from geo_jindu.texts import translate

pytestmark = pytest.mark.browser

SYNTHETIC = {"zh": "合成数据", "en": "SYNTHETIC"}
CHANGE_THEME = 2
TOTALS = {  # of the published case, or the rest of it: before, after, change in per cent
    "city": ("1,302", "466", "−64.2%"),
    "key_areas": ("349", "115", "−67.0%"),
    "elsewhere": ("953", "351", "−63.2%"),
}
PERCENT = r"[+−]\d+\.\d%"
BUTTONS = ".key-areas button"
POPUP = ".leaflet-popup-content"
POPUP_BOX = ".leaflet-popup-content-wrapper"
OUTLINES = "path[stroke='#7a0177']"
A4 = {"width": 718, "height": 1000}
"""What is left of 210 mm beside Chromium's margins of 1 cm."""

CROP, STEP = 260, 130
VISIBLE = 20
"""Levels of 256 by which a colour channel must change to be seen."""
HALF_A_MARK = 600
"""One mark changes about 1,300 pixels so much."""
LARGE = 30_000
"""Pixels in which there must be a mark wherever they are; fewer may lie between the marks."""
COMPARE = """async ([marked, clear, size, step, visible]) => {
    const read = async (png) => {
        const image = new Image();
        image.src = "data:image/png;base64," + png;
        await image.decode();
        const { width, height } = image;
        const canvas = new OffscreenCanvas(width, height).getContext("2d");
        canvas.drawImage(image, 0, 0);
        return { width, height, data: canvas.getImageData(0, 0, width, height).data };
    };
    const [{ width, height, data: one }, { data: other }] = [await read(marked), await read(clear)];
    const mask = new Uint8Array(width * height);
    const colours = new Map();
    for (let at = 0; at < mask.length; at++) {
        const change = (part) => Math.abs(one[4 * at + part] - other[4 * at + part]);
        mask[at] = Math.max(change(0), change(1), change(2)) >= visible;
        const colour = (other[4 * at] << 16) | (other[4 * at + 1] << 8) | other[4 * at + 2];
        const seen = colours.get(colour) ?? colours.set(colour, [0, 0]).get(colour);
        seen[0] += mask[at];
        seen[1] += 1;
    }
    const starts = (length) => {
        const last = Math.max(0, length - size);
        return [...Array(Math.ceil(last / step)).keys()].map((n) => n * step).concat(last);
    };
    const count = (x, y) => {
        let found = 0;
        for (let row = y; row < Math.min(y + size, height); row++)
            for (let column = x; column < Math.min(x + size, width); column++)
                found += mask[row * width + column];
        return found;
    };
    return {
        crops: starts(height).flatMap((y) => starts(width).map((x) => count(x, y))),
        colours: [...colours].filter(([, [, pixels]]) => pixels >= 1000),
    };
}"""


@dataclass(frozen=True)
class Demo:
    """The demonstration in one language: its map file and the service."""

    language: str
    map: str
    site: str

    def say(self, key: str, **values: object) -> str:
        return translate(key, self.language, **values)


@pytest.fixture(scope="module", params=["zh", "en"])
def demo(request, tmp_path_factory) -> Iterator[Demo]:
    """Write the demonstration, run it and serve it."""
    directory = tmp_path_factory.mktemp("demo") / request.param
    write_demo(directory, *make_fictional_vintages())
    file = directory / "geo_jindu.toml"
    text = file.read_text("utf-8")
    assert 'language = "zh"' in text
    file.write_text(text.replace('language = "zh"', f'language = "{request.param}"'), "utf-8")
    _, folder = run_line(directory)
    site, stop = start_server(directory)
    yield Demo(request.param, (folder / MAP).as_uri(), site)
    stop()


# ---- the mark that says synthetic


def shoot(page, area: str) -> str:
    """Return a screenshot of an element as base64."""
    return base64.b64encode(page.locator(area).screenshot()).decode()


def see_mark(page, area: str = ".map-area") -> dict[str, list]:
    """Compare an element with and without the mark.

    Returns
    -------
    dict
        ``crops``: pixels that differ in each crop of a grid that covers the element; ``colours``:
        for each common colour without the mark, pixels that differ and pixels.
    """
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    marked = shoot(page, area)
    hidden = page.add_style_tag(content=".watermark { visibility: hidden }")
    clear = shoot(page, area)
    hidden.evaluate("style => style.remove()")
    return page.evaluate(COMPARE, [marked, clear, CROP, STEP, VISIBLE])


def zoom_in(page) -> None:
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(400)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_crop_of_the_map_loses_the_mark(visit, demo, size):
    page = visit(demo.map, size=size).page
    for _ in range(3):
        crops = see_mark(page)["crops"]
        assert len(crops) >= 6
        assert min(crops) >= HALF_A_MARK
        zoom_in(page)


def test_the_mark_is_seen_on_every_colour(visit, demo):
    page = visit(demo.map).page
    zoom_in(page)
    legend, found, pixels = set(), Counter(), Counter()
    for theme in page.locator(THEMES).all():
        theme.click()
        legend |= {colour for colour, _ in legend_entries(page)}
        for colour, (marked, number) in see_mark(page)["colours"]:
            found[colour] += marked
            pixels[colour] += number
    common = [colour for colour, number in pixels.items() if number >= LARGE]
    assert len(common) >= 8
    assert min(found[colour] / pixels[colour] for colour in common) >= 0.015
    darkest = over_background(min(legend, key=lambda colour: sum(bytes.fromhex(colour[1:]))))
    assert any(tuple(colour.to_bytes(3)) == darkest for colour in common)


def over_background(colour: str) -> object:
    """Return a township's colour as it is seen: 85 per cent of it over the ground of the map."""
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex("e6edf3"), strict=True)
    return pytest.approx([0.85 * above + 0.15 * below for above, below in pairs], abs=1.5)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_crop_of_a_popup_loses_the_mark(visit, demo, size):
    page = visit(demo.map, size=size).page
    page.locator(BUTTONS).first.click()
    assert min(see_mark(page, POPUP_BOX)["crops"]) >= HALF_A_MARK


@pytest.mark.parametrize(
    "style",
    [
        ".watermark { visibility: hidden !important }",
        ".watermark text { fill-opacity: .02 !important; stroke-opacity: .02 !important }",
        ".watermark { clip-path: inset(0 50% 0 0) }",
        ".watermark { z-index: 0 !important }",
    ],
    ids=["hidden", "faint", "half", "beneath"],
)
def test_a_lost_mark_would_be_noticed(visit, demo, style):
    """The tests above can fail: without a mark, or with a worse one, some crop is below the limit."""
    page = visit(demo.map).page
    for _ in range(2):
        zoom_in(page)
    page.add_style_tag(content=style)
    crops = see_mark(page)["crops"]
    assert min(crops) < HALF_A_MARK
    page.locator(BUTTONS).first.click()
    assert min(see_mark(page, POPUP_BOX)["crops"]) < HALF_A_MARK
    if "hidden" in style:
        assert max(crops) == 0


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_title_and_heading_say_synthetic(visit, demo, size):
    for address in (demo.map, demo.site):
        page = visit(address, offline=address == demo.map, size=size).page
        assert SYNTHETIC[demo.language] in page.title()
        assert SYNTHETIC[demo.language] in page.locator("h1").inner_text()
    assert page.locator("p.synthetic").is_visible()
    assert page.frames[1].locator("h1 .provenance").is_visible()


# ---- the map file


def open_popup(page) -> dict[str, str]:
    """Return what the popup that is open says, by the label of each line."""
    page.wait_for_timeout(250)
    rows = page.locator(f"{POPUP} tr")
    return dict(rows.evaluate_all("all => all.map(row => [...row.cells].map(cell => cell.innerText))"))


def numbers(text: str) -> list[float]:
    return [
        float(each.replace("−", "-").replace(",", "")) for each in re.findall(r"[+−]?[\d,.]*\d", text)
    ]


def test_the_panel_lists_every_key_area_and_the_totals(visit, demo):
    seen = visit(demo.map)
    page = seen.page
    assert len(fills(page)) == 184
    heading = page.locator(".key-areas h2").inner_text()
    assert re.findall(r"[\d-]+", heading) == ["16", "10", "2019-06-26"]
    assert page.locator(BUTTONS).count() == 16
    lines = page.locator(f"{BUTTONS} i").evaluate_all("all => all.map(each => each.classList[2])")
    assert lines == ["solid"] * 10 + ["dashed"] * 6
    table = page.locator(".totals table")
    assert table.locator("thead th").all_inner_texts() == [
        demo.say("map.change_label"),
        demo.say("map.expected_short"),
    ]
    rows = table.locator("tbody tr")
    assert rows.count() == 3
    for row, (name, (before, after, change)) in zip(rows.all(), TOTALS.items(), strict=True):
        place, said, expected = row.locator("th, td").all_inner_texts()
        assert place == demo.say(f"totals.{name}")
        assert re.fullmatch(rf"{before} → {after} ?[（(]{change}[)）]", said)
        assert re.fullmatch(PERCENT, expected)
    assert seen.complaints == []
    assert seen.requests == [demo.map]


def test_key_areas_can_be_taken_off_the_map(visit, demo):
    page = visit(demo.map).page
    box = page.locator(".leaflet-control-layers-overlays label").filter(
        has_text=re.compile(rf"^\s*{re.escape(demo.say('map.key_area_layer'))}\s*$")
    )
    assert box.count() == 1
    assert page.locator(OUTLINES).count() == 16
    assert page.locator(f"{OUTLINES}[stroke-dasharray]").count() == 6
    box.click()
    assert page.locator(OUTLINES).count() == 0
    box.click()
    assert page.locator(OUTLINES).count() == 16


def test_each_key_area_opens_a_popup_with_its_state_and_change(visit, demo):
    seen = visit(demo.map)
    page = seen.page
    before, after, falls = 0, 0, 0.0
    for button in page.locator(BUTTONS).all():
        name = button.locator("b").inner_text()
        state = button.locator("small").inner_text().split(" · ")[1]
        brief = numbers(button.inner_text().splitlines()[-1])
        button.click()
        said = open_popup(page)
        assert page.locator(POPUP).count() == 1
        assert said[demo.say("columns.name")] == name
        assert said[demo.say("columns.key_area")].startswith(state)
        assert said[demo.say("map.city")] == TOTALS["city"][2]
        change = next(text for label, text in said.items() if label.startswith("外流贩毒 2018"))
        assert re.search(rf"{PERCENT}.*95 ?% .*{PERCENT}.*{PERCENT}", change)
        first, second, percent, _, low, high = numbers(change)
        assert [first, second, percent] == brief
        assert percent == pytest.approx(100 * (second / first - 1), abs=0.05)
        assert low < percent < high
        assert re.fullmatch(PERCENT, said[demo.say("map.expected")])
        before, after = before + first, after + second
        falls += first * numbers(said[demo.say("map.expected")])[0]
    totals = page.locator(".totals tbody tr").nth(1)
    assert (before, after) == (349, 115)
    assert falls / before == pytest.approx(numbers(totals.locator("td").last.inner_text())[0], abs=0.1)
    assert seen.complaints == []
    assert seen.requests == [demo.map]


def test_the_key_areas_work_by_keyboard(visit, demo):
    page = visit(demo.map).page
    buttons = page.locator(BUTTONS)
    buttons.first.focus()
    for position, key in enumerate(["Enter", "Space", "Enter"]):
        page.keyboard.press(key)
        name = open_popup(page)[demo.say("columns.name")]
        assert name == buttons.nth(position).locator("b").inner_text()
        page.keyboard.press("Tab")


def test_the_end_of_a_popup_can_be_scrolled_to(visit, demo):
    page = visit(demo.map, size=PHONE).page
    page.locator(BUTTONS).first.click()
    page.wait_for_timeout(400)
    last = page.locator(f"{POPUP} tr").last
    page.locator(POPUP).hover()
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(300)
    box, popup = last.bounding_box(), page.locator(POPUP_BOX).bounding_box()
    assert SYNTHETIC[demo.language] in last.inner_text()
    assert popup["y"] <= box["y"]
    assert box["y"] + box["height"] <= popup["y"] + popup["height"]


def hover_on_the_middle(page) -> list[str]:
    """Return the labels of the tooltip in the middle of the map."""
    page.mouse.move(0, 0)
    page.locator(".map-area").hover()
    page.wait_for_timeout(300)
    return page.locator(".leaflet-tooltip th").all_inner_texts()


def test_the_change_theme_recolours_and_adds_up(visit, demo):
    page = visit(demo.map).page
    rates, legend, labels = fills(page), shown_legends(page), hover_on_the_middle(page)
    assert any(label.startswith("外流贩毒 · ") for label in labels)
    assert any(label.startswith("外流贩毒 2018") for label in labels)
    assert demo.say("map.expected") in labels
    assert not any("涉毒案件" in label for label in labels)
    themes = page.locator(THEMES)
    themes.nth(CHANGE_THEME).click()
    changes = fills(page)
    assert changes != rates
    assert shown_legends(page) == [themes.nth(CHANGE_THEME).inner_text().strip()]
    entries = legend_entries(page)
    assert sum(number for _, number in entries) == len(changes) == 184
    assert {colour: changes.count(colour) for colour, _ in entries} == dict(entries)
    assert hover_on_the_middle(page) == labels
    assert page.locator(".top-list:not([hidden]) h2").count() == 1
    themes.nth(0).click()
    assert (fills(page), shown_legends(page)) == (rates, legend)
    assert hover_on_the_middle(page) == labels


def test_every_theme_has_its_own_legend_that_adds_up(visit, demo):
    page = visit(demo.map).page
    assert page.locator(THEMES).count() == 11  # twice rate, G*, Moran, time; a change; two scores
    for theme in page.locator(THEMES).all():
        theme.click()
        found = fills(page)
        entries = legend_entries(page)
        assert {colour: found.count(colour) for colour, _ in entries} == dict(entries)
        assert sum(number for _, number in entries) == 184
        assert shown_legends(page) == [theme.inner_text().strip()]


def test_scan_clusters_are_outlined_and_say_what_was_counted(visit, demo):
    seen = visit(demo.map)
    page = seen.page
    before = page.locator("path.leaflet-interactive").count()
    page.locator(
        ".leaflet-control-layers-overlays label", has_text="扫描" if demo.language == "zh" else "scan"
    ).last.click()
    outlines = page.locator("path[stroke='#00441b']")
    assert outlines.count() == page.locator("path.leaflet-interactive").count() - before > 2
    assert {outlines.nth(at).get_attribute("fill") for at in range(outlines.count())} == {"none"}
    outlines.first.dispatch_event("click")
    popup = page.locator(".leaflet-popup-content").inner_text()
    assert ("实际 / 期望" if demo.language == "zh" else "observed / expected") in popup
    assert seen.complaints == []


def test_a_legend_says_what_each_class_means(visit, demo):
    page = visit(demo.map).page
    page.locator(THEMES).nth(8).click()
    legend = page.locator("section.legend:not([hidden])").inner_text()
    assert ("九成以上" if demo.language == "zh" else "90 % of the steps") in legend


def test_each_cell_of_the_planners_table_stands_under_its_heading(visit, demo):
    """Groups of columns stand in the order of the cells, the scores and the support of the list too."""
    page = visit(demo.site, offline=False).page
    names = page.eval_on_selector_all(
        "#townships thead tr:first-child th",
        "heads => heads.flatMap(head => Array(head.colSpan).fill(head.innerText.trim()))",
    )
    cells = page.locator("#townships tbody tr").first.locator("th, td")
    assert cells.count() == len(names)
    score = "综合严重程度" if demo.language == "zh" else "Composite severity"
    assert names.count(score) == 5  # score, both ends of its rank, P(top), support
    first = cells.nth(names.index(score)).inner_text()
    assert 0 <= float(first) <= 100
    support = cells.nth(names.index(score) + 4).inner_text()
    assert support in {
        "—",
        *(demo.say(f"supports.{key}") for key in ("supported", "undecided", "not_supported")),
    }


# ---- phone


@pytest.mark.parametrize(
    "path", ["", "maps/hotspot", "published/zh", "published/en", "methods/zh", "methods/en"]
)
def test_the_pages_fit_a_phone(visit, demo, path):
    seen = visit(demo.site + path, offline=False, size=PHONE)
    assert [overflow(frame) for frame in seen.page.frames] == [0] * len(seen.page.frames)
    assert seen.complaints == []


def test_the_key_areas_stand_below_the_map_of_a_phone(visit, demo):
    page = visit(demo.map, size=PHONE, has_touch=True, is_mobile=True).page
    assert overflow(page) == 0
    area = page.locator(".map-area").bounding_box()
    assert page.locator("aside").bounding_box()["y"] < PHONE["height"] - 40  # there is something below
    last = page.locator(BUTTONS).last
    assert last.bounding_box()["y"] > area["y"] + area["height"]
    last.scroll_into_view_if_needed()
    assert 0 <= last.bounding_box()["y"] <= PHONE["height"] - last.bounding_box()["height"]
    last.tap()
    assert open_popup(page)[demo.say("columns.name")] == last.locator("b").inner_text()
    popup = page.locator(POPUP_BOX).bounding_box()
    assert 0 <= popup["x"] <= popup["x"] + popup["width"] <= PHONE["width"]
    assert 0 <= popup["y"] <= popup["y"] + popup["height"] <= PHONE["height"]


# ---- the service


def test_the_front_page_shows_the_totals(visit, demo):
    seen = visit(demo.site, offline=False)
    rows = seen.page.locator("table.totals tbody tr")
    numbers_of_townships = ["184", "16", "168"]
    said = [row.locator("th, td").all_inner_texts() for row in rows.all()]
    assert [row[0] for row in said] == [demo.say(f"totals.{name}") for name in TOTALS]
    assert [row[1] for row in said] == numbers_of_townships
    assert [tuple(row[2:5]) for row in said] == list(TOTALS.values())
    frame = seen.page.frames[1].locator(".totals tbody td:last-child")
    assert [row[5] for row in said] == frame.all_inner_texts()
    assert all(request.startswith(demo.site) for request in seen.requests)
    assert seen.complaints == []


def test_the_table_gives_the_state_of_each_key_area(visit, demo):
    page = visit(demo.site, offline=False).page
    assert page.locator("#townships tbody tr").count() == 184
    assert "2019-06-26" in page.locator("#townships thead").inner_text()
    heads = page.locator("#townships th[rowspan], #townships tr:nth-child(2) > th[scope=col]")
    column = heads.all_inner_texts().index(demo.say("columns.key_area_state"))
    rows = page.locator("#townships tbody tr").evaluate_all(
        "all => all.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    states = {row[0]: row[column] for row in rows if row[column] != "—"}
    buttons = page.frames[1].locator(BUTTONS).all()
    assert states == {
        button.locator("b").inner_text(): button.locator("small").inner_text().split(" · ")[1]
        for button in buttons
    }
    assert list(states.values()).count(demo.say("states.delisted_consolidation")) == 6


def test_the_published_page_is_a_link_away_and_leads_back(visit, demo):
    seen = visit(demo.site, offline=False)
    page = seen.page
    page.locator(".links a[href=published]").click()
    assert page.url == f"{demo.site}published"
    page.locator("header .links a").first.click()
    assert page.url == demo.site
    page.goto(f"{demo.site}published")
    page.locator(f"tbody a:text-is('{demo.say('published.map')}')").first.click()
    assert page.url == demo.site
    assert seen.complaints == []


def test_the_published_page_switches_to_the_other_language_and_back(visit, demo):
    page = visit(f"{demo.site}published", offline=False).page
    other = {"zh": "en", "en": "zh"}
    language, titles = demo.language, set()
    for _ in range(3):
        assert page.locator("html").get_attribute("lang").startswith(language)
        titles.add(page.title())
        language = other[language]
        page.locator("header .links a[hreflang]").click()
        assert page.url == f"{demo.site}published/{language}"
    assert len(titles) == 2


@pytest.mark.parametrize("path", ["published", "published/zh", "published/en"])
def test_the_published_pages_need_neither_script_nor_anybody(visit, demo, path):
    seen = visit(demo.site + path, offline=False)
    page = seen.page
    assert seen.requests == [demo.site + path]
    assert page.locator("script, iframe, object, embed, form").count() == 0
    assert page.locator("[onclick], [onload], [href^='javascript:']").count() == 0
    assert page.locator(".warning").is_visible()
    assert page.locator("article").count() > 20
    assert seen.complaints == []


def test_every_anchor_of_the_published_page_leads_into_view(visit, demo):
    page = visit(f"{demo.site}published/{demo.language}", offline=False, size=PHONE).page
    groups = ("nav a[href^='#']", "dd a[href^='#margin-']", "h3 a[href^='#']")
    links = [page.locator(group) for group in groups]
    assert all(group.count() >= 8 for group in links)
    clicked = set()
    for link in chain.from_iterable(group.all() for group in links):
        target = link.get_attribute("href")
        if target in clicked:
            continue
        clicked.add(target)
        link.click()
        assert page.url.endswith(target)
        top = page.locator(target).bounding_box()["y"]
        assert -1 <= top <= PHONE["height"] - 20, target


@pytest.mark.parametrize("path", ["published/zh", "published/en"])
def test_the_published_pages_fit_a_sheet_of_paper(visit, demo, path):
    page = visit(demo.site + path, offline=False, size=A4).page
    page.emulate_media(media="print")
    assert overflow(page) == 0
    assert page.locator(".scroll").evaluate("each => each.scrollWidth - each.clientWidth") == 0
    assert page.locator(".warning").is_visible()
    assert page.locator("p.synthetic").is_visible()
