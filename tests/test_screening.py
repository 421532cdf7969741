"""Personal data are refused in cells, headers, sheets and file names, and never repeated."""

import random
import tomllib
import traceback
from importlib.resources import files

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from screening_corpus import (
    ANY,
    MAKERS,
    disguises,
    make_citizen_id,
    make_mobile,
    passes_luhn,
    with_check_character,
)

from geo_jindu.errors import MOST_ROWS, InputError
from geo_jindu.screening import PersonalKind, find_personal, holds_personal, refuse_personal_names
from geo_jindu.screening.headers import find_name_word

WAYS = [(name, way) for name in MAKERS for way in disguises(name)]
DRAW = random.Random(5)  # noqa: S311
MOBILE, OTHER_MOBILE = make_mobile(DRAW), make_mobile(DRAW)
BORN_1990 = with_check_character("43042119900515123")
seeds = st.integers(0, 2**32).map(random.Random)


def make(name: str, way: str, seed: int = 7) -> tuple[str, str]:
    """Return an identifier of nobody, and how it is written."""
    number = MAKERS[name][1](random.Random(seed))  # noqa: S311
    return number, disguises(name)[way](number)


def is_rounded(number):
    """Whether it is what a spreadsheet makes of some other number of 18 digits."""
    return number.isdigit() and int(number) in {
        round(int(number), -3),
        int(float(round(int(number), -3))),
    }


def texts(problems):
    return [problem.text(language) for problem in problems for language in ("zh", "en")]


def refused(file, **names):
    with pytest.raises(InputError) as caught:
        refuse_personal_names(file, **names)
    return caught.value


# kinds


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_each_kind_is_found_in_each_disguise(name, way):
    for seed in range(10):
        assert holds_personal(make(name, way, seed)[1]) is MAKERS[name][0]


@settings(max_examples=300, deadline=None)
@given(seeds, st.sampled_from(WAYS), st.sampled_from(sorted(ANY)))
def test_one_disguise_over_another_does_not_help(draw, named_way, over):
    name, way = named_way
    written = disguises(name)[way](MAKERS[name][1](draw))
    if over in {"circled", "after its place"} and (not written.isascii() or "typed" in way):
        return  # ① is either a digit or the place in a list, and no one writes O beside ①
    assert holds_personal(ANY[over](written)) is not None


def test_the_check_of_a_citizen_id_is_that_of_the_standard():
    """By the example that GB 11643-1999 itself gives, in annex A."""
    assert with_check_character("11010519491231002") == "11010519491231002" + "X"
    assert holds_personal("11010519491231002" + "X") is PersonalKind.CITIZEN_ID


@given(seeds, st.sampled_from("0123456789X"))
def test_a_wrong_check_is_no_citizen_id(draw, check):
    number = make_citizen_id(draw)
    written = number[:17] + check
    assume(written != number and not is_rounded(written))
    assert holds_personal(written) is None


