"""The printed brief: what stands on the paper, in which font, on how many pages."""

import dataclasses
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from test_charts import AREAS, LISTED, quarters
from test_map_safety import PAYLOADS
from test_print_map import draw

from geo_jindu.description import reporting_note
from geo_jindu.texts import translate
from maps.brief import (
    AreaLine,
    Basis,
    CityBrief,
    Drawing,
    Fact,
    MeasureLine,
    RuleLine,
    TimelineLine,
    TownshipBrief,
    _characters,
    print_brief,
)
from maps.change_chart import draw_changes
from maps.outflow_chart import draw_outflow

DIGEST = "0123456789abcdef" * 4
BASIS = Basis(
    language="zh",
    is_synthetic=True,
    city="格子市",
    day=date(2019, 6, 26),
    sources=("涉毒案件（MIT）", "区划版本 2018-01-01"),
    assessment="a3f09c2d41b7",
    snapshot=DIGEST,
    ruleset="city-rules 1 4f2a9c01d3e5",
)
TOWNSHIP = TownshipBrief(
    basis=BASIS,
    name="耒阳镇",
    code="990000101",
    county="东县",
    state="整治中",
    facts=(Fact("督办层级", "2 约谈"), Fact("外流贩毒", "20 → 10")),
    clocks=(Fact("月报", "2019-06-05 到期", "overdue"), Fact("任务", "2019-06-30 到期", "due_soon")),
    freeze="不得提拔异动",
    next_step="申请验收",
    map=Drawing(draw(emphasised="990000101", size=(340, 265)), "整治状态"),
    charts=(Drawing(draw_outflow("耒阳镇", quarters(*[(1, 10)] * 4), [LISTED], "zh"), "外流贩毒"),),
    rules=(
        RuleLine("ACC-OUT", "fail", "未达到要求"),
        RuleLine("ACC-REH", "pass", "达到要求"),
        RuleLine("ACC-SAT", "insufficient", "没有调查结果"),
    ),
    measures=tuple(MeasureLine(f"任务 {at}", "镇综治办", "2019-06-30", "进行中") for at in range(6)),
    timeline=tuple(TimelineLine(f"2019-0{at + 1}-01", "报告", "县禁毒办", "备注") for at in range(8)),
)
PLAIN = dataclasses.replace(TOWNSHIP, map=None, charts=())
CITY = CityBrief(
    basis=BASIS,
    facts=(Fact("先后挂牌", "16 个"),),
    clocks=(Fact("乙镇", "月报", "overdue"),),
    map=TOWNSHIP.map,
    areas=tuple(
        AreaLine(f"{at} 镇", "东县", "整治中", "期满", "", "20", "10", "−50.0%", "62%", "验收")
        for at in range(16)
    ),
    charts=(Drawing(draw_changes(AREAS, -38.2, "人", "zh"), "基期与现期"),),
)


def pages(brief, paper="a4"):
    return PdfReader(io.BytesIO(print_brief(brief, paper))).pages


def text_of(brief):
    return "\n".join(page.extract_text() for page in pages(brief))


def test_a_usual_township_fits_on_one_page_and_says_it_all():
    (page,) = pages(TOWNSHIP)
    said = page.extract_text()
    for each in (
        "耒阳镇",
        "东县",
        "990000101",
        "整治中",
        "2 约谈",
        "不得提拔异动",
        "申请验收",
        "未达到要求",
        "任务 5",
    ):
        assert each in said
    for outcome in ("pass", "fail", "insufficient"):
        assert translate(f"brief.{outcome}", "zh") in said
    assert "2018-07-01" in said, "the chart's text is text"
    assert DIGEST in said
    assert BASIS.assessment in said
    assert BASIS.ruleset in said
    assert "1 / 1" in said


def test_overdue_is_said_by_sign_and_word():
    said = text_of(PLAIN)
    assert f"▲ {translate('brief.overdue', 'zh')}" in said
    assert f"△ {translate('brief.due_soon', 'zh')}" in said


def test_the_notes_cannot_be_left_out():
    for language in ("zh", "en"):
        basis = dataclasses.replace(BASIS, language=language, is_synthetic=False, notes=("附注甲",))
        said = text_of(dataclasses.replace(PLAIN, basis=basis)).replace("\n", "").replace(" ", "")
        for note in (reporting_note(language), translate("brief.proposes_only", language), "附注甲"):
            assert note.replace(" ", "") in said
        assert translate("provenances.synthetic", language).replace(" ", "") not in said


