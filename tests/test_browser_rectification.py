"""The rectification map in a real browser: slider, keyboard, patterns, with the network off."""

import pytest
from browser import PHONE, overflow
from test_rectification_map import draw

pytestmark = pytest.mark.browser

FIRST = "path.leaflet-interactive[fill]:not([fill=none])"


@pytest.fixture
def page(tmp_path, visit):
    file = tmp_path / "map.html"
    file.write_text(draw(), "utf-8")
    shown = visit(file.as_uri())
    yield shown.page
    assert shown.complaints == []
    assert shown.dialogs == []
    assert shown.requests == [file.as_uri()]


def fill(page):
    return page.locator(FIRST).first.get_attribute("fill")


def test_the_slider_recolours_and_the_heading_follows(page):
    assert fill(page) == "url(#rectifying)"
    assert page.locator("pattern#rectifying path").count() == 1
    assert page.locator("#day").text_content() == "2018-12-31：挂牌中 1 个"
    assert page.locator(".leaflet-marker-icon.badge").count() == 1
    page.locator("#slider").focus()
    page.keyboard.press("Home")
    assert fill(page) == "url(#proposed)"
    assert page.locator("#day").text_content() == "2018-01-01：挂牌中 0 个"
    assert page.locator(".leaflet-marker-icon.badge").count() == 0
    assert page.locator("#no-areas").is_visible()
    page.keyboard.press("ArrowRight")
    assert fill(page) == "url(#listed)"
    page.locator("#play").press("Enter")
    page.wait_for_function("document.getElementById('slider').value === '7'", timeout=8000)
    assert fill(page) == "url(#rectifying)"


def test_badge_list_filter_and_corridors_work_without_a_mouse(page):
    badge = page.locator(".leaflet-marker-icon.badge")
    assert badge.get_attribute("role") == "button"
    assert "甲镇 逾期" in badge.get_attribute("aria-label")
    badge.press("Enter")
    assert "整治中" in page.locator(".leaflet-popup-content").last.text_content()
    page.keyboard.press("Escape")
    page.locator(".key-areas li:not([hidden]) button").press("Enter")
    assert "甲镇" in page.locator(".leaflet-popup-content").last.text_content()
    page.locator("#only-overdue").press("Space")
    faded = page.eval_on_selector_all(
        FIRST, "all => all.map(each => Number(each.getAttribute('fill-opacity')))"
    )
    assert faded == [0.9] + [0.12] * 5
    page.locator("#origin").select_option("0")
    page.wait_for_timeout(100)
    assert page.locator(".destination").all_inner_texts()[1].split() == ["天省", "43", "协"]
    page.locator("#slider").focus()
    page.keyboard.press("Home")
    assert page.locator("#flow-year").text_content().startswith("2017")
    assert page.locator(".destination i").count() == 0


def test_it_fits_a_phone(tmp_path, visit):
    file = tmp_path / "map.html"
    file.write_text(draw(), "utf-8")
    assert overflow(visit(file.as_uri(), size=PHONE).page) == 0
