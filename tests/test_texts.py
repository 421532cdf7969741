"""Every sentence exists in both languages and asks for the same values."""

import re
import string
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import geo_jindu
from geo_jindu.texts import translate

SECTIONS = tomllib.loads(files("geo_jindu").joinpath("texts.toml").read_text("utf-8"))
KEYS = {f"{section}.{key}" for section, texts in SECTIONS.items() for key in texts}
PACKAGES = [
    Path(geo_jindu.__file__).parents[1] / name for name in ("geo_jindu", "boundaries", "maps", "api")
]
CODE = "\n".join(
    path.read_text("utf-8")
    for package in PACKAGES
    for pattern in ("*.py", "*.j2")
    for path in package.rglob(pattern)
)


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_text_has_both_languages_with_the_same_values(key):
    section, _, name = key.partition(".")
    texts = SECTIONS[section][name]
    assert set(texts) == {"zh", "en"}
    named = {language: placeholders(texts[language]) - {language} for language in ("zh", "en")}
    assert named["zh"] == named["en"]  # {zh} and {en} quote what has a name in each


def test_chinese_texts_are_chinese():
    symbols = {"map.count", "map.count_only", "map.interval", "map.rank", "problem_place.field"}
    symbols |= {"problem_place.separator", "problem_place.colon", "map.of_kind", "map.licensed"}
    symbols |= {"map.and_source", "map.full_stop", "units.percent", "outputs.title_with_provenance"}
    symbols |= {"map.change_counts", "map.brief_change", "map.city_change"}
    symbols |= {"rule_results.member", "rule_results.list_separator", "digest.event"}
    symbols |= {"rectification.decision", "analysis.separator", "analysis.weight"}
    for key in KEYS - symbols:
        section, _, name = key.partition(".")
        assert re.search(r"[\u4e00-\u9fff]", SECTIONS[section][name]["zh"]), key


@pytest.mark.parametrize(
    ("pattern", "section"),
    [
        (r'(?:Problem|OutputError|problems_in_rows|at_rows)\(\s*"([a-z0-9_]+)"', "problems"),
        (r'translate\(\s*"([a-z_]+\.[a-z0-9_]+)"', ""),
        (r'\bsay\(\s*"((?:map|page|columns)\.[a-z_]+)"', ""),
        (r'_help\("([a-z_]+)"\)', "cli_help"),
        (r'_step\("([a-z_]+)"', "cli"),
    ],
)
def test_each_key_used_in_code_is_in_the_catalogue(pattern, section):
    used = set(re.findall(pattern, CODE))
    assert used, "the pattern finds nothing, so this test could not fail"
    missing = {f"{section}.{key}" if section else key for key in used} - KEYS
    assert not missing


def test_each_problem_text_is_used():
    named = {key.removeprefix("problems.") for key in KEYS if key.startswith("problems.")}
    unused = {key for key in named if f'"{key}"' not in CODE}
    assert not unused


def test_unknown_key_is_a_fault():
    with pytest.raises(KeyError):
        translate("problems.no_such_sentence", "en")
