"""The published figures: derived by exact arithmetic, complete in both languages, in our own words."""

import doctest
import json
import re
import tomllib
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import api.published
import geo_jindu.published.rounding
from api.published import draw_published
from geo_jindu.demo.margins import read_margins
from geo_jindu.indicators import Kind
from geo_jindu.published import Exactness, read_facts
from geo_jindu.published.derived import derive_figures, percentage
from geo_jindu.published.margin_table import list_margins
from geo_jindu.published.markdown import FILES, published_markdown, write_documents
from geo_jindu.published.rounding import (
    bases_of_change,
    rounding_range,
    rounds_to,
    values_after_change,
    wholes_short_by,
)
from geo_jindu.published.wording import describe_facts, write_number

LANGUAGES = ("zh", "en")
FACTS = {fact.id: fact for fact in read_facts().facts()}
LEFT_OUT = {"F01", "F07", "F10", "F26a", "F26b", "F30", "F35"}
RULES = (ROUND_HALF_UP, ROUND_HALF_EVEN)

# Value, change as printed, then the whole numbers it may have changed from: lowest, best, highest.
BASES = [
    (466, "-64.2", 1300, 1302, 1303),
    (280, "-64.2", 782, 782, 783),
    (2089, "19.7", 1745, 1745, 1745),
    (2884, "16.81", 2469, 2469, 2469),
    (2813, "8.6", 2590, 2590, 2591),
    (3130, "8.6", 2881, 2882, 2883),
    (2903, "17", 2471, 2481, 2491),
    (3292, "17", 2802, 2814, 2825),
]
WITH_BASE = ["F44", "F45", "F14", "F15", "F16a", "F16b", "F17a", "F17b"]


def printed(part: int, whole: int, like: str, rule: str) -> Decimal:
    """Return part of whole in per cent with the digits of ``like``."""
    return (Decimal(100 * part) / Decimal(whole)).quantize(Decimal(like), rule)


def runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of neighbours."""
    starts = [n for n in numbers if n - 1 not in set(numbers)]
    ends = [n for n in numbers if n + 1 not in set(numbers)]
    return list(zip(starts, ends, strict=True))


# ---- rounding


@pytest.mark.parametrize(("value", "change", "low", "best", "high"), BASES)
def test_bases_are_those_of_the_published_case(value, change, low, best, high):
    assert bases_of_change(value, Decimal(change)) == (low, best, high)
    assert abs(best - value / (1 + float(change) / 100)) <= 0.5


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("value", "change", "low", "best", "high"), BASES)
def test_no_other_base_fits_however_halves_are_rounded(value, change, low, best, high, rule):
    fitting = [
        base
        for base in range(1, 20_000)
        if printed(value - base, base, change, rule) == Decimal(change)
    ]
    assert fitting == list(range(low, high + 1))


@pytest.mark.parametrize("rule", RULES)
def test_what_99_63_per_cent_can_be_of(rule):
    share = Decimal("99.63")
    fitting = [
        whole
        for whole in range(1, 790)
        if any(printed(part, whole, "0.01", rule) == share for part in range(whole - 9, whole + 1))
    ]
    assert runs(fitting) == [(267, 273), (534, 547)]
    assert wholes_short_by(1, share) == (267, 270, 273)
    assert wholes_short_by(2, share) == (534, 541, 547)


def test_a_change_of_83_per_cent_from_300():
    assert values_after_change(300, Decimal(-83)) == (50, 51, 52)
    assert [n for n in range(301) if round(100 * n / 300 - 100) == -83] == [50, 51, 52]


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        ("-83", "-83.5", "-82.5"),
        ("-64.2", "-64.25", "-64.15"),
        ("99.63", "99.625", "99.635"),
        ("17", "16.5", "17.5"),
        ("17.0", "16.95", "17.05"),
        ("1.5E+8", "145000000", "155000000"),
    ],
)
def test_the_digits_printed_say_how_much_was_rounded(figure, low, high):
    assert rounding_range(Decimal(figure)) == (Fraction(low), Fraction(high))


def test_the_end_nearer_to_zero_belongs_to_the_range():
    for sign in (1, -1):
        one = Decimal(sign)
        assert rounds_to(sign * Fraction("0.5"), one)
        assert rounds_to(sign * Fraction("1.4999"), one)
        assert not rounds_to(sign * Fraction("1.5"), one)
        assert not rounds_to(-sign * Fraction("0.5"), one)
    assert rounds_to(Fraction("-0.4999"), Decimal(0))
    assert not rounds_to(Fraction("0.5"), Decimal(0))
    assert bases_of_change(201, Decimal(1)).high == 200  # exactly 0.5 %


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 2))
def test_the_true_base_is_always_in_the_range(value, base, decimals):
    step = str(Decimal(1).scaleb(-decimals))
    change = printed(value - base, base, step, ROUND_HALF_UP)
    if rounding_range(change)[0] > -100:
        low, best, high = bases_of_change(value, change)
        assert low <= base <= high
        assert low <= best <= high
    low, _, high = values_after_change(base, change)
    assert low <= value <= high


def test_the_examples_are_true():
    assert doctest.testmod(geo_jindu.published.rounding) == (0, 4)


def test_what_cannot_be_derived_is_refused():
    with pytest.raises(ValueError, match="no whole number"):
        bases_of_change(3, Decimal("-64.2"))
    with pytest.raises(ValueError, match="nothing of the number before"):
        bases_of_change(0, Decimal(-100))
    with pytest.raises(ValueError, match="nothing of the whole"):
        wholes_short_by(1, Decimal(100))
    with pytest.raises(ValueError, match="no number"):
        rounding_range(Decimal("NaN"))


# ---- what is derived


def derived(fact_id: str, key: str) -> dict[str, object]:
    return dict(next(each.values for each in derive_figures(FACTS[fact_id]) if each.key == key))


@pytest.mark.parametrize(
    ("fact", "value", "change", "low", "best", "high"),
    [(fact, *row) for fact, row in zip(WITH_BASE, BASES, strict=True)],
)
def test_each_number_with_a_change_has_its_base(fact, value, change, low, best, high):
    key = "other_base" if fact == "F45" else "only_base" if low == high else "base"
    found = derived(fact, key)
    assert found["factor"] == 1 + Decimal(change) / 100
    expected = {"value": value, "change": Decimal(change), "low": low, "best": best, "high": high}
    assert found == expected | {"factor": found["factor"]}


@pytest.mark.parametrize(
    ("fact", "key", "values"),
    [
        ("F44", "fall", {"before": 1302, "after": 466, "low": 834, "best": 836, "high": 837}),
        ("F45", "subset", {"part": 280, "whole": 466, "share": "60.1"}),
        ("F52", "rounded", {"printed": -83, "low": "-83.5", "high": "-82.5"}),
        ("F52", "county", {"before": 300, "low": 50, "best": 51, "high": 52}),
        # 414/1003 - 1, 415/1002 - 1, 416/1000 - 1
        (
            "F52",
            "rest_of_city",
            {"before": 1002, "after": 415, "low": "-58.7", "best": "-58.6", "high": "-58.4"},
        ),
        ("F12", "sum", {"first": 19, "second": 24, "sum": 43}),
        ("F19", "sum", {"first": 6, "second": 9, "sum": 15}),
        ("F47", "of_townships", {"part": 16, "whole": 184, "share": "8.7"}),
        ("F48", "of_counties", {"part": 6, "whole": 12, "share": 50}),
        ("F49", "of_townships", {"part": 77, "whole": 184, "share": "41.8"}),
        ("F49", "interviewed", {"counties": 6, "townships": 77, "sum": 83}),
        ("F49", "posts", {"posts": 154}),
        ("F33", "rounded", {"printed": "99.63", "low": "99.625", "high": "99.635"}),
        (
            "F37",
            "per_place",
            {"investment": 150_000_000, "places": 1600, "each": 93_750, "low": 90_625, "high": 96_875},
        ),
    ],
)
def test_what_follows_from_several_figures(fact, key, values):
    assert derived(fact, key) == {name: Fraction(value) for name, value in values.items()}


def test_the_smallest_whole_is_printed_as_the_share():
    found = derived("F33", "wholes")
    assert (found["executed"], found["low"]) == (266, 267)
    assert printed(266, 267, "0.01", ROUND_HALF_UP) == found["share"]


def test_shares_are_rounded_away_from_zero():
    assert percentage(1, 8) == Decimal("12.5")
    assert percentage(1, 16) == Decimal("6.3")  # 6.25
    assert percentage(-1, 16) == Decimal("-6.3")


def test_the_demonstration_takes_the_best_of_each_range():
    margins = read_margins()
    assert margins.value("outflow", "2017") == derived("F44", "base")["best"]
    assert margins.value("outflow", "2018", "甲县") == derived("F52", "county")["best"]
    before = {
        "cases_solved_before": derived("F14", "only_base"),
        "suspects_arrested_before": derived("F15", "only_base"),
        "prosecuted_cases": derived("F16a", "base"),
        "prosecuted_persons": derived("F16b", "base"),
        "adjudicated_cases": derived("F17a", "base"),
        "adjudicated_persons": derived("F17b", "base"),
    }
    for margin, found in before.items():
        assert margins.value(margin, "2013–2015") == found["best"]


# ---- the facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fact_is_complete(language):
    entries = [entry for chapter in describe_facts(language) for entry in chapter.entries]
    assert [entry.id for entry in entries] == list(FACTS)
    for entry in entries:
        assert entry.statement
        assert entry.figure
        assert len(entry.details) >= 5, entry.id  # place, period, base, exactness, kind
        assert all(label and text for label, text in entry.details)
        fact = FACTS[entry.id]
        for number in (fact.value, fact.change):
            assert number is None or write_number(number) in entry.figure
        assert bool(entry.ambiguity) is (fact.ambiguity is not None)
        assert not re.search(r"[{}]", str(entry))


def test_texts_are_in_their_language():
    for fact in FACTS.values():
        for text in filter(None, (fact.statement, fact.ambiguity)):
            assert re.search(r"[\u4e00-\u9fff]", text.zh), fact.id
            assert not re.search(r"[\u4e00-\u9fff]", text.en), fact.id


def test_effort_is_not_shown_as_danger():
    kinds = {kind: {fact.id for fact in FACTS.values() if fact.kind is kind} for kind in Kind}
    assert kinds[Kind.OUTCOME] == {"F44", "F46", "F52"}
    assert kinds[Kind.INDEPENDENT_OUTCOME] == {"F51"}
    assert kinds[Kind.DATA_REVISION] == {"F32", "F34"}
    assert kinds[Kind.REPORTED_INCIDENTS] == set()
    effort = {"F14", "F15", "F16a", "F16b", "F17a", "F17b", "F18", "F20", "F21", "F45"}
    assert effort <= kinds[Kind.ENFORCEMENT_OUTPUT]
    assert [fact.id for fact in FACTS.values() if fact.kind is None] == ["F50"]


def test_exactness_agrees_with_what_is_given():
    for fact in FACTS.values():
        both = fact.value is not None and fact.change is not None
        assert both is (fact.exactness is Exactness.CHANGE_ROUNDED), fact.id
        if fact.exactness is Exactness.NO_FIGURE:
            assert fact.value is None
            assert fact.change is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_readings_and_the_easily_misread_are_said(language):
    entries = {entry.id: entry for chapter in describe_facts(language) for entry in chapter.entries}
    references = {
        "F44": ["F45", "280"],
        "F45": ["F44", "466"],
        "F46": ["F55"],
        "F55": ["F46"],
        "F42": ["F48"],
        "F48": ["F42"],
        "F16a": ["F14", "2,089"],
        "F17a": ["F16a", "2,813"],
        "F14": ["F18"],
    }
    for fact, named in references.items():
        assert all(name in entries[fact].ambiguity for name in named), fact
    trend, funnel = {"zh": ("趋势", "漏斗"), "en": ("trend", "funnel")}[language]
    assert trend in entries["F34"].ambiguity
    assert funnel in entries["F16a"].ambiguity
    assert "2019" in read_facts().introduction.of(language)[0]


def test_each_link_into_the_demonstration_leads_somewhere():
    margins = read_margins()
    known = [each.id for each in list_margins("en")]
    assert len(known) == len(set(known))
    assert {each.id for each in (*margins.margins, *margins.percentages)} < set(known)
    assert {link for fact in FACTS.values() for link in fact.margins} <= set(known)
    linked = ("F44", "F52", "F47", "F49", "F14", "F33", "F34", "F51", "F55")
    assert all(FACTS[fact].margins for fact in linked)


def test_units_are_those_of_the_house():
    named = tomllib.loads(files("geo_jindu").joinpath("texts.toml").read_text("utf-8"))["units"]
    ours = read_facts().units
    for unit in {each.unit for each in read_margins().margins}:
        assert named[unit]["zh"] in ours[unit].zh
        assert named[unit]["en"] in ours[unit].en


def test_numbers_are_written_as_they_were_printed():
    assert write_number(2089) == "2,089"
    assert write_number(Decimal("-64.20")) == "−64.20"
    assert write_number(Decimal("1.5E+8")) == "150,000,000"
    assert write_number(Fraction(1, 8)) == "0.125"


# ---- against the shared extract of the article


@pytest.fixture(scope="module")
def extract(shared: Path) -> dict[str, dict]:
    path = shared / "facts" / "published_facts.json"
    if not path.is_file():
        pytest.skip(f"the extract of the article is not beside the checkout ({path.name} is missing)")
    return {fact["id"]: fact for fact in json.loads(path.read_text("utf-8"))["facts"]}


def test_no_fact_is_missing_and_what_is_left_out_is_said(extract):
    assert set(extract) - set(FACTS) == LEFT_OUT
    assert set(FACTS) <= set(extract)
    for language in LANGUAGES:
        assert all(each in read_facts().introduction.of(language)[-1] for each in LEFT_OUT)


def test_figures_agree_with_the_extract(extract):
    for fact in FACTS.values():
        given = extract[fact.id]
        assert fact.value == (None if given["value"] is None else Decimal(str(given["value"]))), fact.id
        if fact.change is None:
            assert given["change_pct"] is None, fact.id
        else:
            assert fact.change == Decimal(str(given["change_pct"]))
            assert -fact.change.as_tuple().exponent == given["change_decimals"]


def test_exactness_and_ambiguity_agree_with_the_extract(extract):
    for fact in FACTS.values():
        given = extract[fact.id]
        assert fact.ambiguity or not given["ambiguity"], fact.id
        is_more = "余" in given["exactness"]
        assert is_more is (fact.exactness is Exactness.MORE_THAN), fact.id
        is_least = "等" in given["exactness"] or "at least" in given["exactness"]
        assert is_least is (fact.exactness is Exactness.AT_LEAST), fact.id
        assert (given["geography"] == "city") is (fact.place is None), fact.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_number_of_the_article_is_on_the_page(extract, language):
    seen = text_of(draw_published(language, is_demo=False)).replace(",", "")
    for fact in FACTS:
        written = re.findall(r"\d+(?:\.\d+)?", extract[fact]["verbatim"])
        figures = {"150000000" if number == "1.5" else number for number in written}
        for number in figures:
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", seen), (fact, number)


# Names of things that cannot be said otherwise, without their punctuation.
OFFICIAL = (
    "社区戒毒社区康复",
    "十一类涉黑涉恶报警",
    "涉毒犯罪嫌疑人",
    "毒品目标案件",
    "毒品刑事案件",
    "毒品犯罪案件",
    "缉毒情报工作",
    "涉毒网络链条",
)
LONGEST_RUN = 7


def chinese(text: str) -> str:
    found = re.sub(r"[^\u4e00-\u9fff]", "", text)
    for term in OFFICIAL:
        found = found.replace(term, "|")
    return found


def common_runs(text: str, article: list[str]) -> set[str]:
    """Return pieces of more than `LONGEST_RUN` characters that stand in both, official terms apart."""
    mine, length = chinese(text), LONGEST_RUN + 1
    pieces = {mine[at : at + length] for at in range(len(mine) - length + 1)}
    return {piece for piece in pieces if "|" not in piece and any(piece in each for each in article)}


def test_nothing_is_copied_from_the_article(extract):
    article = [chinese(fact["verbatim"]) for fact in extract.values()]
    source = files(geo_jindu.published).joinpath("facts.toml").read_text("utf-8")
    for line in [*published_markdown("zh").splitlines(), *source.splitlines()]:
        assert not common_runs(line, article), line


def test_a_copy_would_be_seen(extract):
    article = [chinese(fact["verbatim"]) for fact in extract.values()]
    assert common_runs(f"前文{extract['F47']['verbatim']}后文", article)


def test_the_numbers_of_townships_and_counties_are_those_of_the_code_list(shared):
    hengyang = shared / "data" / "hengyang"
    units = pd.read_csv(hengyang / "units_by_vintage.csv", dtype=str)
    civil = units[(units["vintage"] == "2018-10-31") & units["class"].isin(["街道", "镇", "乡"])]
    assert len(civil) == read_facts().units_of_city.townships
    counties = pd.read_csv(hengyang / "county_population_2020.csv", dtype=str)
    assert counties["code"].notna().sum() == read_facts().units_of_city.counties
    for language in LANGUAGES:
        assert "2018-10-31" in read_facts().units_of_city.source.of(language)


# ---- documents and page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documents_are_those_that_the_code_makes(language, tmp_path):
    name = FILES[language]
    write_documents(tmp_path)
    made = (tmp_path / name).read_bytes()
    assert made.decode("utf-8") == published_markdown(language)
    assert (ROOT / "docs" / name).read_bytes() == made, (
        "run: python -m geo_jindu.published.markdown docs"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_in_the_documents_lead_somewhere(language):
    document = published_markdown(language)
    anchors = re.findall(r'<a id="([^"]+)"></a>', document)
    assert len(anchors) == len(set(anchors))
    links = re.findall(r"\]\(([^)]+)\)", document)
    assert {link[1:] for link in links if link.startswith("#")} <= set(anchors)
    assert {link for link in links if not link.startswith("#")} == set(FILES.values()) - {
        FILES[language]
    }


class Page(HTMLParser):
    """What stands in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data

    def all(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.tags if attrs.get(name) is not None]