@given(seeds, st.integers(0, 10), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_found_out_by_the_check(draw, place, digit):
    number = make_citizen_id(draw)
    written = number[:place] + digit + number[place + 1 :]
    assume(written != number and not is_rounded(written))
    assert holds_personal(written) is not PersonalKind.CITIZEN_ID


@pytest.mark.parametrize(
    "digits",
    [
        "99042119900515123",  # no province
        "43042119901315123",  # month 13
        "43042119900230123",  # 30 February
        "43042118900515123",  # born 1890
        "43042121000515123",  # born 2100
    ],
)
def test_place_and_birthday_of_a_citizen_id_must_be_possible(digits):
    assert holds_personal(with_check_character(digits)) is None


@pytest.mark.parametrize(
    "text",
    [
        MOBILE[:10],
        f"{MOBILE}5",
        f"12{MOBILE[2:]}",
        "15000000000",
        f"{MOBILE[:3]}.{MOBILE[3:]}",
        f"SN{MOBILE}",
        f"a1b2{MOBILE}c3",
        "2018-07-15 13:45:00.123",
        "13,812,345,678",
        "130421-2018-1",
        "130421-00001",
        "Hotel 381 2345 678",
        "第15（2018）12345号",
        "1.3812E2",
    ],
)
def test_near_misses_of_mobile_numbers(text):
    assert holds_personal(text) is None


@pytest.mark.parametrize("place", ["43042119900515123", "62010219900515123"])
def test_a_citizen_id_with_a_wrong_check_is_no_card_either(place):
    wrong = [f"{place}{last}" for last in range(10) if f"{place}{last}" != with_check_character(place)]
    assert any(passes_luhn(number) for number in wrong)
    assert not [number for number in wrong if holds_personal(number)]
    fits = next(
        f"{first}X" for first in map(str, range(int(place), int(place) + 20)) if passes_luhn(first)
    )
    assert holds_personal(fits) in {None, PersonalKind.CITIZEN_ID}


def test_degrees_that_spell_a_citizen_id_are_degrees():
    written = f"{BORN_1990[:3]}.{BORN_1990[3:8]},{BORN_1990[8:10]}.{BORN_1990[10:]}"
    assert holds_personal(written) is None
    assert holds_personal(written.replace(",", " 某 ").replace(".", "-").replace(" 某 ", "-"))


def test_an_old_citizen_id_stands_alone():
    number, _ = make("old_citizen_id", "as it is")
    assert holds_personal(number) is PersonalKind.CITIZEN_ID
    assert holds_personal(f"A{number}") is None
    assert holds_personal(f"{number[:5]} {number[5:]}") is None


def test_a_card_needs_an_issuer_and_the_check():
    card = "621700" + "0123456789"[:9]
    right = next(f"{card}{last}" for last in range(10) if passes_luhn(f"{card}{last}"))
    wrong = f"{card}{(int(right[-1]) + 1) % 10}"
    other = "7" + right[1:-1]
    other = next(f"{other}{last}" for last in range(10) if passes_luhn(f"{other}{last}"))
    assert holds_personal(right) is PersonalKind.BANK_CARD
    assert holds_personal(wrong) is None
    assert holds_personal(other) is None
    assert holds_personal(f"{right}12345") is None
    assert holds_personal(f"{right[:4]} {right[4:6]} {right[6:12]} {right[12:]}") is None


def test_codes_of_counties_in_a_row_are_no_card():
    rows = [f"620102 620103 6201{last:02d}" for last in range(4, 30)]
    passing = [row for row in rows if passes_luhn(row.replace(" ", ""))]
    assert passing
    assert not [row for row in passing if holds_personal(row)]


def test_a_permit_of_digits_alone_needs_its_name():
    for text in ("台胞证号：01234567", "持护照141234567入境"):
        assert holds_personal(text) is PersonalKind.PASSPORT
        assert holds_personal(text.lstrip("台胞持护照证号：")) is None


def test_a_radical_is_read_as_the_province_it_looks_like():
    table = pd.DataFrame({"a": ["\u2fcaA12345"]}, index=[2], dtype="str")
    assert [problem.values["kind"] for problem in find_personal(table, "f.csv")] == [PersonalKind.PLATE]


@pytest.mark.parametrize(
    "start", ["43042120180700", "43042110000000", "43042100000000", "62010220180700"]
)
def test_a_case_number_that_passes_for_a_card_is_none(start):
    numbers = [f"{start}{last:02d}" for last in range(100)]
    passing = [number for number in numbers if passes_luhn(number)]
    assert len(passing) == 10
    assert all(holds_personal(number) is None for number in passing)


@pytest.mark.parametrize(
    "text",
    [
        "新COVID19",
        "湘A1234",
        "湘A1234567",
        "云南A12345",
        "湘12345A",
        "川ABCDEF",
        "川ABCDEF1",
        "宁D-10-2018",
        "国药准字H20180001",
        "国药准字H43021234",
        "E1234567",
        "G123456789",
        "S20180715",
        "P2018001",
        "E02002183",
        "反馈@禁毒办",
        "v1.0@2018.07",
        "Seen at St. John's",
        "姓名学",
        "名称：城东镇",
        "",
        " ",
    ],
)
def test_near_misses_of_other_kinds(text):
    assert holds_personal(text) is None


@pytest.mark.parametrize(
    "text", ["姓名：某某", "姓 名 : 某", "姓名", " 姓　名 ", "身份证号码", "手机\u200b号码"]
)
def test_a_labelled_name_or_a_header_in_a_cell_is_a_field_of_names(text):
    assert holds_personal(text) is PersonalKind.NAME_COLUMN


def test_a_long_hostile_text_is_read_to_its_end():
    parts = ("1 ", "1.", "9-", "(at)a.", "A", "京A", "号", "\u200b1", "1" * 50 + ",")
    hostile = "，".join(part * 1000 for part in parts)
    assert holds_personal(hostile) is None
    assert holds_personal(f"{hostile} 某 {MOBILE}") is PersonalKind.MOBILE


# headers

OF_PERSONS = """
姓名 当事人 嫌疑人 犯罪嫌疑人 涉案人员 被告人 受害人 联系人 户主 身份证 身份证号 证件号 证件号码 手机号 电话 联系电话
住址 家庭住址 当事人姓名 嫌疑人1 户主（签字） 报案人信息 聯繫電話 身份證號 责任人 出生日期 姓\u200b名 ＸＭ SFZH lxdh
person_name full_name fullName surname suspect_name phone id_card IDCard phone_number mobile e-mail date_of_birth
"""
NOT_OF_PERSONS = """
名称 乡镇名称 单位名称 案件名称 责任岗位 责任主体 责任单位 联系点 联系单位 约谈对象 人数 嫌疑人数 抓获嫌疑人
抓获犯罪嫌疑人（名） 涉案人员数 户主数 户籍人口 户籍地 举报电话 电话举报数 手机诈骗案件 证件类型 当事人类型 吸毒人员
township_name county_name name msoa_name suspects suspects_arrested_2016 phone_reports identifier hotel pinyin
"""


@pytest.mark.parametrize("header", [*OF_PERSONS.split(), "姓 名", "Phone No.", "first name"])
def test_headers_of_persons_are_refused_unless_excepted(header):
    (problem,) = refused("台账.csv", headers=["乡镇代码", header]).problems
    assert problem.key == "personal_column"
    assert problem.values["position"] == 2
    refuse_personal_names("台账.csv", headers=["乡镇代码", header], exceptions=[header])


@pytest.mark.parametrize(
    "header", [*NOT_OF_PERSONS.split(), "", "Crime ID", "Reported by", "LSOA name"]
)
def test_headers_of_places_and_counts_are_let_through(header):
    refuse_personal_names("台账.csv", headers=[header])


def test_the_columns_of_our_own_tables_are_let_through():
    labels = tomllib.loads(files("geo_jindu").joinpath("texts.toml").read_text("utf-8"))["columns"]
    headers = [*labels, *(text for both in labels.values() for text in both.values())]
    assert len(headers) > 60
    refuse_personal_names("townships.csv", headers=headers)


def test_of_a_header_only_our_word_is_repeated():
    headers = ["张三丰手机", "zhangsanfeng_phone"]
    error = refused("台账.csv", headers=headers)
    assert [problem.values["word"] for problem in error.problems] == ["手机", "phone"]
    assert not [text for text in texts(error.problems) if "张三丰" in text or "zhang" in text]


# messages


def test_a_cell_is_named_by_file_sheet_row_column_and_kind():
    table = pd.DataFrame({"备注": ["无", f"电话{MOBILE}"]}, index=[2, 3], dtype="str")
    (problem,) = find_personal(table, "台账.xlsx", "第一季度")
    assert problem.text("zh").startswith("台账.xlsx [第一季度]，第 3 行，“备注”：单元格含有手机号码")
    assert problem.text("en").startswith(
        "台账.xlsx [第一季度], row 3, “备注”: the cell holds a mobile number"
    )


@pytest.mark.parametrize("kind", PersonalKind)
def test_each_kind_has_a_name_in_both_languages(kind):
    assert f"{kind}" == kind.value
    assert f"{kind:zh}" != f"{kind:en}" != kind.value


def test_only_the_first_rows_are_named():
    cells = [MOBILE] * (MOST_ROWS + 5) + [BORN_1990] * 2 + ["0"]
    table = pd.DataFrame({"a": ["0"] * len(cells), "b": cells}, dtype="str")
    problems = find_personal(table.set_axis(range(2, len(cells) + 2)), "f.csv")
    mobile = [problem for problem in problems if problem.values["kind"] is PersonalKind.MOBILE]
    assert [problem.row for problem in mobile] == [*range(2, MOST_ROWS + 2), None]
    assert mobile[-1].text("en") == "f.csv, “b”: 5 more rows of column 2 hold a mobile number"
    assert [problem.row for problem in problems if problem not in mobile] == [27, 28]


def test_exceptions_and_geometry_are_not_looked_at():
    table = gpd.GeoDataFrame(
        {"编号": [MOBILE], "备注": ["无"]}, geometry=[shapely.Point(int(MOBILE), 1)], index=[2]
    )
    assert [problem.field for problem in find_personal(table, "f.gpkg")] == ["编号"]
    assert find_personal(table, "f.gpkg", exceptions={"编号"}) == []


def test_missing_cells_hold_nothing():
    table = pd.DataFrame({"a": pd.Series([None, "", MOBILE, None], index=[2, 3, 4, 5], dtype="str")})
    assert [problem.row for problem in find_personal(table, "f.csv")] == [4]
    assert find_personal(table.iloc[:0], "f.csv") == []
    assert find_personal(pd.DataFrame(index=[2]), "f.csv") == []


def test_two_columns_of_one_name_are_both_screened():
    table = pd.DataFrame(
        [[MOBILE, "1"], ["1", OTHER_MOBILE]], columns=["a", "a"], index=[2, 3], dtype="str"
    )
    assert [problem.row for problem in find_personal(table, "f.csv")] == [2, 3]


def test_an_identifier_in_a_header_is_refused_even_as_an_exception():
    error = refused("f.csv", headers=["a", "b", MOBILE], exceptions=[MOBILE])
    assert [(problem.key, problem.values["position"]) for problem in error.problems] == [
        ("personal_in_header", 3)
    ]


def test_everything_is_said_at_once():
    error = refused(f"{MOBILE}.csv", sheets=["汇总", OTHER_MOBILE], headers=["姓名", BORN_1990])
    assert [problem.key for problem in error.problems] == [
        "personal_in_file_name",
        "personal_in_sheet_name",
        "personal_column",
        "personal_in_header",
    ]
    refuse_personal_names("2018/台账.csv", sheets=["汇总", "2018"], headers=["乡镇代码", "人数"])


@settings(max_examples=100, deadline=None)
@given(seeds, st.sampled_from(WAYS))
@example(random.Random(1), ("mobile", "as it is"))  # noqa: S311
def test_no_message_holds_a_value(draw, named_way):
    name, way = named_way
    number = MAKERS[name][1](draw)
    written = disguises(name)[way](number)
    file = f"data/{written}.xlsx".replace("\n", " ")
    table = pd.DataFrame([[written, "1"]], columns=[written, "备注"], index=[2], dtype="str")
    problems = find_personal(table, file, written)
    error = refused(file, sheets=[written], headers=[written])
    assert len(problems) == 1
    assert len(error.problems) == 3
    said = [*texts(problems), *texts(error.problems), repr(problems), repr(error), str(error)]
    said += traceback.format_exception_only(error)
    secrets = {number, written, written.strip()}
    assert not [text for text in said for secret in secrets if secret in text]
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_find_name_word_gives_no_more_than_the_word():
    assert find_name_word("犯罪嫌疑人姓名（汉字）") == "姓名"
