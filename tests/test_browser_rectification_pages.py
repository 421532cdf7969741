"""A commander's morning without a mouse: the key areas, the overdue one first, its page, its brief."""

import pytest
from browser import PHONE, overflow, start_server
from test_rectification_pages import DAY, DONE, LATE, record_history

from geo_jindu.cli.line import run_line

pytestmark = pytest.mark.browser


@pytest.fixture
def address(make_workspace):
    directory = make_workspace(language="zh")
    run_line(directory)
    record_history(directory)
    found, stop = start_server(directory)
    yield found
    stop()


def tab_to(page, part):
    """Press Tab until a link whose address holds a text has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if part in (page.evaluate("document.activeElement.getAttribute('href')") or ""):
            return
    pytest.fail(f"no link to {part} can be reached by keyboard")


def test_from_the_list_to_the_brief_by_keyboard(visit, address):
    seen = visit(f"{address}rectification?as_of={DAY}", offline=False)
    page = seen.page
    links = page.locator("tbody th a")
    assert [each.get_attribute("href").split("?")[0][-9:] for each in links.all()] == [LATE, DONE]
    tab_to(page, f"rectification/{LATE}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/rectification/{LATE}?as_of={DAY}")
    assert "逾期" in page.locator("main").inner_text()
    tab_to(page, f"{LATE}/brief.pdf")
    brief = page.evaluate("document.activeElement.href")
    answer = page.request.get(brief)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")
    assert seen.complaints == []
    assert all(each.startswith(address) for each in seen.requests)
    assert page.evaluate("window.ran") is None


def test_the_filter_is_a_form_without_script_and_fits_a_phone(visit, address):
    seen = visit(f"{address}rectification?as_of={DAY}", offline=False, size=PHONE)
    page = seen.page
    assert overflow(page) == 0
    page.get_by_role("combobox").first.select_option("990001")
    page.get_by_role("button").click()
    page.wait_for_url("**county=990001**")
    assert page.locator("tbody th a").count() == 1
    page.locator("tbody th a").click()
    page.wait_for_url(f"**/rectification/{DONE}**")
    assert overflow(page) == 0
    assert seen.complaints == []