def text_of(page: str) -> str:
    return Page(page).text


@pytest.fixture(params=LANGUAGES)
def page(request) -> Page:
    return Page(draw_published(request.param, is_demo=True, root="../"))


def test_the_page_is_well_formed_and_in_its_language(page):
    assert page.open == []
    [html] = [attrs for tag, attrs in page.tags if tag == "html"]
    assert html["lang"] in {"zh-CN", "en"}
    assert [tag for tag, _ in page.tags].count("h1") == 1
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert all(after - before <= 1 for before, after in pairwise(headings))
    assert "script" not in {tag for tag, _ in page.tags}


def test_each_link_within_the_page_has_its_target(page):
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.all("href") if link.startswith("#")} <= set(ids)
    assert set(page.all("aria-labelledby")) <= set(ids)
    assert set(FACTS) <= set(ids)


def test_wide_tables_scroll_by_keyboard(page):
    regions = [attrs for _, attrs in page.tags if attrs.get("role") == "region"]
    assert len(regions) == [tag for tag, _ in page.tags].count("table") == 1
    assert regions[0]["tabindex"] == "0"
    assert regions[0]["aria-labelledby"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_fetched_and_nothing_is_quoted(language):
    for made in (draw_published(language, is_demo=True), published_markdown(language)):
        assert "http" not in made
        assert not re.search("[“”]", made)
        assert not re.search("[「」]", made)


@pytest.mark.parametrize("root", ["", "../"])
def test_links_out_of_the_page_are_relative(root):
    links = {
        is_demo: {
            link
            for link in Page(draw_published("zh", is_demo=is_demo, root=root)).all("href")
            if not link.startswith(("#", "data:,"))
        }
        for is_demo in (True, False)
    }
    assert links[False] == {root or "./", f"{root}published/en"}
    assert links[True] == links[False] | {f"{root}townships.csv"}


@pytest.mark.parametrize(
    ("language", "real", "fictional"), [("zh", "真实", "虚构"), ("en", "real", "fictional")]
)
def test_real_and_fictional_are_told_apart(language, real, fictional):
    warning = read_facts().warning.of(language)
    assert real in warning
    assert fictional in warning
    assert warning in text_of(draw_published(language, is_demo=False))
    assert warning in published_markdown(language)


def test_each_text_of_the_page_is_used():
    keys = tomllib.loads(files("geo_jindu").joinpath("texts.toml").read_text("utf-8"))["published"]
    folders = [Path(geo_jindu.published.__file__).parent, Path(api.published.__file__).parent]
    code = "\n".join(
        path.read_text("utf-8")
        for folder in folders
        for pattern in ("*.py", "published.html.j2")
        for path in folder.glob(pattern)
    )
    made = {f"derived_{each.key}" for fact in FACTS.values() for each in derive_figures(fact)}
    made |= {f"exactness_{each.value}" for each in Exactness}
    unused = {key for key in set(keys) - made if not re.search(rf'["\'.]{key}["\']', code)}
    assert not unused
    assert {key for key in keys if key.startswith(("derived_", "exactness_"))} == made
