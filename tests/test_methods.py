"""The page of methods: both languages say the same, of everything that is in the code, and load nothing."""

import re
from importlib import import_module
from importlib.resources import files

import pytest

from api.methods import CLASSES, draw_methods, methods_pages
from maps.offline import refuse_outside_addresses

WRITTEN = {
    name: files("api").joinpath(f"methods.{name}.md").read_text("utf-8") for name in ("zh", "en")
}


def rows(language):
    return [line for line in WRITTEN[language].splitlines() if line.startswith("|")]


def test_both_languages_have_the_same_tables():
    assert [row.count("|") for row in rows("zh")] == [row.count("|") for row in rows("en")]
    named = {
        language: re.findall(r"`([a-z_.]+)`", "\n".join(rows(language))) for language in ("zh", "en")
    }
    assert named["zh"] == named["en"]
    headings = {language: WRITTEN[language].count("\n## ") for language in ("zh", "en")}
    assert headings["zh"] == headings["en"] == 7


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_.A-Z]+)`", "\n".join(rows("en"))))))
def test_each_module_and_function_named_is_there(name):
    found = False
    module, _, attribute = f"geo_jindu.{name}".rpartition(".")
    try:
        import_module(f"geo_jindu.{name}")
        found = True
    except ModuleNotFoundError:
        found = hasattr(import_module(module), attribute)
    assert found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_has_tables_classes_and_the_note_and_loads_nothing(language):
    page = draw_methods(language, root="../")
    refuse_outside_addresses(page)
    assert page.count("<table") == 6 + len(CLASSES)
    assert "<h1>" in page
    for kind in CLASSES.values():
        assert len(kind) in {5, 17}
    assert ("连续热点" if language == "zh" else "consecutive hot spot") in page
    assert ("报案" if language == "zh" else "reporting") in page


def test_pages_by_path():
    pages = methods_pages("zh")
    assert set(pages) == {"/methods", "/methods/zh", "/methods/en"}
    assert '<html lang="zh-CN">' in pages["/methods"]
    assert '<html lang="en">' in pages["/methods/en"]