@pytest.mark.parametrize(("paper", "millimetres"), [("a4", (210, 297)), ("a3", (297, 420))])
@pytest.mark.parametrize("brief", [TOWNSHIP, CITY], ids=["township", "city"])
def test_page_sizes(brief, paper, millimetres):
    for page in pages(brief, paper):
        size = (float(page.mediabox.width), float(page.mediabox.height))
        assert size == pytest.approx([each / 25.4 * 72 for each in millimetres], abs=0.1)


def test_long_tables_repeat_their_head_and_every_page_says_synthetic():
    every = pages(dataclasses.replace(PLAIN, timeline=PLAIN.timeline * 20))
    assert len(every) > 2
    for number, page in enumerate(every, start=1):
        said = page.extract_text()
        assert translate("map.watermark", "zh") in said
        assert f"{number} / {len(every)}" in said
        assert "2019-06-26" in said
        if "2019-01-01" in said:
            assert translate("brief.effective_on", "zh") in said
    assert sum(page.extract_text().count("县禁毒办") for page in every) == 160


def test_the_citys_brief_names_every_area():
    said = text_of(CITY)
    for at in range(16):
        assert f"{at} 镇" in said
    assert "全市 −38.2%" in said


def test_what_a_reader_may_not_see_is_not_there():
    said = text_of(dataclasses.replace(PLAIN, freeze=""))
    assert "提拔" not in said
    assert translate("brief.freeze", "zh") not in said


def test_nothing_to_tell_is_said():
    bare = dataclasses.replace(PLAIN, clocks=(), rules=(), measures=(), timeline=())
    said = text_of(bare) + text_of(dataclasses.replace(CITY, areas=(), charts=(), map=None))
    for key in ("none_due", "no_rules", "no_measures", "no_timeline", "no_areas"):
        assert translate(f"brief.{key}", "zh") in said


def test_the_same_bytes_and_the_day_of_the_brief():
    first = print_brief(TOWNSHIP, "a4")
    assert first == print_brief(TOWNSHIP, "a4")
    made = PdfReader(io.BytesIO(first)).metadata
    assert made.creation_date.isoformat() == "2019-06-25T16:00:00+00:00"
    assert made.title == "耒阳镇（东县）整治简报"


def test_fonts_are_inside_and_only_as_far_as_used():
    content = print_brief(TOWNSHIP, "a4")
    assert len(content) < 300_000
    for page in PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert "NotoSansCJK" in descendant["/BaseFont"]
            assert "/FontFile3" in descendant["/FontDescriptor"].get_object()


def test_rare_characters_are_printed_and_unknown_ones_named():
    assert {
        ord("𬭎"),
        ord("耒"),
        ord("〓"),
        ord("▲"),
        ord("△"),
        ord("●"),
        ord("×"),
        ord("○"),
    } <= _characters()
    said = text_of(dataclasses.replace(PLAIN, name="𬭎\U00031350村", county="\ue000县"))
    assert "𬭎〓村" in said
    assert "〓县" in said
    assert "U+31350" in said
    assert "U+E000" in said
    assert "〓" not in text_of(PLAIN)


@pytest.mark.parametrize(
    "payload", [*PAYLOADS.values(), '#import "x": y', "$a$ *b* _c_ @d <e>", "A" * 200]
)
def test_hostile_texts_are_only_text(payload):
    said = text_of(
        dataclasses.replace(PLAIN, name=payload, measures=(MeasureLine(payload, payload, "", ""),))
    )
    flat = "".join(said.split()).replace("\u200b", "")
    assert flat.count("".join(payload.split())) >= 3


def test_a_run_of_letters_stays_on_the_paper():
    said = text_of(dataclasses.replace(PLAIN, name="A" * 200)).replace("\u200b", "")
    assert 20 < max(line.count("A") for line in said.splitlines()) < 100


@given(st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_printed(text):
    assert print_brief(dataclasses.replace(PLAIN, name=text, freeze=text), "a4").startswith(b"%PDF")
